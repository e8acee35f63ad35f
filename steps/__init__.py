"""What to do: one file a step, pure functions over facts. BUILD is the article's sequence."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.model.step import Step

if TYPE_CHECKING:
    from wizard.model.accident import Recovery
    from wizard.model.adoption import Adoption
    from wizard.model.card import Cards
    from wizard.model.inventory import Inventory
    from wizard.model.planned import Planned
    from wizard.model.verdicts import Checkup

BUILD = {
    "partition": "steps.disks.partition",
    "raid": "steps.disks.raid",
    "hosts": "steps.network.hosts",
    "bridge": "steps.network.bridge",
    "trust": "steps.network.trust",
    "lvm": "steps.disks.lvm",
    "packages": "steps.platform.packages",
    "xen": "steps.platform.xen",
    "grub": "steps.platform.grub",
    "reboot": "steps.platform.reboot",
    "drbd": "steps.platform.drbd",
    "lvmfilter": "steps.disks.lvmfilter",
    "cluster": "steps.ganeti.cluster",
    "node": "steps.ganeti.node",
    "osdef": "steps.ganeti.osdef",
    "instance": "steps.ganeti.instance",
    "console": "steps.ganeti.console",
    "guest": "steps.guest.guest",
    "vault": "steps.vault.vault",
    "backup": "steps.backup.backup",
    "bacula": "steps.backup.bacula",
    "restoretest": "steps.backup.restoretest",
    "configbackup": "steps.backup.configbackup",
}
"""The article's order; the bridge stands where 2009's Xen made it by itself, osdef before its first
instance.
"""

ARCHIVE = {
    "archive": "steps.archive.archive",
    "unarchive": "steps.archive.unarchive",
}
"""Maintenance of the database in an instance, once a year: a step and its reverse, never run one
after the other.
"""

EXPORT = {
    "export": "steps.ganeti.export",
}
"""What is done on demand, before a change of an instance that may go wrong."""

ALL = {**BUILD, **ARCHIVE, **EXPORT}
"""The steps of every sequence."""


def build() -> tuple[Step, ...]:
    """The steps from bare disks to an instance that is encrypted and backed up, in order."""
    return _load(BUILD)


def archiving() -> tuple[Step, ...]:
    """The step that archives finished tables, and the one that undoes it."""
    return _load(ARCHIVE)


def exporting() -> tuple[Step, ...]:
    """The step that exports the instances with Ganeti."""
    return _load(EXPORT)


def by_id(name: str) -> Step:
    """The step of that id, of whichever sequence; KeyError when there is none."""
    step: Step = importlib.import_module(ALL[name]).STEP
    return step


def _load(sequence: Mapping[str, str]) -> tuple[Step, ...]:
    return tuple(by_id(name) for name in sequence)


def checkup() -> Checkup:
    """How the health of a finished cluster is judged."""
    made: Checkup = importlib.import_module("steps.health").CHECKUP
    return made


def stocktaking() -> Inventory:
    """How the inventory of the servers is taken."""
    made: Inventory = importlib.import_module("steps.inventory").INVENTORY
    return made


def cards() -> Cards:
    """How the card on the wall is made."""
    made: Cards = importlib.import_module("steps.card.card").CARDS
    return made


def recovery() -> Recovery:
    """What can be carried out after an accident."""
    made: Recovery = importlib.import_module("steps.recover.runbooks").RECOVERY
    return made


def planned_work() -> Planned:
    """How an instance is moved, and a node freed and taken back, while all is well."""
    made: Planned = importlib.import_module("steps.recover.planned.errands").PLANNED
    return made


def adoption() -> Adoption:
    """How a cluster that is there is taken in."""
    made: Adoption = importlib.import_module("steps.recover.adopt.adoption").ADOPTION
    return made
