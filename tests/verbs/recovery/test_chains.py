"""Runbooks from the accident to the service that no other file has: one node back alone, a standby
that is gone, copies that parted, a volume that is locked, and waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.daily.scene import LOCKED
from tests.steps.recover.accident import AFTER, NOW, SAME, Accident
from tests.steps.recover.test_situations import ALONE, CUT, PARTED, WAITS
from tests.steps.recover.world import Killed, World
from tests.verbs.recovery.verb import Verb
from wizard.base.errors import Unreachable, WizardError
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow

INSTANCE = "inst1.name.org"
NODE1 = {"dead": "node1.name.org", "fenced": "cables"}
NODE2 = {"dead": "node2.name.org", "fenced": "removed"}
UUID = {
    "node1": "ce559928-f5fa-486b-906c-1d531f3d5e5d",
    "node2": "bb91eb7c-9f64-4474-bd8b-e7707730c0d8",
}


def home(world: World) -> str:
    uuid = world.config()["instances"][0]["primary"]
    return next(host for host, known in UUID.items() if known == uuid)


def runs_on(world: World) -> list[str]:
    raw = world.accident.raw
    return [host for host in UUID if host in raw and INSTANCE in raw[host]["hypervisor"]]


def back_alone(alive: str, lost: str, ids: str, flags: str) -> World:
    """Both went down; one is back, its disks down, its daemons without a vote."""
    accident = Accident().down(lost).drbd(alive, "")
    del accident.raw["inst1"]
    text = accident.raw[alive]["hypervisor"]
    accident.raw[alive]["hypervisor"] = text.replace(f"guest: {INSTANCE}\n", "")
    accident.generations(alive, ids, flags, attached=False)
    ip = {"node1": "192.168.0.111", "node2": "192.168.0.112"}[alive]
    accident.raw[alive]["ganeti-running"] = accident.running(ip, "noded")
    return World(accident)


def test_the_master_that_restarted_alone_goes_on(verb: Verb) -> None:
    world = back_alone("node1", "node2", AFTER, "1:1:1:0:0:0:0")
    assert world.accident.situations == ["alone"]
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "alone", **NODE2)
    # Ganeti has the instance on the other node, and nothing shows how old this copy is.
    assert caught.value.code is Exit.CONSENT
    assert verb(world, "apply", "alone", **NODE2, confirm=[INSTANCE]) is Exit.OK
    told = world.lines()
    order = ["ganeti-wconfd --no-voting", "ganeti-luxid --no-voting", "-O yes", "failover"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert sum("failover" in line for line in told) == 1
    assert runs_on(world) == ["node1"] == [home(world)]


def test_the_last_one_up_goes_on_without_a_word(verb: Verb) -> None:
    world = back_alone("node2", "node1", AFTER, "1:1:1:0:0:0:0")
    assert world.accident.situations == ["first-back"]
    assert verb(world, "apply", "first-back", **NODE1) is Exit.OK
    told = world.lines()
    assert sum("master-failover --no-voting" in line for line in told) == 1
    assert any("gnt-instance startup" in line for line in told)
    assert not any("gnt-instance failover" in line for line in told)
    assert runs_on(world) == ["node2"]
    assert world.master == "node2"


def test_older_copies_are_gone_on_with_by_two_words_alone(verb: Verb) -> None:
    world = back_alone("node2", "node1", SAME, "1:1:0:1:0:0:0")
    refused = verb.refused(world, "apply", "first-back", **NODE1, confirm=[INSTANCE])
    assert refused.code is Exit.BLOCKED
    assert "power it on first" in refused.what
    assert f"what node1 wrote of {INSTANCE} from a time that nobody knows" in refused.mend
    chosen = {**NODE1, "choose": ["older=node2"]}
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "first-back", **chosen)
    assert caught.value.code is Exit.CONSENT
    assert not any("gnt-instance" in line for line in world.lines())
    assert verb(world, "apply", "first-back", **chosen, confirm=[INSTANCE]) is Exit.OK
    assert runs_on(world) == ["node2"]


def test_back_alone_as_the_master_it_leads_without_a_takeover(verb: Verb) -> None:
    world = back_alone("node1", "node2", SAME, "1:1:0:1:0:0:0")
    assert world.accident.situations == ["first-back"]
    chosen = {**NODE2, "choose": ["older=node1"], "confirm": [INSTANCE]}
    assert verb(world, "apply", "first-back", **chosen) is Exit.OK
    told = world.lines()
    assert not any("master-failover" in line for line in told)
    order = ["ganeti-wconfd --no-voting", "ganeti-luxid --no-voting", "-O yes", "failover"]
    places = [next(n for n, line in enumerate(told) if part in line) for part in order]
    assert places == sorted(places)
    assert runs_on(world) == ["node1"] == [home(world)]


def test_a_standby_that_stays_away_is_marked_offline(verb: Verb) -> None:
    accident = Accident().down("node2").drbd("node1", ALONE)
    accident.generations("node1", AFTER, "1:1:1:0:0:0:0")
    accident.raw["node1"]["hypervisor"] += f"\nguest: {INSTANCE}\n"
    accident.raw["node1"]["history"] += PARTED % 0 + PARTED % 1
    world = World(accident)
    world.configure(lambda config: config["instances"][0].update(primary=UUID["node1"]))
    world.refresh()
    assert accident.situations == ["idle-dead"]
    assert verb(world, "apply", "node-offline", **NODE2) is Exit.OK
    assert not any("gnt-instance" in line for line in world.lines())
    nodes = {node["name"]: node["offline"] for node in world.config()["nodes"]}
    assert nodes == {"node1.name.org": False, "node2.name.org": True}
    # Of its return nothing is lost: the copies parted, and the right one is the source.
    world.power_on("node2")
    assert verb(world, "apply", "rejoin") is Exit.OK
    assert world.drbd.states("node2", "0") == "Connected ro:Secondary/Primary ds:UpToDate/UpToDate"


def parted() -> World:
    """The standby lost the link; Ganeti's primary went on writing."""
    accident = Accident().drbd("node1", WAITS).drbd("node2", ALONE)
    accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    world = World(accident)
    world.drbd.data["node2"] = dict.fromkeys(("0", "1"), "node2's")
    return world


def flipped() -> World:
    """The node that is not Ganeti's primary wrote alone, and nothing runs any more."""
    accident = Accident().drbd("node1", CUT).drbd("node2", CUT)
    accident.generations("node1", AFTER, "1:1:0:0:0:0:0")
    accident.generations("node2", SAME, "1:1:0:1:0:0:0")
    del accident.raw["inst1"]
    world = World(accident)
    world._stop("node2")
    world.drbd.data["node1"] = dict.fromkeys(("0", "1"), "node1's")
    world.refresh()
    return world


def by_hand() -> World:
    """The same, and it runs on the node with the newer data without Ganeti's knowledge."""
    world = flipped()
    for minor in ("0", "1"):
        world.drbd.change("node1", minor, "ro:Secondary", "ro:Primary")
    world.accident.raw["node1"]["hypervisor"] += f"\nguest: {INSTANCE}\n"
    world.refresh()
    return world


@pytest.mark.parametrize(
    ("made", "keeper"), [(parted, "node2"), (flipped, "node1"), (by_hand, "node1")]
)
def test_copies_that_parted_are_connected_from_the_newer_one(
    verb: Verb, made: Callable[[], World], keeper: str
) -> None:
    world = made()
    assert world.accident.situations[0] == "reconnect"
    assert verb(world, "apply", "reconnect") is Exit.OK
    assert {word for disks in world.drbd.data.values() for word in disks.values()} == {
        f"{keeper}'s"
    }
    assert runs_on(world) == [keeper] == [home(world)]
    told = world.lines()
    assert sum("failover" in line for line in told) == (keeper == "node1")
    assert any("stop-by-hand" in line for line in told) is (made is by_hand)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("made", [flipped, by_hand])
def test_an_exchange_that_is_killed_comes_to_the_same_end(
    verb: Verb, made: Callable[[], World], when: str
) -> None:
    world = made()
    killed: set[str] = set()

    def dies(line: str) -> str:
        if line in killed:
            return ""
        killed.add(line)
        return when

    world.dies = dies
    code = Exit.FAILED
    for _ in range(30):
        with suppress(Killed):
            code = verb(world, "apply", "reconnect")
        if code is Exit.OK:
            break
    assert code is Exit.OK
    assert runs_on(world) == ["node1"] == [home(world)]
    if when == "after":
        assert sum("failover" in line for line in world.lines()) == 1


def test_a_failover_that_was_given_meanwhile_is_not_given_again(verb: Verb) -> None:
    world = flipped()

    def meanwhile(host: str, line: str) -> None:
        if "shutdown" in line:
            world.configure(lambda config: config["instances"][0].update(primary=UUID["node1"]))

    world.before = meanwhile
    verb(world, "apply", "reconnect")
    assert any("failover" in line for line in world.refused)
    assert not any("failover" in line for line in world.lines())
    assert home(world) == "node1"


def test_a_locked_volume_is_opened(verb: Verb) -> None:
    accident = Accident()
    accident.raw["inst1"]["ciphers"] = LOCKED
    world = World(accident)
    assert accident.situations == ["service"]
    verb.secret = False
    with pytest.raises(WizardError) as caught:
        verb(world, "apply", "service")
    assert "vault-inst1" in caught.value.mend
    verb.secret = True
    assert verb(world, "apply", "service") is Exit.OK
    assert any(line.endswith("protected-volume unlock") for line in world.lines())
    assert accident.situations == []


def test_waiting_ends_as_soon_as_nothing_is_the_matter(verb: Verb) -> None:
    world = World(Accident().drbd("node1", WAITS).drbd("node2", ALONE))
    world.accident.generations("node2", AFTER, "1:1:1:0:0:0:0")
    world.refresh()
    waited: list[float] = []

    def heals(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            world.drbd.connect("node2")
            world.refresh()

    verb.pause(heals)
    assert verb(world, "apply", "wait") is Exit.OK
    assert len(waited) == 2
    assert world.ran == []
    assert verb.accidents == []


def test_waiting_ends_after_ten_minutes(verb: Verb) -> None:
    world = World(Accident().drbd("node1", WAITS).drbd("node2", ALONE))
    clock = [float(NOW)]
    verb.tell_time(lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    assert verb(world, "apply", "wait") is Exit.PENDING
    assert clock[0] == NOW + 600
    for host in ("node1", "node2", "backup", "inst1"):
        world.accident.raw.pop(host)
        world.accident.missing[host] = Unreachable("silent", where=host)
    world.refresh()
    assert verb(world, "apply", "wait") is Exit.UNREACHABLE
