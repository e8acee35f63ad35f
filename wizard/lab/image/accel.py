"""KVM or TCG: decided by booting a real kernel with KVM.

/dev/kvm may exist and be of no use.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from wizard.lab.base.job import Job
from wizard.lab.base.progress import Progress
from wizard.lab.base.qemu import KVM, TCG
from wizard.lab.image.command import probe_command
from wizard.state.files import write_whole

PROBE_S = 20.0
"""Seconds that a kernel gets to reach its initramfs with KVM; it takes two or three where KVM
works.
"""

REACHED = b"Run /init as init process"
"""What the kernel prints when it hands over to the initramfs (init/main.c, run_init_process)."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another one at each boot (random(4))."""

MEMORY = "accel.json"
"""Where it is kept, beside the images."""


def choose_accel(images: Path, kernel: Path, initrd: Path, progress: Progress) -> str:
    """`kvm` or `tcg` for this machine: tried once per boot of it, told each time."""
    boot_id = BOOT_ID.read_text(encoding="ascii").strip()
    memory = images / MEMORY
    known = _remembered(memory)
    # Another user may not be allowed to open /dev/kvm.
    if known.get("boot_id") != boot_id or known.get("user") != os.geteuid():
        accel, why = _try(kernel, initrd, progress)
        known = {
            "boot_id": boot_id,
            "user": os.geteuid(),
            "accel": accel,
            "why": why,
        }
        write_whole(memory, json.dumps(known) + "\n")
    progress.say(f"   processor: {known['accel'].upper()} ({known['why']})")
    return str(known["accel"])


def _remembered(memory: Path) -> dict[str, Any]:
    """What was found out before; empty when it cannot be read."""
    try:
        known: dict[str, Any] = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _try(kernel: Path, initrd: Path, progress: Progress) -> tuple[str, str]:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG, "emulated: /dev/kvm is missing or not ours to open"
    with progress.phase("trying whether a real kernel boots with KVM"):
        seconds = _boots_with_kvm(kernel, initrd)
    if seconds is None:
        why = f"a kernel did not reach its initramfs in {PROBE_S:.0f} s"
        return TCG, f"emulated: /dev/kvm exists, but {why}"
    return KVM, f"a kernel reached its initramfs in {seconds:.1f} s"


def _boots_with_kvm(kernel: Path, initrd: Path) -> float | None:
    """Seconds until the kernel starts its initramfs, None when it never does."""
    with tempfile.TemporaryDirectory(prefix="lab-probe-") as folder:
        serial = Path(folder) / "serial"
        started = time.monotonic()
        with Job(probe_command(kernel, initrd, serial), Path(folder) / "log") as job:
            while time.monotonic() - started < PROBE_S and job.process.poll() is None:
                if serial.exists() and REACHED in serial.read_bytes():
                    return time.monotonic() - started
                time.sleep(0.2)
    return None
