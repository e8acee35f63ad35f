"""The steps `archive` and `unarchive` over this very machine: a real server, a real sshd as both
places.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steps import archiving
from tests.hosts.server import USER, Server
from tests.steps.archive.server import PATTERN, Maria
from wizard.answers import Answers
from wizard.hosts.local import LocalHost
from wizard.model.events import Ended, Event, Output
from wizard.model.review import Review
from wizard.run.engine import Engine
from wizard.run.outcome import End, Outcome
from wizard.state.journal import Journal

HOST = "inst1"


class Bench:
    """`answers` are those of a build whose first instance is this machine. `said` is what the
    commands printed.
    """

    def __init__(self, maria: Maria, places: Server, folder: Path, path: str) -> None:
        self.maria, self.places, self.folder, self.path = maria, places, folder, path
        self.config = folder / "ssh_config"
        hosts = "".join(
            f"Host {name}\n  HostName {places.address}\n  Port {places.port}\n  User {USER}\n"
            f"  IdentityFile {places.key}\n  UserKnownHostsFile {places.known.own}\n"
            for name in ("first", "second")
        )
        self.config.write_text(hosts)
        self.steps = {step.id: step for step in archiving()}
        self.said: list[str] = []
        self.ended: list[Ended] = []
        host = LocalHost(HOST, path=path, need_root=False)
        journal = Journal(folder / "journal.jsonl")
        self.engine = Engine(
            tuple(self.steps.values()), {HOST: host}, journal, folder, emit=self._hear
        )
        self.answers = self.answering()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Output):
            self.said.append(event.text)
        if isinstance(event, Ended):
            self.ended.append(event)

    def answering(self, **more: Any) -> Answers:
        """The answers, some of them changed."""
        section = {
            "patterns": [PATTERN],
            "first": f"first:{self.folder}/one",
            "second": f"second:{self.folder}/two",
            "ssh_config": str(self.config),
            "work": f"{self.folder}/waiting",
            "defaults": str(self.maria.option_file),
            **more,
        }
        return Answers.model_validate({"archive": section})

    def review(self, step: str = "archive") -> Review:
        """One look."""
        return self.engine.review(self.steps[step], self.answers)

    def apply(self, step: str = "archive") -> Outcome:
        """One look, then all of its plan, once."""
        return self.engine.apply(self.review(step))

    def done(self, step: str = "archive") -> None:
        """Carry the step out; it must end well."""
        outcome = self.apply(step)
        text = "".join(self.said)[-2000:]
        assert outcome.end is End.DONE, (
            outcome.end,
            outcome.review.blockers,
            outcome.review.problems,
            text,
        )


def moves(bench: Bench, step: str = "archive") -> list[str]:
    """What a plan would do, by the names of its scripts; SQL given by -e as it is."""
    done = []
    for command in bench.review(step).plan.commands:
        if "-e" in command.argv:
            done.append(command.argv[-1])
        elif command.stdin is None:
            done.append(command.argv[3])
    return done


def wrong(bench: Bench, step: str = "archive") -> list[str]:
    """What `verify` says, also where a plan would do something."""
    review = bench.review(step)
    return [str(one) for one in bench.steps[step].verify(review.answers, review.facts)]


def carry_out(bench: Bench, step: str, until: str) -> tuple[str, ...]:
    """Run a plan's commands as they are up to one; returns that one's argv."""
    for command in bench.review(step).plan.commands:
        if until in command.argv:
            return command.argv
        stdin = command.stdin.encode() if command.stdin else None
        assert bench.engine.hosts[HOST].run(command.argv, stdin=stdin).rc == 0, command.shown
    raise AssertionError(f"no {until}")
