"""The Run part: one panel per host with what runs there, since when, and its output as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import RichLog, Static

from screens.shared.words import clock
from wizard.base.plain import RETURN
from wizard.model.events import Ended, Event, Note, Output, Started, Unknown
from wizard.model.flight import Flight
from wizard.remote import kinds

KEPT = 1000
"""Lines of output that a panel holds; the log file has all."""
LONGEST = 4096
"""Characters of a line that a panel shows, its last ones: a line without an end must not be gone
through anew with each piece of it.
"""


def say(line: Static, text: str) -> None:
    """Change a line of fixed height; nothing is laid out anew, since clocks move while Ganeti needs
    the processor.
    """
    if line.content != text:
        line.update(text, layout=False)


class HostPanel(Vertical):
    """What happens on one host."""

    def __init__(self, host: str) -> None:
        super().__init__(classes="panel", id=f"panel-{host}")
        self.host = host
        self.shown = ""
        self.state = "idle"
        self.live = False
        """Whether a command runs here now."""
        self.worked = False
        """Whether anything happened here in this run."""
        self.since = 0.0
        self.rest = ""

    def compose(self) -> ComposeResult:
        """A head line and the output."""
        yield Static(f"{self.host}: idle", classes="head", markup=False)
        yield RichLog(max_lines=KEPT, wrap=True, min_width=20, auto_scroll=True)

    def take(self, event: Event) -> None:
        """Show one event of this host."""
        log = self.query_one(RichLog)
        # What concerns all hosts is no work of this one.
        self.worked = self.worked or not isinstance(event, Note) or bool(event.host)
        match event:
            case Started(command=command, index=index, total=total):
                self.shown = command.shown.partition("\n")[0]
                self.since = time.monotonic()
                self.state = kinds.of(command.kind).words.running
                self.live = True
                log.write(f"--- {index}/{total} {command.shown}")
            case Output(text=text):
                self._write(text)
            case Ended(rc=rc, ok=ok, seconds=seconds):
                self.state = "ok" if ok else f"FAILED, exit code {rc}"
                self.live = False
                self._flush()
                log.write(f"--- {self.state}, after {seconds:.1f} s")
            case Unknown(reason=reason):
                self.state = "STATE UNKNOWN"
                self.live = False
                self._flush()
                log.write(f"--- state unknown: {reason}")
            case Note(text=text):
                log.write(text)

    def follow(self, flight: Flight) -> None:
        """A command of an earlier run still works here."""
        self.worked = True
        self.shown = flight.line
        self.since = time.monotonic()
        self.state = kinds.begun(flight).words.running
        self.live = True
        self.query_one(RichLog).write(f"--- from before: {flight.line}")

    def _write(self, text: str) -> None:
        """Whole lines only; of a line that overwrites itself with returns, its last shape."""
        lines = (self.rest + text).split("\n")
        # One more than is shown, so that the line is known to have been longer.
        self.rest = lines.pop()[-LONGEST - 1 :]
        if lines:
            self.query_one(RichLog).write("\n".join(map(_last_shape, lines)))

    def _flush(self) -> None:
        if self.rest:
            self._write("\n")

    def tick(self) -> None:
        """The head line, with the time that the command has taken so far."""
        parts = [f"{self.host}: {self.state}"]
        if self.live:
            parts.append(clock(time.monotonic() - self.since))
        if self.shown and self.state != "idle":
            parts.append(self.shown)
        say(self.query_one(".head", Static), "  ".join(parts))

    def end(self) -> None:
        """Nothing runs any more."""
        if self.live:
            self.idle()
        self.tick()

    def idle(self) -> None:
        """Nothing runs, and nothing is told of what did."""
        self.state = "idle"
        self.live = False


def _last_shape(line: str) -> str:
    shape = line.rstrip(RETURN).rpartition(RETURN)[2]
    return shape if len(shape) <= LONGEST else f"…{shape[-LONGEST:]}"


class RunPart(Vertical):
    """All panels, under a line that tells the progress of the whole."""

    def __init__(self, hosts: tuple[str, ...], id: str) -> None:
        super().__init__(id=id)
        self.hosts = hosts
        self.can_focus = not hosts
        self.begun = 0.0
        self.ended = self.total = 0
        self.running = False

    def compose(self) -> ComposeResult:
        """The progress, then the panels."""
        yield Static("Nothing was run yet.", id="progress", markup=False)
        with Vertical(id="panels"):
            for host in self.hosts:
                yield HostPanel(host)

    async def show(self, hosts: tuple[str, ...]) -> None:
        """A panel for each of these hosts: an answer may add or drop one. Output of those that stay
        is kept.
        """
        if hosts == self.hosts:
            return
        for panel in list(self.query(HostPanel).results(HostPanel)):
            if panel.host not in hosts:
                await panel.remove()
        added = [HostPanel(host) for host in hosts if host not in self.hosts]
        await self.query_one("#panels").mount_all(added)
        self.hosts, self.can_focus = hosts, not hosts

    def take_focus(self) -> None:
        """The first host's output; this part itself where there are no hosts yet."""
        logs = [log for log in self.query(RichLog).results(RichLog) if log.display]
        (logs[0] if logs else self).focus()

    def on_mount(self) -> None:
        """Elapsed times move twice a second."""
        self.set_interval(0.5, self.tick)

    def start(self, total: int) -> None:
        """A run of `total` commands begins; 0 when that is not known."""
        self.begun = time.monotonic()
        self.ended = 0
        self.total = total
        self.running = True
        for panel in self.query(HostPanel).results(HostPanel):
            panel.idle()
            panel.shown = ""
            panel.worked = False
        self.tick()

    def follow(self, flights: Iterable[Flight]) -> None:
        """Commands of an earlier run are followed."""
        self.start(0)
        for flight in flights:
            for panel in self.query(HostPanel).results(HostPanel):
                if panel.host == flight.host:
                    panel.follow(flight)
        self._give_room()
        self.tick()

    def end(self, word: str) -> None:
        """The run is over."""
        self.running = False
        for panel in self.query(HostPanel).results(HostPanel):
            panel.end()
        self._progress(word)

    def take(self, event: Event) -> None:
        """Hand an event to its host's panel; one about all hosts goes to all."""
        if isinstance(event, Started | Output | Ended | Unknown):
            host = event.command.host
        elif isinstance(event, Note):
            host = event.host
        else:
            return
        self.ended += isinstance(event, Ended)
        for panel in self.query(HostPanel).results(HostPanel):
            if host in (panel.host, ""):
                panel.take(event)
                panel.tick()
        self._give_room()

    def _give_room(self) -> None:
        """Of a host on which nothing happens while others work, only the head line is shown."""
        panels = list(self.query(HostPanel).results(HostPanel))
        some = any(panel.worked for panel in panels)
        for panel in panels:
            panel.set_class(some and not panel.worked, "quiet")

    def tick(self) -> None:
        """Move the clocks."""
        if self.running:
            self._progress("RUNNING")
            for panel in self.query(HostPanel).results(HostPanel):
                panel.tick()

    def _progress(self, word: str) -> None:
        bar = ""
        if self.total:
            full = 20 * self.ended // self.total
            bar = f"  [{'#' * full}{'-' * (20 - full)}]  {self.ended} of {self.total} commands"
        text = f"{word}{bar}  elapsed {clock(time.monotonic() - self.begun)}"
        say(self.query_one("#progress", Static), text)
