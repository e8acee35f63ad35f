"""After an accident, line by line: the diagnosis, the ways out of it, and their steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.line.asides import Dialogue
from screens.line.ask import Back, Leave
from screens.line.claim import ask_claim
from screens.line.say import columns, say
from screens.line.step import LineStep
from wizard.base.errors import WizardError
from wizard.daily.accident import THAW, Accident, left_unfinished
from wizard.daily.lookout import diagnose
from wizard.daily.recovering import Recovering
from wizard.daily.underway import conclude, ending, underway
from wizard.daily.waiting import looks
from wizard.model.accident import Play
from wizard.model.events import Event
from wizard.model.recovery import WAIT, Diagnosis, Runbook
from wizard.model.step import Choice
from wizard.verbs.recovery import text
from wizard.verbs.tell import told

if TYPE_CHECKING:
    from wizard.run.session import Session

LOOK = Choice("look", "look again; nothing is changed")
BUNDLE = Choice("bundle", "keep the evidence of every server that answers")
TIMELINE = Choice("timeline", "what the machines remember of the last days")
QUIT = Choice("quit", "leave; nothing is lost")


@dataclass(frozen=True)
class Way:
    """One entry of the menu: a runbook of the diagnosis, or one that was begun before."""

    label: str
    runbook: str
    refused: str = ""
    begun: Accident | None = None
    words: Runbook | None = None


class LineRecovery:
    """Looks, says what is the matter, goes the way that is picked; until the operator leaves."""

    def __init__(self, session: Session, dialogue: Dialogue) -> None:
        assert session.recovery is not None
        self.session = session
        self.dialogue = dialogue
        self.recovery = session.recovery()

    def lead(self) -> None:
        """Raises Leave in the end."""
        self.dialogue.topic = "recover"
        self.session.connect()
        while True:
            diagnosis = self._look()
            try:
                self._menu(diagnosis)
            except Back:
                say("back to the diagnosis")
            except WizardError as error:
                say(f"! {error}")

    def _look(self) -> Diagnosis:
        say("looking from every machine…")
        diagnosis = diagnose(self.session, self.recovery.doctor, tell)
        say()
        say(text.text(diagnosis, columns() - 1))
        return diagnosis

    def _menu(self, diagnosis: Diagnosis) -> None:
        """Ask until something is wanted after which a new look is due."""
        ways = list(self._ways(diagnosis))
        entries = [Choice(str(at), way.label, way.refused) for at, way in enumerate(ways)]
        while True:
            picked = self.dialogue.pick(
                "What now?", [*entries, LOOK, BUNDLE, TIMELINE, QUIT], LOOK.value
            )
            match picked:
                case "look":
                    return
                case "quit":
                    raise Leave
                case "bundle":
                    self._bundle(diagnosis)
                case "timeline":
                    say(text.timeline(diagnosis, columns() - 1) or "None told any.")
                case _:
                    self._go(diagnosis, ways[int(picked)])
                    return

    def _ways(self, diagnosis: Diagnosis) -> Iterator[Way]:
        begun = left_unfinished(self.session.store, [*self.recovery.plays, THAW])
        for accident in begun:
            name = accident.case.runbook
            yield Way(f"go on with {name}, begun as {accident.case.accident}", name, begun=accident)
        if begun:
            yield Way("thaw: let the watcher work again, and do not go on", THAW)
        for situation in diagnosis.findings.situations:
            for runbook in situation.runbooks:
                # A claim may lift it: that is asked first.
                asks = runbook.claimable and runbook.id in self.recovery.plays
                yield Way(
                    f"{runbook.id}: {runbook.title}",
                    runbook.id,
                    "" if asks else runbook.refused,
                    words=runbook,
                )

    def _bundle(self, diagnosis: Diagnosis) -> None:
        from wizard.daily.evidence import keep_evidence

        folder, errors = keep_evidence(self.session, self.recovery, diagnosis.servers, tell)
        say(f"The evidence is kept in {folder}")
        for error in errors:
            say(f"! NOT kept: {error}")

    def _go(self, diagnosis: Diagnosis, way: Way) -> None:
        play = self.recovery.plays.get(way.runbook)
        if way.runbook == THAW:
            play = Play(THAW, "Let the watcher work again", self.recovery.thaw)
        if way.runbook == WAIT:
            self._wait()
        elif play is not None:
            self._play(diagnosis, play, way.begun)
        elif way.words is not None:
            say("To be done by hand:")
            say(text.way_out(way.words, columns() - 1))
            self.dialogue.text("Enter looks again")

    def _running(self, play: Play) -> Recovering:
        return Recovering(self.session, self.recovery, play, emit=tell)

    def _wait(self) -> None:
        say("Nothing is changed. Ctrl-C leaves.")
        for diagnosis, left in looks(self._running(Play(WAIT, "Wait", lambda case: ()))):
            say(f"{left} s left: {text.in_short(diagnosis)}")
        say(text.waited(diagnosis, "the ways out follow"))

    def _play(self, diagnosis: Diagnosis, play: Play, begun: Accident | None) -> None:
        """Claim, choices, then the steps to the end and the report."""
        run = self._running(play)
        # A runbook that is gone on with may need no claim any more: its steps know.
        wanted = play.claims and (diagnosis.silent_servers or begun is None)
        if wanted and not ask_claim(run, self.dialogue, diagnosis):
            say("nothing was said of any machine: nothing is done")
            return
        before = run.look()
        refused = run.objection(before, run.tried()) if play.id != THAW else None
        if refused is not None:
            raise refused
        run.choose(self._chosen(run))
        with self.session.store.holding():
            accident = run.accident()
            try:
                with underway(run, accident, before) as work:
                    walk(self.dialogue, work)
                    ended = conclude(run, accident, work, done=True)
                    say(text.left(ended.left))
                    if ended.copy:
                        say(ended.copy)
            finally:
                for sentence in ending(run, accident):
                    say(sentence)

    def _chosen(self, run: Recovering) -> list[str]:
        taken = []
        for choice, options in run.asked():
            offered = [Choice(option.value, option.words) for option in options]
            say(choice.question)
            value = ""
            while not value:
                value = self.dialogue.pick("Which one", offered)
            taken.append(f"{choice.id}={value}")
        return taken


def walk(dialogue: Dialogue, work: Session) -> None:
    """All steps, one after the other, each until it is done; Back at the first one leaves the
    runbook.
    """
    within = Dialogue(dialogue.inner, work, dialogue.keys)
    within.topic = "runbook"
    last = work.progress.get(work.steps[-1].id)
    if last is not None and last.verified:
        # What undoes the first steps was done already.
        return
    number = 0
    again = False
    while number < len(work.steps):
        head = f"{number + 1}/{len(work.steps)}"
        try:
            LineStep(work, within, work.steps[number]).walk(head, again=again)
        except Back:
            if number == 0:
                raise
            again = True
            number -= 1
        else:
            again = False
            number += 1


def tell(event: Event) -> None:
    """What the engine tells, wrapped like everything else here."""
    for line in told(event):
        say(line)
