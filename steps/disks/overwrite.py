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
    """What is typed for a disk: its serial; HOST:SERIAL where another host shows the same one; else
    HOST:NAME.

    A disk without serial and WWN has only the kernel's name, which every host has and which may
    change at a boot.
    """
    hosts = _hosts_with(answers, facts, disk.serial)
    if disk.anonymous or hosts.count(host) > 1:
        return f"{host}:{disk.name}"
    return f"{host}:{disk.serial}" if len(hosts) > 1 else disk.serial


def _hosts_with(answers: Answers, facts: Facts, serial: str) -> list[str]:
    """The host of every disk that shows this serial: one host twice where two of its disks do."""
    hosts = []
    for node in answers.nodes:
        for disk in facts.of(node.short, DISKS):
            if disk.serial == serial:
                hosts.append(node.short)
    return hosts


def agreed(answers: Answers, facts: Facts, host: str, disk: Disk) -> bool:
    """Whether the operator gave this very disk's word."""
    return word(answers, facts, host, disk) in answers.partition.erase


def named(given: str, disk: Disk, whose: str = "its") -> str:
    """A disk's word with what it is, for a sentence."""
    return f"{whose} serial {given}" if given == disk.serial else f"`{given}`"
