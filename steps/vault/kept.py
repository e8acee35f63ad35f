"""What a guest still protects though the answers no longer ask for it: nothing is taken off without
the operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.common.volume_layout import SETTINGS, mounts, services
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding


def settings(text: str) -> dict[str, list[str]]:
    """The guest's own settings: each variable with its words."""
    assignments = re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE)
    return {name: value.split() for name, value in assignments}


def taken_back(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    """Directories and services of a volume that is set up, which the answers no longer name.

    Their settings would be forgotten while mount points stay guarded and services stay disabled:
    after the next reboot nothing would mount and start them, and nothing would miss them.
    """
    known = settings(facts.of(vault.host, PROTECTED).texts.get(SETTINGS, ""))
    for variable, relation, named in (
        ("MOUNT", "the volume is mounted at", mounts(vault.volume)),
        ("BINDS", "the volume holds", mounts(vault.volume)),
        ("SERVICES", "the volume protects", services(vault.volume)),
    ):
        for word in known.get(variable, ()):
            if word not in named:
                yield Finding(
                    vault.host,
                    what=f"{relation} {word}, which the answer `volumes` no longer names",
                    mend=(
                        "put it back there; to take it off for good, see the help page, then "
                        f"take it out of {SETTINGS}"
                    ),
                )


def spared(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Guests that have a volume, and whose answer says that they need none."""
    for volume in answers.vault.volumes:
        if answers.spared(volume.short) and facts.of(volume.short, PROTECTED).texts.get(SETTINGS):
            yield Finding(
                volume.short,
                what=(
                    "an encrypted volume is set up in it, and the answer `volumes` says that "
                    "it needs none"
                ),
                mend=(
                    "choose `disk` or `file` as before; to take it off for good, see the help "
                    f"page, then rm {SETTINGS}"
                ),
            )
