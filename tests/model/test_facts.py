"""The parts of one look: what each step sees of it."""

from __future__ import annotations

import pytest

from wizard.base.errors import Unreachable, WizardError
from wizard.model.facts import Fact, Facts

RAW = {"node1": {"size": "5"}, "node2": {"size": "7"}}


def test_the_parts_of_one_look_share_what_was_parsed() -> None:
    parsed: list[str] = []

    def parse(text: str) -> int:
        parsed.append(text)
        return int(text)

    size = Fact("size", "", parse)
    whole = Facts(RAW)
    for hosts in (["node2", "node1"], ["node1"], ["node2"]):
        part = whole.only(hosts)
        assert part.hosts == tuple(hosts)
        assert [part.of(host, size) for host in hosts] == [int(RAW[h]["size"]) for h in hosts]
    assert sorted(parsed) == ["5", "7"]


def test_a_part_knows_only_its_own_hosts_whatever_was_parsed_for_others() -> None:
    size = Fact("size", "", int)
    whole = Facts(RAW)
    assert whole.of("node1", size) == 5
    with pytest.raises(WizardError, match="size was not gathered"):
        whole.only(["node2"]).of("node1", size)
    silent = Unreachable("no answer", where="node1")
    part = whole.only(["node1", "node2"], {"node1": silent})
    assert part.hosts == ("node2",)
    with pytest.raises(Unreachable):
        part.of("node1", size)
    assert whole.of("node1", size) == 5
