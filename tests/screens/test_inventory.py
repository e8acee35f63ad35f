"""The inventory's lines, and the mailbox between the engine's threads and the screen."""

from __future__ import annotations

from screens.inventory import shown
from screens.mailbox import LINES, Mailbox
from steps import stocktaking
from tests.screens.servers import INVENTORY
from wizard.model.events import Ended, Output, Started
from wizard.model.facts import Facts
from wizard.model.step import Command


def _lines(heading: str, **texts: str) -> list[str]:
    """What the inventory shows of node1 under a heading, of the toy servers or of these texts."""
    said = {fact: text.replace("{n}", "1") for fact, text in INVENTORY.items()}
    facts = Facts({"node1": {**said, **texts}})
    (topic,) = (topic for topic in stocktaking().topics if topic.heading == heading)
    return list(topic.lines(facts, "node1"))


def test_system() -> None:
    assert _lines("System") == [
        "{name}.name.org",
        "Debian GNU/Linux 12 (bookworm), 6.1.0-32-amd64",
        "1 processors, BIOS",
        "memory 1496 MiB, 1184 MiB free",
    ]
    assert _lines("System", capacity="", running="efi: yes\n")[0] == ""
    assert _lines("System", running="efi: yes\n")[2] == "1 processors, UEFI"


def test_disks_with_their_partitions() -> None:
    assert _lines("Disks") == [
        "sda 10 GiB QM001 QEMU",
        "  sda1 2 GiB linux_raid_member",
        "sdb 10 GiB QM002 QEMU HARDDISK",
        "  sdb1 2 GiB linux_raid_member",
    ]
    assert _lines("Disks", disks="") == []


def test_a_disk_without_a_serial_is_named_once_and_an_unread_one_says_so() -> None:
    row = (
        '{"kname": "vda", "path": "/dev/vda", "type": "disk", "size": 1073741824, '
        '"mountpoints": []}'
    )
    unread = "/dev/vda: wipefs: no answer within 5 s"
    text = f'== lsblk\n{{"blockdevices": [{row}]}}\n== unread\n{unread}\n'
    assert _lines("Disks", disks=text) == ["vda 1 GiB", f"  could not be read whole: {unread}"]


def test_arrays() -> None:
    text = (
        "array md1 raid1 1.2 clean 2 1 18 idle -\n"
        "member md1 sdb2 in_sync 1\nmember md1 sda2 faulty none\n"
        "array md9 - 1.2 inactive 2 - 0 - -\nmember md9 sdc spare none\n"
    )
    assert _lines("Arrays") == ["md0 raid1 [UU] sdb1 sda1"]
    assert _lines("Arrays", md=text) == ["md1 raid1 [_U] sdb2 sda2(F)", "md9 inactive sdc(S)"]
    assert _lines("Arrays", md="") == []


def test_what_is_not_understood_spoils_its_own_topic_alone() -> None:
    facts = Facts({"node1": {**INVENTORY, "md": "array md0 raid1 1.2 clean two\n"}})
    blocks = {topic.heading: shown(topic, facts, "node1") for topic in stocktaking().topics}
    assert blocks["Arrays"].startswith("not seen: what it says about md was not understood")
    assert blocks["Disks"].startswith("sda 10 GiB")


def test_network_without_the_loopback() -> None:
    assert _lines("Network") == ["eth0 UP 192.168.0.111/24 fe80::5054:ff:fe00:1/64"]


def test_versions_of_what_is_installed() -> None:
    assert _lines("Versions") == [
        "mdadm 4.2-5",
        "openssh-server 1:9.2p1-2+deb12u5",
        "python3 3.11.2-1+b1",
    ]


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
