"""Consent to overwrite a disk: the word that names it, and whether the operator gave that word.

One word never names two disks: consent for a disk of one node must not overrule the refusal of
another's.
"""

from __future__ import annotations

from steps.disks.facts.disk import Disk
from steps.disks.facts.disks import DISKS
from wizard.answers import Answers
from wizard.model.facts import Facts


def word(answers: Answers, facts: Facts, host: str, disk: Disk) -> str:
    """What is typed for a disk: its id; HOST:ID where a disk of another host shows the same, and
    where the id is the kernel's name, which every host has and which may change at a boot.
    """
    showing = _showing(answers, facts, disk.id)
    if disk.anonymous or len(showing) > 1:
        return f"{host}:{disk.id}"
    return disk.id


def _showing(answers: Answers, facts: Facts, name: str) -> list[Disk]:
    """The disks of all nodes that show this WWN or serial."""
    showing = []
    for node in answers.nodes:
        for disk in facts.of(node.short, DISKS):
            if name in (disk.id, disk.serial):
                showing.append(disk)
    return showing


def agreed(answers: Answers, facts: Facts, host: str, disk: Disk) -> bool:
    """Whether the operator gave this very disk's word, or a serial that no other disk shows."""
    words = {word(answers, facts, host, disk)}
    showing = _showing(answers, facts, disk.serial)
    if disk.serial != disk.name and len(showing) == 1:
        words.add(disk.serial)
    return not words.isdisjoint(answers.partition.erase)


def named(given: str, disk: Disk, whose: str = "its") -> str:
    """A disk's word with what it is, for a sentence."""
    if given == disk.serial:
        return f"{whose} serial {given}"
    if given == disk.wwn:
        return f"{whose} WWN {given}"
    return f"`{given}`"
