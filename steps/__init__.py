"""What to do: one file a step, pure functions over facts. BUILD is the article's sequence."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wizard.model.step import Step

if TYPE_CHECKING:
    from wizard.daily.card import Cards
    from wizard.daily.health import Checkup

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
    "guest",
    "vault",
    "backup",
    "bacula",
    "restoretest",
    "configbackup",
)
"""The article's order; the bridge stands where 2009's Xen made it by itself, osdef before its first instance."""

ARCHIVE_IDS = ("archive", "unarchive")
"""Maintenance of the database in an instance, once a year: a step and its reverse, never run one after the other."""

EXPORT_IDS = ("export",)
"""What is done on demand, before a change of an instance that may go wrong."""


def build() -> tuple[Step, ...]:
    """The steps from bare disks to an instance that is encrypted and backed up, in order."""
    return _load(BUILD_IDS)


def archiving() -> tuple[Step, ...]:
    """The step that archives finished tables, and the one that undoes it."""
    return _load(ARCHIVE_IDS)


def exporting() -> tuple[Step, ...]:
    """The step that exports the instances with Ganeti."""
    return _load(EXPORT_IDS)


def _load(names: tuple[str, ...]) -> tuple[Step, ...]:
    found = []
    for name in names:
        step: Step = importlib.import_module(f"steps.{name}").STEP
        found.append(step)
    return tuple(found)


def checkup() -> Checkup:
    """How the health of a finished cluster is judged."""
    made: Checkup = importlib.import_module("steps.health").CHECKUP
    return made


def cards() -> Cards:
    """How the card on the wall is made."""
    made: Cards = importlib.import_module("steps.card.card").CARDS
    return made
