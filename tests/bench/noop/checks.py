"""The plain checks that every peer makes: what holds on both machines already, so that nobody has
anything to change.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.noop.target import Target
from wizard.hosts.ssh import SshHost

CANDIDATES = {
    "file": (
        "/etc/hosts",
        "/etc/lvm/lvm.conf",
        "/etc/lvm/lvmlocal.conf",
        "/etc/mdadm/mdadm.conf",
        "/etc/modules",
        "/etc/modprobe.d/drbd.conf",
        "/etc/modprobe.d/ganeti-drbd.conf",
        "/etc/default/grub",
        "/etc/ssh/sshd_config",
        "/etc/nsswitch.conf",
        "/etc/login.defs",
        "/etc/adduser.conf",
        "/etc/host.conf",
        "/etc/debian_version",
        "/etc/issue",
        "/etc/profile",
        "/etc/bash.bashrc",
        "/etc/deluser.conf",
    ),
    "package": (
        "ganeti",
        "drbd-utils",
        "lvm2",
        "mdadm",
        "bridge-utils",
        "openssh-server",
        "debootstrap",
        "iproute2",
        "util-linux",
        "coreutils",
        "e2fsprogs",
        "procps",
        "login",
        "passwd",
    ),
    "service": ("ssh", "cron", "ganeti", "mdmonitor", "lvm2-monitor", "systemd-journald", "dbus"),
    "mount": ("/", "/proc", "/sys", "/dev", "/dev/pts", "/run"),
    "sysctl": (
        "net.ipv4.ip_forward",
        "vm.swappiness",
        "kernel.pid_max",
        "kernel.panic",
        "net.core.somaxconn",
        "fs.nr_open",
    ),
}
"""What is asked for, by kind. Volumes are those that the machines have."""
AT_MOST = {"file": 10, "package": 8, "service": 4, "volume": 4, "mount": 4, "sysctl": 4}
"""Of each kind so many of the first that hold on both machines: some thirty."""

SURVEY = """export LC_ALL=C
for f in @FILE; do [ -f $f ] && echo "file $f $(base64 -w0 <$f)"; done
for p in @PACKAGE; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' $p 2>/dev/null)" = 'ii ' ] && echo "package $p"
done
for s in @SERVICE; do
  [ "$(systemctl is-active $s 2>/dev/null)" = active ] && echo "service $s"
done
command -v lvs >/dev/null && lvs --noheadings --separator / -o vg_name,lv_name |
  while read -r v; do echo "volume $v"; done
for m in @MOUNT; do mountpoint -q $m && echo "mount $m"; done
for k in @SYSCTL; do v=$(sysctl -n $k 2>/dev/null) && echo "sysctl $k $v"; done
exit 0
"""


@dataclass(frozen=True)
class Checks:
    """What holds on both machines: content by path, value by sysctl, the others by name."""

    files: dict[str, bytes]
    packages: list[str]
    services: list[str]
    volumes: list[str]
    mounts: list[str]
    sysctls: dict[str, str]

    @property
    def count(self) -> int:
        """How many checks each machine gets."""
        return sum(len(part) for part in vars(self).values())

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        files = {path: content.decode("latin-1") for path, content in self.files.items()}
        return {**vars(self), "files": files}

    def told(self) -> str:
        """How many of each kind."""
        return ", ".join(f"{len(part)} {kind}" for kind, part in vars(self).items())


def survey(targets: Sequence[Target]) -> Checks:
    """Ask both machines; raises WizardError when one cannot be reached."""
    common = None
    for target in targets:
        lines = _said(target.host())
        common = lines if common is None else [line for line in common if line in lines]
    rows: dict[str, list[list[str]]] = {kind: [] for kind in AT_MOST}
    for line in common or ():
        kind, *words = line.split(" ", 2)
        if len(rows[kind]) < AT_MOST[kind]:
            rows[kind].append([*words, ""])
    return Checks(
        files={row[0]: base64.b64decode(row[1]) for row in rows["file"]},
        packages=[row[0] for row in rows["package"]],
        services=[row[0] for row in rows["service"]],
        volumes=[row[0] for row in rows["volume"]],
        mounts=[row[0] for row in rows["mount"]],
        sysctls={row[0]: row[1] for row in rows["sysctl"]},
    )


def _said(host: SshHost) -> list[str]:
    script = SURVEY
    for kind, names in CANDIDATES.items():
        script = script.replace(f"@{kind.upper()}", " ".join(names))
    try:
        return host.run(("sh", "-s"), stdin=script.encode(), timeout=120).out.splitlines()
    finally:
        host.close()
