"""Situation 19: which disk may take the place of a lost half, what is refused, what is planned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from steps.common.sizes import GIB
from steps.recover.steps.disk import add, boot, drop, table
from steps.recover.storage.replacement import CHOICE, options
from tests.steps.recover.accident import NOW, Accident
from tests.steps.recover.storage.rack import Rack
from tests.steps.recover.test_runbook_steps import blockers, review
from tests.steps.recover.test_situations import runbook
from wizard.model.accident import Case
from wizard.model.review import State
from wizard.model.step import Danger

GOOD = "GWN1D1"
OLD = "GWN1D2"
NEW = "GWN1D3"


def degraded(change: Callable[[Rack], object] | None = None) -> Accident:
    """The second disk of node1 fails in the data mirror; what is changed besides."""
    accident = Accident()
    rack = Rack(accident, "node1")
    rack.fail("vdb2")
    if change is not None:
        change(rack)
    rack.tell()
    return accident


def blank(rack: Rack) -> None:
    rack.plug("vdc", NEW)


def swapped(rack: Rack) -> None:
    """The disk is pulled, and a new one sits in its place under another name."""
    rack.unplug("vdb")
    rack.plug("vdc", NEW)


def chosen(value: str = NEW) -> Case:
    return Case("disk", "20261122T160850Z-disk", "me@desk:/x", NOW, None, {CHOICE: value})


def values(accident: Accident) -> list[str]:
    return [option.value for option in options(accident.answers, accident.facts)]


def shown(step: object, accident: Accident, value: str = NEW) -> list[str]:
    made = review(step.step(chosen(value)), accident)  # type: ignore[attr-defined]
    assert not made.blockers, blockers(made)
    return [command.shown for command in made.plan.commands]


def test_a_well_server_has_nothing_to_choose() -> None:
    assert values(Accident()) == []


def test_what_there_is_to_choose_from() -> None:
    accident = degraded(blank)
    assert accident.situations == ["disk"]
    assert values(accident) == [OLD, NEW, "none:node1"]
    offered = runbook(accident.situation("disk"), "disk")
    assert offered.offered
    assert not offered.by_hand
    assert f"--choose new-disk={NEW}" in str(offered.words)
    evidence = str(accident.situation("disk").evidence)
    assert f"{GOOD}, 26 GiB) holds what is left" in evidence


def test_a_failed_disk_that_is_added_again_says_so() -> None:
    accident = degraded()
    words = {option.value: option.words for option in options(accident.answers, accident.facts)}
    assert "only where a cable was at fault" in words[OLD]


def test_without_another_disk_it_is_refused() -> None:
    accident = degraded(lambda rack: (rack.unplug("vdb"), rack.remove("md1", "vdb2")))
    Rack(accident, "node1").tell()
    assert values(accident) == ["none:node1"]
    rack = Rack(accident, "node1")
    rack.remove("md0", "vdb1")
    rack.tell()
    refused = runbook(accident.situation("disk"), "disk")
    assert "no disk of node1 may take the place" in refused.refused
    assert "an empty disk of 26" in refused.lifted


def small(rack: Rack) -> None:
    rack.plug("vdc", NEW, size=20 * GIB)


def read_only(rack: Rack) -> None:
    rack.plug("vdc", NEW)["ro"] = True


def other_sectors(rack: Rack) -> None:
    rack.plug("vdc", NEW)["log-sec"] = 4096


def mounted(rack: Rack) -> None:
    rack.plug("vdc", NEW)["mountpoints"] = ["/mnt"]


def in_a_stack(rack: Rack) -> None:
    holder = {"name": "x", "path": "/dev/mapper/x", "type": "crypt", "mountpoints": [None]}
    rack.plug("vdc", NEW)["children"] = [holder]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (small, "too small"),
        (read_only, "read-only"),
        (other_sectors, "sectors have 4096 bytes"),
        (mounted, "in use: /mnt"),
        (in_a_stack, "as a whole it is part of /dev/mapper/x"),
    ],
)
def test_a_disk_that_must_not_be_taken(change: Callable[[Rack], None], reason: str) -> None:
    accident = degraded(change)
    assert NEW not in values(accident)
    assert reason in str(accident.situation("disk").evidence)
    for step in (table, drop, add):
        assert reason in blockers(review(step.step(chosen()), accident))


def test_the_only_good_half_is_no_new_disk() -> None:
    accident = degraded(blank)
    assert GOOD not in values(accident)
    assert "holds the only good half" in blockers(review(table.step(chosen(GOOD)), accident))


@pytest.mark.parametrize("text", ["member vda2 0 3\n", "member vda2 2 0\n", "4 read vda\n"])
def test_what_is_left_and_cannot_be_read_is_not_copied(text: str) -> None:
    accident = degraded(blank)
    accident.raw["node1"]["read-errors"] = text
    refused = runbook(accident.situation("disk"), "disk")
    assert "read errors" in refused.refused
    assert "read errors" in blockers(review(add.step(chosen()), accident))


def test_read_errors_of_the_lost_half_are_told() -> None:
    accident = degraded(blank)
    accident.raw["node1"]["read-errors"] = "4 read vdb\n"
    assert "4 of its reads failed" in str(accident.situation("disk").evidence)
    assert runbook(accident.situation("disk"), "disk").offered


def test_when_each_disk_holds_the_only_half_of_something_none_is_given_up() -> None:
    accident = degraded(lambda rack: rack.fail("vda1"))
    refused = runbook(accident.situation("disk"), "disk")
    assert "no disk can be given up" in refused.refused
    made = review(drop.step(chosen("none:node1")), accident)
    assert not made.plan


def test_nothing_is_done_without_a_choice() -> None:
    made = review(table.step(chosen("")), degraded(blank))
    assert "no disk was chosen" in blockers(made)
    made = review(table.step(chosen("GWN9D9")), degraded(blank))
    assert "there is no disk GWN9D9" in blockers(made)


def test_an_empty_disk_is_partitioned_after_its_serial_was_typed() -> None:
    made = review(table.step(chosen()), degraded(blank))
    (command,) = made.plan.commands
    assert command.danger is Danger.DESTROY
    assert command.confirm == NEW
    assert f"lsblk -dno SERIAL /dev/vdc | sed 's/^ *//; s/ *$//')\" = {NEW}" in command.guard
    assert f"= {GOOD}" in command.guard
    assert "grep -q in_sync /sys/block/md1/md/dev-vda2/state" in command.guard
    assert "MOUNTPOINTS /dev/vdc" in command.guard


def used(rack: Rack) -> None:
    """A disk out of another server that was built the same."""
    rack.plug("vdc", NEW)
    rack.copy_table("vda", "vdc")
    rack.blocks["vdc1"] = dict(rack.blocks["vda1"])
    rack.blocks["vdc2"] = {**rack.blocks["vda2"], "MD_UUID": "1:2:3:4"}


def test_another_servers_half_is_overwritten_and_not_taken_in() -> None:
    made = review(table.step(chosen()), degraded(used))
    lines = [command.line for command in made.plan.commands]
    assert lines[0] == "wipefs --all /dev/vdc2 /dev/vdc1"
    assert lines[1] == "wipefs --all --force /dev/vdc"
    assert all(command.confirm == NEW and command.guard for command in made.plan.commands)


def test_a_name_that_md_still_holds_makes_nobody_elses_half_its_own() -> None:
    def renamed(rack: Rack) -> None:
        rack.unplug("vdb")
        rack.plug("vdb", NEW)
        rack.copy_table("vda", "vdb")
        rack.blocks["vdb1"] = {**rack.blocks["vda1"], "MD_UUID": "4:3:2:1"}
        rack.blocks["vdb2"] = {**rack.blocks["vda2"], "MD_UUID": "1:2:3:4"}

    accident = degraded(renamed)
    assert values(accident) == ["none:node1"]
    assert "in use: /" in str(accident.situation("disk").evidence)


def test_a_disk_that_fell_out_is_added_again_and_not_partitioned() -> None:
    accident = degraded(lambda rack: rack.remove("md1", "vdb2"))
    assert values(accident)[0] == OLD
    assert shown(table, accident, OLD) == []
    assert shown(drop, accident, OLD) == []
    (line,) = shown(add, accident, OLD)
    assert line.startswith("mdadm /dev/md1 --re-add /dev/vdb2")


def test_a_half_that_was_lost_before_this_boot_is_copied_whole() -> None:
    """It may have been written to alone, of which the bitmap of the other one knows nothing."""
    accident = degraded(lambda rack: rack.remove("md1", "vdb2"))
    accident.raw["node1"]["pulse"] = accident.pulse(uptime=700)
    (line,) = shown(add, accident, OLD)
    assert line == "mdadm --zero-superblock /dev/vdb2 && mdadm /dev/md1 --add /dev/vdb2"


def test_a_half_that_counts_further_than_what_runs_is_not_overwritten() -> None:
    def older(rack: Rack) -> None:
        rack.remove("md1", "vdb2")
        rack.blocks["vdb2"]["MD_EVENTS"] = "9000"

    accident = degraded(older)
    assert OLD not in values(accident)
    assert "/dev/vdb2 holds newer data than /dev/md1" in str(accident.situation("disk").evidence)


def test_a_disk_leaves_every_mirror_at_once() -> None:
    assert shown(drop, degraded(blank)) == [
        "mdadm /dev/md0 --fail /dev/vdb1 --remove /dev/vdb1",
        "mdadm /dev/md1 --fail /dev/vdb2 --remove /dev/vdb2",
    ]
    # What is to stay in the other mirror stays there.
    assert shown(drop, degraded(), OLD) == ["mdadm /dev/md1 --fail /dev/vdb2 --remove /dev/vdb2"]


def test_a_disk_that_is_lost_to_no_mirror_stays() -> None:
    def elsewhere(rack: Rack) -> None:
        """The other half of md0 is on a disk of its own; vdb was lost to md1 alone."""
        blank(rack)
        rack.plug("vdd", "GWN1D4")
        rack.copy_table("vda", "vdd")
        rack.members["md0"]["vdd1"] = rack.members["md0"].pop("vdb1")

    lines = shown(drop, degraded(elsewhere))
    assert lines == ["mdadm /dev/md1 --fail /dev/vdb2 --remove /dev/vdb2"]


def test_what_was_pulled_leaves_by_being_gone() -> None:
    lines = shown(drop, degraded(swapped))
    assert lines == [
        "mdadm /dev/md0 --fail detached --remove detached",
        "mdadm /dev/md1 --fail detached --remove detached",
    ]


def test_no_new_disk_is_there_yet() -> None:
    accident = degraded()
    value = "none:node1"
    assert shown(table, accident, value) == []
    assert len(shown(drop, accident, value)) == 2
    assert shown(add, accident, value) == []
    assert review(boot.step(chosen(value)), accident).state is State.DONE


def test_the_other_server_may_be_away() -> None:
    accident = degraded(blank).down("node2")
    assert NEW in values(accident)


def test_two_disks_of_one_serial_are_told_apart_by_their_server() -> None:
    accident = degraded(lambda rack: rack.plug("vdc", "GWN2D2"))
    assert "node1:GWN2D2" in values(accident)
    assert "GWN2D2" not in values(accident)


def test_grubs_list_of_disks_follows() -> None:
    accident = degraded(swapped)
    accident.raw["node1"]["boot_disks"] = "/dev/vda dos no yes\n/dev/vdc dos no no\n"
    accident.raw["node1"]["boot-loader"] = (
        "esp: \nlisted: /dev/disk/by-id/virtio-GWN1D1, /dev/disk/by-id/virtio-GWN1D2\n"
        "link: /dev/disk/by-id/virtio-GWN1D1 /dev/vda\n"
        "link: /dev/disk/by-id/virtio-GWN1D3 /dev/vdc\n"
    )
    made = review(boot.step(chosen()), accident)
    install, listed = made.plan.commands
    assert install.line == "grub-install --target=i386-pc /dev/vdc"
    names = "/dev/disk/by-id/virtio-GWN1D1, /dev/disk/by-id/virtio-GWN1D3"
    assert listed.stdin == f"grub-pc grub-pc/install_devices multiselect {names}\n"


def test_an_efi_partition_is_copied() -> None:
    def efi(rack: Rack) -> None:
        for entry in rack.tables["vda"]["partitions"][:1]:
            entry["type"] = boot.ESP
        rack.contents["vda1"] = "vfat"
        rack.blocks.pop("vda1")
        rack.members["md0"].clear()
        rack.plug("vdc", NEW)
        rack.copy_table("vda", "vdc")

    accident = degraded(efi)
    accident.raw["node1"]["boot-loader"] = "efi\nesp: /dev/vda1\n"
    (line,) = shown(boot, accident)
    assert line.startswith("copy the EFI partition /dev/vda1 to /dev/vdc1")
    accident.raw["node1"]["boot-loader"] = "efi\nesp: \n"
    assert "no EFI partition is mounted" in str(
        review(boot.step(chosen("none:node1")), accident).problems
    )
