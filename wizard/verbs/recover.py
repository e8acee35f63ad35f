"""The verb `recover`: its options, and what it does with an open session."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Exit
from wizard.base.stdio import hand_over, say
from wizard.verbs.options import answers

if TYPE_CHECKING:
    from wizard.model.recovery import Doctor
    from wizard.verbs.daily import Open


def add_parser(verbs: Any) -> None:
    """`recover diagnose`."""
    text = "after an accident: who is there, what is the matter, what to do; changes nothing"
    recover = verbs.add_parser("recover", help=text)
    what = recover.add_subparsers(dest="what", metavar="WHAT", required=True)
    diagnose = what.add_parser(
        "diagnose",
        help="look from everywhere and say it; exit 0 nothing is the matter, 5 something, 6 unseen",
    )
    diagnose.add_argument(
        "--json", action="store_true", help="for programs; `--schema` prints the form"
    )
    diagnose.add_argument(
        "--schema", action="store_true", help="print the JSON schema and look at nothing"
    )
    answers(diagnose)


def run(args: argparse.Namespace, opened: Open, doctor: Doctor) -> Exit:
    """Look, print, and return the exit code. It takes no lock and keeps nothing."""
    from wizard.verbs import diagnosis_document, diagnosis_text

    if args.schema:
        hand_over(diagnosis_document.schema().encode())
        return Exit.OK
    from wizard.daily.diagnosis import diagnose

    with opened(read_only=True) as session:
        session.connect()
        diagnosis = diagnose(session.answers, session.hosts, doctor)
    if args.json:
        say(diagnosis_document.document(diagnosis), end="")
    else:
        say(diagnosis_text.text(diagnosis, _width()), end="")
    return diagnosis.exit


def _width() -> int:
    """80 columns wherever nothing else is known."""
    import shutil

    return max(60, min(100, shutil.get_terminal_size().columns)) if sys.stdout.isatty() else 80
