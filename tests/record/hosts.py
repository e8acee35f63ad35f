"""How a host that is recorded is reached: as the build reaches it, or as the command line says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.answers import Answers, Ssh
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.hosts.access import accept_fingerprints, make_hosts
from wizard.hosts.host import Host
from wizard.hosts.local import LocalHost
from wizard.state.store import Store

Where = tuple[str, str]
"""A host's short name, and where it is; "" for what the answers say."""


def where(text: str) -> Where:
    """`NAME`, `NAME=local` or `NAME=[USER@]ADDRESS[:PORT]`."""
    name, _, place = text.partition("=")
    return name, place


def _ssh(place: str) -> Ssh:
    match = re.fullmatch(r"(?:([^@:]+)@)?([^@:]+)(?::(\d+))?", place)
    if match is None:
        mend = "NAME=[USER@]ADDRESS[:PORT]"
        raise WizardError(f"not a way to a host: {place}", mend=mend, code=Exit.USAGE)
    user, address, port = match.groups()
    return Ssh(user=user or "root", host=address, port=int(port or 22))


def reached(
    wanted: Iterable[Where], answers: Answers, store: Store, fingerprints: Iterable[str]
) -> dict[str, Host]:
    """The wanted hosts by name. Unknown host keys are refused, but for those named."""
    places = dict(wanted)
    ways = {name: _ssh(place) for name, place in places.items() if place not in ("", "local")}
    nodes = [
        node.model_copy(update={"ssh": ways[node.short]}) if node.short in ways else node
        for node in answers.nodes
    ]
    made = make_hosts(answers.model_copy(update={"nodes": nodes}), store, {})
    hosts: dict[str, Host] = {}
    for name, place in places.items():
        if place == "local":
            hosts[name] = LocalHost(name, need_root=False)
        elif name in made:
            hosts[name] = made[name]
        else:
            mend = f"one of {', '.join(made)}"
            raise WizardError(f"there is no host {name}", mend=mend, code=Exit.USAGE)
    accept_fingerprints(hosts.values(), store, fingerprints)
    return hosts
