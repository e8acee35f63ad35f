"""Planned work as a front end offers it: what can be begun, gone on with or taken back now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.daily import maintaining
from wizard.daily.planned import BY_A_STOP, Errands
from wizard.model.planned import Errand, Passenger, Planned, Wish

if TYPE_CHECKING:
    from wizard.daily.accident import Accident
    from wizard.daily.lookout import Lookout
    from wizard.model.events import Emit
    from wizard.model.recovery import Diagnosis
    from wizard.run.session import Session


@dataclass(frozen=True)
class Work:
    """One errand as things stand. `accident` is what is gone on with or would be begun, None where
    that cannot be told; `refused` is why not now.

    `free`: the node was handed over and is neither back in another boot nor said to be. `returns`:
    it is to be taken back. `there`: nothing is left to be done.
    """

    run: Errands
    diagnosis: Diagnosis
    accident: Accident | None = None
    passengers: tuple[Passenger, ...] = ()
    refused: WizardError | None = None
    free: bool = False
    returns: bool = False
    there: bool = False

    @property
    def moves(self) -> bool:
        """Whether it is about an instance; else about a node."""
        return self.run.errand is self.run.planned.move

    @property
    def verb(self) -> str:
        """As it is typed."""
        return "move" if self.moves else "maintenance"

    @property
    def frees(self) -> bool:
        """Whether it is the first half of a maintenance, which ends when the node is free."""
        return frees(self.run)

    @property
    def begun(self) -> bool:
        """Whether something was agreed to in it before."""
        return self.accident is not None and self.run.begun(self.accident)

    @property
    def stops(self) -> bool:
        """Whether any instance is stopped for it."""
        return any(passenger.stopped for passenger in self.passengers)

    @property
    def may_choose(self) -> bool:
        """Whether somebody may have an instance stopped that could run on."""
        return any(not passenger.stopped for passenger in self.passengers)


def frees(run: Errands) -> bool:
    """Whether a run is the first half of a maintenance."""
    return run.errand is run.planned.maintenance


def all_work(build: Session, planned: Planned, emit: Emit) -> list[Work]:
    """What there is to be done, by one look at everything: instances first, then nodes."""
    first = errands(build, planned, planned.move, emit)
    diagnosis = first.look()
    facts = first.lookout((), build.answers)
    offered = []
    for errand in (planned.move, planned.maintenance):
        for name in errand.subjects(build.answers, facts):
            run = errands(build, planned, errand, emit, name)
            run.lookout = first.lookout
            offered.append(work(run, diagnosis))
    return offered


def wished(
    build: Session,
    planned: Planned,
    wish: Wish,
    emit: Emit,
    lookout: Lookout | None = None,
) -> Work:
    """What was typed, as things stand; a look of `lookout` counts. Raises WizardError for an
    unknown name.
    """
    errand = planned.move if wish.verb == "move" else planned.maintenance
    run = errands(build, planned, errand, emit, wish.subject, wish.to)
    run.lookout = lookout or run.lookout
    if wish.stopped:
        run.chosen = BY_A_STOP
    diagnosis = run.look()
    run.subject = errand.subject(build.answers, run.lookout((), build.answers), wish.subject)
    return work(run, diagnosis, back=wish.back)


def errands(
    build: Session,
    planned: Planned,
    errand: Errand,
    emit: Emit,
    subject: str = "",
    wanted: str = "",
) -> Errands:
    """A run on the machines of a build, whose session is open and connected."""
    return Errands(
        build,
        planned.recovery,
        errand.play,
        emit=emit,
        planned=planned,
        errand=errand,
        subject=subject,
        wanted=wanted,
    )


def work(run: Errands, diagnosis: Diagnosis, *, back: bool = False) -> Work:
    """An errand as things stand; `back`: somebody says that the work on the node is done."""
    returns = False
    try:
        if run.errand is run.planned.move:
            accident = run.taken_up()
        else:
            accident, returns = maintaining.settle(run, back=back)
    except WizardError as error:
        return Work(run, diagnosis, refused=error)
    passengers = tuple(run.passengers(accident))
    # For a node that is taken back nothing has to be well.
    against = run.speaks_against(accident.case)
    refused = against if returns else run.objection(diagnosis, accident)
    free = maintaining.is_free(accident) and not returns
    begun = run.begun(accident)
    there = False
    # A server on which nothing runs is freed all the same: its reboot has to be known of.
    if refused is None and not passengers and not begun and not frees(run):
        there = run.at_its_end(accident)
    return Work(run, diagnosis, accident, passengers, refused, free, returns, there)
