"""What to do: one file a step, pure functions over facts. BUILD is the article's sequence."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wizard.step import Step

if TYPE_CHECKING:
    from wizard.card import Cards
    from wizard.health import Checkup

BUILD_IDS = (
    "partition",
    "raid",
    "hosts",
    "bridge",
    "trust",
    "lvm",
    "packages",
    "xen",
    "grub",
    "reboot",
    "drbd",
    "lvmfilter",
    "cluster",
    "node",
    "osdef",
    "instance",
    "console",
)
"""The article's order; the bridge stands where 2009's Xen made it by itself, osdef before its first instance."""


def build() -> tuple[Step, ...]:
    """The steps from bare disks to a running instance, in order."""
    found = []
    for name in BUILD_IDS:
        step: Step = importlib.import_module(f"steps.{name}").STEP
        found.append(step)
    return tuple(found)


def checkup() -> Checkup:
    """How the health of a finished cluster is judged."""
    made: Checkup = importlib.import_module("steps.health").CHECKUP
    return made


def cards() -> Cards:
    """How the card on the wall is made."""
    made: Cards = importlib.import_module("steps.card").CARDS
    return made
