"""What a machine has of the kit for a day when the operator's own machine is gone: the answers and
the program, beside the copies of the cluster's configuration.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from steps.backup.hosts import STATE
from steps.common.facts.texts import fields
from wizard.answers import Answers
from wizard.answers.documents import write
from wizard.base import program
from wizard.model.facts import Fact

KIT = f"{STATE}/kit"
ANSWERS = f"{KIT}/answers.toml"
WIZARD = f"{KIT}/ganeti-wizard"
"""The program in one file, which needs nothing but python3 there."""


@dataclass(frozen=True)
class Kit:
    """What is there."""

    answers: bool = False
    """Whether the file has the build's answers as they are now."""
    program: bool = False
    """Whether the program that runs now is there."""


def parse(text: str) -> Kit:
    """Read `name: value` lines."""
    values = fields(text)
    return Kit(
        answers=values.get("answers") == "current",
        program=values.get("program") == "current",
    )


def places(answers: Answers) -> list[str]:
    """Who keeps the kit: the servers, and the backup host when there is one."""
    hosts = [node.short for node in answers.nodes]
    if answers.backup_host is not None:
        hosts.append(answers.backup_host.short)
    return hosts


def _script(answers: Answers, host: str) -> str:
    if host not in places(answers):
        return ":"
    script = _compare("answers", hashlib.sha256(write(answers).encode()).hexdigest(), ANSWERS)
    if program.digest():
        script += _compare("program", program.digest(), WIZARD)
    return script


def _compare(name: str, digest: str, path: str) -> str:
    return f"echo '{digest}  {path}' | sha256sum -c --status && echo '{name}: current'\n"


HELD = Fact(name="kit", script=_script, parse=parse)
"""sha256sum(1): the machine compares, so that nothing of it has to be believed."""
