"""The table of undos: which kinds of commands each step has an exact undo for, and which not."""

from __future__ import annotations

import subprocess

import pytest

from tests.steps.undoing.planned import OF_STEPS, commands
from wizard.model.step import Danger, Kind
from wizard.model.undo import Undo, in_words
from wizard.model.way_back import is_lasting

FILE = "put-back"
EXACT = {
    "archive": set(),
    "backup": {FILE, "units-off", "units-back", "sh", "not-at-once", "take-away"},
    "bacula": {FILE, "units-back", "take-away"},
    "bridge": {FILE},
    "cluster": {"take-back", "gnt-cluster"},
    "configbackup": {FILE, "units-off", "not-at-once", "take-away"},
    "console": {"rm", "take-back"},
    "drbd": {FILE, "modprobe", "sh", "unload", "units-back"},
    "export": set(),
    "grub": {FILE, "update-grub", "take-back"},
    "guest": {FILE, "units-off", "units-back", "take-back"},
    "hosts": {FILE, "take-back", "take-away"},
    "instance": set(),
    "lvm": {"no-volume", "no-group"},
    "lvmfilter": {FILE},
    "node": set(),
    "osdef": {FILE},
    "packages": {"units-back"},
    "partition": {"no-partition"},
    "raid": {FILE, "initramfs"},
    "reboot": {"take-back"},
    "restoretest": set(),
    "trust": {FILE, "systemctl"},
    "unarchive": set(),
    "vault": {FILE, "systemctl"},
    "xen": {FILE, "initramfs", "take-back"},
}
"""Per step, the names of the scripts, or the programs, that undo something of it."""
WHOLE = {
    "console",
    "drbd",
    "grub",
    "hosts",
    "lvmfilter",
    "osdef",
    "reboot",
    "restoretest",
    "trust",
    "xen",
}
"""Steps that `undo STEP` takes back whatever they had to do."""
LASTING = {
    "lvm": {"apt-get", "wipefs"},
    "partition": {"sfdisk", "wipefs"},
    "raid": {"apt-get", "mdadm", "wipefs"},
}
"""Of steps that are taken back where none of these programs had to run: those programs; sfdisk on
disks that show nothing of their own.
"""


def kind(undo: Undo) -> str:
    """The name of an undo's script, else its program."""
    return program(undo.argv)


def program(argv: tuple[str, ...]) -> str:
    """The program that is run, or the name of its script."""
    if argv[0] == "sh":
        return argv[3] if len(argv) > 3 else "sh"
    words = [word for word in argv if "=" not in word and word != "env"]
    return words[0]


@pytest.mark.parametrize("step", OF_STEPS)
def test_what_each_step_has_an_exact_undo_for(step: str) -> None:
    undos = [command.undo for command in commands(step)]
    assert {kind(undo) for undo in undos if isinstance(undo, Undo)} == EXACT[step]


@pytest.mark.parametrize("step", sorted({*WHOLE, *LASTING}))
def test_which_steps_are_undone_as_a_whole(step: str) -> None:
    lasting = {program(command.argv) for command in commands(step) if is_lasting(command)}
    assert lasting == LASTING.get(step, set())


@pytest.mark.parametrize("step", OF_STEPS)
def test_each_undo_is_a_command_that_a_shell_reads(step: str) -> None:
    scripts = set()
    for command in commands(step):
        if isinstance(command.undo, Undo):
            scripts.add(command.undo.argv[2] if command.undo.argv[0] == "sh" else command.undo.line)
    for script in scripts:
        subprocess.run(["sh", "-n"], input=script.encode(), check=True)


@pytest.mark.parametrize("step", OF_STEPS)
def test_what_destroys_and_what_cuts_off_has_no_undo_that_pretends(step: str) -> None:
    for command in commands(step):
        if command.danger is Danger.DESTROY or command.kind is Kind.ROLLBACK:
            assert not isinstance(command.undo, Undo), command.shown


@pytest.mark.parametrize("step", OF_STEPS)
def test_why_it_cannot_be_undone_is_said(step: str) -> None:
    for command in commands(step):
        assert not in_words(command.undo).endswith("cannot be undone"), command.shown
