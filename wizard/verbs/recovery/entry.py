"""The verb `recover`: its options, and what it does with an open session."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Exit, gravest
from wizard.base.stdio import hand_over, say
from wizard.verbs.options import accept_host_keys, add_verb, answers, secrets, take_over
from wizard.verbs.recovery import adopt

if TYPE_CHECKING:
    from wizard.model.accident import Recovery
    from wizard.model.events import Event
    from wizard.verbs.daily import Open

RUNBOOK = "its name as `recover diagnose` has it; `wait` looks again for ten minutes"
DEAD = "the full name of the silent server that has no power"
CHOOSE = "decide what the runbook asks, ID=VALUE; without it the options are listed (repeatable)"
FENCED = "how its power went: cables (pulled), power (its management card says off), removed"


def add_parser(verbs: Any) -> None:
    """`recover diagnose`, `plan`, `apply`, `status`, `report`, `thaw`, `adopt`."""
    text = "after an accident: who is there, what is the matter, what to do; and to do it"
    about = (
        "After an accident. Without WHAT it shows who is there, what is the matter and the ways "
        "out of it, and leads on from there by keys."
    )
    recover = add_verb(verbs, "recover", text, "recover", about=about)
    answers(recover)
    what = recover.add_subparsers(dest="what", metavar="WHAT")
    _add_diagnose(what)
    _add_runbooks(what)
    _add_afterwards(what)
    adopt.add_parser(what)


def _sub(what: Any, name: str, text: str, example: str) -> argparse.ArgumentParser:
    """A verb of recover whose help ends with an example."""
    made = add_verb(what, name, text, f"recover {example}")
    answers(made)
    return made


def _add_diagnose(what: Any) -> None:
    diagnose = _sub(
        what,
        "diagnose",
        "look from everywhere and say it; exit 0 nothing is the matter, 5 something, 6 unseen",
        "diagnose --bundle",
    )
    diagnose.add_argument(
        "--json", action="store_true", help="for programs; `--schema` prints the form"
    )
    diagnose.add_argument(
        "--schema", action="store_true", help="print the JSON schema and look at nothing"
    )
    diagnose.add_argument(
        "--bundle",
        action="store_true",
        help="keep the evidence of every server that answers as well, one archive each",
    )


def _add_runbooks(what: Any) -> None:
    example = "node-dead --dead node2.name.org --fenced cables"
    plan = _sub(
        what,
        "plan",
        "show what a runbook would run; exit 0 nothing, 4 it is refused, 5 something",
        f"plan {example}",
    )
    apply = _sub(
        what,
        "apply",
        "carry a runbook out, each step to its verification, and write its report",
        f"apply {example} --confirm inst1.name.org",
    )
    for verb in (plan, apply):
        verb.add_argument("runbook", metavar="RUNBOOK", help=RUNBOOK)
        verb.add_argument("--dead", metavar="NAME", help=DEAD)
        verb.add_argument("--fenced", metavar="HOW", help=FENCED)
        verb.add_argument("--choose", action="append", default=[], metavar="ID=VALUE", help=CHOOSE)
        accept_host_keys(verb)
    apply.add_argument(
        "--confirm",
        action="append",
        default=[],
        metavar="WORD",
        help="agree to what may be lost: the words that the plan wants typed, an instance's name",
    )
    secrets(apply, "KEY is vault-INSTANCE: opens its volume at the end")
    take_over(apply)


def _add_afterwards(what: Any) -> None:
    _sub(what, "status", "which runbooks were begun and how far they came", "status")
    report = _sub(what, "report", "print the report of an accident, in Markdown", "report")
    report.add_argument("accident", nargs="?", metavar="ACCIDENT", help="default: the latest")
    thaw = _sub(what, "thaw", "let the watcher work again, and give the hold back", "thaw")
    thaw.set_defaults(confirm=[])
    accept_host_keys(thaw)
    take_over(thaw)


def run(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """What is wanted of it; the exit code."""
    from wizard.model.recovery import WAIT
    from wizard.verbs.recovery import run as runs

    if args.what == "diagnose":
        return _diagnose(args, opened, recovery)
    if args.what in ("plan", "apply") and args.runbook == WAIT:
        return runs.wait(args, opened, recovery)
    if args.what == "plan":
        return runs.plan(args, opened, recovery)
    if args.what == "apply":
        return runs.apply(args, opened, recovery)
    if args.what == "thaw":
        return runs.thaw(args, opened, recovery)
    if args.what == "status":
        return runs.status(args, opened)
    return runs.report(args, opened)


def _diagnose(args: argparse.Namespace, opened: Open, recovery: Recovery) -> Exit:
    """Look, print, and return the exit code. It takes no lock, and keeps nothing but a bundle."""
    from wizard.daily.lookout import diagnose
    from wizard.verbs.recovery import document, text
    from wizard.verbs.recovery import run as runs

    if args.schema:
        hand_over(document.schema().encode())
        return Exit.OK
    code = Exit.OK
    with opened(read_only=True) as session:
        session.connect()
        diagnosis = diagnose(session, recovery.doctor, _tell_meanwhile)
        if args.json:
            say(document.document(diagnosis), end="")
        else:
            say(text.text(diagnosis, _width()), end="")
        if args.bundle:
            code = runs.bundle(session, recovery, diagnosis.servers)
    return gravest(code, diagnosis.exit)


def _tell_meanwhile(event: Event) -> None:
    """Who answers, beside the document on standard output."""
    from wizard.base.stdio import complain
    from wizard.verbs.tell import told

    for line in told(event):
        complain(line)


def _width() -> int:
    """80 columns wherever nothing else is known."""
    import shutil

    return max(60, min(100, shutil.get_terminal_size().columns)) if sys.stdout.isatty() else 80
