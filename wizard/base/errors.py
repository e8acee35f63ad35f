"""Errors that an operator may meet: each says what happened, where, and how to mend it."""

from enum import Enum

from wizard.base.exits import Exit
from wizard.base.plain import plain


class Reach(Enum):
    """How far an attempt to reach a host came; the value is what people and programs read."""

    UNTRIED = "not tried"
    """Nothing was sent: the fault is on this side, or somewhere on the way."""
    NAME = "no such name"
    NO_NETWORK = "no way into its network"
    NO_ROUTE = "no route to it"
    """Nobody on its network segment knows its address, or a router says so."""
    TIMEOUT = "silent"
    REFUSED = "port refused"
    NO_SSH = "port open, no ssh"
    HOST_KEY = "host key not the known one"
    LOGIN = "login refused"

    @property
    def answered(self) -> bool:
        """Whether something at that address answered: a sign of life."""
        return self in (Reach.REFUSED, Reach.NO_SSH, Reach.HOST_KEY, Reach.LOGIN)

    @property
    def unanswered(self) -> bool:
        """Whether it was asked and nothing answered; otherwise this attempt says nothing."""
        return self in (Reach.NO_ROUTE, Reach.TIMEOUT)


class WizardError(Exception):
    """A failure with a message for the operator; front ends print it without a traceback.

    It often repeats what a host, a file or a library said, so its words are made plain.
    """

    code: Exit = Exit.FAILED
    reach: Reach = Reach.UNTRIED
    """How far the attempt to reach a host came, where that was what failed."""

    def __init__(
        self, what: str, *, where: str = "", mend: str = "", code: Exit | None = None
    ) -> None:
        self.what = plain(what)
        self.where = plain(where)
        self.mend = plain(mend)
        super().__init__(self.what)
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  To mend it: {self.mend}" if self.mend else head


class AnswersError(WizardError):
    """The answers document cannot be used."""

    code = Exit.ANSWERS


class StateError(WizardError):
    """The wizard's own files cannot be used."""

    code = Exit.STATE


class Unreachable(WizardError):
    """A host does not answer, or refuses the login; nothing was run.

    `reach` says how far the attempt came.
    """

    code = Exit.UNREACHABLE

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        mend: str = "",
        code: Exit | None = None,
        reach: Reach | None = None,
    ) -> None:
        super().__init__(what, where=where, mend=mend, code=code)
        if reach is not None:
            self.reach = reach


class LoginRefused(Unreachable):
    """The host answers and accepts neither the key nor the password."""

    reach = Reach.LOGIN


class ShellRefused(Unreachable):
    """The host lets in, and what it starts there for commands (the login shell) runs none."""

    reach = Reach.LOGIN


class HostKeyUnknown(WizardError):
    """The host is not in known_hosts; `fingerprint` is what it showed, for the operator to
    compare.
    """

    code = Exit.HOST_KEY
    reach = Reach.HOST_KEY

    def __init__(self, where: str, fingerprint: str, key_line: str) -> None:
        self.fingerprint, self.key_line = fingerprint, key_line
        super().__init__(
            f"unknown host key {fingerprint}",
            where=where,
            mend="compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` "
            "on the host's console, then accept it: where you are asked, or by `--accept-host-key "
            f"{fingerprint}` behind plan, apply or verify",
        )


class HostKeyChanged(WizardError):
    """The host shows another key than the one known: refused."""

    code = Exit.HOST_KEY
    reach = Reach.HOST_KEY


class ConnectionLost(WizardError):
    """The link broke while a command ran: whether it finished is unknown."""

    code = Exit.LOST


class LabError(WizardError):
    """The lab cannot do what was asked on this machine."""

    code = Exit.LAB
