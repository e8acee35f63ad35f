"""Where an instance has its address from: another service's files and parts of interfaces(5) are
left as they are.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.guest.facts.guest import INSIDE, INTERFACES
from tests.cases import case_path, load
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import look

ADDRESS = "192.168.0.114"
STANZA = f"auto eth0\niface eth0 inet static\n    address {ADDRESS}/24\n"


def writes(interfaces: str, part: str = "", said: str = "") -> bool:
    """Whether the plan writes the file, with that text in it, a part of it, and more lines told."""
    step, _, answers, seen = load(case_path("guest", "synthetic-done"))
    raw = {host: dict(texts) for host, texts in seen.raw.items()}
    head, sign, tail = raw["inst1"]["guest"].partition(f"==> {INTERFACES} <==\n")
    assert sign
    rest = tail.partition("\n==> ")
    parts = f"\n==> {INTERFACES}.d/eth0 <==\n{part}" if part else ""
    raw["inst1"]["guest"] = f"{said}{head}{sign}{interfaces}{parts}{rest[1]}{rest[2]}"
    plan = look(step, answers, Facts(raw)).plan
    return any(INTERFACES in command.line for command in plan.commands)


@pytest.mark.parametrize("line", ["source /etc/network/interfaces.d/*", "source-directory {}"])
def test_an_address_in_a_part_of_the_file_counts(line: str) -> None:
    text = f"# Debian's own\n{line.format('/etc/network/interfaces.d')}\n"
    assert not writes(text, STANZA)
    assert writes(text, STANZA.replace(ADDRESS, "192.168.0.99"))


def test_a_part_that_is_not_taken_in_does_not_count() -> None:
    assert writes("auto lo\n", STANZA)


def test_an_address_that_another_service_sets_is_left_to_it() -> None:
    assert writes("auto lo\n")
    assert not writes("auto lo\n", said="set by: /etc/systemd/network/10-eth0.network\n")


@pytest.mark.parametrize(
    ("enabled", "address", "told"),
    [
        ("systemd-networkd.service", ADDRESS, "10-eth0.network"),
        ("NetworkManager.service", ADDRESS, ""),
        ("systemd-networkd.service", f"{ADDRESS}0", ""),
    ],
)
def test_the_look_finds_the_file_of_a_service_that_a_boot_starts(
    enabled: str, address: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "10-eth0.network").write_text(f"[Network]\nAddress={address}/24\n")
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\n[ "$3" = {enabled} ]\n')
    (tmp_path / "systemctl").chmod(0o755)
    script = INSIDE.script_for(Answers(), "inst1")
    script = script[: script.index('echo "kernel:')].replace("/etc/systemd/network", str(tmp_path))
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True)
    assert INSIDE.parse(done.stdout).set_by == (f"{tmp_path}/{told}" if told else "")
