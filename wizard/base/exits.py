"""Exit codes, a public interface: scripts and monitoring rely on them (README, "Exit codes")."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process's end means."""

    OK = 0
    """Everything asked for is done, or was done already."""
    FAILED = 1
    """A command failed on a host; the message names it."""
    USAGE = 2
    """The command line is wrong."""
    ANSWERS = 3
    """The answers file is missing, unreadable, or has an unknown or wrong field."""
    BLOCKED = 4
    """A preflight check refuses the step, or not all of it can be undone; nothing was changed."""
    PENDING = 5
    """`plan` found work to do, or `verify` found something wrong."""
    UNREACHABLE = 6
    """A host does not answer, or refuses the login."""
    HOST_KEY = 7
    """A host's key is unknown or has changed."""
    LOST = 8
    """The connection broke during a command; its outcome is unknown until looked at."""
    STATE = 9
    """The wizard's own state cannot be read or written, or another wizard holds it or the hosts."""
    CONSENT = 10
    """A destroying command, or an undo, lacks its typed confirmation."""
    LAB = 11
    """The lab cannot be started or used on this machine."""
    TERMINAL = 12
    """The terminal is missing or cannot show the screen."""
    PASSPHRASE = 13
    """The passphrase does not open the encrypted volume; it stays locked."""
    INTERRUPTED = 130
    """Ctrl-C."""


GRAVITY = (
    Exit.OK,
    Exit.PENDING,
    Exit.BLOCKED,
    Exit.FAILED,
    Exit.LOST,
    Exit.UNREACHABLE,
    Exit.HOST_KEY,
)
"""What a look at several steps and hosts can amount to, the gravest last: work to do is expected, a
host that was not seen may hide anything, and one with a foreign key may be somebody else's.
"""


def gravest(*codes: Exit) -> Exit:
    """The code that stands for all of these; OK when there are none.

    One that GRAVITY does not name (the wizard's own state, a wrong command line) outranks the rest.
    """

    def rank(code: Exit) -> int:
        return GRAVITY.index(code) if code in GRAVITY else len(GRAVITY)

    return max(codes, key=rank, default=Exit.OK)


class Plugin(IntEnum):
    """What the end of `ganeti-wizard health` means: the codes of monitoring plugins, not those of
    `Exit`.

    (Monitoring Plugins Development Guidelines, "Plugin Return Codes".) Whatever keeps `health` from
    looking at all, the wizard's own state or an answers file for instance, is UNKNOWN there. A
    wrong command line stays 2, as everywhere.
    """

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
