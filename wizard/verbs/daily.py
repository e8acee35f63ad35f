"""The verbs for a finished cluster: `health` and `card`. Their options, and what they do with an
open session.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base.errors import AnswersError, StateError, WizardError
from wizard.base.exits import Exit, Plugin
from wizard.base.stdio import complain, hand_over, say
from wizard.verbs.options import add_verb, answers
from wizard.verbs.parser import file_to_write

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.model.card import Card, Cards
    from wizard.run.session import Session

Open = Callable[..., AbstractContextManager["Session"]]
"""Opens the session; `read_only=True` takes no lock."""
_LAST_CARD = True
"""`--check` without a number; nothing that is typed becomes this."""


def add_parsers(verbs: Any) -> None:
    """The options of both verbs."""
    health = add_verb(
        verbs,
        "health",
        "how the cluster is; exit 0 ok, 1 warning, 2 critical, 3 unknown",
        "health --json",
        about="Look at all hosts and say how the cluster is, check by check, with the mend. "
        "Nothing is changed. Exit codes as of monitoring plugins: 0 ok, 1 warning, 2 critical, 3 "
        "unknown.",
    )
    health.add_argument(
        "--json", action="store_true", help="for programs; `--schema` prints the form"
    )
    health.add_argument(
        "--schema", action="store_true", help="print the JSON schema and look at nothing"
    )
    health.add_argument(
        "--verify", action="store_true", help="have Ganeti verify the cluster first; takes minutes"
    )
    answers(health)
    text = "one page for the wall: who is who, and what to type in an accident"
    card = add_verb(verbs, "card", text, "card --phone 'Anna=+49 30 123456' --output wall.pdf")
    card.add_argument(
        "--output", type=file_to_write, metavar="FILE", help="default: CLUSTER-card.pdf or .md here"
    )
    card.add_argument(
        "--markdown",
        action="store_true",
        help="Markdown instead of PDF; to a terminal with --output -",
    )
    card.add_argument(
        "--phone",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="replaces the kept numbers",
    )
    card.add_argument(
        "--check",
        nargs="?",
        const=_LAST_CARD,
        metavar="DIGEST",
        help="say whether the last card, or the one that bears DIGEST, still holds: exit 0, else 5",
    )
    answers(card)


def health(args: argparse.Namespace, opened: Open) -> Plugin:
    """Look and say; what keeps it from looking is unknown, and is said in the form that was asked
    for.

    A defect of the wizard's own is no more than that either: as an exit code of Python's it would
    read as a warning.
    """
    from wizard.verbs import health_report

    if args.schema:
        hand_over(health_report.schema().encode())
        return Plugin.OK
    try:
        with opened(read_only=True) as session:
            return health_report.run(session, as_json=args.json, fresh=args.verify)
    except WizardError as error:
        report = health_report.failed(error)
    except Exception as error:
        from wizard.base.crash import foreseen
        from wizard.verbs.opening import folder

        report = health_report.failed(foreseen(error, folder(args)))
    say(health_report.document(report) if args.json else health_report.text(report), end="")
    return Plugin.UNKNOWN


def card(args: argparse.Namespace, opened: Open, cards: Cards) -> Exit:
    """Make the card, or compare."""
    _refuse(args)
    phones = [_phone(text) for text in args.phone]
    with opened(read_only=args.check is not None) as session:
        if phones:
            _call(session, phones, args)
        session.connect()
        if args.check is not None:
            digest = "" if args.check is _LAST_CARD else args.check.upper()
            return _check(session, cards, digest)
        return _make(session, cards, args)


def _refuse(args: argparse.Namespace) -> None:
    """Raise for what cannot be meant, before any host is asked."""
    if args.check is not None and (args.phone or args.output or args.markdown):
        raise WizardError(
            "card --check takes no other option", mend="run it twice", code=Exit.USAGE
        )
    if isinstance(args.check, str) and not re.fullmatch("[0-9A-Fa-f]{8}", args.check):
        mend = "type the eight letters and digits from the card's foot, or none for the last card"
        raise WizardError(f"{args.check!r} is not the number of a card", mend=mend, code=Exit.USAGE)
    if args.output not in (None, Path("-")):
        from wizard.state.files import place

        place(args.output)


def _phone(text: str) -> dict[str, str]:
    name, sign, number = text.rpartition("=")
    if not sign:
        raise WizardError(
            f"--phone {text!r} lacks the number", mend="--phone 'NAME=NUMBER'", code=Exit.USAGE
        )
    return {"name": name, "number": number}


def _call(session: Session, phones: list[dict[str, str]], args: argparse.Namespace) -> None:
    """Put the numbers on this card, and keep them for the next one: with the build's own answers,
    not with a file's.
    """
    made = _with_phones(session.answers, phones)
    if args.answers is None:
        session.decide(made)
        return
    session.answers = made
    if session.store.begun():
        session.store.save(_with_phones(session.store.load(), phones))
    else:
        complain(
            f"No build was begun in {session.store.folder}: the next card has to be told "
            "the numbers again."
        )


def _with_phones(answers: Answers, phones: list[dict[str, str]]) -> Answers:
    from pydantic import ValidationError

    from wizard.answers.documents import explain

    data = answers.model_dump(exclude_unset=True)
    try:
        return type(answers).model_validate(
            {**data, "card": {**data.get("card", {}), "phones": phones}}
        )
    except ValidationError as error:
        mend = (
            "digits, blanks and + ( ) / . - make a number; a name has at most 60 letters; "
            "twelve at most"
        )
        raise AnswersError(explain(error), where="--phone", mend=mend) from error


def _make(session: Session, cards: Cards, args: argparse.Namespace) -> Exit:
    from wizard.daily.card.keeping import keep, take

    made, today = take(session, cards), date.today().isoformat()
    text = _content(made, today, args.markdown)
    if args.output == Path("-"):
        hand_over(text)
    else:
        suffix = "md" if args.markdown else "pdf"
        path = args.output or Path(f"{session.answers.hosts.cluster_name}-card.{suffix}")
        _write(path, text)
        say(
            f"{path}: card {made.digest}, configuration {made.serial}. Print it, laminate "
            "it, hang it up."
        )
    keep(session.store, made, today)
    if not session.answers.card.phones:
        complain("It has no telephone number yet: --phone 'NAME=NUMBER'")
    return Exit.OK


def _content(made: Card, today: str, as_markdown: bool) -> bytes:
    if as_markdown:
        from wizard.daily.card.text import markdown

        return markdown(made, today).encode()
    from wizard.daily.card.pdf import pdf

    return pdf(made, today)


def _write(path: Path, content: bytes) -> None:
    from wizard.state.files import write_whole

    try:
        write_whole(path, content, 0o644)
    except StateError as error:
        # A card is no state of the wizard: its failure has the plain exit code.
        raise WizardError(
            error.what, where=str(path), mend="give another place by --output FILE"
        ) from error


def _check(session: Session, cards: Cards, digest: str) -> Exit:
    from wizard.daily.card.keeping import differences, kept, take

    last = None if digest else kept(session.store)
    now = take(session, cards)
    if now.digest == (digest or (last.digest if last else "")):
        moved = ""
        if last is not None and last.serial != now.serial:
            moved = f", though the configuration went from {last.serial} to {now.serial}"
        say(f"The card {now.digest} still holds{moved}.")
        return Exit.OK
    if last is None:
        say(f"The card {digest} no longer holds; the cluster's own would be {now.digest} now.")
        return Exit.PENDING
    say(f"The card {last.digest} of {last.made} no longer holds:")
    for line in list(differences(last.facts, now.facts)) or [
        "its words are those of another version of this program"
    ]:
        say(f"  {line}")
    say("Make a new one: ganeti-wizard card")
    return Exit.PENDING
