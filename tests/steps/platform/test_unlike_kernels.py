"""Nodes whose newest kernels differ: what brings them together."""

from __future__ import annotations

import pytest

from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import look

NEWER = "6.12.9+bpo-cloud-amd64"
FILES = f"f\t/boot/vmlinuz-{NEWER}\t\t1.0\nf\t/boot/initrd.img-{NEWER}\t\t1.0\n"


@pytest.mark.parametrize("host", ["node1", "node2"])
def test_a_kernel_of_backports_or_another_flavour_is_named(host: str) -> None:
    step, _, answers, facts = load(case_path("xen", "done"))
    raw = {name: dict(texts) for name, texts in facts.raw.items()}
    raw[host]["boot"] += FILES
    other = "node2" if host == "node1" else "node1"
    told = [str(found) for found in look(step, answers, Facts(raw)).wrong()]
    (unlike,) = [text for text in told if "guests would boot kernel" in text]
    assert f"install linux-image-amd64 on {other}" in unlike
    assert f"apt-get purge linux-image-{NEWER} on {host}" in unlike
