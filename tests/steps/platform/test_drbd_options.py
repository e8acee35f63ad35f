"""Files of modprobe.d and modules-load.d as people write them."""

from __future__ import annotations

import pytest

from steps.platform.facts.drbd import MODPROBE, parse_options
from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import State, look

OTHER = "/etc/modprobe.d/other.conf"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blacklist drbd", "says `blacklist drbd`: at the next start"),
        ("  install drbd /bin/true # not wanted", "says `install drbd /bin/true`"),
        ("options drbd \\\n  minor_count=32", "sets minor_count=32"),
        ('options drbd usermode_helper="/sbin/drbdadm"', "sets usermode_helper=/sbin/drbdadm"),
        ("# blacklist drbd\noptions drbd_transport x=1\nblacklist drbd_old", ""),
        ("options drbd disable_sendpage=Y proc_details=1", ""),
        ("options drbd disable_sendpage", ""),
        ("options drbd disable_sendpage=yes", ""),
        ("options drbd disable_sendpage=0", "sets disable_sendpage=0"),
        ('options drbd minor_count=128 usermode_helper="/bin/true"', ""),
    ],
)
def test_what_keeps_the_module_from_being_as_it_must(text: str, said: str) -> None:
    step, _, answers, facts = load(case_path("drbd", "done"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    raw["node1"]["drbd_options"] += f"\n==> {OTHER} <==\n{text}\n"
    review = look(step, answers, Facts(raw))
    told = " ".join(map(str, (*review.blockers, *review.problems)))
    if said:
        assert said in told and OTHER in told and review.state is not State.DONE
    else:
        assert not told and review.state is State.DONE


def test_our_own_file_is_read_whatever_its_form() -> None:
    text = f'==> {MODPROBE} <==\noptions drbd minor_count="128" \\\n usermode_helper=/bin/true\n'
    options = parse_options(text)
    assert options.value("minor_count") == "128"
    assert options.value("usermode_helper") == "/bin/true"


def test_another_module_that_the_next_start_would_load() -> None:
    """drbd-dkms or `make install` puts one into updates/, which goes before (depmod.d(5))."""
    step, _, answers, facts = load(case_path("drbd", "done"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    raw["node1"]["drbd_module"] = raw["node1"]["drbd_module"].replace(
        "available: 8.4.11", "available: 9.2.12"
    )
    review = look(step, answers, Facts(raw))
    assert review.state is not State.DONE
    told = [str(found) for found in review.blockers]
    assert any("from the next start on the DRBD module is version 9.2.12" in one for one in told)
