"""The diagnosis after an accident: who is there, what is the matter, and the ways out of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from screens.recover.base import DiagnosisPage
from screens.recover.opening import GivenUp, Opening
from screens.recover.rows import Row
from screens.recover.wait import WaitScreen
from screens.shared.words import clock
from screens.table import BOX
from wizard.base.errors import WizardError
from wizard.daily.accident import THAW, Accident
from wizard.daily.lookout import diagnose
from wizard.model.accident import Play
from wizard.model.recovery import WAIT, Runbook
from wizard.verbs.recovery import text

Bundle = tuple[Path, list[WizardError]]
"""A folder, and what went wrong."""


class DiagnosisScreen(DiagnosisPage):
    """F8 goes the way under the cursor; elsewhere it looks again."""

    def __init__(self) -> None:
        super().__init__()
        self.opening: Opening | None = None

    def on_mount(self) -> None:
        """Textual calls the base's handler as well."""
        self.set_interval(1.0, self._tick)

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        if self.opening is not None:
            self.opening.give_up()

    def _tick(self) -> None:
        """Once a second: how long until a silent machine is looked for once more."""
        if self.opening is not None and self.opening.waits:
            left = clock(self.opening.left())
            self.tell_meanwhile(
                f"silent; looked for once more in {left}, before that counts. Esc gives up"
            )

    def action_open_row(self) -> None:
        """F8 on a way out: go it, or say why not; what a person types is shown."""
        row = self.selected
        if row is None or self.working:
            self.answer_busy()
        elif row.resumes:
            self._open(self._play(row.resumes), row.begun)
        elif row.runbook is not None:
            self._go(row, row.runbook)

    def _go(self, row: Row, runbook: Runbook) -> None:
        play = self.recovery.plays.get(runbook.id)
        if not runbook.offered and (play is None or not runbook.claimable):
            self.show_text("NOT NOW", row.whole(BOX))
        elif runbook.id == WAIT:
            self._wait()
        elif play is None:
            self.show_text("To be done by hand", row.whole(BOX))
        else:
            self._open(play, None)

    def _play(self, runbook: str) -> Play:
        if runbook == THAW:
            return Play(THAW, "Let the watcher work again", self.recovery.thaw)
        return self.recovery.plays[runbook]

    def _open(self, play: Play, begun: Accident | None) -> None:
        self.opening = Opening(self, play, begun)
        self.opening.start()

    def _wait(self) -> None:
        self.away = True
        look = partial(diagnose, self.build, self.recovery.doctor)
        self.push(WaitScreen(look))

    def action_back(self) -> None:
        """Esc: wait no longer for the second look; else leave."""
        if self.opening is not None and self.opening.waits:
            self.opening.give_up()
        else:
            super().action_back()

    def failed(self, error: WizardError) -> None:
        """That nobody waits any more is no error to be read whole."""
        if isinstance(error, GivenUp):
            self.rest()
            self.tell(error.what)
        else:
            super().failed(error)

    def action_bundle(self) -> None:
        """b: keep the evidence of every server that answers, one archive each."""
        if self.diagnosis is not None:
            job = partial(self._bundle, self.diagnosis.servers)
            self.at_work(job, self._bundled, "keeping the evidence of the servers that answer")

    def _bundle(self, servers: list[str]) -> Bundle:
        from wizard.daily.evidence import keep_evidence

        return keep_evidence(self.build, self.recovery, servers, self.wizard.mailbox.put)

    def _bundled(self, bundle: Bundle) -> None:
        self.working = False
        folder, errors = bundle
        told = [f"The evidence is kept in {folder}"]
        for error in errors:
            told.append(f"NOT kept: {error}")
        self.tell("; ".join(told))
        if errors:
            self.show_text("Not all of the evidence is kept", "\n\n".join(told))

    def action_timeline(self) -> None:
        """t: what the machines remember of the last days."""
        if self.diagnosis is not None:
            told = text.timeline(self.diagnosis, BOX)
            self.show_text("Timeline (UTC, by each machine's own clock)", told or "None told any.")
