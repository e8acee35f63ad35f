"""The command lines of the machines that make the base image, pure: the builder and the probe."""

from pathlib import Path

from wizard.lab.base.qemu import KVM, pc


def _raw_drive(path: Path, readonly: bool = False) -> list[str]:
    flags = ",readonly=on" if readonly else ""
    return ["-drive", f"file={path},format=raw,if=virtio,cache=unsafe{flags}"]


def _kernel(kernel: Path, initrd: Path, append: str) -> list[str]:
    return ["-kernel", str(kernel), "-initrd", str(initrd), "-append", append, "-no-reboot"]


def builder_command(
    rootfs: Path, kernel: Path, initrd: Path, disks: list[Path], serial: Path, accel: str, part: int
) -> list[str]:
    """The machine that writes the base disks: the root image as its read-only root, our script as
    its init.

    `part` is the number of the root mirror's partition; the kernel hands it to init as an
    environment variable.
    """
    append = (
        "root=/dev/vda ro console=ttyS0 panic=5 init=/usr/local/sbin/lab-builder-init "
        f"LAB_ROOT_PART={part}"
    )
    return [
        *pc("lab-builder", accel, cpus=2, memory_mib=1024),
        *["-serial", f"file:{serial}"],
        *_kernel(kernel, initrd, append),
        *_raw_drive(rootfs, readonly=True),
        *[option for disk in disks for option in _raw_drive(disk)],
    ]


def probe_command(kernel: Path, initrd: Path, serial: Path) -> list[str]:
    """A machine that tries KVM: a real kernel, which without a root disk gets as far as its
    initramfs.
    """
    return [
        *pc("lab-probe", KVM, cpus=2, memory_mib=512),
        *["-serial", f"file:{serial}"],
        *_kernel(kernel, initrd, "console=ttyS0 panic=1"),
    ]
