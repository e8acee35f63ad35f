"""Facts within a bound of time: what arrived whole before it counts, whatever hung afterwards.

`gather` wants all facts of a host or none, as a plan must. After an accident half an answer is
worth much: a node whose disk hangs still says in which state its replication is. So each host is
looked at by several execs side by side (lanes), each fact of a lane has its own bound on the host,
and a process that cannot even be killed (state D, proc(5)) is left behind.

A host whose facts go on coming is slow and not hung: its bound is one of silence, not of the whole.
"""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.base.shell import PATH, new_mark
from wizard.model.facts import Fact, Facts
from wizard.run.gather import split

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host

Lanes = Sequence[Sequence[Fact[Any]]]
"""The facts of one host. The first lane is looked at alone: a host that does not answer is asked
once. The others follow side by side.
"""
Heard = Callable[[str, "WizardError | None"], object]
"""Called in any thread with a host that answered, or with why it could not be reached."""
FACT_SECONDS = 40
"""How long one fact may take on its host before it counts as missing. Lanes share its processors:
on an emulated node of one processor a fact of 13 s took three times as long beside five others.
"""
LIMIT = 240.0
"""Seconds that the look at one host may last, however much still comes."""
_POLL = 0.2
"""Seconds between two looks at what came."""
MOST = 4 << 20
"""Characters that one lane may send; what a host says beyond that is not kept."""
_HEAD = """export LC_ALL=C PATH={path}
trap : USR1
look() {{
  timeout -k 2 {seconds} sh -c "$1" </dev/null 2>/dev/null & fact=$!
  (
    trap 'kill $nap; exit' TERM
    sleep {patience} & nap=$!
    wait $nap
    kill -USR1 $$
  ) </dev/null >/dev/null 2>&1 & alarm=$!
  wait $fact; rc=$?
  kill $alarm
  [ $rc -ne 124 ] && [ $rc -lt 128 ]
}} 2>/dev/null
"""
"""`wait` ends with 128 and more when the signal of the alarm comes first (POSIX, sh, "wait"): that
happens only when neither signal of timeout(1) could end the fact.
"""


def script(facts: Iterable[Fact[Any]], answers: Answers, host: str, mark: str) -> str:
    """One shell script for all facts of a lane; a fact that does not end in time lacks its end
    mark.
    """
    parts = [_HEAD.format(path=PATH, seconds=FACT_SECONDS, patience=FACT_SECONDS + 4)]
    for fact in facts:
        snippet = shlex.quote(fact.script_for(answers, host))
        parts.append(f"echo '{mark} {fact.name}'\nlook {snippet} && {{ echo; echo '{mark}'; }}\n")
    return "".join(parts)


@dataclass
class _Lane:
    """One exec on one host, and what it has said so far."""

    host: Host
    facts: Sequence[Fact[Any]]
    mark: str = field(default_factory=new_mark)
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    error: WizardError | None = None

    def run(self, answers: Answers, until: float) -> None:
        """Look until that moment of the monotonic clock; never raises for a host."""
        text = script(self.facts, answers, self.host.name, self.mark)
        left = max(0.1, until - time.monotonic())
        try:
            self.host.run(("sh", "-s"), stdin=text.encode(), timeout=left, on_output=self.hear)
        except WizardError as error:
            self.error = error
        except Exception as error:
            # A defect of ours on the way to one host takes the look at no other one away.
            what = f"the wizard itself failed: {type(error).__name__}: {error}"
            self.error = Unreachable(what, where=self.host.name, mend="report it")

    def hear(self, piece: str) -> None:
        if self.length < MOST:
            self.pieces.append(piece)
            self.length += len(piece)

    @property
    def texts(self) -> dict[str, str]:
        """The facts that came whole so far."""
        return split("".join(list(self.pieces)), self.mark)


@dataclass
class _Look:
    """One host, looked at by a thread of its own."""

    host: Host
    lanes: Sequence[_Lane]
    heard: Heard
    arrived: float = 0.0
    """When its last lane ended, in seconds since 1970; 0 when none did."""

    answered: bool = False
    """Whether the first lane came to its end."""

    def run(self, answers: Answers, begun: float, seconds: float) -> None:
        first, *others = self.lanes
        first.run(answers, begun + seconds)
        self.heard(self.host.name, first.error)
        if first.error is None:
            self.answered = True
            limit = begun + LIMIT
            threads = [_thread(lane.run, answers, limit) for lane in others]
            if not self._all_ended(threads, limit, seconds):
                return
        self.arrived = time.time()

    def _all_ended(self, threads: Sequence[threading.Thread], limit: float, seconds: float) -> bool:
        """Wait for the lanes as long as facts go on coming; whether all came to their end."""
        whole = 0
        last = time.monotonic()
        for thread in threads:
            while thread.is_alive():
                thread.join(_POLL)
                came = len(self.texts)
                if came > whole:
                    whole = came
                    last = time.monotonic()
                if time.monotonic() > min(last + seconds, limit):
                    return False
        return True

    @property
    def texts(self) -> dict[str, str]:
        texts: dict[str, str] = {}
        for lane in self.lanes:
            texts |= lane.texts
        return texts

    def error(self, seconds: float) -> WizardError | None:
        """Why not all came; None when all did."""
        texts = self.texts
        lacking = [
            fact.name for lane in self.lanes for fact in lane.facts if fact.name not in texts
        ]
        if not lacking:
            return None
        for lane in self.lanes:
            if lane.error is not None:
                return lane.error
        if self.arrived:
            what = f"it answers, and did not say in time: {', '.join(lacking)}"
        else:
            what = f"nothing more came for {seconds:.0f} s; lacking: {', '.join(lacking)}"
        # A connection that is still being made is no sign of life, a look that was cut is.
        kind = ConnectionLost if self.arrived or texts else Unreachable
        return kind(what, where=self.host.name, mend="look again")


def _thread(target: Any, *args: Any) -> threading.Thread:
    """A thread that the end of the program does not wait for: it may hang on a host."""
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True)
class Wanted:
    """A host, what to look for on it, and for how many seconds it may say nothing new."""

    host: Host
    lanes: Lanes
    seconds: float


def gather_within(
    wanted: Sequence[Wanted], answers: Answers, heard: Heard = lambda name, error: None
) -> tuple[Facts, Mapping[str, float]]:
    """Look at these hosts side by side, each within its bound; with the time (since 1970) at which
    each host's answer was complete. Never raises for a host. Each is `heard` as soon as its first
    lane has ended.

    A host that said nothing whole is in `Facts.missing`; one of which some facts are lacking is in
    `Facts.cut`.
    """
    begun = time.monotonic()
    looks = []
    for one in wanted:
        look = _Look(one.host, [_Lane(one.host, lane) for lane in one.lanes], heard)
        looks.append((look, _thread(look.run, answers, begun, one.seconds), one.seconds))
    raw: dict[str, dict[str, str]] = {}
    missing: dict[str, WizardError] = {}
    cut: dict[str, WizardError] = {}
    arrived: dict[str, float] = {}
    for look, thread, seconds in looks:
        # Bounds on the host's side end its commands; this one ends a login that hangs.
        thread.join(max(0.0, begun + seconds + 1 - time.monotonic()))
        if look.answered:
            thread.join(max(0.0, begun + LIMIT + 1 - time.monotonic()))
        name = look.host.name
        texts = look.texts
        error = look.error(seconds)
        arrived[name] = look.arrived or time.time()
        if texts:
            raw[name] = texts
        if error is not None:
            (cut if texts else missing)[name] = error
    return Facts(raw, missing, cut), arrived
