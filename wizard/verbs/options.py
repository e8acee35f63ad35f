"""The options of the command line, a family of verbs a function. Nothing heavy is imported for
them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]


def add_general(top: argparse.ArgumentParser) -> None:
    """What stands before the verb."""
    top.add_argument("--state", type=Path, metavar="DIR", help="state directory of this build")
    top.add_argument("--answers", type=Path, metavar="FILE", help="begin with these answers (TOML)")
    top.add_argument(
        "--line", action="store_true", help="line mode: one question after the other, no screens"
    )
    top.add_argument(
        "--plain",
        action="store_true",
        help="line mode in which nothing moves the cursor, for screen readers; always wins",
    )
    top.add_argument("--lab", action="store_true", help="work on the running lab's machines")


def answers(verb: argparse.ArgumentParser) -> None:
    """--answers after the verb: absent there, the one before the verb counts."""
    verb.add_argument("--answers", type=Path, metavar="FILE", default=argparse.SUPPRESS)


def accept_host_keys(verb: argparse.ArgumentParser) -> None:
    """--accept-host-key, for hosts that are not known yet."""
    verb.add_argument("--accept-host-key", action="append", default=[], metavar="SHA256:…")


def secrets(verb: argparse.ArgumentParser, text: str) -> None:
    """--secret KEY=FILE, with what it is for."""
    verb.add_argument("--secret", action="append", default=[], metavar="KEY=FILE", help=text)


def add_build(verbs: Verbs) -> None:
    """status, plan, apply, verify."""
    verbs.add_parser("status", help="where the build stands, per step and host")
    made = {}
    for name, text in (
        ("plan", "show what would run; exit 0 when nothing"),
        ("apply", "run it without a screen; stops at the first step that does not succeed"),
        ("verify", "look at the hosts and say what is wrong"),
    ):
        made[name] = verb = verbs.add_parser(name, help=text)
        verb.add_argument(
            "step", nargs="?", metavar="STEP", help="one step only (default: all, in order)"
        )
        answers(verb)
        accept_host_keys(verb)
    apply = made["apply"]
    apply.add_argument(
        "--confirm", action="append", default=[], metavar="WORD", help="agree to destruction"
    )
    secrets(apply, "a secret, from a file of mode 600")
    apply.add_argument("--until", metavar="STEP", help="stop after this step")


def add_volume(verbs: Verbs) -> None:
    """unlock, lock."""
    text = "open an instance's encrypted volume and start what it protects; asks for the passphrase"
    unlock = verbs.add_parser("unlock", help=text)
    text = "stop the protected services of an instance and close its encrypted volume"
    for verb in (unlock, verbs.add_parser("lock", help=text)):
        verb.add_argument(
            "instance", nargs="?", metavar="INSTANCE", help="its name (default: the only one)"
        )
        answers(verb)
        accept_host_keys(verb)
    secrets(unlock, "KEY is vault-INSTANCE")


def add_archive(verbs: Verbs) -> None:
    """archive."""
    archive = verbs.add_parser(
        "archive", help="move finished tables of an instance's database to an archive, or back"
    )
    archive.add_argument(
        "what", choices=("plan", "apply", "verify", "undo"), help="undo moves all of them back"
    )
    archive.add_argument("--undo", action="store_true", help="with plan: what undo would do")
    answers(archive)
    accept_host_keys(archive)


def add_export(verbs: Verbs) -> None:
    """export."""
    export = verbs.add_parser(
        "export", help="copy all disks of the instances to the other node, by gnt-backup"
    )
    export.add_argument("what", choices=("plan", "apply", "verify"))
    answers(export)
    accept_host_keys(export)


def add_answers(verbs: Verbs) -> None:
    """answers."""
    text = "export the answers of this build, print their schema, check a file"
    about = verbs.add_parser("answers", help=text)
    about.add_argument("what", choices=("export", "schema", "check"))
    about.add_argument("file", nargs="?", type=Path)
