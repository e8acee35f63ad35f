"""Play with the wizard without any machine: `make play`, or `python -m tests.play --help`.

All steps are the real ones; what the machines say is recorded (tests/play/recordings.py). No
command runs and nothing is contacted: after a plan was carried out, the machines say what was
recorded after it. With --accident it is the recovery that is played, from the diagnosis to the
report; with --planned the move of an instance, or the maintenance of a server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from steps import BUILD
from tests.play.accidents import ACCIDENTS, after
from tests.play.opened import at, opened, showing


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m tests.play", description=__doc__)
    top.add_argument(
        "--from",
        dest="begin",
        metavar="STEP",
        choices=BUILD,
        default=next(iter(BUILD)),
        help="all steps before this one are done already",
    )
    top.add_argument(
        "--case",
        metavar="STEP/CASE",
        help="the machines say what this recorded case has (tests/steps/*/STEP/CASE.json)",
    )
    top.add_argument(
        "--accident",
        metavar="NAME",
        choices=ACCIDENTS,
        help=f"what happened to a finished cluster: {', '.join(ACCIDENTS)}",
    )
    top.add_argument(
        "--planned",
        metavar=("VERB", "NAME"),
        nargs=2,
        help="planned work on a finished cluster: `move inst1`, `maintenance node2`",
    )
    top.add_argument("--central", action="store_true", help="back up with Bacula, not restic")
    top.add_argument("--line", action="store_true", help="line by line, with lists and fields")
    top.add_argument("--plain", action="store_true", help="line by line, in plain lines")
    top.add_argument("--seconds", type=float, default=1.0, help="how long each command lasts")
    top.add_argument("--state", type=Path, help="keep the build there; or go on with one")
    return top


def play(args: argparse.Namespace, folder: Path) -> int:
    """Show the wizard until the player leaves; returns its exit code."""
    if args.planned:
        return planned(args, folder)
    if args.accident:
        return recover(args, folder)
    beginning = showing(args.case) if args.case else at(args.begin, central=args.central)
    session, _ = opened(folder, beginning, seconds=args.seconds)
    try:
        if args.line or args.plain:
            from screens.line.app import run as run_line

            return run_line(session, plain=args.plain)
        from screens.app import WizardApp

        return WizardApp(session).run() or 0
    finally:
        session.close()


def recover(args: argparse.Namespace, folder: Path) -> int:
    """Show the diagnosis and the ways out until the player leaves; returns the exit code."""
    with after(folder, ACCIDENTS[args.accident](), seconds=args.seconds) as session:
        if args.line or args.plain:
            from screens.line.app import recover as recover_in_lines

            return recover_in_lines(session, plain=args.plain)
        from screens.app import recover as recover_on_screens

        return recover_on_screens(session)


def planned(args: argparse.Namespace, folder: Path) -> int:
    """Lead through planned work until the player leaves; returns the exit code."""
    from wizard.model.planned import Wish

    wish = Wish(*args.planned)
    with after(folder, ACCIDENTS["none"](), seconds=args.seconds) as session:
        session.connect()
        if args.line or args.plain:
            from screens.line.app import planned as planned_in_lines

            return planned_in_lines(session, wish, plain=args.plain)
        from screens.app import planned as planned_on_screens

        return planned_on_screens(session, wish)


def main() -> int:
    """Play in a scratch folder, unless another one is named."""
    args = parser().parse_args()
    if args.state is not None:
        return play(args, args.state)
    with tempfile.TemporaryDirectory(prefix="ganeti-wizard-play-") as scratch:
        return play(args, Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
