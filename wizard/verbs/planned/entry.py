"""The verbs `move` and `maintenance`: their options, and what they do with an open session."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Exit
from wizard.verbs.options import accept_host_keys, add_verb, answers, secrets, take_over

if TYPE_CHECKING:
    from wizard.model.planned import Planned, Wish
    from wizard.verbs.daily import Open

SECRETS = "KEY is vault-INSTANCE: opens its volume after a stop"


def add_parsers(verbs: Any) -> None:
    """`move` and `maintenance`."""
    move = _verb(
        verbs,
        "move",
        "move an instance to the other server: running, where that is possible, else by a stop",
        "move inst1 --secret vault-inst1=FILE",
    )
    move.add_argument("subject", metavar="INSTANCE", help="its full or short name")
    move.add_argument("--to", metavar="NODE", help="default: where its other copy is")
    maintenance = _verb(
        verbs,
        "maintenance",
        "free a server of instances and of the master's role, wait, and bring all home again",
        "maintenance node2 --secret vault-inst1=FILE",
    )
    maintenance.add_argument("subject", metavar="NODE", help="its full or short name")
    way = maintenance.add_mutually_exclusive_group()
    way.add_argument(
        "--no-wait", action="store_true", help="leave as soon as the server can be worked on"
    )
    way.add_argument(
        "--back", action="store_true", help="the work is done: take it back, bring all home"
    )


def _verb(verbs: Any, name: str, text: str, example: str) -> argparse.ArgumentParser:
    made = add_verb(verbs, name, text, example)
    made.add_argument(
        "--plan", action="store_true", help="say what would run; exit 0 nothing, 4 not now, 5 this"
    )
    made.add_argument(
        "--failover", action="store_true", help="stop and start also where it could run on"
    )
    made.add_argument(
        "--yes",
        action="store_true",
        help="carry it out at once also on a terminal, where it is led through else",
    )
    answers(made)
    accept_host_keys(made)
    secrets(made, SECRETS)
    take_over(made)
    return made


def wish(args: argparse.Namespace) -> Wish:
    """What was typed, for the front ends that lead through it."""
    from wizard.model.planned import Wish

    return Wish(
        args.verb,
        args.subject,
        to=getattr(args, "to", None) or "",
        back=getattr(args, "back", False),
        stopped=args.failover,
    )


def run(args: argparse.Namespace, opened: Open, planned: Planned) -> Exit:
    """What is wanted; the exit code."""
    from wizard.verbs.planned import maintenance, run

    if args.verb == "move":
        return run.move(args, opened, planned)
    return maintenance.maintenance(args, opened, planned)
