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
    "guest",
)
"""The article's order; the bridge stands where 2009's Xen made it by itself, osdef before its first instance."""


def build() -> tuple[Step, ...]:
    """The steps from bare disks to a running instance that is set up, in order."""
    found = []
    for name in BUILD_IDS:
        step: Step = importlib.import_module(f"steps.{name}").STEP
        found.append(step)
    return tuple(found)
