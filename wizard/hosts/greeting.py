"""The words in which a command reaches a host, whatever the login shell there, and where its output
begins.

sshd hands what it gets to the user's login shell (sshd(8), LOGIN PROCESS). That is bash, which
reads .bashrc first and says what that says (bash(1), INVOCATION), or fish, tcsh and others, which
read a line of POSIX's shell in their own way and may do nothing with it and end with 0.
"""

from __future__ import annotations

from wizard.hosts.output import Kept

GREETING = 60.0
"""Seconds from the order to the mark; a busy machine reads its start files slowly."""
NOISE = 4000
"""Bytes kept of what comes before the mark, for whoever wonders why it never came."""


def opening(mark: str) -> str:
    """What the login shell gets: words with one meaning in each of /etc/shells, which become sh.

    Between the quotes stands no newline, backslash, exclamation mark or quote: fish and csh read
    those in their own way even there. sh says the mark on both streams, then reads one line and
    runs what it stands for. A line that was cut with the connection has no end and is not run: sh
    kills itself then, since a killed command has no exit status that could be taken for that of the
    line. The mark is said in two halves, so that a shell that shows what it runs (`set -x`) says
    it not.
    """
    halves = f'{mark[:2]}""{mark[2:]}'
    run = 'IFS= read -r line || kill -9 $$; eval "$(printf %b "$line")"'
    return f"exec /bin/sh -c 'echo {halves}; echo {halves} >&2; {run}'"


def one_line(script: str) -> bytes:
    """A script as the line that `opening` reads: only backslashes and newlines are rewritten."""
    return script.replace("\\", "\\\\").replace("\n", "\\n").encode() + b"\n"


class Behind:
    """One stream of a command: what comes before the mark's line is dropped, the rest is kept."""

    def __init__(self, mark: str, kept: Kept) -> None:
        self._mark = f"{mark}\n".encode()
        self._kept = kept
        self._noise = b""
        self.begun = False
        """Whether the mark has come."""

    def feed(self, piece: bytes) -> None:
        """Take one piece; the mark may be cut by its edge."""
        if self.begun:
            self._kept.feed(piece)
            return
        noise, mark, rest = (self._noise + piece).partition(self._mark)
        self._noise = noise[-NOISE:]
        self.begun = bool(mark)
        if rest:
            self._kept.feed(rest)

    @property
    def noise(self) -> str:
        """The end of what came before the mark, in one line."""
        return " ".join(self._noise.decode("utf-8", "replace").split())
