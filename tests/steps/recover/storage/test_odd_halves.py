"""A new half that nobody could look at is not taken for an empty one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.disks.facts.disks import parse
from steps.disks.facts.md import parse as parse_md
from steps.disks.partition_back import undo
from steps.recover.scene import Scene
from steps.recover.storage.mirrors import Mirrors, belongs_here
from steps.recover.storage.replacement import is_disk, unused
from tests.steps.disks.machines import PART, Row, array, disk, disks, row, table
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.undo import Undo


def _belongs(part: Row) -> bool:
    """Whether a disk with this partition may give md1 its other half as it is."""
    half = row("sda2", "part", row("md1", "raid1"))
    rows = [disk("sda", half), disk("sdb", part)]
    seen = parse(disks(rows, {"sda": table([half]), "sdb": table([row("sdb2", "part")])}))
    md = parse_md(array("md1", "sda2").replace("clean 1 0", "clean 2 1"))
    now = Mirrors("node1", seen, md, md.volumes)
    return belongs_here(now, seen[1])


def test_an_empty_partition_is_added_as_it_is() -> None:
    assert _belongs(row("sdb2", "part"))


@pytest.mark.parametrize(
    "part",
    [
        row("sdb2", "part", size=PART // 2),
        row("sdb7", "part"),
        row("sdb2", "part", row("x", "crypt")),
        row("sdb2", "part", mounts=["/srv"]),
    ],
    ids=["of another size", "not there yet", "mapped", "mounted"],
)
def test_a_partition_that_is_used_or_not_looked_at_is_none(part: Row) -> None:
    assert not _belongs(part)


@pytest.mark.parametrize(
    ("serial", "printed"),
    [
        ("WD  12", "WD  12"),
        ("S\u00dc-\u4e2d", r"S\xc3\x9c-\xe4\xb8\xad"),
        (r"A\x41\n", r"A\x5cx41\n"),
        ("it's $(x)", "it's $(x)"),
    ],
)
def test_a_serial_of_any_letters_is_known_again(tmp_path: Path, serial: str, printed: str) -> None:
    program = tmp_path / "lsblk"
    program.write_text("#!/bin/sh\nprintf '%s  \\n' \"$SERIAL\"\n")
    program.chmod(0o755)
    (found,) = parse(disks([disk("sdzz", serial=serial)], {}))
    guard = is_disk(Scene(Answers(), Facts({})), "node1", found)
    back = undo(found, 1, 2048, 8, fresh=False)
    assert isinstance(back, Undo) and printed in back.argv
    for shown, known in ((printed, True), (f"{printed}x", False)):
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SERIAL": shown}
        ran = subprocess.run(("sh", "-c", guard), env=env, capture_output=True, timeout=60)
        assert (ran.returncode == 0) == known


LSBLK = """#!/bin/sh
case "$*" in *"$KNOWS "*) printf '%b' "$MOUNTED" ;; *) exit 1 ;; esac
"""


@pytest.mark.parametrize("knows", ["MOUNTPOINTS", "MOUNTPOINT", "nothing"])
@pytest.mark.parametrize("mounted", ["", "\\n\\n", "\\n/srv\\n"])
def test_a_disk_is_unused_where_lsblk_says_so(tmp_path: Path, knows: str, mounted: str) -> None:
    program = tmp_path / "lsblk"
    program.write_text(LSBLK)
    program.chmod(0o755)
    (found,) = parse(disks([disk("sdzz")], {}))
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "KNOWS": knows, "MOUNTED": mounted}
    ran = subprocess.run(("sh", "-c", unused(found)), env=env, capture_output=True, timeout=60)
    assert (ran.returncode == 0) == (knows != "nothing" and "/srv" not in mounted)
