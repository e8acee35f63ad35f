"""The scripts of the runbook `disk` in a real shell: sfdisk on files, stand-ins for the rest."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from steps.disks.facts.disk import Disk
from steps.recover.facts.loader import LOADER
from steps.recover.facts.media import MEDIA
from steps.recover.steps.common import scene_of
from steps.recover.steps.disk.add import ANEW, FOLLOW
from steps.recover.steps.disk.drop import DROP
from steps.recover.steps.disk.table import COPY
from steps.recover.storage.mirrors import mirrors
from steps.recover.storage.replacement import is_disk, still_good, unused
from tests.steps.recover.accident import BOOT
from tests.steps.recover.storage.test_disk import blank, degraded
from tests.steps.recover.test_runbook_scripts import program, sh

GPT = """label: gpt
size=2M, type=21686148-6449-6E6F-744E-656564454649
size=20M, type=A19D880F-05FC-4D3B-A006-743F0F84911E, name="root"
size=30M, type=A19D880F-05FC-4D3B-A006-743F0F84911E
"""
DOS = """label: dos
size=20M, type=fd, bootable
size=30M, type=fd
"""


def image(path: Path, mib: int) -> Path:
    with path.open("wb") as file:
        file.truncate(mib << 20)
    return path


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The real sfdisk; without it nothing is proved."""
    sfdisk = shutil.which("sfdisk", path="/usr/sbin:/sbin:/usr/bin")
    if sfdisk is None:
        pytest.skip("no sfdisk")
    (tmp_path / "sfdisk").symlink_to(sfdisk)
    program(tmp_path, "udevadm", "exit 0")
    return tmp_path


def table(path: Path) -> dict[str, Any]:
    done = subprocess.run(["sfdisk", "--json", str(path)], capture_output=True, check=True)
    read: dict[str, Any] = json.loads(done.stdout)["partitiontable"]
    return read


@pytest.mark.parametrize("label", [GPT, DOS])
@pytest.mark.parametrize("mib", [64, 100])
def test_a_table_is_copied_without_its_identifiers(tools: Path, label: str, mib: int) -> None:
    good = image(tools / "good", 64)
    new = image(tools / "new", mib)
    subprocess.run(["sfdisk", "-q", str(good)], input=label.encode(), check=True)
    done = sh(COPY, str(good), str(new), path=tools)
    assert done.returncode == 0, done.stderr
    first, second = table(good), table(new)
    assert first["id"] != second["id"]
    assert len(first["partitions"]) == len(second["partitions"])
    for one, other in zip(first["partitions"], second["partitions"], strict=True):
        for key in ("start", "size", "type", "bootable", "name"):
            assert one.get(key) == other.get(key)
        assert "uuid" not in one or one["uuid"] != other["uuid"]
    if "lastlba" in second:
        assert second["lastlba"] >= (mib - 1) << 11
    # The good disk is only read.
    assert table(good) == first


def test_without_a_table_to_copy_nothing_is_written(tools: Path) -> None:
    good = image(tools / "good", 64)
    new = image(tools / "new", 64)
    subprocess.run(["sfdisk", "-q", str(new)], input=DOS.encode(), check=True)
    before = new.read_bytes()
    assert sh(COPY, str(good), str(new), path=tools).returncode == 1
    assert new.read_bytes() == before


@pytest.mark.parametrize("busy", [2, 99])
def test_a_half_is_removed_as_soon_as_the_kernel_lets_go(tmp_path: Path, busy: int) -> None:
    counted = f'"$(grep -c vdb2 {tmp_path}/said)" -gt {busy}'
    words = f'echo "$*" >>{tmp_path}/said; [ "$2" = --fail ] || [ {counted} ]'
    program(tmp_path, "mdadm", words)
    program(tmp_path, "sleep", "exit 0")
    assert sh(DROP, "/dev/md1", "/dev/vdb2", path=tmp_path).returncode == 0
    said = (tmp_path / "said").read_text().splitlines()
    assert said[0] == "/dev/md1 --fail /dev/vdb2"
    last = "--remove /dev/vdb2" if busy == 2 else "--fail detached --remove detached"
    assert said[-1] == f"/dev/md1 {last}"
    assert set(said[1:-1]) == {"/dev/md1 --remove /dev/vdb2"}


def sysfs(tmp_path: Path, name: str, degraded: int, action: str) -> None:
    folder = tmp_path / name / "md"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "degraded").write_text(f"{degraded}\n")
    (folder / "sync_action").write_text(f"{action}\n")


@pytest.mark.parametrize(("action", "rc"), [("recover", 0), ("idle", 1)])
def test_the_copying_is_followed(tmp_path: Path, action: str, rc: int) -> None:
    sysfs(tmp_path, "md0", 0, "idle")
    sysfs(tmp_path, "md1", 1, action)
    ends = f"echo 0 >{tmp_path}/md1/md/degraded" if rc == 0 else "exit 0"
    program(tmp_path, "sleep", ends)
    (tmp_path / "mdstat").write_text("  [=>...]  recovery =  8.5% (1/2) finish=1min speed=1K/sec\n")
    script = FOLLOW.replace("/sys/block", str(tmp_path)).replace("/proc/", f"{tmp_path}/")
    done = sh(script, "md0", "md1", path=tmp_path)
    assert done.returncode == rc
    assert (
        "recovery =  8.5%" if rc == 0 else "not whole, and not being copied: md1"
    ) in done.stdout


@pytest.mark.parametrize(("zeroed", "ran"), [(0, 2), (1, 1)])
def test_a_half_that_could_not_be_made_unknown_is_not_added(
    tmp_path: Path, zeroed: int, ran: int
) -> None:
    """md would take it again by the bitmap."""
    body = f'echo "$@"; case $1 in --zero-superblock) exit {zeroed} ;; esac'
    program(tmp_path, "mdadm", body)
    done = sh(ANEW, "/dev/md1", "/dev/vdb2", path=tmp_path)
    told = ["--zero-superblock /dev/vdb2", "/dev/md1 --add /dev/vdb2"]
    assert done.stdout.splitlines() == told[:ran]
    assert done.returncode == zeroed


def lsblk(tmp_path: Path, **columns: str) -> None:
    cases = " ".join(f"{name}) echo '{value}  ' ;;" for name, value in columns.items())
    program(tmp_path, "lsblk", f"case $2 in {cases} esac")


@pytest.mark.parametrize(
    ("given", "columns", "same"),
    [
        ({"id": "S 1", "serial": "S 1"}, {"SERIAL": "S 1"}, True),
        ({"id": "S 1", "serial": "S 1"}, {"SERIAL": "S 2"}, False),
        ({"id": "S 1", "serial": "S 1"}, {}, False),
        ({"id": "0x5", "wwn": "0x5", "serial": "S"}, {"WWN": "0x5"}, True),
        ({"id": "0x5", "wwn": "0x5", "serial": "S"}, {"WWN": "0x6", "SERIAL": "S"}, False),
        ({"id": "vdc", "serial": "vdc"}, {"SIZE": "512"}, False),
    ],
)
def test_a_guard_knows_the_disk(
    tmp_path: Path, given: dict[str, str], columns: dict[str, str], same: bool
) -> None:
    accident = degraded(blank)
    scene = scene_of(accident.answers, accident.facts)
    disk = Disk(**{"path": "/dev/vdc", "model": "", "size": 512, "sector": 512, **given})  # type: ignore[arg-type]
    lsblk(tmp_path, **columns)
    guard = is_disk(scene, "node1", disk)
    assert (sh(guard, path=tmp_path).returncode == 0) is same
    if disk.anonymous:
        # Another boot may have given the name to another disk.
        assert BOOT in guard


@pytest.mark.parametrize("mounted", ["", "/mnt"])
@pytest.mark.parametrize("held", [False, True])
def test_a_guard_sees_what_uses_a_disk(tmp_path: Path, mounted: str, held: bool) -> None:
    accident = degraded(blank)
    now = mirrors(scene_of(accident.answers, accident.facts), "node1")
    assert now is not None
    disk = now.disks[2]
    program(tmp_path, "lsblk", f"printf '\\n{mounted}\\n'")
    holders = tmp_path / "vdc" / "vdc1" / "holders"
    holders.mkdir(parents=True)
    if held:
        (holders / "md1").touch()
    guard = unused(disk).replace("/sys/class/block", str(tmp_path))
    assert (sh(guard, path=tmp_path).returncode == 0) is not (bool(mounted) or held)


@pytest.mark.parametrize(("state", "good"), [("in_sync,write_mostly", True), ("faulty", False)])
def test_a_guard_sees_that_the_good_half_is_gone(tmp_path: Path, state: str, good: bool) -> None:
    accident = degraded(blank)
    now = mirrors(scene_of(accident.answers, accident.facts), "node1")
    assert now is not None
    member = tmp_path / "md1" / "md" / "dev-vda2"
    member.mkdir(parents=True)
    (member / "state").write_text(f"{state}\n")
    guard = still_good(now, now.degraded).replace("/sys/block", str(tmp_path))
    assert (sh(guard).returncode == 0) is good


def test_failed_reads_are_counted_by_disk(tmp_path: Path) -> None:
    said = (
        "I/O error, dev sda, sector 71 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2\n"
        "critical medium error, dev sda, sector 72 op 0x0:(READ) flags 0x0 phys_seg 1\n"
        "I/O error, dev sdb, sector 71 op 0x1:(WRITE) flags 0x0 phys_seg 1 prio class 2\n"
    )
    program(tmp_path, "journalctl", f"printf '%s' '{said}'")
    done = sh(MEDIA.script_for(None, ""), path=tmp_path)  # type: ignore[arg-type]
    assert MEDIA.parse(done.stdout).of("sda") == 2
    assert MEDIA.parse(done.stdout).of("sdb") == 0


def test_grubs_list_is_read_off_debconf(tmp_path: Path) -> None:
    data = tmp_path / "config.dat"
    data.write_text(
        "Name: grub-pc/hidden_timeout\nValue: false\n\n"
        "Name: grub-pc/install_devices\nTemplate: grub-pc/install_devices\n"
        "Value: /dev/disk/by-id/a, /dev/disk/by-id/b\nOwners: grub-pc\n\n"
        "Name: grub-pc/install_devices_empty\nValue: false\n\n"
    )
    (tmp_path / "installed").touch()
    script = str(LOADER.script).replace("/var/cache/debconf/config.dat", str(data))
    script = script.replace("/var/lib/dpkg/info/grub-pc.postinst", str(tmp_path / "installed"))
    told = LOADER.parse(sh(script).stdout)
    assert told.listed == ("/dev/disk/by-id/a", "/dev/disk/by-id/b")
