"""Which front end a terminal gets."""

from __future__ import annotations

import pytest

from wizard.verbs.front import Front, front

PTS = "/dev/pts/3"


@pytest.mark.parametrize(
    ("device", "term", "encoding", "options", "expected"),
    [
        (PTS, "xterm-256color", "utf-8", "", Front.SCREENS),
        (PTS, "xterm-256color", "utf-8", "line", Front.PROMPTS),
        (PTS, "xterm-256color", "UTF-8", "line", Front.PROMPTS),
        (PTS, "xterm-256color", "utf_8", "line", Front.PROMPTS),
        ("/dev/tty1", "linux", "utf-8", "line", Front.PROMPTS),
        (PTS, "screen", "iso-8859-1", "line", Front.PLAIN),
        (PTS, "xterm-256color", "utf-8", "plain", Front.PLAIN),
        (PTS, "xterm-256color", "utf-8", "line plain", Front.PLAIN),
        (PTS, "dumb", "utf-8", "", Front.PLAIN),
        (PTS, "dumb", "utf-8", "line", Front.PLAIN),
        (PTS, "unknown", "utf-8", "line", Front.PLAIN),
        (PTS, "", "utf-8", "line", Front.PLAIN),
        ("/dev/ttyS0", "vt220", "utf-8", "", Front.PLAIN),
        ("/dev/ttyS1", "xterm", "utf-8", "line", Front.PLAIN),
        ("/dev/ttyAMA0", "vt220", "utf-8", "line", Front.PLAIN),
        ("/dev/ttyUSB0", "vt220", "utf-8", "line", Front.PLAIN),
        ("/dev/hvc0", "xterm", "utf-8", "line", Front.PLAIN),
    ],
)
def test_the_front_end_of_a_terminal(
    device: str, term: str, encoding: str, options: str, expected: Front
) -> None:
    chosen = front(
        terminal=True,
        device=device,
        term=term,
        encoding=encoding,
        line="line" in options,
        plain="plain" in options,
    )
    assert chosen is expected


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_pipes_are_asked_nothing(line: bool, plain: bool) -> None:
    given = {"device": "", "term": "xterm", "encoding": "utf-8", "line": line, "plain": plain}
    assert front(terminal=False, **given) is Front.NONE
