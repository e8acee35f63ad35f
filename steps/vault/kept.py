"""What a guest still protects though the answers no longer ask for it: nothing is taken off without
the operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.common.volume_layout import SETTINGS, mounts, services
from steps.vault.disk import Ground
from steps.vault.facts.protected import PROTECTED
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding


def settings(text: str) -> dict[str, list[str]]:
    """The guest's own settings: each variable with its words."""
    return {
        name: value.split()
        for name, value in re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE)
    }


def taken_back(one: Ground, facts: Facts) -> Iterator[Finding]:
    """Directories and services of a volume that is set up, which the answers no longer name.

    Their settings would be forgotten while mount points stay guarded and services stay disabled:
    after the next reboot nothing would mount and start them, and nothing would miss them.
    """
    known = settings(facts.of(one.host, PROTECTED).texts.get(SETTINGS, ""))
    for name, what, wanted in (
        ("MOUNT", "the volume is mounted at", mounts(one.volume)),
        ("BINDS", "the volume holds", mounts(one.volume)),
        ("SERVICES", "the volume protects", services(one.volume)),
    ):
        for word in known.get(name, ()):
            if word not in wanted:
                mend = (
                    "put it back there; to take it off for good, see the help page, then "
                    f"take it out of {SETTINGS}"
                )
                yield Finding(
                    one.host, f"{what} {word}, which the answer `volumes` no longer names", mend
                )


def spared(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Guests that have a volume, and whose answer says that they need none."""
    for volume in answers.vault.volumes:
        if answers.spared(volume.short) and facts.of(volume.short, PROTECTED).texts.get(SETTINGS):
            what = (
                "an encrypted volume is set up in it, and the answer `volumes` says that "
                "it needs none"
            )
            mend = (
                "choose `disk` or `file` as before; to take it off for good, see the help "
                f"page, then rm {SETTINGS}"
            )
            yield Finding(volume.short, what, mend)
