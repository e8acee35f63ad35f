"""The session of one command line: in which state directory, with whose answers, with the lock or
without.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.errors import StateError, WizardError
from wizard.base.exits import Exit

if TYPE_CHECKING:
    from wizard.model.accident import Recovery
    from wizard.model.inventory import Inventory
    from wizard.model.planned import Planned
    from wizard.model.step import Step
    from wizard.model.verdicts import Checkup
    from wizard.run.session import Session
    from wizard.state.store import Store

OF_A_BUILD = (
    "health",
    "card",
    "unlock",
    "lock",
    "export",
    "recover",
    "move",
    "maintenance",
)
"""Verbs for a cluster that is there: the answers' defaults would send them to somebody else's
machines.
"""

ON_ADOPTED = (*OF_A_BUILD, "status", "answers")
"""Verbs for a cluster that was adopted. All others build: they would prepare disks and networks of
servers that work, or change what somebody else has set up.
"""


def folder(args: argparse.Namespace) -> Path:
    """The state directory that is meant."""
    if args.state is not None:
        return Path(args.state)
    if args.lab:
        from wizard.lab.base.paths import default_lab_dir

        return default_lab_dir() / "wizard"
    from wizard.state.store import default_dir

    return default_dir()


@contextmanager
def opened(
    args: argparse.Namespace,
    steps: tuple[Step, ...],
    checkup: Checkup,
    inventory: Inventory,
    *,
    read_only: bool = False,
    whole: bool = True,
    recovery: Callable[[], Recovery] | None = None,
    planned: Callable[[], Planned] | None = None,
) -> Iterator[Session]:
    """The session, to be connected; `read_only` takes no lock. A file's answers are kept by verbs
    that build only. `whole`: the steps are all of a build.

    Raises StateError, and makes nothing, where a verb wants a build and there is none.
    """
    from wizard.hosts.access import make_hosts
    from wizard.run.session import Session
    from wizard.state.place import refuse_no_folder, refuse_strangers
    from wizard.state.store import Store

    _refuse_other_answers(args)
    store = Store(folder(args))
    refuse_no_folder(store.folder)
    if args.verb not in ("status", "answers"):
        refuse_strangers(store.folder)
    _refuse_to_build(store, args.verb)
    of_a_build = args.verb in (*OF_A_BUILD, "undo")
    if of_a_build and args.answers is None and not args.lab:
        _want_build(store)
    session = Session(
        store,
        steps,
        make_hosts,
        checkup=checkup,
        inventory=inventory,
        whole=whole,
        recovery=recovery,
        take_over=getattr(args, "take_over", None) or "",
        planned=planned,
    )
    session.tried = "apply" not in (args.verb, getattr(args, "what", "")) and args.verb in (
        "plan",
        "verify",
        "archive",
    )
    session.open(read_only=read_only)
    try:
        if _looks(args):
            # What is found done by other answers than the build's own, or where no build was
            # begun, is nothing to be remembered.
            session.noting = args.answers is None and store.begun()
        _begin_with(session, args, read_only=read_only)
        yield session
    finally:
        session.close()


def _refuse_other_answers(args: argparse.Namespace) -> None:
    """Raise WizardError where a verb goes by what the build did, and a file's answers would take
    the place of the build's own.
    """
    if args.verb == "undo" and args.answers is not None:
        raise WizardError(
            "undo takes no --answers: it goes by the build's own answers and its journal",
            mend="leave it out",
            code=Exit.USAGE,
        )


def _looks(args: argparse.Namespace) -> bool:
    """Whether a verb only looks, though it takes the lock: `plan` and `verify`, of a build or of
    daily work.
    """
    return bool({args.verb, getattr(args, "what", "")} & {"plan", "verify"})


def _refuse_to_build(store: Store, verb: str | None) -> None:
    from wizard.state.adopted import is_adopted

    if verb not in ON_ADOPTED and is_adopted(store.folder):
        raise WizardError(
            "this cluster was adopted, and its servers are at work: nothing is built here",
            where=str(store.folder),
            mend="ganeti-wizard recover diagnose, health, card, unlock, lock, status and export "
            "work; a build wants a directory of its own: --state DIR",
            code=Exit.BLOCKED,
        )


def _want_build(store: Store) -> None:
    if not store.begun():
        mend = (
            "name the build's directory by --state DIR, or a file with its answers by "
            "--answers FILE"
        )
        raise StateError(f"no build was begun in {store.folder}", mend=mend)


def _begin_with(session: Session, args: argparse.Namespace, *, read_only: bool) -> None:
    if args.lab:
        from wizard.lab.adopt import adopt

        adopt(session)
    if args.answers is not None:
        from wizard.answers.documents import read

        given = read(args.answers)
        if read_only or args.verb in OF_A_BUILD:
            session.answers = given
        else:
            session.decide(given)
