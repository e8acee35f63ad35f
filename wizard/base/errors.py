"""Errors that an operator may meet: each says what happened, where, and how to mend it."""

from wizard.base.exits import Exit


class WizardError(Exception):
    """A failure with a message for the operator; front ends print it without a traceback."""

    code: Exit = Exit.FAILED

    def __init__(
        self, what: str, *, where: str = "", mend: str = "", code: Exit | None = None
    ) -> None:
        super().__init__(what)
        self.what, self.where, self.mend = what, where, mend
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
    """A host does not answer, or refuses the login; nothing was run."""

    code = Exit.UNREACHABLE


class LoginRefused(Unreachable):
    """The host answers and accepts neither the key nor the password."""


class HostKeyUnknown(WizardError):
    """The host is not in known_hosts; `fingerprint` is what it showed, for the operator to compare."""  # noqa: E501

    code = Exit.HOST_KEY

    def __init__(self, where: str, fingerprint: str, key_line: str) -> None:
        self.fingerprint, self.key_line = fingerprint, key_line
        super().__init__(
            f"unknown host key {fingerprint}",
            where=where,
            mend="compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` "
            "on the host's console, then accept it",
        )


class HostKeyChanged(WizardError):
    """The host shows another key than the one known: refused."""

    code = Exit.HOST_KEY


class ConnectionLost(WizardError):
    """The link broke while a command ran: whether it finished is unknown."""

    code = Exit.LOST


class LabError(WizardError):
    """The lab cannot do what was asked on this machine."""

    code = Exit.LAB
