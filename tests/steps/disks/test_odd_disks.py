"""What carries the system is found through any stack and never offered; unknown is never empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steps.disks.facts.disks import DISKS, parse
from steps.disks.layout import data_part, suggested
from steps.disks.partition import STEP
from steps.disks.slots import refusal
from tests.steps.disks.machines import LINUX, Row, array, disk, disks, facts, row, table
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import State, look

NODE = "node1"
SYSTEM = ("/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "[SWAP]")


def _stacks(mount: str) -> dict[str, tuple[Row, ...]]:
    """What may stand on a member of md1, the data mirror's name, down to a mount point."""
    end = {"mounts": [mount]}
    volume = row("vg0-it", "lvm", **end)
    return {
        "array": (row("md1", "raid1", **end),),
        "partition of an array": (row("md1", "raid1", row("md1p1", "part", **end)),),
        "volume": (row("md1", "raid1", volume),),
        "volume on a cipher": (row("md1", "raid1", row("crypt", "crypt", volume)),),
        "cipher on a volume": (row("md1", "raid1", row("vg0-x", "lvm", row("c", "crypt", **end))),),
        "bcache": (row("md1", "raid1", row("bcache0", "disk", row("bcache0p1", "part", **end))),),
        "partition of a cipher": (
            row("md1", "raid1", row("c", "crypt", row("c1", "part", **end))),
        ),
    }


def _both(stack: tuple[Row, ...]) -> Facts:
    """Two disks, each with one partition that is a member of the array md1."""
    parts = [row("sda1", "part", *stack), row("sdb1", "part", *stack)]
    rows = [disk("sda", parts[0]), disk("sdb", parts[1])]
    text = disks(rows, {"sda": table([parts[0]]), "sdb": table([parts[1]])})
    return facts(text, array("md1", "sda1", "sdb1"))


def _named() -> Iterator[tuple[str, str]]:
    for mount in SYSTEM:
        for name in _stacks(mount):
            yield mount, name


@pytest.mark.parametrize(("mount", "name"), list(_named()))
def test_what_carries_the_system_is_never_the_data_mirror(mount: str, name: str) -> None:
    seen = _both(_stacks(mount)[name])
    for found in seen.of(NODE, DISKS):
        assert found.parts[0].is_system and mount in found.all_mounts
        assert data_part(Answers(), seen, NODE, found) is None


def test_what_carries_other_volumes_stays_the_data_mirror() -> None:
    volume = row("xenvg-x", "lvm", mounts=["/srv"])
    seen = _both((row("md1", "raid1", volume),))
    for found in seen.of(NODE, DISKS):
        assert data_part(Answers(), seen, NODE, found) == found.parts[0]


def _whole(kind: str, name: str, mount: str = "/") -> Facts:
    """Both disks in one device as a whole, whose partition table shows through on each."""
    inner = row(name, kind, row(f"{name}p1", "part", mounts=[mount]))
    rows = [disk("sda", inner), disk("sdb", inner)]
    shown = {each: table([row(f"{each}1", "part")]) for each in ("sda", "sdb")}
    return facts(disks(rows, shown), array(name, "sda", "sdb") if kind == "raid1" else "")


@pytest.mark.parametrize("kind", ["raid1", "mpath", "dmraid", "crypt", "lvm", "bcache"])
@pytest.mark.parametrize("mount", ["/", "[SWAP]", "/srv"])
def test_a_disk_that_is_a_member_as_a_whole_is_refused(kind: str, mount: str) -> None:
    seen = _whole(kind, "md0" if kind == "raid1" else "m0", mount)
    assert suggested(Answers(), seen, NODE) == ()
    for found in seen.of(NODE, DISKS):
        consent = Answers.model_validate({"partition": {"erase": [found.id]}})
        for answers in (Answers(), consent):
            assert "as a whole" in refusal(answers, seen, NODE, found)


def test_a_member_whose_array_does_not_run_is_refused() -> None:
    shown = {each: table([row(f"{each}1", "part")]) for each in ("sda", "sdb")}
    rows = [disk("sda", row("sda1", "part")), disk("sdb", row("sdb1", "part"))]
    for kind in ("linux_raid_member", "isw_raid_member", "ddf_raid_member"):
        text = disks(rows, shown, f"sda,0x10000,{kind},u,", f"sdb,0x10000,{kind},u,")
        for found in parse(text):
            assert found.is_member and "does not run" in refusal(
                Answers(), facts(text), NODE, found
            )


def test_a_superblock_in_the_last_partition_is_not_the_disks() -> None:
    """Metadata 0.90 lies at the end: wipefs shows it on the partition and on the disk."""
    part = row("sda1", "part")
    text = disks(
        [disk("sda", part)],
        {"sda": table([part])},
        "sda,0xa00100000,linux_raid_member,u,",
        "sda1,0xa00000000,linux_raid_member,u,",
    )
    (found,) = parse(text)
    assert found.content == "" and found.parts[0].content == "linux_raid_member"


@pytest.mark.parametrize("kind", ["btrfs", "bcachefs"])
def test_a_file_system_over_two_disks_is_mounted_on_both(kind: str) -> None:
    parts = [row("sda1", "part", mounts=["/"]), row("sdb1", "part")]
    text = disks(
        [disk("sda", parts[0]), disk("sdb", parts[1])],
        {"sda": table([parts[0]], LINUX), "sdb": table([parts[1]], LINUX)},
        f"sda1,0x10040,{kind},same,",
        f"sdb1,0x10040,{kind},same,",
    )
    second = parse(text)[1]
    consent = Answers.model_validate({"partition": {"erase": [second.id]}})
    assert second.is_system and second.parts[0].mounts == ("/",)
    assert data_part(consent, facts(text), NODE, second) is None


UNREADABLE = [
    "== lsblk\n",
    "== lsblk\nlsblk: unknown column: MOUNTPOINTS\n== signatures\n",
    '== lsblk\n{"blockdevices": [{"name": "sda", "kna\n== signatures\n',
    '== lsblk\n{"blockdevices": null}\n== signatures\n',
    '== lsblk\n{"blockdevices": {"name": "sda"}}\n',
    "== lsblk\n[]\n",
    '== lsblk\n{"blockdevices": [{"type": "disk", "size": 5}]}\n',
    '== lsblk\n{"blockdevices": [["sda"]]}\n',
    "== lsblk\n" + "[" * 100_000,
]


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_disks_that_cannot_be_read_are_a_finding(text: str) -> None:
    review = look(STEP, Answers(), facts(text))
    assert review.state is State.UNSEEN and not review.plan
    assert [finding.host for finding in review.blockers] == [NODE]
    assert "disks was not understood" in str(review.blockers[0])


@pytest.mark.parametrize(
    ("table_said", "more"),
    [
        ("sfdisk: cannot open /dev/sda: Input/output error", {}),
        ("sfdisk: /dev/sda: does not contain a recognized partition table", {"pttype": "gpt"}),
        ("sfdisk: failed to dump partition table: Success", {"pttype": "dos"}),
    ],
)
def test_a_table_that_cannot_be_read_is_not_none(table_said: str, more: dict[str, str]) -> None:
    (found,) = parse(disks([disk("sda", **more)], {"sda": table_said}))
    assert found.unread and not found.is_blank


def test_what_udev_knows_of_a_disk_counts() -> None:
    (found,) = parse(disks([disk("sda", fstype="zfs_member")], {}))
    assert found.content == "zfs_member" and not found.is_blank


def _ids(*rows: Row) -> list[str]:
    return [found.id for found in parse(disks(rows, {}))]


def test_identity() -> None:
    wwn = [f"0x500000000000000{number}" for number in range(3)]
    assert _ids(disk("sda", wwn=wwn[1]), disk("sdb", wwn=wwn[2])) == [wwn[1], wwn[2]]
    same = [disk("sda", serial="X", wwn=wwn[1]), disk("sdb", serial="X", wwn=wwn[2])]
    assert _ids(*same) == [wwn[1], wwn[2]]
    one_wwn = [disk("sda", wwn=wwn[1]), disk("sdb", wwn=wwn[1])]
    assert _ids(*one_wwn) == ["S-sda", "S-sdb"]
    nothing = [disk("sda", serial="X", wwn=wwn[1]), disk("sdb", serial="X", wwn=wwn[1])]
    assert _ids(*nothing) == ["sda", "sdb"]
    mixed = [disk("sda", serial="X", wwn=wwn[1]), disk("sdb", serial="X")]
    assert _ids(*mixed) == [wwn[1], "sdb"]
    assert _ids(disk("sda", wwn="0x0000000000000000"), disk("sdb", wwn="eui.00000000")) == [
        "S-sda",
        "S-sdb",
    ]


def _chosen(names: list[str], erase: list[str], rows: list[Row]) -> tuple[Answers, Facts]:
    partition = {"disks": {NODE: names}, "erase": erase}
    return Answers.model_validate({"partition": partition}), facts(disks(rows, {}))


def test_two_ways_to_one_disk_are_no_two_disks() -> None:
    rows = [disk("sda", serial="X", wwn="0x51"), disk("sdb", serial="X", wwn="0x51")]
    seen = facts(disks(rows, {}))
    for found in seen.of(NODE, DISKS):
        consent = Answers.model_validate({"partition": {"erase": [f"{NODE}:{found.name}"]}})
        assert "two ways" in refusal(consent, seen, NODE, found)


@pytest.mark.parametrize(("uuid", "twice"), [("U", True), ("", False)])
def test_two_ways_to_one_disk_without_a_wwn(uuid: str, twice: bool) -> None:
    rows = [disk(name, row(f"{name}1", "part"), serial="X") for name in ("sda", "sdb")]
    tables: dict[str, Row | str] = {}
    for each in rows:
        made = table(each["children"])
        made["partitiontable"]["partitions"][0]["uuid"] = uuid
        tables[each["name"]] = made
    seen = facts(disks(rows, tables))
    for found in seen.of(NODE, DISKS):
        assert ("two ways" in refusal(Answers(), seen, NODE, found)) == twice


def test_answers_of_before_name_disks_by_serial() -> None:
    rows = [disk("sda", wwn="0x51"), disk("sdb", wwn="0x52")]
    answers, seen = _chosen(["S-sda", "S-sdb"], ["S-sda"], rows)
    review = look(STEP, answers, seen)
    assert not [finding for finding in review.blockers if finding.host == NODE]
    offered = review.choices["disks"][NODE]
    assert [choice.value for choice in offered] == ["S-sda", "S-sdb"]


def test_a_serial_of_two_disks_names_neither() -> None:
    rows = [disk("sda", serial="X", wwn="0x51"), disk("sdb", serial="X", wwn="0x52")]
    answers, seen = _chosen(["X", "0x52"], [], rows)
    (told,) = [finding for finding in look(STEP, answers, seen).blockers if finding.host == NODE]
    assert "both show the serial X" in str(told) and "0x51 or 0x52" in str(told)


def test_one_disk_under_two_names_is_one_disk() -> None:
    rows = [disk("sda", wwn="0x51"), disk("sdb", wwn="0x52")]
    answers, seen = _chosen(["S-sda", "0x51"], [], rows)
    told = [str(finding) for finding in look(STEP, answers, seen).blockers]
    assert any(f"{NODE}: the same disk is chosen twice" in text for text in told)


def test_a_blank_disk_is_still_offered() -> None:
    text = disks([disk("sda"), disk("sdb")], {})
    assert suggested(Answers(), facts(text), NODE) == ("S-sda", "S-sdb")
    assert [refusal(Answers(), facts(text), NODE, found) for found in parse(text)] == ["", ""]


def _sectors(*sizes: int) -> Facts:
    """Both nodes, each with two blank disks of these sectors, in order."""
    raw = {}
    for number, node in enumerate(("node1", "node2")):
        pair = sizes[2 * number : 2 * number + 2]
        names = ("sda", "sdb")
        rows = [disk(name, **{"log-sec": size}) for name, size in zip(names, pair, strict=True)]
        raw[node] = facts(disks(rows, {})).raw[NODE]
    return Facts(raw)


@pytest.mark.parametrize(
    ("sizes", "refused"),
    [
        ((512, 512, 512, 512), 0),
        ((4096, 4096, 4096, 4096), 0),
        # A mirror has the larger ones: both nodes' have 4096.
        ((512, 4096, 512, 4096), 0),
        ((4096, 4096, 4096, 512), 0),
        ((512, 4096, 512, 512), 1),
        ((512, 512, 4096, 4096), 2),
    ],
)
def test_a_mirror_of_other_sectors_than_the_other_node_s_is_refused(
    sizes: tuple[int, ...], refused: int
) -> None:
    """DRBD between 512 and 4096 bytes (drbd_receiver.c: this may cause problems)."""
    chosen = {node.short: ["S-sda", "S-sdb"] for node in Answers().nodes}
    answers = Answers.model_validate({"partition": {"disks": chosen}})
    review = look(STEP, answers, _sectors(*sizes))
    told = [finding for finding in review.blockers if "sectors of 4096" in finding.what]
    assert len(told) == refused, review.blockers
    assert bool(review.plan) == (not refused)
