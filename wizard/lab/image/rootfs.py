"""The base system as one file-system image with its kernel: made once, at this machine's full
speed.
"""

import io
import json
import os
import tarfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from wizard.lab.base.host import BUILD_DISK_BYTES, BUILD_TOOLS, need_disk, need_tools
from wizard.lab.base.job import Job, execute
from wizard.lab.base.paths import build_log
from wizard.lab.base.progress import Progress, last_line
from wizard.lab.base.spec import ROOT_GIB, ROOT_PASSWORD
from wizard.lab.image import apt

PACKAGES = (
    "linux-image-amd64,mdadm,grub-pc,openssh-server,ifupdown,isc-dhcp-client,systemd-sysv,udev,dbus,kmod,netbase,"
    "ca-certificates,iproute2,iputils-ping,procps,less,nano,python3,zstd,e2fsprogs,fdisk,initramfs-tools,busybox"
)
"""What an ordinary small Debian server has; all else is the wizard's to install."""

GUEST_PACKAGES = (
    "ifupdown,openssh-server,udev,systemd-sysv,dbus,kmod,netbase,iproute2,iputils-ping,"
    "isc-dhcp-client,procps"
)
"""What the prepared tar for Ganeti's instance-debootstrap holds beyond the minimum."""

GUEST_TAR = f"var/cache/ganeti-instance-debootstrap/cache-{apt.SUITE}-amd64.tar"
"""Name that the package's `create` script looks for (ganeti-instance-debootstrap 0.16:
cache-SUITE-ARCH.tar).
"""

FAR_FUTURE = "2037-01-01"
"""Time stamp of that tar: `create` deletes tars older than 14 days, and a lab's image grows old."""

NODED = "EXTRA_NODED_ARGS=--no-mlock"
"""In the environment of services and of logins: Ganeti's daemon-util gives it to noded, which then
does not lock its memory. It forks for every call; under Xen a fork with locked pages costs a second
on an emulated processor, and Ganeti waits 5 s for a connection (RPC_CONNECT_TIMEOUT).
"""

AUTHORITIES = "/etc/ssl/authorities-of-apt.crt"
"""The certificate authorities for apt alone."""

FEW_AUTHORITIES = (
    f"cp /etc/ssl/certs/ca-certificates.crt {AUTHORITIES} && "
    "sed -i 's/^[^#!]/!&/' /etc/ca-certificates.conf && update-ca-certificates --fresh"
)
"""Takes them all out of /etc/ssl/certs. libcurl on GnuTLS, by which Ganeti's daemons and jobs call
one another, reads every file there for every connection: 2.3 of 2.8 s on an emulated processor.
"""

MARGIN_MIB = 64
"""Room left on the partition for md's superblock and data offset."""

MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "man-db.timer",
)


@dataclass(frozen=True)
class Rootfs:
    """A finished base system: its folder, and the identities that its boot configuration names."""

    folder: Path
    md_uuid: str
    fs_uuid: str

    @property
    def image(self) -> Path:
        return self.folder / "rootfs.img"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd.img"


def load_rootfs(folder: Path) -> Rootfs | None:
    """The base system of that folder, None when it was never finished."""
    try:
        found = json.loads((folder / "rootfs.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Rootfs(folder, found["md_uuid"], found["fs_uuid"])


def build_rootfs(work: Path, final: Path, progress: Progress) -> Rootfs:
    """Make the base system in `work`, then rename it to `final`; raises LabError with the log's
    end.
    """
    need_tools(
        BUILD_TOOLS
        if os.geteuid() == 0
        else {**BUILD_TOOLS, "fakeroot": "fakeroot", "newuidmap": "uidmap"}
    )
    need_disk(work, BUILD_DISK_BYTES)
    rootfs = Rootfs(work, str(uuid.uuid4()), str(uuid.uuid4()))
    sources = apt.sources()
    (work / "sources.list").write_text("".join(f"{line}\n" for line in sources), encoding="utf-8")
    _write_tar(work / "files.tar", _extra_files(rootfs, sources))
    _debootstrap(work, progress)
    with progress.phase("base system: file-system image"):
        _make_image(rootfs)
    (work / "rootfs.json").write_text(
        json.dumps({key: str(value) for key, value in asdict(rootfs).items() if key != "folder"}),
        encoding="utf-8",
    )
    work.rename(final)
    return Rootfs(final, rootfs.md_uuid, rootfs.fs_uuid)


def _debootstrap(work: Path, progress: Progress) -> None:
    system_log, guest_log = (
        build_log(work, "mmdebstrap-system"),
        build_log(work, "mmdebstrap-guest"),
    )
    system = _mmdebstrap(
        work,
        "system.tar",
        PACKAGES,
        f'--customize-hook=tar-in "{work / "files.tar"}" /',
        f'--customize-hook=echo root:{ROOT_PASSWORD} | chroot "$1" chpasswd',
        '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
        '--customize-hook=rm -f "$1"/etc/apt/sources.list.d/0000* '
        '"$1"/etc/apt/apt.conf.d/99mmdebstrap',
        f'--customize-hook=chroot "$1" sh -c "{FEW_AUTHORITIES}"',
        '--customize-hook=chroot "$1" systemctl enable lab-identity.service',
        '--customize-hook=chroot "$1" update-initramfs -u',
        '--customize-hook=: > "$1"/etc/machine-id; rm -f "$1"/var/lib/dbus/machine-id',
    )
    guest = _mmdebstrap(
        work, "guest.tar", GUEST_PACKAGES, '--customize-hook=: > "$1"/etc/machine-id'
    )
    env = {"TMPDIR": str(work)} if os.geteuid() == 0 else None
    with (
        progress.phase(
            f"base system: Debian {apt.SUITE} by mmdebstrap", lambda: last_line(system_log)
        ),
        Job(system, system_log, env, apart=True) as first,
        Job(guest, guest_log, env, apart=True) as second,
    ):
        first.wait()
        second.wait()


def _mmdebstrap(work: Path, tar: str, packages: str, *extra: str) -> list[str]:
    options = [f"--aptopt={line}" for line in apt.carried_options().splitlines()]
    head = ["mmdebstrap", "--variant=minbase", "--format=tar", "--architectures=amd64", *options]
    return [
        *head,
        f"--include={packages}",
        *extra,
        apt.SUITE,
        str(work / tar),
        str(work / "sources.list"),
    ]


def _asset(name: str) -> str:
    return (files("assets") / "lab" / name).read_text(encoding="utf-8")


def _extra_files(rootfs: Rootfs, sources: list[str]) -> Iterator[tuple[str, str, int]]:
    yield "etc/apt/sources.list", "".join(f"{line}\n" for line in sources), 0o644
    yield "etc/apt/apt.conf.d/90lab-host", apt.carried_options(), 0o644
    yield (
        "etc/apt/apt.conf.d/80lab-authorities",
        f'Acquire::https::CAInfo "{AUTHORITIES}";\n',
        0o644,
    )
    yield "etc/default/grub.d/zz-lab-serial.cfg", _asset("zz-lab-serial.cfg"), 0o644
    yield "etc/initramfs-tools/conf.d/lab", _asset("initramfs.conf"), 0o644
    yield "etc/initramfs-tools/modules", _asset("initramfs.modules"), 0o644
    yield "etc/systemd/system/lab-identity.service", _asset("lab-identity.service"), 0o644
    yield "etc/lab-identity-pending", "", 0o644
    yield "etc/systemd/system.conf.d/lab.conf", f"[Manager]\nDefaultEnvironment={NODED}\n", 0o644
    yield "etc/environment", f"{NODED}\n", 0o644
    yield (
        "etc/ssh/sshd_config.d/10-root-login.conf",
        "PermitRootLogin yes\nPasswordAuthentication yes\n",
        0o644,
    )
    yield "etc/fstab", f"UUID={rootfs.fs_uuid} / ext4 errors=remount-ro 0 1\n", 0o644
    yield "etc/mdadm/mdadm.conf", mdadm_conf(rootfs.md_uuid), 0o644
    yield "etc/hostname", "debian\n", 0o644
    yield "etc/lab-build.env", f"MD_UUID={rootfs.md_uuid}\nFS_UUID={rootfs.fs_uuid}\n", 0o644
    yield "usr/local/sbin/lab-builder-init", _asset("builder-init.sh"), 0o755


def mdadm_conf(md_uuid: str) -> str:
    """mdadm.conf as Debian's installer leaves it, for the root array alone."""
    hexadecimal = md_uuid.replace("-", "")
    colons = ":".join(hexadecimal[start : start + 8] for start in range(0, 32, 8))
    return (
        "HOMEHOST <system>\nMAILADDR root\n"
        "# definitions of existing MD arrays\n"
        f"ARRAY /dev/md/0 metadata=1.2 UUID={colons} name=any:0\n"
    )


def _write_tar(path: Path, entries: Iterator[tuple[str, str, int]]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, text, mode in entries:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(text.encode()), mode, int(time.time())
            tar.addfile(member, io.BytesIO(text.encode()))
        for unit in MASKED:
            member = tarfile.TarInfo(f"etc/systemd/system/{unit}")
            member.type, member.linkname, member.mtime = (
                tarfile.SYMTYPE,
                "/dev/null",
                int(time.time()),
            )
            tar.addfile(member)


MAKE_IMAGE = """
set -e
cd "$WORK"
mkdir tree
tar -x --numeric-owner $XATTRS -f system.tar -C tree --exclude='./dev/*'
mkdir -p "tree/$(dirname "$GUEST_TAR")"
cp guest.tar "tree/$GUEST_TAR"
touch -d "$STAMP" "tree/$GUEST_TAR"
cp tree/boot/vmlinuz-* vmlinuz
cp tree/boot/initrd.img-* initrd.img
chmod 0644 vmlinuz initrd.img
truncate -s "$SIZE" rootfs.img
mke2fs -q -F -t ext4 -O '^metadata_csum_seed,^orphan_file' -U "$FS_UUID" -m 1 -d tree rootfs.img
rm -rf tree system.tar guest.tar files.tar
"""


def _make_image(rootfs: Rootfs) -> None:
    """Without root, fakeroot stands in for it; it cannot carry file capabilities, of which only
    ping has one.
    """
    root = os.geteuid() == 0
    env = {
        "XATTRS": "--xattrs --xattrs-include=security.*" if root else "",
        "WORK": str(rootfs.folder),
        "GUEST_TAR": GUEST_TAR,
        "STAMP": FAR_FUTURE,
        "SIZE": f"{ROOT_GIB * 1024 - MARGIN_MIB}M",
        "FS_UUID": rootfs.fs_uuid,
        "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
    }
    shell = ["sh", "-c", MAKE_IMAGE]
    execute(shell if root else ["fakeroot", *shell], build_log(rootfs.folder, "root-image"), env)
