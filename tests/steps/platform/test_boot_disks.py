"""The disks under /boot, also where it lies in a subvolume of btrfs, as Debian installs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from steps.platform.facts.grub import BOOT_DISKS, parse_boot_disks

PROGRAMS = {
    # findmnt(8) adds the root within the file system unless -v forbids it.
    "findmnt": 'case " $* " in *" -v "*) echo /dev/vda1;; *) echo "/dev/vda1[/@rootfs]";; esac',
    "lsblk": """case $* in
  *-s*/dev/vda1) echo 'vda1 part'; echo 'vda disk' ;;
  *PTTYPE*/dev/vda) echo dos ;;
esac""",
    "dd": "echo GRUB",
}


def test_a_subvolume_is_no_device(tmp_path: Path) -> None:
    for name, text in PROGRAMS.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    script = str(BOOT_DISKS.script).replace("/sys/firmware/efi", str(tmp_path / "efi"))
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(("sh", "-c", script), env=env, capture_output=True, text=True, timeout=60)
    (found,) = parse_boot_disks(ran.stdout)
    assert found.name == "/dev/vda" and found.label == "dos" and found.grub
