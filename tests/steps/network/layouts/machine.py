"""A Debian machine as far as its network goes: a network namespace with the real ifupdown,
ifenslave, vlan and bridge-utils, on a cable to a neighbour that can be pulled (root is needed).

The packages are fetched and laid over this machine's files in a mount namespace: this machine's own
network and files are not touched.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = (
    "ifupdown",
    "ifenslave",
    "vlan",
    "bridge-utils",
    "isc-dhcp-client",
    "busybox",
)
GATEWAY = "198.51.100.1"
"""The neighbour, in a network for documentation (RFC 5737)."""
_CARDS = ("eth0", "eth1")
_PREPARE = """set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
cp -a "$2" packages
mount -t overlay overlay -o "lowerdir=$PWD/packages:/,upperdir=$PWD/upper,workdir=$PWD/work" root
mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
mount --bind /dev root/dev
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/tmp
mkdir -p root/run/network
ip link set lo up
echo ready
exec sleep infinity
"""


def fetch(folder: Path) -> Path:
    """The packages unpacked in a folder, with /sbin and its like as they are on a merged system."""
    for name in ("bin", "sbin", "lib"):
        (folder / "usr" / name).mkdir(parents=True)
        (folder / name).symlink_to(f"usr/{name}")
    subprocess.run(["apt-get", "-q", "download", *PACKAGES], cwd=folder, check=True)
    for package in folder.glob("*.deb"):
        with subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE
        ) as whole:
            unpack = ["tar", "-x", "--keep-directory-symlink", "-C", folder]
            subprocess.run(unpack, stdin=whole.stdout, check=True)
        package.unlink()
    return folder


def lacks(kind: str) -> bool:
    """Whether this kernel cannot make such a device (ip-link(8)): `bond`, `vlan`."""
    words = {"vlan": "link lo name gw.7 type vlan id 7"}.get(kind, f"name gwtry type {kind}")
    tried = ["unshare", "--net", "ip", "link", "add", *words.split()]
    return subprocess.run(tried, capture_output=True).returncode != 0


@dataclass(frozen=True)
class Machine:
    """A machine that runs, and its neighbour on the other end of its cables."""

    enter: tuple[str, ...]
    """What runs a command inside."""
    office: tuple[str, ...]
    """What runs one at the neighbour's."""

    def run(self, argv: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root and with a bare environment."""
        clean = ("env", "-i", "LC_ALL=C", "HOME=/root", f"PATH={os.environ['PATH']}:/usr/sbin")
        return subprocess.run(
            [*self.enter, *clean, *argv], input=stdin, capture_output=True, text=True, timeout=120
        )

    def sh(self, script: str, stdin: str = "") -> str:
        """What a script prints; raises AssertionError with all of it when it fails."""
        done = self.run(("sh", "-c", script), stdin)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        return done.stdout

    def write(self, files: dict[str, str]) -> None:
        """Put files in place, by path."""
        for path, text in files.items():
            self.sh(f"mkdir -p {path.rpartition('/')[0]} && cat >{path}", text)

    def files(self) -> str:
        """All that stands below /etc/network, but for copies of the switch, with names."""
        return self.sh(
            "cd /etc/network && find . -path './*gw-*' -prune -o -type f -print | sort | "
            "xargs tail -v -n +1"
        )

    def reaches(self, address: str) -> bool:
        """Whether it gets an answer from an address."""
        return self.run(("ping", "-n", "-q", "-c", "1", "-W", "1", address)).returncode == 0

    def cables(self, state: str) -> None:
        """Pull all cables (`down`) or put them in again (`up`), at the neighbour's end."""
        for card in _CARDS:
            subprocess.run([*self.office, "ip", "link", "set", f"o{card}", state], check=True)


@contextlib.contextmanager
def machine(folder: Path, packages: Path, setup: str = "") -> Iterator[Machine]:
    """A machine while it lasts; `setup` is a script that runs at the neighbour's."""
    folder.mkdir()
    with _namespace(("sh", "-c", _PREPARE, "prepare", str(folder), str(packages))) as inner:
        start = (
            "ip link set lo up; sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1; "
            "echo ready; exec sleep infinity"
        )
        with _namespace(("sh", "-c", start)) as outer:
            office = ("nsenter", "-t", str(outer), "-n", "-p")
            for card in _CARDS:
                link = ["ip", "link", "add", f"o{card}", "type", "veth", "peer", "name", card]
                # Without -p: the number of the process is one of this machine's.
                outside = ("nsenter", "-t", str(outer), "-n")
                subprocess.run([*outside, *link, "netns", str(inner)], check=True)
            space = ("nsenter", "-t", str(inner), "-n", "-m", "-p")
            made = Machine((*space, "chroot", f"{folder}/root"), office)
            made.cables("up")
            tools = ("env", f"PATH={os.environ['PATH']}:{packages}/usr/bin", f"FOLDER={folder}")
            subprocess.run([*office, *tools, "sh", "-e", "-c", setup], check=True)
            yield made


@contextlib.contextmanager
def _namespace(argv: tuple[str, ...]) -> Iterator[int]:
    """The process id of something that holds namespaces open; all that runs there ends with it."""
    apart = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
    process = subprocess.Popen([*apart, *argv], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline() == "ready\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        yield int(children)
    finally:
        process.kill()
        process.wait()
