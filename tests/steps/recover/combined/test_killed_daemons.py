"""Ganeti's own daemons were killed on the master."""

from __future__ import annotations

from tests.steps.recover.accident import Accident


def test_a_master_whose_daemons_were_killed() -> None:
    accident = Accident()
    text = accident.running("192.168.0.111", "confd", "noded", cluster=True)
    accident.raw["node1"]["ganeti-running"] = text + "left: ganeti-luxid\n"
    situation = accident.situation("no-master")
    assert situation.stays
    wait, start = situation.runbooks
    assert "waiting mends nothing" in wait.words[0].text
    assert "ganeti-luxid ended without removing its PID file" in "".join(
        found.what for found in situation.evidence
    )
    typed = [word.text for word in start.words]
    removed = typed.index("rm -f /run/ganeti/ganeti-luxid.pid")
    assert removed < typed.index("service ganeti start")
