"""Steps of the build that are undone as a whole: what a recorded case plans is run on the machine
that is a folder, and taken back by the commands that `undo STEP` runs; all is as before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.disks.facts.lvm import LVM
from steps.network.facts.names import NAMES
from steps.network.facts.rootssh import ROOT_SSH
from steps.platform.facts.boot import BOOT
from steps.platform.facts.drbd import DRBD_MODULE
from steps.platform.facts.grub import GRUB_MENU
from tests.cases import case_path, load
from tests.steps.undoing.machine import Machine
from tests.steps.undoing.programs import equip
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Command, Kind
from wizard.model.way_back import backwards, is_lasting

pytestmark = pytest.mark.slow

WHOLE = [
    ("hosts", "fresh"),
    ("hosts", "synthetic-no-system-bus"),
    ("hosts", "synthetic-key-directory-missing"),
    ("hosts", "synthetic-public-key-missing"),
    ("hosts", "synthetic-short-name-left"),
    ("raid", "not-registered"),
    ("raid", "synthetic-initramfs-stale"),
    ("lvm", "pv-without-vg"),
    ("xen", "fresh"),
    ("xen", "synthetic-modules-missing"),
    ("xen", "synthetic-settings-changed-back"),
    ("xen", "synthetic-newer-kernel-on-one-node"),
    ("grub", "fresh"),
    ("grub", "entry-chosen-for-the-next-start"),
    ("drbd", "fresh"),
    ("drbd", "synthetic-not-loaded"),
    ("drbd", "synthetic-service-enabled"),
]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return equip(Machine(tmp_path))


def planned(step: str, case: str) -> tuple[list[Command], Facts]:
    """The commands of the first host of a recorded case that gets any, without its reboot."""
    module, _, answers, facts = load(case_path(step, case))
    plan = look(module, answers, facts).plan
    commands = plan.on(plan.hosts[0])
    return [command for command in commands if command.kind is not Kind.REBOOT], facts


def furnish(machine: Machine, commands: list[Command], facts: Facts) -> None:
    """What the look saw is there: texts, names, the next start's entry, units, modules, volumes."""
    host = commands[0].host
    seen = facts.raw[host]
    for command in commands:
        if command.old:
            machine.file(command.writes, command.old)
    if "names" in seen:
        names = facts.of(host, NAMES)
        machine.file("/proc/hostname", f"{names.kernel}\n")
        machine.file("/etc/hostname", f"{names.static}\n")
    if "root-ssh" in seen and facts.of(host, ROOT_SSH).mode:
        machine.file("/root/.ssh/known_hosts")
    if "root-ssh" in seen and facts.of(host, ROOT_SSH).private:
        machine.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519"))
        (machine.root / "root/.ssh/id_ed25519.pub").unlink()
    if "grub_menu" in seen:
        entry = facts.of(host, GRUB_MENU).next
        text = f"saved_entry=0\nnext_entry={entry}\n" if entry else "saved_entry=0\n"
        machine.file("/boot/grub/grubenv", text)
    if "boot" in seen:
        folder = machine.file("/boot/config").parent
        for name, target in facts.of(host, BOOT).links:
            (folder / name).symlink_to(target)
            machine.file(f"/boot/{target}")
    if "drbd_module" in seen:
        module = facts.of(host, DRBD_MODULE)
        if module.loaded:
            machine.file("/sys/module/drbd/options")
        if module.service == "enabled active":
            machine.file("/systemd/boot/drbd.service")
            machine.file("/systemd/run/drbd.service")
    if "lvm" in seen:
        rows = [f"{machine.root}{pv.name} {pv.vg}\n" for pv in facts.of(host, LVM).pvs]
        machine.file("/lvm/pvs", "".join(rows))
        machine.file("/lvm/vgs")


@pytest.mark.parametrize(("step", "case"), WHOLE)
def test_a_step_is_taken_back_whole(machine: Machine, step: str, case: str) -> None:
    commands, facts = planned(step, case)
    assert commands and not [command.shown for command in commands if is_lasting(command)]
    furnish(machine, commands, facts)
    before = machine.state()
    machine.do(commands)
    assert machine.state() != before or machine.noted
    back = backwards(commands)
    for _ in range(2):
        machine.do(back)
        assert machine.state() == before


@pytest.mark.parametrize(("step", "case"), WHOLE)
def test_what_never_came_about_is_no_obstacle(machine: Machine, step: str, case: str) -> None:
    """A run may have died before any of its commands; files alone say so with a code of their own,
    which the undoing knows.
    """
    commands, facts = planned(step, case)
    furnish(machine, commands, facts)
    before = machine.state()
    for command in backwards(commands):
        if "put-back" not in command.argv:
            machine.do([command])
    assert machine.state() == before
