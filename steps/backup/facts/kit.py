"""What a machine has of the kit for a day when the operator's own machine is gone: the answers,
beside the copies of the cluster's configuration.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from steps.backup.hosts import STATE
from steps.common.facts.texts import fields
from wizard.answers import Answers
from wizard.answers.documents import write
from wizard.model.facts import Fact

KIT = f"{STATE}/kit"
ANSWERS = f"{KIT}/answers.toml"


@dataclass(frozen=True)
class Kit:
    """What is there."""

    answers: bool = False
    """Whether the file has the build's answers as they are now."""


def parse(text: str) -> Kit:
    """Read `name: value` lines."""
    return Kit(answers=fields(text).get("answers") == "current")


def places(answers: Answers) -> list[str]:
    """Who keeps the kit: the servers, and the backup host when there is one."""
    hosts = [node.short for node in answers.nodes]
    if answers.backup_host is not None:
        hosts.append(answers.backup_host.short)
    return hosts


def _script(answers: Answers, host: str) -> str:
    if host not in places(answers):
        return ":"
    digest = hashlib.sha256(write(answers).encode()).hexdigest()
    return f"echo '{digest}  {ANSWERS}' | sha256sum -c --status && echo 'answers: current'"


HELD = Fact(name="kit", script=_script, parse=parse)
"""sha256sum(1): the machine compares, so that nothing of it has to be believed."""
