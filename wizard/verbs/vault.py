"""Unlock and lock the encrypted volume of an instance from the operator's machine.

The work is done by `protected-volume` in the guest, which the step `vault` puts there: it prints a
line for each item (ok, note or FAILED; what; how) and ends with 0 (done), 1 (failed), 3 (wrong
passphrase), 4 (busy), 5 (locked), 6 (no settings; the shell itself may end with 2 then).
"""

from __future__ import annotations

import getpass
import sys
from functools import partial

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.plain import printed_lines
from wizard.base.secrets import Secret, mask
from wizard.base.stdio import say
from wizard.hosts.host import Host, Result
from wizard.run.session import Session

PROGRAM = "/usr/local/sbin/protected-volume"
FAILED, WRONG_PASSPHRASE, BUSY, LOCKED = 1, 3, 4, 5
OPEN = (0, 1)
"""What `status` ends with while the volume is open: everything stands on it, or not everything."""
NO_SETTINGS = (2, 6)
TRIES = 3
"""How often a passphrase typed on a terminal may be wrong; one that was given beforehand is tried
once.
"""
LOOK_SECONDS = 120.0
_HAS_MODULES = 'test -e "/lib/modules/$(uname -r)/modules.dep"'
"""modprobe(8) loads nothing without that index."""


def named(session: Session, instance: str | None) -> Host:
    """The guest whose volume is meant: by full or short name, or the only one with a volume.

    By its name any instance is taken, also one whose answer says by now that it needs none. Raises
    WizardError (USAGE) when there is none of that name or more than one to choose from.
    """
    known = {one.short: one.name for one in session.answers.instance.wanted}
    encrypted = [volume.short for volume in session.answers.encrypted]
    short = next((short for short, name in known.items() if instance in (short, name)), None)
    if instance is None and len(encrypted) == 1:
        short = encrypted[0]
    if short is None:
        what = (
            f"there is no instance {instance}"
            if instance
            else "which instance is meant is not clear"
        )
        raise WizardError(
            what, mend=f"name one of: {', '.join(known.values()) or 'none'}", code=Exit.USAGE
        )
    host = session.hosts.get(short)
    if host is None:
        raise WizardError(
            "no way to reach this instance is known", where=short, mend="finish the step `guest`"
        )
    return host


def keys(session: Session) -> list[str]:
    """The keys of the passphrases that `unlock` may want."""
    return [f"vault-{guest.short}" for guest in session.answers.guests]


def unlock(session: Session, host: Host) -> Exit:
    """Open the volume, mount it, start its services and check them; says per item what happened.

    The passphrase comes from the secrets of the session (key vault-NAME), else from the terminal,
    else from the first line of standard input. Nothing is asked when the volume is open already.
    """
    looked = _run(host, "status", quiet=True)
    if looked.rc in OPEN:
        say(f"[{host.name}] the volume is open already; what stands on it is started and checked")
        return _told(host, _run(host, "unlock"))
    if looked.rc != LOCKED:
        _say(host, looked.out + looked.err)
        return _told(host, looked)
    key = f"vault-{host.name}"
    given = session.secrets.take(key) if key in session.secrets else None
    typed = given is None and sys.stdin is not None and sys.stdin.isatty()
    for left in reversed(range(TRIES if typed else 1)):
        secret = given or ask(host.name, typed=typed)
        result = _run(host, "unlock", secret)
        if result.rc != WRONG_PASSPHRASE or not left:
            _want_modules(host, result)
            return _told(host, result)
    raise AssertionError("no try was left")


def _want_modules(host: Host, result: Result) -> None:
    """Raise where it did not open and the guest has no modules of its kernel, dm-crypt among them:
    it was started with a kernel that came to the nodes after it was made.
    """
    if result.rc != FAILED or _run(host, "status", quiet=True).rc != LOCKED:
        return
    if host.run(("sh", "-c", _HAS_MODULES), timeout=LOOK_SECONDS).rc == 1:
        raise WizardError(
            "this instance has no modules of the kernel that it runs, and it needs them to open "
            "the volume; your data are as they were",
            where=host.name,
            mend="copy them from a node as `ganeti-wizard health` says in its row `kernel`, then "
            "unlock again",
        )


def lock(session: Session, host: Host) -> Exit:
    """Stop the services, unmount and close the volume; says per item what happened, and who keeps
    it busy.
    """
    return _told(host, _run(host, "lock"))


def ask(name: str, *, typed: bool) -> Secret:
    """The passphrase for an instance, by its short name: typed on the terminal, or a line of
    standard input.

    Raises WizardError (CONSENT) when there is none.
    """
    prompt = f"Passphrase of {name}'s encrypted volume: "
    try:
        text = getpass.getpass(prompt) if typed else _first_line()
        text.encode()
    except EOFError:
        text = ""
    except UnicodeError as error:
        what, mend = (
            "what was typed is not UTF-8",
            "set the terminal to UTF-8, and LANG to a locale with it",
        )
        raise WizardError(what, where=name, mend=mend, code=Exit.CONSENT) from error
    if not text:
        mend = f"type it, or name a private file that has it: --secret vault-{name}=FILE"
        raise WizardError("no passphrase was given", where=name, mend=mend, code=Exit.CONSENT)
    return Secret(text)


def _first_line() -> str:
    return sys.stdin.readline().removesuffix("\n") if sys.stdin is not None else ""


def _say(host: Host, text: str) -> None:
    for line in printed_lines(mask(text)):
        say(f"[{host.name}] {line}")


def _run(host: Host, verb: str, secret: Secret | None = None, *, quiet: bool = False) -> Result:
    stdin = f"{secret.reveal()}\n".encode() if secret else None
    timeout = LOOK_SECONDS if quiet else None
    tell = None if quiet else partial(_say, host)
    result = host.run((PROGRAM, verb), stdin=stdin, timeout=timeout, on_output=tell)
    if result.rc in (126, 127):
        what = "this machine has no encrypted volume yet"
        raise WizardError(what, where=host.name, mend="finish the step `vault`", code=Exit.BLOCKED)
    return result


def _told(host: Host, result: Result) -> Exit:
    if result.rc == 0:
        return Exit.OK
    if result.rc == WRONG_PASSPHRASE:
        what, mend = (
            "wrong passphrase; the volume stays locked",
            "try again, or use the recovery key",
        )
        raise WizardError(what, where=host.name, mend=mend, code=Exit.PASSPHRASE)
    if result.rc == BUSY:
        what, mend = (
            "the volume is still open: something uses it",
            "end what the lines above name, then lock again",
        )
        raise WizardError(what, where=host.name, mend=mend)
    if result.rc in NO_SETTINGS:
        what = "the settings of the encrypted volume cannot be read; nothing was changed"
        raise WizardError(
            what,
            where=host.name,
            mend="run the step `vault`: it writes them anew",
            code=Exit.BLOCKED,
        )
    raise WizardError(
        f"{PROGRAM} ended with {result.rc}",
        where=host.name,
        mend="mend what the lines above name FAILED",
    )
