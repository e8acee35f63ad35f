"""Recorded facts of a cluster that node1 leads, made into those of one that node2 took over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wizard.base.errors import Unreachable
from wizard.model.facts import Facts

Raw = Mapping[str, Mapping[str, str]]
FORMER, MASTER = "node1", "node2"
ADDRESS = "192.168.0.113"
"""The cluster's, in the recorded facts."""
ROLE = ("ganeti-luxid", "ganeti-wconfd")
OF_THE_MASTER = ("ganeti-jobs",)
"""Facts of which only the master's count: they go along with its role."""


def rejoined(raw: Raw) -> Facts:
    """node2 is master, node1 came back and is a member like any other."""
    facts = {host: dict(texts) for host, texts in raw.items()}
    config = json.loads(facts[FORMER]["ganeti"])["config"]
    latest = stored(facts[MASTER]["ganeti"], config=config)
    facts[MASTER]["ganeti"] = _led_by(latest, MASTER, leads=True)
    facts[FORMER]["ganeti"] = _led_by(facts[FORMER]["ganeti"], MASTER, leads=False)
    for name in OF_THE_MASTER:
        if name in facts[FORMER]:
            facts[MASTER][name] = facts[FORMER][name]
    if "ground" in facts[MASTER]:
        _move_address(facts)
    return Facts(facts)


def back(raw: Raw) -> Facts:
    """node2 is master and has node1 offline. node1 answers again, and its own files still name
    itself; the daemons of the master's role were not voted for there.
    """
    facts = rejoined(raw).raw
    facts[FORMER]["ganeti"] = _led_by(raw[FORMER]["ganeti"], FORMER, leads=False)
    facts[MASTER]["ganeti"] = _offline(facts[MASTER]["ganeti"], FORMER)
    return Facts(facts)


def silent(raw: Raw) -> Facts:
    """The same, while node1 does not answer."""
    facts = back(raw).raw
    del facts[FORMER]
    return Facts(facts, {FORMER: gone(FORMER)})


def torn(raw: Raw) -> Facts:
    """Both run the daemons of the master's role, and each names itself."""
    facts = rejoined(raw).raw
    facts[FORMER]["ganeti"] = _led_by(raw[FORMER]["ganeti"], FORMER, leads=True)
    return Facts(facts)


def gone(host: str) -> Unreachable:
    """The error of a host that does not answer."""
    return Unreachable("no answer on port 22", where=host, mend="check that it is on")


def stored(text: str, **changes: Any) -> str:
    """The text of the fact `ganeti` with some of its members changed."""
    return json.dumps({**json.loads(text), **changes})


def _led_by(text: str, master: str, *, leads: bool) -> str:
    """A node's files, naming that master; `leads` is whether it runs the master's daemons."""
    data = json.loads(text)
    full = f"{master}.name.org"
    daemons = [name for name in data["daemons"] if name not in ROLE]
    data["daemons"] = sorted({*daemons, "ganeti-confd", *(ROLE if leads else ())})
    data["ssconf"]["master_node"] = [full]
    data["addresses"] = [ADDRESS] if leads else []
    for node in data["config"]["nodes"]:
        if node["name"] == full:
            data["config"]["master"] = node["uuid"]
    return json.dumps(data)


def _offline(text: str, host: str) -> str:
    data = json.loads(text)
    for node in data["config"]["nodes"]:
        if node["name"] == f"{host}.name.org":
            node["offline"] = True
    return json.dumps(data)


def _move_address(facts: dict[str, dict[str, str]]) -> None:
    former, master = (json.loads(facts[host]["ground"]) for host in (FORMER, MASTER))
    moved = [row for row in former["addresses"] if row[1] == ADDRESS]
    former["addresses"] = [row for row in former["addresses"] if row[1] != ADDRESS]
    master["addresses"] += moved
    facts[FORMER]["ground"] = json.dumps(former)
    facts[MASTER]["ground"] = json.dumps(master)
