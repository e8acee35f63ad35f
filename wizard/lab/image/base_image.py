"""The base image: two blank-looking disks with Debian on a mirror of their first partitions and
GRUB on both.
"""

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.job import Job, execute
from wizard.lab.base.paths import build_log
from wizard.lab.base.progress import Progress, last_line, tail
from wizard.lab.base.spec import IMAGE_VERSION, MIN_DISK_GIB, ROOT_GIB, Label
from wizard.lab.image.accel import choose_accel
from wizard.lab.image.command import builder_command
from wizard.lab.image.rootfs import Rootfs, build_rootfs, load_rootfs

BUILDER_S = 600.0
"""Seconds the builder machine gets; it takes 10 with KVM, about a minute under TCG."""

MARK = b"LAB-BUILD: "


@dataclass(frozen=True)
class Image:
    """A finished base image: its folder, with the kernel that was used to make it."""

    folder: Path
    accel: str

    def disk(self, number: int) -> Path:
        return self.folder / f"disk{number}.raw"


def partition_table(label: Label, seed: int) -> str:
    """sfdisk's script for one base disk: the root mirror's member, and on GPT a BIOS boot partition
    before it.

    All the rest stays unallocated: making the data partition is the wizard's first step.
    """
    size = f"size={ROOT_GIB}GiB"
    if label == "dos":
        return (
            f"label: dos\nlabel-id: 0x67770a0{seed}\nunit: sectors\n\nstart=2048, {size}, "
            "type=fd, bootable\n"
        )
    return (
        "label: gpt\nunit: sectors\n\n"
        "start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\n"
        f"{size}, type=A19D880F-05FC-4D3B-A006-743F0F84911E\n"
    )


def root_partition(label: Label) -> int:
    """Number of the root mirror's partition: the first, or the second behind GPT's BIOS boot
    partition.
    """
    return 1 if label == "dos" else 2


@contextmanager
def images_lock(images: Path, progress: Progress) -> Iterator[None]:
    """Hold the images' folder alone, and clear away what an interrupted build left there."""
    images.mkdir(parents=True, exist_ok=True)
    with (images / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.phase("waiting for another program that builds a base image"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        for left in images.glob(".build-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _workplace(images: Path, name: str) -> Iterator[Path]:
    work = images / f".build-{name}-{os.getpid()}"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def ensure_image(images: Path, label: Label, progress: Progress) -> Image:
    """The base image with that label, built when missing; raises LabError with the end of the log
    that tells why.
    """
    with images_lock(images, progress):
        folder = images / f"rootfs-v{IMAGE_VERSION}"
        rootfs = load_rootfs(folder)
        if rootfs is None:
            with _workplace(images, "rootfs") as work:
                rootfs = build_rootfs(work, folder, progress)
        accel = choose_accel(images, rootfs.kernel, rootfs.initrd, progress)
        final = images / f"disks-{label}-v{IMAGE_VERSION}"
        if not final.exists():
            with _workplace(images, label) as work:
                _build_disks(work, rootfs, label, accel, progress)
                work.rename(final)
        return Image(final, accel)


def _build_disks(work: Path, rootfs: Rootfs, label: Label, accel: str, progress: Progress) -> None:
    serial = build_log(work, f"builder-{label}")
    for attempt in (1, 2):
        # A builder that hung may have left half a mirror, which the next one's kernel would start.
        disks = _blank_disks(work, label)
        with progress.phase(
            f"base disks ({label}): mirror, root, boot loader", lambda: last_line(serial)
        ):
            if _run_builder(work, rootfs, disks, serial, accel, root_partition(label)):
                return
        if attempt == 1:
            progress.say("   the builder machine hung; it is tried once more")
    raise LabError(
        f"the builder machine hung twice\n{tail(serial)}",
        where="base disks",
        mend="try `lab up` again",
    )


def _blank_disks(work: Path, label: Label) -> list[Path]:
    """Both disks anew, with nothing on them but their partition tables."""
    disks = [work / "disk1.raw", work / "disk2.raw"]
    for seed, disk in enumerate(disks, start=1):
        with disk.open("wb") as file:
            file.truncate(MIN_DISK_GIB << 30)
        script = work / f"table{seed}"
        script.write_text(partition_table(label, seed), encoding="ascii")
        command = 'PATH=$PATH:/sbin:/usr/sbin sfdisk -q "$1" < "$2"'
        execute(["sh", "-c", command, "sh", str(disk), str(script)], build_log(work, "sfdisk"))
    return disks


def _run_builder(
    work: Path, rootfs: Rootfs, disks: list[Path], serial: Path, accel: str, part: int
) -> bool:
    """Whether the builder came to an end in time; raises LabError when it came to a bad one."""
    argv = builder_command(rootfs.image, rootfs.kernel, rootfs.initrd, disks, serial, accel, part)
    deadline = time.monotonic() + BUILDER_S
    with Job(argv, build_log(work, "builder-qemu")) as job:
        while job.process.poll() is None:
            if time.monotonic() > deadline:
                job.process.send_signal(signal.SIGKILL)
                return False
            time.sleep(0.5)
    said = serial.read_bytes() if serial.exists() else b""
    if MARK + b"OK" not in said:
        raise LabError(
            f"the builder machine failed\n{tail(serial)}",
            where="base disks",
            mend="see the log's last lines",
        )
    return True
