"""What to do: one file a step, pure functions over facts. BUILD is the article's sequence."""

from __future__ import annotations

import importlib

from wizard.step import Step

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

ARCHIVE_IDS = ("archive", "unarchive")
"""Maintenance of the database in an instance, once a year: a step and its reverse, never run one after the other."""


def build() -> tuple[Step, ...]:
    """The steps from bare disks to a running instance, in order."""
    return _load(BUILD_IDS)


def archiving() -> tuple[Step, ...]:
    """The step that archives finished tables, and the one that undoes it."""
    return _load(ARCHIVE_IDS)


def _load(names: tuple[str, ...]) -> tuple[Step, ...]:
    found = []
    for name in names:
        step: Step = importlib.import_module(f"steps.{name}").STEP
        found.append(step)
    return tuple(found)
