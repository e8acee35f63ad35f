"""How an instance is reached and what it reaches: its name, address, gateway and name servers."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import names_back
from steps.common.files import put
from steps.ganeti.acting import answering
from steps.guest import texts
from steps.guest.facts.guest import HOSTS, INSIDE, INTERFACES, RESOLV, Inside
from steps.guest.facts.guestapt import GUEST_APT, HOME, Home
from steps.network.etchosts import rewritten
from wizard.answers import Answers, Instance
from wizard.model.facts import Facts
from wizard.model.step import Command
from wizard.model.write import write_file


def home_of(answers: Answers, facts: Facts, guest: Instance) -> Home:
    """What the guest's node has of archives and ways out; while it is away, what another one has:
    they stand in one network.
    """
    hosts = [node.short for node in answering(answers, facts)]
    if guest.primary in hosts:
        return facts.of(guest.primary, HOME)
    return facts.of(hosts[0], HOME) if hosts else Home()


def deaf(answers: Answers, facts: Facts, guest: Instance) -> bool:
    """Whether the guest reaches no archive and asks only itself for names, as its node did when it
    was made.
    """
    if answers.guest.proxy:
        return False
    inside = facts.of(guest.short, INSIDE)
    reached = facts.of(guest.short, GUEST_APT).reached
    failed = any(said != "ok" for said in reached.values())
    asks_itself = all(address.startswith(("127.", "::1")) for address in inside.nameservers)
    node_knows_better = bool(home_of(answers, facts, guest).nameservers)
    return failed and asks_itself and node_knows_better


def unsettled(answers: Answers, facts: Facts, guest: Instance) -> bool:
    """Whether `network` changes the guest's way out: what it reaches now says nothing then."""
    inside = facts.of(guest.short, INSIDE)
    nameservers = tuple(answers.guest.nameservers)
    other_gateway = answers.guest.gateway not in ("", inside.gateway)
    other_nameservers = bool(nameservers) and inside.nameservers != nameservers
    return other_gateway or other_nameservers


def network(answers: Answers, facts: Facts, guest: Instance) -> Iterator[Command]:
    """Name, address, gateway and name server, where the hooks have not set them or somebody changed
    them.
    """
    inside = facts.of(guest.short, INSIDE)
    yield from _hostname(guest, inside)
    yield from _hosts_file(guest, inside)
    yield from _interfaces(answers, facts, guest, inside)
    yield from _route(answers, guest, inside)
    yield from _nameservers(answers, facts, guest, inside)


def _hostname(guest: Instance, inside: Inside) -> Iterator[Command]:
    if inside.static != guest.name or inside.kernel != guest.name:
        yield Command(
            guest.short,
            ("hostnamectl", "set-hostname", guest.name),
            why="the full name is the host's name, as on the nodes",
            undo=names_back.both(guest.name, inside.static, inside.kernel),
        )


def _hosts_file(guest: Instance, inside: Inside) -> Iterator[Command]:
    old = inside.files.get(HOSTS, "")
    new = rewritten(old or "127.0.0.1\tlocalhost\n", [(guest.name, str(guest.ip))])
    yield from put(
        guest.short,
        HOSTS,
        new,
        now=old,
        why=(
            "its own name leads to its own address without any name server, "
            "so `hostname -f` is the full name"
        ),
    )


def _interfaces(
    answers: Answers, facts: Facts, guest: Instance, inside: Inside
) -> Iterator[Command]:
    if inside.set_by:
        # Two services would set one card: what is there is left to whoever set it up.
        return
    lasting = inside.interfaces
    gateway = answers.guest.gateway
    has_gateway = not gateway or texts.has_gateway(lasting, gateway)
    if texts.has_address(lasting, str(guest.ip)) and has_gateway:
        return
    text = texts.interfaces(
        card=_card(guest, inside),
        ip=str(guest.ip),
        prefix=answers.bridge.prefix,
        gateway=gateway or home_of(answers, facts, guest).gateway,
    )
    yield write_file(
        guest.short,
        INTERFACES,
        text,
        why=(
            f"{guest.ip} is the address that Ganeti knows; this file brings it and the "
            "gateway back at each boot"
        ),
        risk="counts from the next boot on; other cards that it named are gone",
        old=inside.files.get(INTERFACES, ""),
    )


def _card(guest: Instance, inside: Inside) -> str:
    """The card that has the guest's address; the first one when none has."""
    for row in inside.addresses:
        card, address = row.split()[:2]
        if address.startswith(f"{guest.ip}/"):
            return card
    return "eth0"


def _route(answers: Answers, guest: Instance, inside: Inside) -> Iterator[Command]:
    gateway = answers.guest.gateway
    if gateway in ("", inside.gateway):
        return
    undo = "ip route del default"
    if inside.gateway:
        undo = f"ip route replace default via {inside.gateway}"
    yield Command(
        guest.short,
        ("ip", "route", "replace", "default", "via", gateway),
        why="its way out, from now on; the file above is read at the next boot",
        undo=undo,
    )


def _nameservers(
    answers: Answers, facts: Facts, guest: Instance, inside: Inside
) -> Iterator[Command]:
    chosen = tuple(answers.guest.nameservers)
    if chosen and inside.nameservers != chosen:
        yield write_file(
            guest.short,
            RESOLV,
            texts.resolv(chosen),
            why="the name servers that you chose",
            old=inside.files.get(RESOLV, ""),
        )
    elif not chosen and deaf(answers, facts, guest):
        of_node = home_of(answers, facts, guest).nameservers
        yield write_file(
            guest.short,
            RESOLV,
            texts.resolv(of_node),
            why=(
                "its name server was one on the node itself, which answers nobody else; "
                "these are the node's own sources"
            ),
            old=inside.files.get(RESOLV, ""),
        )
