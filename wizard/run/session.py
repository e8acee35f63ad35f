"""One build as a front end holds it: its store, answers, hosts and engine, put together."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.answers import Answers
from wizard.answers.building import PREPARED_BY
from wizard.hosts.host import Host
from wizard.model.events import Emit, ignore
from wizard.model.flight import Progress
from wizard.model.review import Review, State
from wizard.model.step import Prompt, Step, on_nodes
from wizard.run.engine import Engine
from wizard.state.journal import Journal
from wizard.state.store import Store

if TYPE_CHECKING:
    from wizard.base.secrets import Secret
    from wizard.model.verdicts import Checkup

MakeHosts = Callable[[Answers, Store, Mapping[str, "Secret"]], dict[str, Host]]


@dataclass
class Session:
    """A build in progress. `open` takes the lock; `connect` makes hosts that log in at their first
    command.
    """

    store: Store
    steps: tuple[Step, ...]
    make_hosts: MakeHosts
    emit: Emit = ignore
    answers: Answers = field(default_factory=Answers)
    hosts: dict[str, Host] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    """What the operator typed for commands that read a secret; in memory only."""
    reviews: dict[str, Review] = field(default_factory=dict)
    tried: bool = False
    """The answers are only looked at, by `plan` and `verify`: the saved ones stay."""
    checkup: Checkup | None = None
    """What the health of a finished cluster is judged by; None where a front end has no use for it.
    """

    def open(self, *, read_only: bool = False) -> None:
        """Take the lock and load what was saved; raises StateError or AnswersError."""
        if not read_only:
            self.store.open()
        self.answers = self.store.load()
        self.journal: Journal = self.store.journal()

    @property
    def servers(self) -> list[Host]:
        """The hosts that are servers of the cluster: those that one logs in to first."""
        return [self.hosts[node.short] for node in self.answers.nodes if node.short in self.hosts]

    @property
    def resumable(self) -> bool:
        """Whether an earlier run left something behind."""
        return bool(self.journal.records)

    @property
    def progress(self) -> dict[str, Progress]:
        """What the journal claims per step; to be checked against the hosts."""
        return self.journal.progress()

    @property
    def settled(self) -> bool:
        """Whether names and addresses of cluster and instances went to a host: they follow the
        servers no longer.
        """
        return not {"hosts", "cluster", "instance"}.isdisjoint(self.progress)

    @property
    def resume_command(self) -> str:
        """The command line that goes on with this very build, from any directory."""
        program = sys.argv[0] or "ganeti-wizard"
        if "/" in program:
            program = str(Path(program).absolute())
        return f"{shlex.quote(program)} --state {shlex.quote(str(self.store.folder.absolute()))}"

    def decide(self, answers: Answers) -> None:
        """Keep new answers, on disk first unless only `tried`. Another instance or backup host:
        hosts are made anew.
        """
        if not self.tried:
            self.store.save(answers)
        old, self.answers = self.answers, answers
        if self.hosts and (old.guests, old.backup_host) != (answers.guests, answers.backup_host):
            for host in self.hosts.values():
                host.close()
            made = self.make_hosts(answers, self.store, {})
            self.hosts.clear()
            self.hosts.update(made)

    def lacking(self, review: Review) -> tuple[Prompt, ...]:
        """The secrets that a review's commands read and that nobody has given yet."""
        return tuple(one for one in review.plan.prompts if not self.secrets.get(one.key))

    def forget(self) -> None:
        """Drop all secrets: a step has ended, or failed perhaps because one was wrong."""
        self.secrets.clear()

    def connect(self, passwords: Mapping[str, Secret] | None = None) -> Engine:
        """Make the hosts of the answers' nodes and guests and an engine over them; nothing is
        contacted yet.
        """
        self.disconnect()
        self.hosts = self.make_hosts(self.answers, self.store, passwords or {})
        self.engine = Engine(
            self.steps,
            self.hosts,
            self.journal,
            self.store.log_dir,
            self.resume_command,
            lambda e: self.emit(e),
            self.secrets,
        )
        return self.engine

    def review(self, step: Step) -> Review:
        """Look at the hosts for a step, keep the result, and keep the defaults that the hosts
        suggested.
        """
        return next(self.survey([step]))

    def survey(self, steps: Sequence[Step]) -> Iterator[Review]:
        """Look at the hosts for several steps at once, one review after the other."""
        for review in self.engine.survey(steps, self.answers):
            self.keep(review, review.answers)
            yield review

    def keep(self, review: Review, answers: Answers | None = None) -> Review:
        """Keep a look at a step, and the answers; consent to overwrite disks ends when they are
        prepared.
        """
        self.reviews[review.step.id] = review
        answers = answers or self.answers
        if all(
            one in self.reviews and self.reviews[one].state is State.DONE for one in PREPARED_BY
        ):
            answers = answers.without_consent()
        if answers != self.answers:
            self.decide(answers)
        return review

    def unmet(self, step: Step) -> tuple[Step, ...]:
        """Steps that this one needs and that neither were seen done now nor are claimed done by the
        journal.
        """
        claimed = self.progress
        return tuple(s for s in self.steps if s.id in step.needs and not self._done(s, claimed))

    def too_early(self, step: Step) -> tuple[Step, ...]:
        """What must be done on the servers before this step's hosts can be there; empty for a step
        on servers alone.

        A guest is reached only after its instance was made: until then a look would only wait for
        nobody.
        """
        servers = set(on_nodes(self.answers))
        wanted, todo = set(step.needs), list(step.needs)
        if servers.issuperset(step.hosts(self.answers)):
            return ()
        known = {one.id: one for one in self.steps}
        while todo:
            below = known.get(todo.pop())
            more = set(below.needs) - wanted if below else set()
            wanted |= more
            todo += more
        claimed = self.progress
        grounds = (
            one
            for one in self.steps
            if one.id in wanted and servers.issuperset(one.hosts(self.answers))
        )
        return tuple(one for one in grounds if not self._done(one, claimed))

    def _done(self, step: Step, claimed: Mapping[str, Progress]) -> bool:
        review = self.reviews.get(step.id)
        if review is not None:
            return review.state is State.DONE
        return bool(claimed.get(step.id, Progress()).verified)

    def disconnect(self) -> None:
        """Close all connections."""
        for host in self.hosts.values():
            host.close()
        self.hosts = {}

    def close(self) -> None:
        """Leave the build; it can be resumed."""
        self.disconnect()
        self.store.close()
