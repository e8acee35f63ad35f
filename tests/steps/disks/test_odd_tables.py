"""Partition tables as people have them: none, of other systems, within partitions, out of step with
the kernel.
"""

from __future__ import annotations

import pytest

from steps.common.sizes import GIB, MIB
from steps.disks.facts.disk import Disk
from steps.disks.facts.disks import parse
from steps.disks.partition import STEP as PARTITION
from steps.disks.raid import STEP as RAID
from steps.disks.slots import refusal
from steps.disks.wording import describe
from tests.cases import case_path, content
from tests.steps.disks.machines import (
    LINUX,
    PART,
    Row,
    array,
    disk,
    disks,
    facts,
    row,
    table,
)
from wizard.answers import Answers
from wizard.model.review import Review, State, look

NODE = "node1"
CHOSEN = {NODE: ["S-sda", "S-sdb"], "node2": ["S-sda", "S-sdb"]}
NO_TABLE = "sfdisk: /dev/sda: does not contain a recognized partition table"


def _looked(text: str, *erase: str) -> Review:
    words = [f"{host}:{name}" for host in CHOSEN for name in erase]
    answers = Answers.model_validate({"partition": {"disks": CHOSEN, "erase": words}})
    return look(PARTITION, answers, facts(text, array("md0", "sda1", "sdb1")))


def _first(text: str) -> Disk:
    return parse(text)[0]


def _other(kind: str, *parts: Row) -> Row:
    made = table(parts, LINUX)
    made["partitiontable"]["label"] = kind
    return made


@pytest.mark.parametrize("kind", ["sun", "sgi", "bsd", "mac"])
def test_a_table_of_another_system_is_added_to_by_nobody(kind: str) -> None:
    root = row("sda1", "part", mounts=["/"])
    empty = disks([disk("sda"), disk("sdb")], {"sda": _other(kind), "sdb": _other(kind)})
    used = disks([disk("sda", root), disk("sdb")], {"sda": _other(kind, root)})
    assert _looked(used).state is State.BLOCKED
    assert f"its partition table is {kind}" in str(_looked(used).blockers[0])
    assert _looked(empty).state is State.BLOCKED
    plan = _looked(empty, "S-sda", "S-sdb").plan
    assert plan.commands[0].argv == ("wipefs", "--all", "--force", "/dev/sda")


@pytest.mark.parametrize("kind", ["mac", "atari", "bsd", "aix", "minix", "dos", "gpt", "PMBR"])
def test_a_table_that_sfdisk_does_not_read_is_not_none(kind: str) -> None:
    rows = [disk("sda"), disk("sdb")]
    found = _first(disks(rows, {"sda": NO_TABLE}, f"sda,0x200,{kind},,"))
    assert found.content == kind and not found.is_blank


def test_what_looks_like_another_table_beside_the_disk_s_own() -> None:
    # util-linux issue 1116: wipefs sees atari on a plain DOS label.
    part = row("sda1", "part")
    signs = ("sda,0x1fe,dos,,", "sda,0x1d2,atari,,")
    found = _first(disks([disk("sda", part)], {"sda": _other("dos", part)}, *signs))
    assert found.content == ""


@pytest.mark.parametrize("mount", ["/", "/boot", "[SWAP]", "/srv"])
def test_a_disk_in_use_without_a_table_is_refused(mount: str) -> None:
    text = disks([disk("sda", fstype="ext4", mounts=[mount]), disk("sdb")], {"sda": NO_TABLE})
    for words in ((), ("S-sda",)):
        review = _looked(text, *words)
        told = str(review.blockers[0])
        assert review.state is State.BLOCKED and f"{mount} on it" in told
        assert ("stop and unmount" in told) == (mount == "/srv")


def _halves() -> tuple[list[Row], dict[str, Row | str]]:
    """Two disks with the root mirror and a free partition of type RAID on each."""
    rows: list[Row] = []
    tables: dict[str, Row | str] = {}
    for name in ("sda", "sdb"):
        parts = [
            row(f"{name}1", "part", row("md0", "raid1", mounts=["/"])),
            row(f"{name}2", "part"),
        ]
        rows.append(disk(name, *parts))
        tables[name] = table(parts)
    return rows, tables


def _raid(text: str, *erase: str, md: str = "") -> Review:
    """The step `raid` on these disks, its other facts from a recorded case."""
    recorded = content(case_path("raid", "done-resyncing"))["facts"][NODE]
    others = {name: recorded[name] for name in ("packages", "unfinished", "apt-lists")}
    seen = facts(text, array("md0", "sda1", "sdb1") + md, **others)
    words = [f"{host}:{name}" for host in CHOSEN for name in erase]
    answers = Answers.model_validate({"partition": {"disks": CHOSEN, "erase": words}})
    return look(RAID, answers, seen)


@pytest.mark.parametrize("kind", ["dos", "gpt", "bsd", "atari", "PMBR"])
def test_a_guest_s_disk_in_a_partition_is_content(kind: str) -> None:
    rows, tables = _halves()
    text = disks(rows, tables, f"sda2,0x1fe,{kind},,")
    assert f"/dev/sda2 holds {kind}" in str(_looked(text).blockers[0])
    assert f"/dev/sda2 holds {kind}" in str(_raid(text).blockers[0])
    wiped = [command.argv for command in _raid(text, "S-sda").plan.commands if command.confirm]
    assert wiped[0] == ("wipefs", "--all", "--force", "/dev/sda2")


def test_ntfs_brings_a_protective_table_of_its_own() -> None:
    rows, tables = _halves()
    found = _first(disks(rows, tables, "sda2,0x1fe,PMBR,,", "sda2,0x3,ntfs,u,"))
    assert found.parts[1].content == "ntfs"


@pytest.mark.parametrize("kind", ["5", "f", "85", "F"])
def test_an_extended_partition_holds_only_its_own_table(kind: str) -> None:
    part = row("sda2", "part", size=1024)
    made = _other("dos", part)
    made["partitiontable"]["partitions"][0]["type"] = kind
    found = _first(disks([disk("sda", part)], {"sda": made}, "sda2,0x1fe,dos,,"))
    assert found.parts[0].content == "" and found.parts[0].seen


def test_a_table_that_is_gone_while_the_kernel_has_its_partitions() -> None:
    text = disks([disk("sda", row("sda1", "part", fstype="ext4")), disk("sdb")], {"sda": NO_TABLE})
    found = _first(text)
    assert not found.is_blank and "/dev/sda1, with ext4 in it" in found.unread
    review = _looked(text, "S-sda")
    assert "partx --update /dev/sda" in str(review.blockers[0])


@pytest.mark.parametrize("size", [None, PART // 2])
def test_no_mirror_on_a_partition_that_the_kernel_has_otherwise(size: int | None) -> None:
    rows, tables = _halves()
    for each in rows:
        if size is None:
            # As long as udev has not settled.
            each["children"].pop()
        else:
            each["children"][1]["size"] = size
    text = disks(rows, tables)
    assert "does not know /dev/sda2" in str(_raid(text).blockers[0])
    lines = [command.line for command in _looked(text).plan.commands]
    assert "partx --update /dev/sda" in lines


def test_an_array_that_stands_still_is_stopped_before_its_half_is_overwritten() -> None:
    rows, tables = _halves()
    still = "array md127 raid1 1.2 inactive 0 0 0 - -\nmember md127 sda2 spare -\n"
    block = "examine /dev/sda2\nMD_LEVEL=raid1\nMD_DEVICES=2\nMD_NAME=old:5\nMD_UUID=c:d\n"
    text = disks(rows, tables, "sda2,0x1000,linux_raid_member,c,")
    lines = [command.line for command in _raid(text, "S-sda", md=still + block).plan.commands]
    stop = lines.index("mdadm --stop /dev/md127")
    assert lines.index("wipefs --all /dev/sda2") > stop


def test_a_dos_label_on_a_large_disk_says_how_far_it_reaches() -> None:
    part = row("sda1", "part", mounts=["/"])
    large = {**disk("sda", part), "size": 4096 * GIB}
    text = disks([large], {"sda": _other("dos", part)})
    found = _first(text)
    assert "of the first 2048 GiB" in describe(found)
    assert not refusal(Answers(), facts(text), NODE, found)


def test_a_table_that_only_wipefs_knows_is_wiped_by_force() -> None:
    rows = [disk("sda"), disk("sdb")]
    text = disks(rows, {"sda": NO_TABLE}, "sda,0x200,mac,,")
    first = _looked(text, "S-sda").plan.commands[0]
    assert first.argv == ("wipefs", "--all", "--force", "/dev/sda")


ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"


def _typed(label: str, *kinds: str) -> Row:
    """A table of partitions of these types, on sda or sdb by the label's place."""
    name = "sdb" if label.endswith("b") else "sda"
    made = table([row(f"{name}{number}", "part") for number in range(1, len(kinds) + 1)])
    made["partitiontable"]["label"] = label.removesuffix("b")
    for entry, kind in zip(made["partitiontable"]["partitions"], kinds, strict=True):
        entry["type"] = kind
    return made


@pytest.mark.parametrize(
    ("root", "refused"),
    [
        (_typed("gpt", LINUX), True),
        (_typed("gpt", LINUX, ESP), False),
        (_typed("gpt", LINUX, BIOS_BOOT), False),
        (_typed("dos", "83"), False),
        (_typed("dos", "83", "ef"), False),
    ],
    ids=["none", "efi", "bios", "dos", "dos with efi"],
)
@pytest.mark.parametrize("table_b", [_typed("gptb", ESP, LINUX), _typed("dosb", "83", "ef")])
def test_the_only_efi_partition_is_never_overwritten(
    root: Row, refused: bool, table_b: Row
) -> None:
    first = disk("sda", row("sda1", "part", mounts=["/"]), row("sda2", "part"))
    second = disk("sdb", row("sdb1", "part"), row("sdb2", "part"))
    review = _looked(disks([first, second], {"sda": root, "sdb": table_b}), "S-sdb")
    told = [str(found) for found in review.blockers if "sdb" in str(found)]
    assert any("may start from its EFI partition" in text for text in told) == refused


@pytest.mark.parametrize(("size", "refused"), [(PART - GIB, True), (PART, False)])
def test_a_partition_that_ends_behind_the_disk_s_end(size: int, refused: bool) -> None:
    """rear issue 3185: a table of a larger disk, or a host protected area."""
    part = row("sda1", "part", size=size)
    text = disks([{**disk("sda", part), "size": MIB + size}], {"sda": table([part])})
    (found,) = parse(text)
    why = refusal(Answers(), facts(text), NODE, found)
    assert ("ends behind the disk's end" in why) == refused
    answers = Answers.model_validate({"partition": {"disks": {NODE: [found.id]}}})
    told = [str(finding) for finding in look(PARTITION, answers, facts(text)).blockers]
    assert any("hdparm -N /dev/sda" in line for line in told) == refused
