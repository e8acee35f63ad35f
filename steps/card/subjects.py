"""Whom the card speaks of: the servers and the instances, read off the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.disks.facts.disks import DISKS
from steps.ganeti.facts.ganeti import Config, Guest
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import MACHINE, Machine
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.names import short
from wizard.model.facts import Facts
from wizard.model.step import remedy


@dataclass(frozen=True)
class CardServer:
    """One node as the card names it."""

    node: Node
    name: str
    master: bool
    disks: tuple[str, ...]
    machine: Machine


@dataclass(frozen=True)
class CardService:
    """One instance as the card names it: short names of its nodes, addresses, DRBD minors."""

    name: str
    full: str
    ip: str
    primary: str
    secondary: str
    minors: tuple[int, ...]
    encrypted: bool


def servers_of(answers: Answers, facts: Facts, config: Config) -> Iterator[CardServer]:
    """The servers in the order of the answers; raises WizardError when one is no member."""
    for node in answers.nodes:
        member = config.node(node.name)
        if member is None:
            raise WizardError(
                f"{node.name} is no member of the cluster",
                mend=remedy("", "node"),
                code=Exit.BLOCKED,
            )
        fixed = [disk for disk in facts.of(node.short, DISKS) if not disk.removable]
        yield CardServer(
            node=node,
            name=node.short,
            master=member.uuid == config.master,
            disks=tuple(disk.serial for disk in fixed),
            machine=facts.of(node.short, MACHINE),
        )


def services_of(answers: Answers, facts: Facts, config: Config) -> Iterator[CardService]:
    """The instances in the order of their names."""
    for guest in config.instances:
        disks = config.disks_of(guest)
        yield CardService(
            name=_called(config, guest),
            full=guest.name,
            ip=_address(answers, guest),
            primary=short(config.node_name(guest.primary)),
            secondary=_secondary(config, guest),
            # The number on the first node; on the other one it may be another.
            minors=tuple(disk.minors[0] for disk in disks if disk.minors),
            encrypted=_encrypted(answers, facts, guest.name),
        )


def _called(config: Config, guest: Guest) -> str:
    """The short name, where no other instance has the same."""
    shorts = [short(other.name) for other in config.instances]
    name = short(guest.name)
    return name if shorts.count(name) == 1 else guest.name


def _address(answers: Answers, guest: Guest) -> str:
    """The address that Ganeti knows, else the one in the answers."""
    for address in guest.ips:
        if address:
            return address
    for instance in answers.instance.wanted:
        if instance.name == guest.name:
            return str(instance.ip)
    return ""


def _secondary(config: Config, guest: Guest) -> str:
    for disk in config.disks_of(guest):
        for uuid in disk.nodes:
            name = config.node_name(uuid)
            if name and uuid != guest.primary:
                return short(name)
    return ""


def _encrypted(answers: Answers, facts: Facts, name: str) -> bool:
    """Whether an instance has an encrypted volume: seen on it, or decided."""
    if short(name) in facts.raw:
        return any(not cipher.swap for cipher in facts.of(short(name), CIPHERS))
    if not answers.vault.model_fields_set:
        return False
    return any(volume.instance == name for volume in answers.encrypted)
