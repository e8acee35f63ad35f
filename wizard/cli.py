"""Arguments → verb → front end: the only module that knows both the steps and the screens.

Everything heavy is imported inside the verbs, so that --version and --help stay as quick as the
interpreter. The options are in options.py, those of health, card and lab beside their work.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

from wizard import __version__
from wizard.base import account, stdio, terminal
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.lab import cli as lab
from wizard.verbs import daily, options
from wizard.verbs.ending import ended
from wizard.verbs.opening import folder
from wizard.verbs.parser import Parser
from wizard.verbs.planned import entry as planned
from wizard.verbs.recovery import entry as recover

if TYPE_CHECKING:
    from wizard.model.step import Step
    from wizard.run.session import Session
    from wizard.verbs.front import Front


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top: argparse.ArgumentParser = Parser(
        prog="ganeti-wizard",
        description=(
            "From two bare Debian servers to a fault-tolerant Ganeti cluster, step by step."
        ),
        epilog=(
            "Without a verb it starts or resumes the wizard. Exit codes: README, section "
            "Exit codes."
        ),
    )
    top.add_argument("--version", action="version", version=f"ganeti-wizard {__version__}")
    options.add_general(top)
    verbs = top.add_subparsers(dest="verb", metavar="VERB")
    # argparse asks this parser, too, about each word after the verb: let the verb's own judge.
    verbs.type = str
    for add in (
        options.add_build,
        options.add_volume,
        options.add_archive,
        options.add_export,
        options.add_answers,
    ):
        add(verbs)
    daily.add_parsers(verbs)
    recover.add_parser(verbs)
    planned.add_parsers(verbs)
    lab.add_parser(verbs)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command line; returns the exit code, which is the work's own even where nobody reads
    what it prints.
    """
    stdio.fill()
    terminal.guard()
    account.ensure_name()
    try:
        args = parser().parse_args(argv)
        return ended(lambda: VERBS[args.verb](args), lambda: folder(args))
    finally:
        stdio.settle()


def _session(
    args: argparse.Namespace,
    *,
    read_only: bool = False,
    steps: Callable[[], tuple[Step, ...]] | None = None,
) -> AbstractContextManager[Session]:
    from steps import build, checkup, planned_work, recovery, stocktaking
    from wizard.verbs.opening import opened

    # Other sequences than the build's are daily work on a cluster that is there.
    sequence = (steps or build)()
    return opened(
        args,
        sequence,
        checkup(),
        stocktaking(),
        read_only=read_only,
        whole=steps is None,
        recovery=recovery,
        planned=planned_work,
    )


def _chosen(session: Session, args: argparse.Namespace) -> list[Step]:
    names = [step.id for step in session.steps]
    for wanted in filter(None, (args.step, getattr(args, "until", None))):
        if wanted not in names:
            raise WizardError(
                f"there is no step {wanted!r}",
                mend=f"the steps are: {', '.join(names)}",
                code=Exit.USAGE,
            )
    if args.step:
        return [step for step in session.steps if step.id == args.step]
    until = getattr(args, "until", None)
    return list(session.steps[: names.index(until) + 1] if until else session.steps)


def _connect(session: Session, args: argparse.Namespace) -> None:
    """Make the hosts, and trust those whose fingerprint the command line names."""
    from wizard.hosts.access import accept_fingerprints

    session.connect()
    accept_fingerprints(session.hosts.values(), session.store, args.accept_host_key)


def _carry_out(
    session: Session,
    verb: str,
    chosen: list[Step],
    typed: Iterable[str],
    *,
    verbose: bool = True,
) -> Exit:
    from wizard.verbs import headless

    if verb == "plan":
        return headless.plan(session, chosen, verbose=verbose)
    if verb == "verify":
        return headless.verify(session, chosen, verbose=verbose)
    return headless.apply(session, chosen, typed)


def _headless(args: argparse.Namespace) -> Exit:
    from wizard.hosts.access import same_machines
    from wizard.verbs import headless
    from wizard.verbs.secret_files import lend, refuse_unknown

    if args.step and getattr(args, "until", None):
        mend = "`apply STEP` does one step, `apply --until STEP` all up to that one"
        raise WizardError("a step and --until exclude each other", mend=mend, code=Exit.USAGE)
    with _session(args) as session:
        session.emit = headless.tell
        given = getattr(args, "secret", ())
        asked = [key for step in session.steps for key in step.secrets(session.answers)]
        refuse_unknown(given, asked)
        lend(session.secrets, given)
        chosen = _chosen(session, args)
        _connect(session, args)
        for error in same_machines(session.servers).values():
            raise error
        agreed = session.answers.partition.erase if args.answers is not None else ()
        typed = [*getattr(args, "confirm", ()), *agreed]
        verbose = getattr(args, "verbose", True)
        return _carry_out(session, args.verb, chosen, typed, verbose=verbose)


def _undo(args: argparse.Namespace) -> Exit:
    from wizard.verbs.undo import undo

    with _session(args) as session:
        _connect(session, args)
        return undo(session, _chosen(session, args)[0], args.confirm)


def _archive(args: argparse.Namespace) -> Exit:
    from steps import archiving
    from wizard.verbs import headless

    if args.undo and args.what != "plan":
        mend = "`ganeti-wizard archive undo` moves the tables back"
        raise WizardError(f"archive {args.what} takes no --undo", mend=mend, code=Exit.USAGE)
    with _session(args, steps=archiving) as session:
        session.emit = headless.tell
        undo = args.what == "undo" or args.undo
        chosen = [step for step in session.steps if (step.id == "unarchive") == undo]
        name = session.answers.archive_host
        if name not in [one.short for one in session.answers.guests]:
            what = f"the instance {name} is not known" if name else "there is no instance"
            raise WizardError(
                what, mend="name it in archive.instance of the answers", code=Exit.ANSWERS
            )
        _connect(session, args)
        return _carry_out(session, args.what, chosen, ())


def _export(args: argparse.Namespace) -> Exit:
    from steps import exporting
    from wizard.verbs import headless

    with _session(args, steps=exporting) as session:
        session.emit = headless.tell
        _connect(session, args)
        return _carry_out(session, args.what, list(session.steps), ())


def _status(args: argparse.Namespace) -> Exit:
    from wizard.verbs import headless

    with _session(args, read_only=True) as session:
        return headless.status(session)


def _answers(args: argparse.Namespace) -> Exit:
    from wizard.verbs import answers_file

    return answers_file.run(args, partial(_session, args))


def _volume(args: argparse.Namespace) -> Exit:
    from wizard.verbs import vault
    from wizard.verbs.secret_files import lend, refuse_unknown

    with _session(args, read_only=True) as session:
        given = getattr(args, "secret", ())
        refuse_unknown(given, vault.keys(session))
        lend(session.secrets, given)
        _connect(session, args)
        work = vault.unlock if args.verb == "unlock" else vault.lock
        return work(session, vault.named(session, args.instance))


def _lab(args: argparse.Namespace) -> int:
    return lab.run(args)


def _health(args: argparse.Namespace) -> int:
    return daily.health(args, partial(_session, args))


def _card(args: argparse.Namespace) -> Exit:
    from steps import cards

    return daily.card(args, partial(_session, args), cards())


def _recover(args: argparse.Namespace) -> int:
    if args.what == "adopt":
        from steps import adoption
        from wizard.verbs.recovery import adopt

        return adopt.run(args, adoption())
    from steps import recovery

    if args.what is None:
        return _guided(args)
    return recover.run(args, partial(_session, args), recovery())


def _planned(args: argparse.Namespace) -> int:
    """On a terminal it is led through, as `recover` is; else it is carried out at once."""
    from steps import planned_work
    from wizard.verbs.front import Front, here

    chosen = here(args)
    if args.plan or args.yes or chosen is Front.NONE:
        return planned.run(args, partial(_session, args), planned_work())
    return _guided_work(args, chosen)


def _guided_work(args: argparse.Namespace, chosen: Front) -> int:
    """Planned work as it was typed, on the screens or in lines; what is carried out takes the
    lock.
    """
    from wizard.verbs.front import Front
    from wizard.verbs.recovery.run import connect

    wish = planned.wish(args)
    with _session(args, read_only=True) as session:
        session.way_back = f"{session.command} {wish.verb} {wish.subject}"
        connect(session, args)
        if chosen is Front.SCREENS:
            from screens.app import planned as planned_on_screens

            return planned_on_screens(session, wish)
        from screens.line.app import planned as planned_in_lines

        return planned_in_lines(session, wish, plain=chosen is Front.PLAIN)


def _guided(args: argparse.Namespace) -> int:
    """`recover` alone: the diagnosis, and from there what can be done.

    No lock is taken for a look: another wizard may stand on its page. A runbook takes it.
    """
    from wizard.verbs.front import Front, with_terminal

    chosen = with_terminal(args, "ganeti-wizard recover diagnose")
    with _session(args, read_only=True) as session:
        session.way_back = f"{session.resume_command} recover"
        if chosen is Front.SCREENS:
            from screens.app import recover as recover_on_screens

            return recover_on_screens(session)
        from screens.line.app import recover as recover_in_lines

        return recover_in_lines(session, plain=chosen is Front.PLAIN)


def _interactive(args: argparse.Namespace) -> int:
    from wizard.verbs.front import Front, with_terminal

    chosen = with_terminal(args, "ganeti-wizard apply --answers FILE")
    with _session(args) as session:
        if chosen is Front.SCREENS:
            from screens.app import run as run_app

            return run_app(session)
        from screens.line.app import run as run_line

        return run_line(session, plain=chosen is Front.PLAIN)


VERBS: dict[str | None, Callable[[argparse.Namespace], int]] = {
    None: _interactive,
    "status": _status,
    "plan": _headless,
    "apply": _headless,
    "verify": _headless,
    "undo": _undo,
    "unlock": _volume,
    "lock": _volume,
    "archive": _archive,
    "export": _export,
    "answers": _answers,
    "health": _health,
    "card": _card,
    "recover": _recover,
    "move": _planned,
    "maintenance": _planned,
    "lab": _lab,
}
