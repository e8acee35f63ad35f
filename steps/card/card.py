"""The card on the wall: who is who in this cluster, and the commands for a planned move and for an
accident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from steps.card import texts
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.disks.facts.disks import DISKS
from steps.ganeti.facts.ganeti import GANETI, Config, Guest
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import MACHINE, Machine
from steps.health.look import newest
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.names import short
from wizard.model.card import Block, Card, Cards, Row
from wizard.model.facts import Facts
from wizard.model.step import Fact

NODE_FACTS: tuple[Fact[Any], ...] = (SYSTEM, GANETI, DISKS, MACHINE)


@dataclass(frozen=True)
class Server:
    """One node as the card names it."""

    node: Node
    name: str
    master: bool
    disks: tuple[str, ...]
    machine: Machine


@dataclass(frozen=True)
class Service:
    """One instance as the card names it: short names of its nodes, its addresses, its DRBD minors."""  # noqa: E501

    name: str
    full: str
    ip: str
    primary: str
    secondary: str
    minors: tuple[int, ...]
    encrypted: bool


def wanted(answers: Answers) -> Mapping[str, Sequence[Fact[Any]]]:
    """The facts by host."""
    found: dict[str, Sequence[Fact[Any]]] = {node.short: NODE_FACTS for node in answers.nodes}
    for one in answers.instance.wanted:
        found.setdefault(short(one.name), (CIPHERS,))
    return found


def make(answers: Answers, facts: Facts) -> Card:
    """The card of a finished cluster; raises WizardError while there is none, or none with an
    instance.
    """
    config = newest(answers, facts)
    if config is None or not config.instances:
        what = "there is no cluster yet" if config is None else "the cluster has no instance yet"
        raise WizardError(
            what, mend="finish the build first: ganeti-wizard status", code=Exit.BLOCKED
        )
    servers = list(_servers(answers, facts, config))
    services = [_service(answers, facts, config, guest) for guest in config.instances]
    live = hypervisor_of(answers, facts, servers[0].node.short).live
    blocks = [Block("", tuple(_who(servers, services)))]
    blocks += texts.runbook(servers, services, live=live, kvm=answers.xen.hypervisor == "kvm")
    if answers.card.phones:
        blocks.append(Block("", (Row(_phones(answers), danger=True, label="CALL"),)))
    title = f"{config.name} · {config.ip}"
    return Card(
        title, config.serial, tuple(blocks), dict(_facts(answers, servers, services, config))
    )


def _servers(answers: Answers, facts: Facts, config: Config) -> Iterator[Server]:
    for node in answers.nodes:
        member = config.node(node.name)
        if member is None:
            what = f"{node.name} is no member of the cluster"
            raise WizardError(what, mend="finish the step `node` first", code=Exit.BLOCKED)
        disks = tuple(disk.serial for disk in facts.of(node.short, DISKS) if not disk.removable)
        yield Server(
            node, node.short, member.uuid == config.master, disks, facts.of(node.short, MACHINE)
        )


def _service(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Service:
    disks = config.disks_of(guest)
    home = config.node_name(guest.primary)
    others = [
        name
        for disk in disks
        for uuid in disk.nodes
        if (name := config.node_name(uuid)) not in ("", home)
    ]
    minors = tuple(minor for disk in disks for minor in disk.minors[:1])
    shorts = [short(one.name) for one in config.instances]
    name = short(guest.name) if shorts.count(short(guest.name)) == 1 else guest.name
    ip = next((one for one in guest.ips if one), "") or _planned_ip(answers, guest.name)
    secondary = short(others[0]) if others else ""
    return Service(
        name, guest.name, ip, short(home), secondary, minors, encrypted(answers, facts, guest.name)
    )


def _planned_ip(answers: Answers, name: str) -> str:
    return next((str(one.ip) for one in answers.instance.wanted if one.name == name), "")


def encrypted(answers: Answers, facts: Facts, name: str) -> bool:
    """Whether an instance has an encrypted volume: seen on it, or decided."""
    if short(name) in facts.raw:
        return any(not one.swap for one in facts.of(short(name), CIPHERS))
    return bool(answers.vault.model_fields_set) and any(
        one.instance == name for one in answers.encrypted
    )


def _phones(answers: Answers) -> str:
    """Names and numbers; a number never stands on another line than its name."""
    return " · ".join(
        f"{one.name} {one.number}".replace(" ", texts.NO_BREAK) for one in answers.card.phones
    )


def _who(servers: list[Server], services: list[Service]) -> Iterator[Row]:
    for one in servers:
        parts = [str(one.node.ip), *(["MASTER"] if one.master else [])]
        parts += [f"disks S/N {', '.join(one.disks)}"] if one.disks else []
        parts += [f"machine S/N {one.machine.serial}"] if one.machine.serial else []
        yield Row(" · ".join(parts), label=one.node.name)
    for service in services:
        places = f"runs on {service.primary}"
        places += (
            f", stands by on {service.secondary}" if service.secondary else ", without a standby"
        )
        numbers = f",{texts.NO_BREAK}".join(map(str, service.minors))
        minors = f" · DRBD{texts.NO_BREAK}{numbers}" if numbers else ""
        yield Row(f"{service.ip} · {places}{minors}", label=service.full)


def _facts(
    answers: Answers, servers: list[Server], services: list[Service], config: Config
) -> Iterator[tuple[str, str]]:
    yield "cluster", f"{config.name} {config.ip}"
    yield "master", next((one.node.name for one in servers if one.master), "none")
    for one in servers:
        yield f"{one.node.name}: address", str(one.node.ip)
        yield f"{one.node.name}: disks", ", ".join(one.disks)
        yield f"{one.node.name}: machine", one.machine.serial
    for service in services:
        yield f"{service.full}: address", service.ip
        yield f"{service.full}: runs on", service.primary
        yield f"{service.full}: stands by on", service.secondary
        yield f"{service.full}: DRBD", ", ".join(map(str, service.minors))
        yield f"{service.full}: encrypted volume", "yes" if service.encrypted else "no"
    for phone in answers.card.phones:
        yield f"phone of {phone.name}", phone.number


CARDS = Cards(facts=wanted, make=make)
