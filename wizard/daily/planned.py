"""One run of planned work: what it is about, whether it may begin, and what was begun before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.accident import THAW, Accident, accidents, begin, imagined
from wizard.daily.recovering import LOOK_AGAIN, Recovering
from wizard.model.accident import Case
from wizard.model.planned import Errand, Passenger, Planned
from wizard.model.recovery import Diagnosis
from wizard.model.review import State

BY_A_STOP = {"way": "stop"}
"""What is chosen (`Case.chosen`, as the steps know it) where an instance that could run on is to be
stopped all the same.
"""


@dataclass
class Errands(Recovering):
    """An errand on the machines of a build; `subject` and `wanted` are what was typed."""

    planned: Planned = field(kw_only=True)
    errand: Errand = field(kw_only=True)
    subject: str = field(kw_only=True)
    wanted: str = field(default="", kw_only=True)

    def unfinished(self) -> Accident | None:
        """The latest run of this sort that changed something and did not come to its end."""
        latest = None
        for accident in accidents(self.build.store):
            if accident.case.runbook == self.errand.play.id and _changed(accident):
                latest = accident
            elif accident.case.runbook == THAW and accident.closed:
                latest = None
        if latest is None or latest.closed:
            return None
        return latest

    def taken_up(self) -> Accident:
        """The run that is gone on with, else a new one of which nothing is written yet.

        Raises WizardError: USAGE for an unknown name, BLOCKED while another one is not at its end.
        """
        answers = self.build.answers
        facts = self.lookout((), answers)
        subject = self.errand.subject(answers, facts, self.subject)
        known = self.unfinished()
        if known is None:
            target = self.errand.target(answers, facts, subject, self.wanted)
            return self._imagined(subject, target)
        target = known.case.target
        if self.wanted:
            target = self.errand.target(answers, facts, subject, self.wanted)
        is_the_same = known.case.subject == subject and known.case.target == target
        if not is_the_same:
            raise _another(known.case)
        return known

    def _imagined(self, subject: str, target: str) -> Accident:
        """A new run, of which nothing is written yet."""
        about = Case("", "", "", 0, subject=subject, target=target)
        return imagined(self.build.store, self.errand.play.id, self.clock(), about)

    def begun(self, accident: Accident) -> bool:
        """Whether it is gone on with."""
        return _changed(accident)

    def written(self, accident: Accident) -> Accident:
        """The same, with its folder made; raises StateError."""
        if self.begun(accident):
            return accident
        carried = tuple(passenger.name for passenger in self.passengers(accident))
        about = replace(accident.case, carried=carried)
        return begin(self.build.store, about.runbook, self.clock(), about)

    def objection(self, diagnosis: Diagnosis, accident: Accident | None) -> WizardError | None:
        """Why it must not begin: something else is the matter, or speaks against it. What was begun
        is gone on with: each step has its own reasons to refuse.
        """
        if accident is None or self.begun(accident):
            return None
        for situation in diagnosis.findings.situations:
            if situation.id in self.planned.tolerated:
                continue
            return WizardError(
                f"one thing at a time: {situation.title}",
                where=accident.case.subject,
                mend=f"settle that first: {LOOK_AGAIN}",
                code=Exit.BLOCKED,
            )
        return self.speaks_against(accident.case)

    def speaks_against(self, case: Case) -> WizardError | None:
        """What the errand itself objects to, as one error; None for nothing."""
        answers = self.build.answers
        facts = self.lookout((), answers)
        findings = list(self.errand.objections(self._case(case), answers, facts))
        if not findings:
            return None
        reasons = []
        mends = []
        for finding in findings:
            where = f"{finding.host}: " if finding.host else ""
            reasons.append(f"{where}{finding.what}")
            # Several findings often have one mend: it is said once.
            if finding.remedy not in mends:
                mends.append(finding.remedy)
        return WizardError(
            "; ".join(reasons),
            where=case.subject,
            mend="; ".join(mends),
            code=Exit.BLOCKED,
        )

    def at_its_end(self, accident: Accident) -> bool:
        """Whether the machines show nothing that the errand's own steps would do or find wrong."""
        with self.session(accident, read_only=True) as session:
            own = [step for step in session.steps if step.id in self.errand.own]
            reviews = session.survey(own)
            return all(review.state is State.DONE for review in reviews)

    def goes_on_with(self) -> str:
        """The command line that goes on with it, or ends it."""
        verb = "maintenance"
        back = ""
        if self.errand is self.planned.move:
            verb = "move"
        if self.errand is self.planned.back_alone:
            back = " --back"
        return f"{self.build.command} {verb} {self.subject}{back}"

    def passengers(self, accident: Accident) -> list[Passenger]:
        """The instances that are still to be moved, as they stand now."""
        answers = self.build.answers
        facts = self.lookout((), answers)
        case = self._case(accident.case)
        return list(self.errand.passengers(case, answers, facts))

    def _case(self, case: Case) -> Case:
        """The case with what is claimed and chosen now."""
        return replace(case, claim=self.claim, chosen=self.chosen)


def _changed(accident: Accident) -> bool:
    """Whether anything was agreed to in it: until then no machine was touched."""
    return any(record["kind"] == "consent" for record in accident.records)


def _another(case: Case) -> WizardError:
    what = f"{case.runbook} of {case.subject} to {case.target} is not at its end"
    mend = (
        f"end it first: ganeti-wizard {case.runbook} {case.subject}; or give it up, and look what "
        f"is left of it: ganeti-wizard recover thaw, then {LOOK_AGAIN}"
    )
    return WizardError(what, mend=mend, code=Exit.BLOCKED)
