"""The verb `answers`: the schema of the file, a check of one, the build's answers as one."""

from __future__ import annotations

import argparse
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
        stdio.hand_over(documents.schema().encode())
        return Exit.OK
    if args.what == "check":
        if args.file is None:
            raise WizardError(
                "answers check wants a file",
                mend="ganeti-wizard answers check FILE",
                code=Exit.USAGE,
            )
        documents.read(args.file)
        stdio.say(f"{args.file}: valid")
        return Exit.OK
    return _write(args, opened)


def _write(args: argparse.Namespace, opened: Open) -> Exit:
    from wizard.answers import documents
    from wizard.state.files import place, write_whole

    path = place(args.file) if args.file is not None else None
    with opened(read_only=True) as session:
        text = documents.write(session.answers)
    if path is None:
        stdio.hand_over(text.encode())
    else:
        write_whole(path, text)
    return Exit.OK
