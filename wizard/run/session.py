"""One build as a front end holds it: its store, answers, hosts, secrets and engine, put together.

What happens around a run is here and nowhere else: `review` and `survey` look, `run` carries out
what was agreed to, `attach` follows what an earlier run left. Front ends only ask and show.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.answers import Answers
from wizard.answers.building import PREPARED_BY
from wizard.base.program import called
from wizard.hosts.host import Host
from wizard.model.events import Emit, ignore
from wizard.model.flight import Progress
from wizard.model.inventory import Inventory
from wizard.model.review import Review, State
from wizard.model.step import Prompt, Step
from wizard.run.engine import Engine
from wizard.run.gather import Gather, gather
from wizard.run.hold import Hold
from wizard.run.keyring import Keyring
from wizard.run.needs import grounds
from wizard.run.others import others
from wizard.run.outcome import End, Outcome
from wizard.state.journal import Journal
from wizard.state.store import Store

if TYPE_CHECKING:
    from wizard.base.secrets import Secret
    from wizard.model.accident import Recovery
    from wizard.model.facts import Facts
    from wizard.model.planned import Planned
    from wizard.model.verdicts import Checkup
    from wizard.remote.host_lock import Holder

MakeHosts = Callable[[Answers, Store, Mapping[str, "Secret"]], dict[str, Host]]


@dataclass
class Session:
    """A build in progress. `open` takes the lock; `connect` makes hosts that log in at their first
    command. What contacts a host blocks: `review`, `survey`, `run`, `attach`.
    """

    store: Store
    steps: tuple[Step, ...]
    make_hosts: MakeHosts
    emit: Emit = ignore
    answers: Answers = field(default_factory=Answers)
    hosts: dict[str, Host] = field(default_factory=dict)
    secrets: Keyring = field(default_factory=Keyring)
    """What the operator gave for commands that read a secret."""
    reviews: dict[str, Review] = field(default_factory=dict)
    tried: bool = False
    """The answers are only looked at, by `plan` and `verify`: the saved ones stay."""
    noting: bool = True
    """A step that is seen done is recorded; not where others than the build's answers judge it."""
    whole: bool = True
    """The steps are a build from its beginning to its end, and no daily work on its cluster."""
    gather: Gather = gather
    """How the hosts are looked at."""
    checkup: Checkup | None = None
    """What the health of a finished cluster is judged by; None where a front end has no use for it.
    """
    inventory: Inventory = field(default_factory=Inventory)
    """What the front end tells of the servers before the first step."""
    recovery: Callable[[], Recovery] | None = None
    """What can be done after an accident; made when it is first wanted, since reading it takes
    time.
    """
    planned: Callable[[], Planned] | None = None
    """What can be done to its cluster while all is well; made when it is first wanted."""
    way_back: str = ""
    """The command line that goes on, where it is not the build's own."""
    take_over: str = ""
    """Whose locks on the hosts are taken all the same, by the command line."""
    hold: Hold | None = None
    """The locks on the hosts; an accident's session has those of its build."""
    locked: Mapping[str, Holder] = field(default_factory=dict)
    """By host, who else held its lock when it was last looked at: to be told, in no one's way."""

    def open(self, *, read_only: bool = False) -> None:
        """Take the lock and load what was saved; raises StateError or AnswersError.

        Without the lock nothing is recorded: another wizard may write the journal meanwhile.
        """
        if read_only:
            self.noting = False
        else:
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
    def in_flight(self) -> tuple[Step, ...]:
        """The steps whose commands an earlier run left at work, by the journal alone.

        They come before all others: while a host reboots, no other step can be looked at.
        """
        claimed = self.progress
        left = (step for step in self.steps if claimed.get(step.id, Progress()).flights)
        return tuple(left)

    @property
    def settled(self) -> bool:
        """Whether names and addresses of cluster and instances went to a host: they follow the
        servers no longer.
        """
        return not {"hosts", "cluster", "instance"}.isdisjoint(self.progress)

    @property
    def clustered(self) -> bool:
        """Whether the cluster was once seen done: a server that is away then is an accident."""
        claim = self.progress.get("cluster")
        return claim is not None and bool(claim.verified)

    @property
    def resume_command(self) -> str:
        """The command line that goes on with this very build, from any directory."""
        return self.way_back or self.command

    @property
    def command(self) -> str:
        """The program on this very build, from any directory; a verb may follow."""
        return f"{called()} --state {shlex.quote(str(self.store.folder.absolute()))}"

    def decide(self, answers: Answers) -> None:
        """Keep new answers, on disk first unless only `tried`. Another instance or backup host:
        hosts are made anew.
        """
        if not self.tried:
            self.store.save(answers)
        old = self.answers
        self.answers = answers
        moved = (old.guests, old.backup_host) != (answers.guests, answers.backup_host)
        if self.hosts and moved:
            for host in self.hosts.values():
                host.close()
            made = self.make_hosts(answers, self.store, {})
            # The engine holds this very dictionary.
            self.hosts.clear()
            self.hosts.update(made)

    def connect(self, passwords: Mapping[str, Secret] | None = None) -> Engine:
        """Make the hosts of the answers' nodes and guests and an engine over them; nothing is
        contacted yet.
        """
        self.disconnect()
        self.hosts = self.make_hosts(self.answers, self.store, passwords or {})
        if self.hold is None:
            self.hold = Hold(self.store.folder, self.take_over, left=lambda: bool(self.in_flight))
        self.engine = Engine(
            self.steps,
            self.hosts,
            self.journal,
            self.store.log_dir,
            self.resume_command,
            lambda event: self.emit(event),
            self.secrets,
            noting=self.noting,
            whole=self.whole,
            gather=self.gather,
            hold=self.hold,
        )
        return self.engine

    def review(self, step: Step) -> Review:
        """Look at the hosts for a step, keep the result, and keep the defaults that the hosts
        suggested. What it needs and the last look did not get to is looked at as well: a host that
        rebooted is back by now.
        """
        missed = [
            needed for needed in self.steps if needed.id in step.needs and self._missed(needed)
        ]
        *_, review = self.survey([*missed, step])
        return review

    def _missed(self, step: Step) -> bool:
        review = self.reviews.get(step.id)
        return review is not None and review.state is State.UNSEEN

    def survey(self, steps: Sequence[Step]) -> Iterator[Review]:
        """Look at the hosts for several steps at once, one review after the other."""
        for review in self.engine.survey(steps, self.answers):
            self._keep(review, review.answers)
            yield review

    def lacking(self, review: Review) -> tuple[Prompt, ...]:
        """The secrets that a review's commands read and that nobody has given yet."""
        return tuple(prompt for prompt in review.plan.prompts if prompt.key not in self.secrets)

    def run(self, shown: Review, typed: Iterable[str] = ()) -> Outcome:
        """Carry out what was shown and agreed to, and conclude it on fresh facts.

        `typed` confirms destruction. The secrets are forgotten unless the step goes on with a new
        plan, whatever error ends it, or they are kept for further steps and it ended well. Raises
        Held when another wizard changes these hosts.
        """
        outcome: Outcome | None = None
        try:
            outcome = self.engine.apply(shown, typed)
        finally:
            if outcome is None or not outcome.goes_on:
                self.secrets.step_ended(well=outcome is not None and outcome.end is End.DONE)
        return self._concluded(outcome)

    def attach(self, review: Review) -> Outcome:
        """Follow the commands that an earlier run left behind at work; conclude it likewise."""
        self.secrets.step_ended(well=True)
        return self._concluded(self.engine.attach(review))

    def _concluded(self, outcome: Outcome) -> Outcome:
        """Keep the look that came last, unless the wizard leaves: then there was none."""
        if not self.engine.closed:
            self._keep(outcome.review, self.answers)
        return outcome

    def _keep(self, review: Review, answers: Answers) -> None:
        """Keep a look at a step, and the answers; consent to overwrite disks ends when they are
        prepared.
        """
        self.reviews[review.step.id] = review
        self.locked = self._locked(review.facts)
        seen = (self.reviews.get(name) for name in PREPARED_BY)
        if all(one is not None and one.state is State.DONE for one in seen):
            answers = answers.without_consent()
        # A default that a host suggested is decided from now on, though its value is the same.
        if answers != self.answers or answers.undecided != self.answers.undecided:
            self.decide(answers)

    def _locked(self, facts: Facts) -> Mapping[str, Holder]:
        """Who else holds which hosts, after another look at some of them."""
        before = {host: held for host, held in self.locked.items() if host not in facts.raw}
        folder = self.hold.folder if self.hold is not None else self.store.folder
        return {**before, **others(facts, folder)}

    def unmet(self, step: Step) -> tuple[Step, ...]:
        """Steps that this one needs and that neither were seen done now nor are claimed done by the
        journal.
        """
        return self._not_done(one for one in self.steps if one.id in step.needs)

    def too_early(self, step: Step) -> tuple[Step, ...]:
        """What must be done on the servers before this step's hosts can be there; empty for a step
        on servers alone.

        What was once seen done counts, whatever is wrong with it now: a guest that was made is
        there to be looked at, also while a server is away.
        """
        claimed = self.progress
        lacking = self._not_done(grounds(self.steps, step, self.answers))
        return tuple(one for one in lacking if not claimed.get(one.id, Progress()).verified)

    def _not_done(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        claimed = self.progress
        return tuple(step for step in steps if not self._done(step, claimed))

    def _done(self, step: Step, claimed: Mapping[str, Progress]) -> bool:
        review = self.reviews.get(step.id)
        if review is not None:
            return review.state is State.DONE
        return bool(claimed.get(step.id, Progress()).verified)

    def disconnect(self) -> None:
        """Give the locks on the hosts back, unless commands were left at work there, and close all
        connections.
        """
        if self.hold is not None:
            self.hold.end()
        for host in self.hosts.values():
            host.close()
        self.hosts = {}

    def close(self, *, owns_secrets: bool = True) -> None:
        """Leave the build; it can be resumed. The secrets are forgotten, unless it is another
        session that holds and keeps them.
        """
        if owns_secrets:
            self.secrets.forget()
        else:
            self.secrets.step_ended(well=True)
        self.disconnect()
        self.store.close()
