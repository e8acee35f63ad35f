"""What is said before somebody takes a machine for dead: the same on the screen and in lines."""

from __future__ import annotations

from wizard.answers import Answers
from wizard.model.accident import CLAIM_SECONDS
from wizard.model.recovery import Diagnosis, Seen
from wizard.verbs.recovery import text

WAIT = "Wait"
"""What stands first, and has the focus: nothing is said of any machine."""
DEAD = "It has no power"


def full_names(answers: Answers, diagnosis: Diagnosis) -> dict[str, Seen]:
    """The silent servers by their full names, as they have to be typed."""
    known = {node.short: node.name for node in answers.nodes}
    return {known[seen.name]: seen for seen in diagnosis.silent_servers if seen.name in known}


def readings(diagnosis: Diagnosis, seen: Seen, width: int) -> str:
    """What was read of a silent server, and what speaks against its death."""
    minutes = CLAIM_SECONDS // 60
    parts = [
        f"Silent is not dead. {seen.name} may hang, and go on writing. Say that it has no power "
        f"only when you took its power away; that counts for {minutes} minutes, in this run alone.",
        text.machine(seen, width),
    ]
    against = against_it(diagnosis, seen)
    parts.append("Against it speaks:" if against else "Nothing that was seen speaks against it.")
    parts += against
    return "\n".join(parts)


def against_it(diagnosis: Diagnosis, seen: Seen) -> list[str]:
    """What makes its silence worth less than it seems."""
    lines = []
    if len(seen.presence.vantages) < 2:
        places = ", ".join(seen.presence.vantages) or "nowhere"
        lines.append(f"- it was looked for from {places} only: it is looked for twice as long")
    if not seen.presence.near:
        lines.append("- no place on its own network looked for it")
    for found in diagnosis.findings.situations:
        for runbook in found.runbooks:
            if runbook.claimable and runbook.refused:
                lines.append(f"- {runbook.refused}")
    return lines
