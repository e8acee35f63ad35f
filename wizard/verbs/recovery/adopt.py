"""`recover adopt`: take in a cluster whose state is lost, or that this program never built."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base.errors import HostKeyUnknown, WizardError
from wizard.base.exits import Exit
from wizard.base.secrets import Secret
from wizard.base.stdio import complain, say
from wizard.verbs.options import accept_host_keys, add_verb, secrets

if TYPE_CHECKING:
    from wizard.answers import Ssh
    from wizard.daily.adopting import Adopting
    from wizard.model.adoption import Adopted, Adoption
    from wizard.state.store import Store

LOCAL = "local"
"""As a host: the very machine that the program runs on."""
_HOST = re.compile(
    r"(?:(?P<user>[a-z_][a-z0-9_-]{0,31})@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
MOST_PORTS = 65535


def add_parser(what: Any) -> None:
    """The options."""
    text = "take in a cluster whose state is lost, or that was never built by this program"
    adopt = add_verb(
        what,
        "adopt",
        text,
        "recover adopt node1.name.org node2.name.org",
        about=f"{text[0].upper()}{text[1:]}. It reads the cluster's own configuration, and changes "
        "nothing on any server; where a password is given, the wizard's key is let in.",
    )
    adopt.add_argument(
        "hosts",
        nargs="*",
        metavar="HOST",
        help=f"[USER@]HOST[:PORT] of a server, `{LOCAL}` for this machine; name all that live",
    )
    adopt.add_argument(
        "--from-copy",
        type=Path,
        metavar="FILE",
        help="an hourly copy of the configuration, NODE-TIME-SERIAL.tar.gz, instead of servers",
    )
    adopt.add_argument("--key", type=Path, metavar="FILE", help="private key that lets in")
    accept_host_keys(adopt)
    secrets(adopt, "KEY is login-HOST as it was typed, or login for all: the password")


def run(args: argparse.Namespace, adoption: Adoption) -> Exit:
    """Adopt, keep, and say what came of it."""
    from wizard.state.place import refuse_no_folder
    from wizard.state.store import Store
    from wizard.verbs.opening import folder

    ways = _ways(args)
    store = Store(folder(args))
    refuse_no_folder(store.folder)
    work = _work(args, store, adoption)
    work.begin()
    store.open()
    try:
        # Once more: another run may have been quicker.
        work.begin()
        if args.from_copy is not None:
            made = work.from_copy(args.from_copy, _way("", "", "", str(args.key or "")))
        else:
            made = work.from_hosts(ways)
        work.keep(made)
        _tell(made, store)
        work.log_in_to_the_others(made)
    finally:
        store.close()
    for error in work.errors.values():
        complain(str(error))
    say("Look what is the matter: ganeti-wizard recover diagnose")
    return Exit.OK


def _ways(args: argparse.Namespace) -> dict[str, Ssh]:
    """How each host is reached, by what was typed; raises WizardError (USAGE)."""
    if bool(args.hosts) == (args.from_copy is not None):
        raise _usage("adopt wants hosts, or --from-copy FILE, and not both")
    if args.answers is not None or args.lab:
        raise _usage("adopt makes the answers itself: neither --answers nor --lab goes with it")
    ways = {}
    for text in args.hosts:
        if text == LOCAL:
            ways[text] = _way("", "", "", "").model_copy(update={"local": True})
            continue
        match = _HOST.fullmatch(text)
        if match is None or not 0 < int(match["port"] or 22) <= MOST_PORTS:
            raise _usage(f"{text!r} is no host: [USER@]HOST[:PORT], or {LOCAL}")
        ways[text] = _way(
            match["host"], match["user"] or "", match["port"] or "", str(args.key or "")
        )
    return ways


def _usage(what: str) -> WizardError:
    return WizardError(what, mend="ganeti-wizard recover adopt --help", code=Exit.USAGE)


def _way(host: str, user: str, port: str, key: str) -> Ssh:
    from wizard.answers import Ssh

    path = str(Path(key).absolute()) if key else ""
    return Ssh(host=host, user=user or "root", port=int(port or 22), key=path)


def _work(args: argparse.Namespace, store: Store, adoption: Adoption) -> Adopting:
    from wizard.daily.adopting import Adopting
    from wizard.hosts import access
    from wizard.verbs.secret_files import read_all, refuse_unknown

    asked = sys.stdin is not None and sys.stdin.isatty()
    given = read_all(args.secret)
    # Of which servers a copy of the configuration tells is not known yet.
    wanted = [key for key in given if key.startswith("login-") and key != "login-"]
    refuse_unknown(args.secret, ("login", *wanted, *(f"login-{host}" for host in args.hosts)))
    trusted = access.known_hosts(store)
    return Adopting(
        store,
        adoption,
        trusts=partial(_trusts, args.accept_host_key, asked),
        password=_Passwords(given, asked),
        reach=lambda name, way: access.reached(name, way, store, trusted),
        make_hosts=lambda answers: access.make_hosts(answers, store, {}),
    )


def _trusts(accepted: Iterable[str], asked: bool, error: HostKeyUnknown) -> bool:
    """Whether a key was named beforehand, or the operator says now that it is right."""
    if error.fingerprint in accepted:
        return True
    if not asked:
        return False
    say(str(error))
    return _typed("Have you compared it, and is it right? Type yes: ") == "yes"


def _typed(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        return ""


class _Passwords:
    """Those of `--secret`, each tried once for a host; else the operator is asked for one."""

    def __init__(self, given: dict[str, Secret], asked: bool) -> None:
        self._given = given
        self._asked = asked
        self._tried: set[str] = set()

    def __call__(self, host: str) -> Secret | None:
        for key in (f"login-{host}", "login"):
            if key in self._given and host not in self._tried:
                self._tried.add(host)
                return self._given[key]
        if not self._asked:
            return None
        text = _unseen(f"Password of {host} (Enter: go on without it): ")
        return Secret(text) if text else None


def _unseen(prompt: str) -> str:
    import getpass

    try:
        return getpass.getpass(prompt)
    except EOFError:
        return ""


def _tell(made: Adopted, store: Store) -> None:
    answers = made.answers
    say(f"Adopted into {store.folder}: {answers.hosts.cluster_name}")
    say(f"   configuration {made.serial} of {made.origin}")
    for node in answers.nodes:
        way = "this machine" if node.ssh.local else f"{node.ssh.user}@{node.ssh.host or node.ip}"
        say(f"   node      {node.name}  {' '.join(node.addresses)}  {way}")
    for guest in answers.guests:
        say(f"   instance  {guest.name}  {guest.ip}  {guest.primary}, stands by {guest.secondary}")
    if answers.backup_host is not None:
        say(f"   backups   {answers.backup_host.name}  {answers.backup_host.ip}")
    for line in made.told:
        say(f"   note: {line}")
    for line in made.limits:
        say(f"   limit: {line}; what changes anything is refused for it")
    say("Nothing is built from here; the servers were not changed.")
