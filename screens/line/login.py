"""Servers and first login, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from screens.line.ask import Asker, Back
from screens.line.form import ask_item
from screens.line.say import say
from screens.shared.trust import accept, unknown_keys
from wizard.answers import Node
from wizard.answers.nodes import with_nodes
from wizard.base.errors import AnswersError, LoginRefused, WizardError
from wizard.hosts.access import log_in_all
from wizard.run.session import Session

if TYPE_CHECKING:
    from wizard.base.secrets import Secret

TRIES = 5
"""How often the login is tried before the wizard gives up."""


def servers(session: Session, asker: Asker) -> None:
    """Show the servers, and let them be changed."""
    while True:
        say("The servers that become the cluster; the first one will own it:")
        for node in session.answers.nodes:
            ssh = node.ssh
            way = (
                "this machine" if ssh.local else f"{ssh.user}@{ssh.host or node.ip} port {ssh.port}"
            )
            say(f"  {node.name}  {node.ip}  {way}")
        if not asker.yes("Change them?"):
            return
        try:
            nodes, renamed = _changed(session.answers.nodes, asker)
        except Back:
            say("back: nothing was changed")
            continue
        if len(nodes) < 2:
            say("! a cluster needs two servers: nothing was changed")
            continue
        try:
            session.decide(with_nodes(session.answers, nodes, renamed, settled=session.settled))
        except AnswersError as error:
            say(f"! {error}")


def _changed(servers: Sequence[Node], asker: Asker) -> tuple[list[Node], dict[str, str]]:
    """The servers as the operator wants them, and the old short names with their new ones."""
    nodes: list[Node] = []
    renamed: dict[str, str] = {}
    for old in servers:
        if asker.yes(f"Keep {old.name} in the list?", default=True):
            nodes.append(_node(asker, old))
            renamed[old.short] = nodes[-1].short
    while asker.yes("One more server?"):
        nodes.append(_node(asker, None))
    return nodes, renamed


def _node(asker: Asker, old: Node | None) -> Node:
    item = ask_item(asker, Node, old, ())
    assert isinstance(item, Node)
    return item


def log_in(session: Session, asker: Asker, *, resume: bool) -> None:
    """Log in to all servers; raises the last error when it does not come about."""
    passwords: dict[str, Secret] = {}
    names = [node.short for node in session.answers.nodes if not node.ssh.local]
    if not resume:
        _ask_passwords(asker, names, passwords)
    errors: Mapping[str, WizardError] = {}
    for _ in range(TRIES):
        say("connecting…")
        session.connect(passwords)
        errors = log_in_all(session.servers, session.store)
        if not errors:
            say("connected to all servers")
            return
        for error in errors.values():
            say(f"! {error}")
        _mend(session, asker, errors, passwords)
    raise next(iter(errors.values()))


def _ask_passwords(asker: Asker, names: list[str], passwords: dict[str, Secret]) -> None:
    from wizard.base.secrets import Secret

    for name in names:
        text = asker.secret(f"Password of {name} for the first login (Enter: the key will do)")
        if text:
            passwords[name] = Secret(text)


def _mend(
    session: Session, asker: Asker, errors: Mapping[str, WizardError], passwords: dict[str, Secret]
) -> None:
    """What can be done about the errors here: accept a key, give another password, change the
    servers.
    """
    unknown = unknown_keys(errors)
    if unknown:
        if not asker.yes("Have you compared the fingerprints, and are all of them right?"):
            raise unknown[0]
        accept(unknown, session.store)
        return
    refused = [name for name, error in errors.items() if isinstance(error, LoginRefused)]
    if refused:
        _ask_passwords(asker, refused, passwords)
        return
    if session.clustered:
        say("After an accident, leave and type: ganeti-wizard recover")
    if not asker.yes("Try again (n: leave)?", default=True):
        raise next(iter(errors.values()))
    servers(session, asker)
