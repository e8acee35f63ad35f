"""A server that cannot write where Ganeti does: no order to it is carried out whole, a runbook's
least of all.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.facts.writable import WRITABLE
from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN, ask_somebody, by_hand, on
from wizard.base.names import clause, together
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Word
from wizard.model.step import Danger


def full(scene: Scene) -> Iterator[Situation]:
    """All servers whose file systems are full or read-only, in one."""
    evidence: list[Evidence] = []
    filled: list[str] = []
    frozen: list[str] = []
    for host in scene.answering:
        writable = scene.read(host, WRITABLE)
        for place in writable.places if writable is not None else ():
            if not place.why:
                continue
            evidence.append(scene.evidence(WRITABLE, host, place.why))
            (frozen if place.read_only else filled).append(host)
    if not evidence:
        return
    hosts = list(dict.fromkeys((*frozen, *filled)))
    ways = [ask_somebody()]
    if filled:
        ways.append(_make_room(list(dict.fromkeys(filled))))
    if frozen:
        ways.append(_leave_alone(scene, list(dict.fromkeys(frozen))))
    yield Situation(
        "full",
        clause(hosts, "cannot write where Ganeti does", "cannot write where Ganeti does"),
        Confidence.CERTAIN,
        tuple(evidence),
        tuple(ways),
    )


def _make_room(hosts: list[str]) -> Runbook:
    words: list[Word] = []
    for host in hosts:
        words.append(on(host, "df -h; df -i; du -xh / 2>/dev/null | sort -h | tail", Danger.READ))
        words.append(on(host, "apt-get clean; journalctl --vacuum-size=100M"))
    words.append(
        by_hand(
            "Remove nothing of /var/lib/ganeti. Ganeti's logs grow where no logrotate is: "
            "`ganeti-wizard apply packages` installs it."
        )
    )
    words.append(Word(LOOK_AGAIN, command=True))
    return Runbook("full", f"Make room on {together(hosts)} before anything else", tuple(words))


def _leave_alone(scene: Scene, hosts: list[str]) -> Runbook:
    """What runs there goes on, since DRBD writes to its own volumes; what it is booted from may not
    come back.
    """
    words: list[Word] = []
    for host in hosts:
        words.append(on(host, "dmesg | tail -n 50; cat /proc/mdstat", Danger.READ))
        running = [guest.name for guest in scene.guests if host in scene.runs_on(guest)]
        if running:
            text = f"Do not reboot {host} yet: {together(running)} may run on for now."
            words.append(by_hand(text))
    words.append(
        by_hand(
            "Where a disk fails, that is mended first (`disk`). Only a file system that is whole "
            "is made writable again: mount -o remount,rw /"
        )
    )
    words.append(Word(LOOK_AGAIN, command=True))
    return Runbook("read-only", f"Find out why {together(hosts)} writes no more", tuple(words))
