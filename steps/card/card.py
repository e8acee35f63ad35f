"""The card on the wall: who is who in this cluster, and the commands for a planned move and for an
accident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.card import texts
from steps.card.subjects import CardServer, CardService, servers_of, services_of
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.disks.facts.disks import DISKS
from steps.ganeti.facts.ganeti import GANETI, Config
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.daily import MACHINE
from steps.health.look import newest
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.model.card import Block, Card, Cards, Row
from wizard.model.facts import Fact, Facts

NODE_FACTS: tuple[Fact[Any], ...] = (SYSTEM, GANETI, DISKS, MACHINE)


def card_facts(answers: Answers) -> Mapping[str, Sequence[Fact[Any]]]:
    """The facts by host."""
    by_host: dict[str, Sequence[Fact[Any]]] = {}
    for node in answers.nodes:
        by_host[node.short] = NODE_FACTS
    for instance in answers.instance.wanted:
        by_host.setdefault(instance.short, (CIPHERS,))
    return by_host


def make(answers: Answers, facts: Facts) -> Card:
    """The card of a finished cluster; raises WizardError while there is none, or none with an
    instance.
    """
    config = newest(answers, facts)
    if config is None:
        raise _unfinished("there is no cluster yet")
    if not config.instances:
        raise _unfinished("the cluster has no instance yet")
    servers = list(servers_of(answers, facts, config))
    services = list(services_of(answers, facts, config))
    hypervisor = hypervisor_of(answers, facts, servers[0].name)
    who_is_who = (*_servers(servers), *_services(services))
    blocks = [Block("", who_is_who)]
    blocks += texts.runbook(
        servers,
        services,
        live=hypervisor.live,
        kvm=answers.xen.hypervisor == "kvm",
    )
    if answers.card.phones:
        call = Row(_phones(answers), danger=True, label="CALL")
        blocks.append(Block("", (call,)))
    return Card(
        title=f"{config.name} · {config.ip}",
        serial=config.serial,
        blocks=tuple(blocks),
        facts=dict(_facts(answers, servers, services, config)),
    )


def _unfinished(what: str) -> WizardError:
    return WizardError(
        what,
        mend="finish the build first: ganeti-wizard status",
        code=Exit.BLOCKED,
    )


def _phones(answers: Answers) -> str:
    """Names and numbers; a number never stands on another line than its name."""
    phones = [f"{phone.name} {phone.number}" for phone in answers.card.phones]
    return " · ".join(phone.replace(" ", texts.NO_BREAK) for phone in phones)


def _servers(servers: list[CardServer]) -> Iterator[Row]:
    """What tells one machine from the other in the rack: serial numbers stand on the outside."""
    for server in servers:
        parts = [str(server.node.ip)]
        if server.master:
            parts.append("MASTER")
        if server.disks:
            serials = ", ".join(server.disks)
            parts.append(f"disks S/N {serials}")
        if server.machine.serial:
            parts.append(f"machine S/N {server.machine.serial}")
        yield Row(" · ".join(parts), label=server.node.name)


def _services(services: list[CardService]) -> Iterator[Row]:
    for service in services:
        parts = [service.ip]
        if service.secondary:
            parts.append(f"runs on {service.primary}, stands by on {service.secondary}")
        else:
            parts.append(f"runs on {service.primary}, without a standby")
        if service.minors:
            numbers = f",{texts.NO_BREAK}".join(map(str, service.minors))
            parts.append(f"DRBD{texts.NO_BREAK}{numbers}")
        yield Row(" · ".join(parts), label=service.full)


def _facts(
    answers: Answers,
    servers: list[CardServer],
    services: list[CardService],
    config: Config,
) -> Iterator[tuple[str, str]]:
    """What the card says of the cluster, by name: a later look is compared with it, so that a card
    that has become wrong is told from one that is only old.
    """
    master = "none"
    for server in servers:
        if server.master:
            master = server.node.name
            break
    yield "cluster", f"{config.name} {config.ip}"
    yield "master", master
    for server in servers:
        for label, value in _of_server(server).items():
            yield f"{server.node.name}: {label}", value
    for service in services:
        for label, value in _of_service(service).items():
            yield f"{service.full}: {label}", value
    for phone in answers.card.phones:
        yield f"phone of {phone.name}", phone.number


def _of_server(server: CardServer) -> Mapping[str, str]:
    return {
        "address": str(server.node.ip),
        "disks": ", ".join(server.disks),
        "machine": server.machine.serial,
    }


def _of_service(service: CardService) -> Mapping[str, str]:
    return {
        "address": service.ip,
        "runs on": service.primary,
        "stands by on": service.secondary,
        "DRBD": ", ".join(map(str, service.minors)),
        "encrypted volume": "yes" if service.encrypted else "no",
    }


CARDS = Cards(facts=card_facts, make=make)
