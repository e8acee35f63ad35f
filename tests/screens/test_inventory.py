"""The inventory's parsers, and the mailbox between the engine's threads and the screen."""

from __future__ import annotations

from screens.mailbox import LINES, Mailbox
from tests.screens.toys import INVENTORY
from wizard.daily.inventory import (
    Array,
    parse_arrays,
    parse_blocks,
    parse_nics,
    parse_system,
    parse_versions,
)
from wizard.model.events import Ended, Output, Started
from wizard.model.step import Command


def test_system() -> None:
    seen = parse_system(INVENTORY["inventory-system"])
    assert (seen.os, seen.cpus, seen.memory_mib, seen.firmware) == (
        "Debian GNU/Linux 12 (bookworm)",
        1,
        1496,
        "BIOS",
    )
    assert parse_system("").hostname == ""


def test_blocks_list_a_mirror_once() -> None:
    names = [block.name for block in parse_blocks(INVENTORY["inventory-disks"])]
    assert names == ["sda", "sda1", "md0", "sdb", "sdb1"]


def test_arrays() -> None:
    text = (
        "Personalities : [raid1]\nmd1 : active (auto-read-only) raid1 sdb2[1] sda2[0](F)\n "
        "     9 blocks [2/1] [U_]\n\n"
        "md0 : active raid1 sdb1[1] sda1[0]\n      9 blocks super 1.2 [2/2] [UU]\n\nmd9 : "
        "inactive sdc[0](S)\n"
        "      9 blocks\n\nunused devices: <none>\n"
    )
    first, second, third = parse_arrays(text)
    assert first == Array("md1", "raid1", ("sdb2", "sda2(F)"), "[U_]")
    assert (second.name, second.health) == ("md0", "[UU]")
    assert (third.name, third.level, third.health) == ("md9", "inactive", "")
    assert parse_arrays("") == ()


def test_network_and_versions() -> None:
    (nic,) = parse_nics("lo UNKNOWN 127.0.0.1/8\neth0@if3 UP 10.0.0.1/24 fe80::1/64\n")
    assert (nic.name, nic.state, nic.addresses) == ("eth0", "UP", ("10.0.0.1/24", "fe80::1/64"))
    assert parse_versions("mdadm 4.2-5\nxen-hypervisor-common \n") == {"mdadm": "4.2-5"}


def test_output_is_joined_per_command_and_bounded() -> None:
    one, other = Command("node1", ("a",), "why"), Command("node2", ("b",), "why")
    box = Mailbox()
    woken: list[bool] = []
    box.wake = lambda: woken.append(True)
    box.put(Started("s", one, 1, 2))
    for number in range(LINES * 3):
        box.put(Output("s", one, f"{number}\n"))
        box.put(Output("s", other, "x"))
    box.put(Ended("s", one, 0, True, 1.0))
    events = box.take()
    assert [type(event) for event in events] == [Started, Output, Output, Ended]
    assert isinstance(events[1], Output) and events[1].text.endswith(f"{LINES * 3 - 1}\n")
    assert events[1].text.count("\n") == LINES + 1 and "in the log only" in events[1].text
    assert box.take() == []
    assert woken == [True], "only an empty box wakes"
