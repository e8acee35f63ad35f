"""What the card has typed after an accident is what the diagnosis has typed, in the same order."""

from __future__ import annotations

import pytest

from steps.card.card import CARDS
from steps.ganeti import orders
from tests.daily.scene import Scene
from tests.steps.recover.accident import AFTER, Accident
from tests.steps.recover.test_situations import WAITS, idle_dead, node_dead, runbook
from tests.steps.recover.world import World
from wizard.model.card import Block

PAUSE = orders.pause("").text


def blocks() -> dict[str, Block]:
    """The card's, by their letters."""
    scene = Scene()
    return {block.title[:1]: block for block in CARDS.make(scene.answers, scene.facts).blocks}


def typed(letter: str) -> list[str]:
    """The commands of a block."""
    return [row.command for row in blocks()[letter].rows if row.command]


def words(accident: Accident, situation: str, name: str, dead: str = "") -> list[str]:
    """The commands of a way out, with the names that the card has."""
    way = runbook(accident.situation(situation), name)
    lines = [word.text.replace(".name.org", "") for word in way.words if word.command]
    return [line.replace(f"yes {dead}", "yes NODE") if dead else line for line in lines]


def in_order(commands: list[str], lines: list[str]) -> bool:
    """Whether these stand there one after the other; others may stand between."""
    rest = iter(lines)
    return all(command in rest for command in commands)


def master_dead() -> Accident:
    accident = idle_dead().drbd("node2", WAITS)
    world = World(accident)
    world._stop("node2")
    del accident.raw["inst1"]
    node1 = "ce559928-f5fa-486b-906c-1d531f3d5e5d"
    world.configure(lambda config: config["instances"][0].update(primary=node1))
    return accident


def test_a_dead_master() -> None:
    assert in_order([PAUSE, *typed("C")], words(master_dead(), "master-dead", "master-dead"))


def test_a_dead_node() -> None:
    asks, *orders_of_d = typed("D")
    assert asks == "gnt-cluster getmaster"
    assert in_order([PAUSE, *orders_of_d], words(node_dead(), "node-dead", "node-dead"))


def alone() -> Accident:
    accident = Accident().down("node2").drbd("node1", "")
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0", attached=False)
    accident.raw["node1"]["ganeti-running"] = accident.running("192.168.0.111", "noded")
    del accident.raw["inst1"]
    return accident


def test_a_master_that_restarted_alone() -> None:
    assert in_order([PAUSE, *typed("E")], words(alone(), "alone", "alone", "node2"))


def test_a_node_that_is_back() -> None:
    accident = Accident()
    for host in ("node1", "node2"):
        accident.change(
            host,
            "ganeti",
            '"name": "node2.name.org",\n    "offline": false',
            '"name": "node2.name.org",\n    "offline": true',
        )
    accident.raw["node2"]["hypervisor"] = accident.raw["node1"]["hypervisor"]
    accident.drbd("node2", "").drbd("node1", WAITS)
    lines = words(accident, "rejoin", "rejoin")
    taken_in = [command for command in typed("F") if command.startswith("gnt-")][:2]
    assert taken_in == ["gnt-node add --readd NODE", "gnt-cluster redist-conf"]
    assert in_order(taken_in, [line.replace("node2", "NODE") for line in lines])


def test_what_is_said_of_an_order_is_the_same() -> None:
    way = runbook(master_dead().situation("master-dead"), "master-dead")
    said = [word.text.removesuffix(":") for word in way.words if not word.command]
    remarks = [row.text for row in blocks()["C"].rows if row.command.startswith("gnt-")]
    assert [remark for remark in remarks if remark] == said[-2:]
    assert said[-1] == "Once only, while Ganeti has it on the dead node"
    power = runbook(node_dead().situation("node-dead"), "node-dead").words[0].text
    (danger,) = [row.text for row in blocks()["B"].rows if row.danger]
    assert danger.removeprefix("DANGER: before you type anything: ") == power.replace(
        "node2", "the dead node"
    )


@pytest.mark.parametrize("letter", ["C", "E"])
def test_who_leads_bars_the_other_one_at_once(letter: str) -> None:
    """Until then a former master that returns overwrites the configuration (backend.py, 3933)."""
    rows = [row for row in blocks()[letter].rows if row.command]
    leads = max(n for n, row in enumerate(rows) if orders.UNVOTED in row.command)
    assert "-O yes" in rows[leads + 1].command
    assert "At once" in rows[leads + 1].text


def test_no_order_connects_copies_unseen_or_hides_a_failure() -> None:
    """`activate-disks` promotes before the handshake; `gnt-node failover` always ends with 0."""
    commands = [row.command for block in blocks().values() for row in block.rows]
    assert not any("activate-disks" in command for command in commands)
    assert not any("gnt-node failover" in command for command in commands)
    assert "ganeti-wizard recover apply reconnect" in commands
