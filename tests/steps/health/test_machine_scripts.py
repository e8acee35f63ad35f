"""The looks at what a machine does by itself and has on one disk alone, in a real shell with other
programs in the place of a server's.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from steps.health.facts.reboots import REBOOTS, Reboots
from steps.health.facts.unmirrored import UNMIRRORED, EfiPartition, Unmirrored

INSTALLER = {
    "findmnt": 'echo "/dev/md0"',
    "lsblk": "case $* in "
    "*/dev/md0) echo raid1; echo part; echo disk;; "
    "*/dev/sda2) echo part; echo disk;; "
    "*PARTTYPE*) echo '/dev/sda   '; "
    "echo '/dev/sda1 /dev/sda c12a7328-f81f-11d2-ba4b-00a0c93ec93b 0a1b-cd'; "
    "echo '/dev/sda3 /dev/sda 0fc63daf-8483-4772-8e79-3d69d8477de4 0a1b-ce'; "
    "echo '/dev/sdb1 /dev/sdb c12a7328-f81f-11d2-ba4b-00a0c93ec93b 0a1b-cf';; esac",
    "efibootmgr": "echo 'BootOrder: 0001'; "
    "echo 'Boot0001* debian HD(1,GPT,0A1B-CD,0x800,0x82000)/File(shimx64.efi)'",
}
SWAPS = (
    "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n/dev/sda2  partition 999420 0 -2\n"
    "/swapfile file 999420 0 -3\n/dev/zram0 partition 999420 0 100\n"
)


def said(folder: Path, script: str, programs: dict[str, str], **places: str) -> str:
    """What the snippet prints where these programs come first, with some paths moved."""
    for name, text in programs.items():
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    for old, new in places.items():
        script = script.replace(f"/{old.replace('_', '/')}", str(folder / new))
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C"}
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=environment)
    return ran.stdout


def unmirrored(folder: Path, programs: dict[str, str]) -> Unmirrored:
    (folder / "swaps").write_text(SWAPS)
    (folder / "efi").mkdir()
    # There are no such block devices on this machine.
    script = str(UNMIRRORED.script).replace("[ -b ", "[ -n ")
    places = {"proc_swaps": "swaps", "sys_firmware_efi": "efi"}
    return UNMIRRORED.parse(said(folder, script, programs, **places))


def test_what_debians_installer_leaves_on_one_disk(tmp_path: Path) -> None:
    assert unmirrored(tmp_path, INSTALLER) == Unmirrored(
        mirrored=True,
        swaps=("/dev/sda2",),
        efi=(
            EfiPartition("/dev/sda1", "/dev/sda", entered=True),
            EfiPartition("/dev/sdb1", "/dev/sdb"),
        ),
    )


def test_a_server_of_one_disk_or_with_a_controller_is_left_alone(tmp_path: Path) -> None:
    programs = {**INSTALLER, "findmnt": 'echo "/dev/sda2"'}
    assert unmirrored(tmp_path, programs) == Unmirrored()


SETTINGS = (
    "echo \"reboot='true'\"; echo \"at='02:00'\"; echo \"periodic='1'\"",
    "echo enabled",
)


def test_a_reboot_at_night(tmp_path: Path) -> None:
    (tmp_path / "unattended-upgrade").write_text("#!/bin/sh\n")
    (tmp_path / "unattended-upgrade").chmod(0o755)
    (tmp_path / "success").write_text("2\n")
    programs = dict(zip(("apt-config", "systemctl"), SETTINGS, strict=True))
    script = str(REBOOTS.script)
    places = {
        "usr_bin_unattended-upgrade": "unattended-upgrade",
        "sys_power_suspend_stats_success": "success",
    }
    script = script.replace("/sys/power/suspend_stats", str(tmp_path))
    found = REBOOTS.parse(said(tmp_path, script, programs, **places))
    assert found == Reboots(told=True, wanted=True, runs=True, at="02:00", slept=2)
    assert found.by_itself


def test_apts_own_words_are_read(tmp_path: Path) -> None:
    """By the apt of this machine, from a file of ours."""
    (tmp_path / "apt.conf").write_text('Unattended-Upgrade::Automatic-Reboot "yes";\n')
    script = f"export APT_CONFIG={tmp_path / 'apt.conf'}\n{REBOOTS.script}"
    found = REBOOTS.parse(said(tmp_path, script, {}))
    assert found.told and found.wanted
