"""What Ganeti's export and import do with the disks of an instance, run as debootstrap's scripts
run it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.ganeti.osdef import variant

MIB = 1 << 20
LUKS = b"LUKS\xba\xbe\x00\x02"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """The variant's file, as it is on a node."""
    path = tmp_path / "bookworm.conf"
    path.write_text(variant("bookworm"))
    return path


def run(conf: Path, script: str, stdin: bytes = b"", **env: object) -> bytes:
    """The output of one of debootstrap's scripts that takes the variant in and goes on when the
    variant lets it.
    """
    text = f'set -e; SCRIPT_NAME={script}; . "{conf}"; echo "goes on with $SUITE"'
    given = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        **{name: str(value) for name, value in env.items()},
    }
    return subprocess.run(
        ["bash", "-c", text], input=stdin, env=given, check=True, capture_output=True
    ).stdout


@pytest.mark.parametrize(
    ("script", "env"), [("create", {}), ("export", {"EXPORT_INDEX": 0}), ("rename", {})]
)
def test_the_root_disk_is_left_to_debootstrap(conf: Path, script: str, env: dict[str, int]) -> None:
    assert run(conf, script, EXPORT_DEVICE="/dev/null", **env) == b"goes on with bookworm\n"


def test_an_encrypted_disk_comes_back_as_it_was(conf: Path, tmp_path: Path) -> None:
    disk, new = tmp_path / "disk", tmp_path / "new"
    disk.write_bytes(LUKS + bytes(range(256)) * 16384)
    new.write_bytes(bytes(8 * MIB))
    dump = run(conf, "export", EXPORT_INDEX=2, EXPORT_DEVICE=disk)
    assert dump == disk.read_bytes()
    assert run(conf, "import", dump, IMPORT_INDEX=2, IMPORT_DEVICE=new) == b""
    assert new.stat().st_size == 8 * MIB and new.read_bytes().startswith(dump)


@pytest.mark.parametrize("make", [("mkswap", "-L", "swap"), ("mkfs.ext2", "-q", "-L", "cryptswap")])
def test_of_swap_space_only_its_label_is_taken(
    conf: Path, tmp_path: Path, make: tuple[str, ...]
) -> None:
    disk, new = tmp_path / "disk", tmp_path / "new"
    for path in (disk, new):
        path.write_bytes(bytes(16 * MIB))
    size = (str(disk), "1M") if make[0] == "mkfs.ext2" else (str(disk),)
    subprocess.run(
        [*make, *size],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
    )
    dump = run(conf, "export", EXPORT_INDEX=1, EXPORT_DEVICE=disk)
    assert len(dump) == MIB
    run(conf, "import", dump, IMPORT_INDEX=1, IMPORT_DEVICE=new)
    label = subprocess.run(
        ["/sbin/blkid", "-p", "-o", "value", "-s", "LABEL", new], check=True, capture_output=True
    )
    assert label.stdout.decode().strip() == make[-1]
