"""The options of the command line, a family of verbs a function. Nothing heavy is imported for
them.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.verbs.parser import file_to_write

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


def add_verb(
    verbs: Any, name: str, text: str, example: str, *, about: str = ""
) -> argparse.ArgumentParser:
    """A verb whose help says what it does and ends with an example.

    `about` is said in its own help instead of `text`, where that is only a few words.
    """
    made: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=text,
        description=about or f"{text[0].upper()}{text[1:]}.",
        epilog=f"example: ganeti-wizard {example}",
    )
    state(made)
    return made


def state(verb: argparse.ArgumentParser) -> None:
    """--state after the verb: absent there, the one before the verb counts."""
    text = "state directory of this build"
    verb.add_argument("--state", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=text)


def answers(verb: argparse.ArgumentParser) -> None:
    """--answers after the verb: absent there, the one before the verb counts."""
    text = "take these answers (TOML) instead of the build's own"
    verb.add_argument("--answers", type=Path, metavar="FILE", default=argparse.SUPPRESS, help=text)


def accept_host_keys(verb: argparse.ArgumentParser) -> None:
    """--accept-host-key, for hosts that are not known yet."""
    verb.add_argument(
        "--accept-host-key",
        action="append",
        default=[],
        type=fingerprint,
        metavar="SHA256:…",
        help="trust the unknown host that shows this fingerprint, as `ssh-keygen -lf` prints it",
    )


def fingerprint(text: str) -> str:
    """A host key's fingerprint as a login shows it; raises ArgumentTypeError for anything else."""
    # 32 bytes in base64; ssh-keygen leaves out the sign of padding at the end.
    found = re.search(r"(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})=?(?:\s|$)", text)
    if found is None:
        raise argparse.ArgumentTypeError(
            "it is no fingerprint: SHA256: and 43 letters, digits, + or /, as `ssh-keygen -lf "
            "/etc/ssh/ssh_host_ed25519_key.pub` prints it on the host"
        )
    return found[1]


def secrets(verb: argparse.ArgumentParser, text: str) -> None:
    """--secret KEY=FILE, with what it is for."""
    verb.add_argument("--secret", action="append", default=[], metavar="KEY=FILE", help=text)


def take_over(verb: argparse.ArgumentParser) -> None:
    """--take-over, for verbs that change the hosts."""
    verb.add_argument(
        "--take-over",
        metavar="WHO",
        help="change the hosts though WHO (user@machine, as the refusal says) has locked them",
    )


def add_build(verbs: Verbs) -> None:
    """status, plan, apply, verify, undo."""
    add_verb(
        verbs,
        "status",
        "where the build stands, per step and host",
        "status --state ~/cluster",
        about="Say where the build stands, per step and host, by the journal alone: no host is "
        "asked. Exit 0 when every step was verified, else 5.",
    )
    plan = add_verb(
        verbs,
        "plan",
        "show what would run; exit 0 when nothing",
        "plan raid",
        about="Look at the hosts and show every command that would run, with why. Nothing is "
        "changed. Exit 0 when nothing would run and nothing is wrong, 5 when something would.",
    )
    apply = add_verb(
        verbs,
        "apply",
        "run it without a screen; stops at the first step that does not succeed",
        "apply --until raid --confirm SERIAL-OF-A-DISK",
        about="Carry the steps out in order, each to its verification, without a question. It "
        "stops at the first one that does not succeed; the same command goes on from there.",
    )
    verify = add_verb(
        verbs,
        "verify",
        "look at the hosts and say what is wrong",
        "verify raid -v",
        about="Look at the hosts and say what is wrong, with the mend. Nothing is changed. Exit 0 "
        "when all is well, 5 when something is to be done.",
    )
    for verb in (plan, apply, verify):
        verb.add_argument(
            "step", nargs="?", metavar="STEP", help="one step only (default: all, in order)"
        )
        answers(verb)
        accept_host_keys(verb)
    plan.add_argument(
        "-v", "--verbose", action="store_true", help="each change of a file to its end"
    )
    verify.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="of steps that were not begun, each thing that is lacking too",
    )
    apply.add_argument(
        "--confirm", action="append", default=[], metavar="WORD", help="agree to destruction"
    )
    secrets(apply, "a secret, from a file of mode 600")
    take_over(apply)
    apply.add_argument("--until", metavar="STEP", help="stop after this step")
    _add_undo(verbs)


def _add_undo(verbs: Verbs) -> None:
    undo = add_verb(
        verbs,
        "undo",
        "undo a step, as far as all that it did can be undone",
        "undo lvmfilter --confirm lvmfilter",
        about="Show the commands that undo what a step did, by the journal, and run them with "
        "--confirm STEP, the last change first. A file that somebody changed afterwards stays. "
        "Refused (4) where something cannot be undone, or a later step builds upon it.",
    )
    undo.add_argument("step", metavar="STEP", help="the step")
    undo.add_argument(
        "--confirm", action="append", default=[], metavar="STEP", help="agree: the step's name"
    )
    accept_host_keys(undo)
    take_over(undo)


def add_volume(verbs: Verbs) -> None:
    """unlock, lock."""
    text = "open an instance's encrypted volume and start what it protects; asks for the passphrase"
    unlock = add_verb(verbs, "unlock", text, "unlock inst1.name.org")
    text = "stop the protected services of an instance and close its encrypted volume"
    for verb in (unlock, add_verb(verbs, "lock", text, "lock inst1.name.org")):
        verb.add_argument(
            "instance", nargs="?", metavar="INSTANCE", help="its name (default: the only one)"
        )
        answers(verb)
        accept_host_keys(verb)
    secrets(unlock, "KEY is vault-INSTANCE")


def add_archive(verbs: Verbs) -> None:
    """archive."""
    text = "move finished tables of an instance's database to an archive, or back"
    archive = add_verb(verbs, "archive", text, "archive plan")
    archive.add_argument(
        "what", choices=("plan", "apply", "verify", "undo"), help="undo moves all of them back"
    )
    archive.add_argument("--undo", action="store_true", help="with plan: what undo would do")
    answers(archive)
    accept_host_keys(archive)
    take_over(archive)


def add_export(verbs: Verbs) -> None:
    """export."""
    text = "copy all disks of the instances to the other node, by gnt-backup"
    export = add_verb(verbs, "export", text, "export plan")
    export.add_argument("what", choices=("plan", "apply", "verify"))
    answers(export)
    accept_host_keys(export)
    take_over(export)


def add_answers(verbs: Verbs) -> None:
    """answers."""
    text = "export the answers of this build, print their schema, check a file"
    about = add_verb(verbs, "answers", text, "answers export cluster.toml")
    about.add_argument("what", choices=("export", "schema", "check"))
    about.add_argument(
        "file",
        nargs="?",
        type=file_to_write,
        metavar="FILE",
        help="to check or to write; - is standard input or output",
    )
