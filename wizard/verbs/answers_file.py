"""The verb `answers`: the schema of the file, a check of one, the build's answers as one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import stdio
from wizard.base.errors import WizardError
from wizard.base.exits import Exit

if TYPE_CHECKING:
    from wizard.verbs.daily import Open


def run(args: argparse.Namespace, opened: Open) -> Exit:
    """The schema, a check of a file, or the build's own answers; the exit code."""
    from wizard.answers import documents

    if args.what == "schema":
        _refuse(args.file is not None, "answers schema prints, and takes no file")
        stdio.hand_over(documents.schema().encode())
        return Exit.OK
    if args.what == "check":
        _refuse(args.answers is not None, "answers check takes its file without --answers")
        _refuse(args.file is None, "answers check wants a file")
        documents.read(args.file)
        stdio.say(f"{args.file}: valid")
        return Exit.OK
    return _write(args, opened)


def _refuse(wrong: bool, what: str) -> None:
    if wrong:
        mend = "ganeti-wizard answers check FILE, answers export [FILE], or answers schema"
        raise WizardError(what, mend=mend, code=Exit.USAGE)


def _write(args: argparse.Namespace, opened: Open) -> Exit:
    from wizard.answers import documents
    from wizard.state.files import place, write_whole

    printed = args.file in (None, Path("-"))
    path = None if printed else place(args.file)
    with opened(read_only=True) as session:
        text = documents.write(session.answers)
    if path is None:
        stdio.hand_over(text.encode())
    else:
        write_whole(path, text)
    return Exit.OK
