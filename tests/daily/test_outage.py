"""How long an instance does not answer: what is made of the answers, and who is asked."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.sim import SimHost
from tests.waiting import until
from wizard.base.errors import ConnectionLost
from wizard.daily import outage
from wizard.daily.outage import KNOCK, Answer, Stopwatch, Watched, from_here, from_host, watching
from wizard.hosts.local import LocalHost
from wizard.model.recovery import HERE


def watch(*answers: tuple[float, bool], place: str = HERE) -> Stopwatch:
    made = Stopwatch("inst1", place)
    for time, there in answers:
        made.note(Answer(time, there))
    return made


@pytest.mark.parametrize(
    ("answers", "seconds", "words"),
    [
        ((), 0, "nobody could ask"),
        (((10, True), (11, True)), 0, "answered all the time"),
        (((10, True), (11, False), (40, False), (51, True)), 40, "did not answer for 40 s"),
        (((10, False), (12, True), (20, False), (25, True)), 5, "did not answer for 5 s"),
        (((10, True), (11, False), (31, False)), 20, "still does not answer, for 20 s"),
    ],
)
def test_the_longest_time_without_an_answer_counts(
    answers: tuple[tuple[float, bool], ...], seconds: float, words: str
) -> None:
    made = watch(*answers)
    assert made.seconds == seconds
    assert words in made.told


def test_it_says_who_asked() -> None:
    assert "from this machine" in watch((10, True)).told
    assert "from node1, by its clock" in watch((10, True), place="node1").told


def test_a_server_is_asked_by_its_own_clock() -> None:
    host = SimHost("node1", on_run=lambda *_: "1795363730.25 no\n")
    assert from_host(host, "192.168.0.114") == Answer(1795363730.25, there=False)
    host.on_run = lambda *_: "what is this\n"
    assert from_host(host, "192.168.0.114") is None
    host.on_run = lambda *_: ConnectionLost("gone", where="node1")
    assert from_host(host, "192.168.0.114") is None


def test_a_port_that_listens_is_there_and_one_that_refuses_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setattr(outage, "PORT", port)
        assert from_here("127.0.0.1").there
        # A machine that is too busy to start the program in time says no at first.
        until(lambda: _knock(port)[1] == "yes", "the port that listens")
        assert float(_knock(port)[0]) > 1_700_000_000
    assert not from_here("127.0.0.1").there
    assert _knock(port)[1] == "no"


def _knock(port: int) -> list[str]:
    host = LocalHost("here", need_root=False)
    return host.run(("sh", "-c", KNOCK, "knock", "127.0.0.1", str(port))).out.split()


def test_it_is_asked_until_the_end_and_once_more() -> None:
    asked = threading.Event()
    answers = iter([Answer(10.0, there=True), None])

    def ask() -> Answer | None:
        asked.set()
        # The last question comes after the end.
        return next(answers, Answer(12.0, there=False))

    watched = Watched(ask, Stopwatch("inst1", HERE))
    with watching([watched]):
        assert asked.wait(10)
    assert watched.stopwatch.last >= 10.0
    assert watched.over.is_set()


def test_its_ssh_server_has_nothing_to_count_against_who_asks() -> None:
    """It counts one second for each connection without a login, which passes by itself."""
    pauses: list[float] = []

    class Over(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            if len(pauses) == 3:
                self.set()
            return self.is_set()

    answers = iter([Answer(10, there=True), Answer(12, there=False), None])
    last = Answer(14, there=True)
    watched = Watched(lambda: next(answers, last), Stopwatch("inst1", HERE), Over())
    watched.run()
    assert pauses[0] > 1.0
    assert max(pauses[1:]) < 1.0


def test_an_error_meanwhile_ends_the_asking_too() -> None:
    watched = Watched(lambda: Answer(10.0, there=True), Stopwatch("inst1", HERE))
    with pytest.raises(KeyError), watching([watched]):
        raise KeyError
    assert watched.over.is_set()
