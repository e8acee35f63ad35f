"""Who a machine is: keys made on this host, and the script that it runs at its first boot to become
itself.
"""

import shlex
import shutil
import subprocess
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.base.layout import is_bonded, stanzas
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import MGMT_NIC, LabSpec, NodeSpec
from wizard.state.files import write_whole

KEY_KINDS = ("rsa", "ecdsa", "ed25519")

PENDING = "/etc/lab-bond-pending"
"""Exists on a machine that is to have a bond, until it has it."""

SLOW_RESYNC = "dev.raid.speed_limit_min = 500\ndev.raid.speed_limit_max = 4000\n"
"""KiB/s: a new mirror's first synchronisation must not take the processors and the disk of the
machine below.
"""


def _keygen(kind: str, path: Path, comment: str) -> None:
    argv = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(path)]
    done = subprocess.run(
        argv, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise LabError(f"ssh-keygen: {done.stderr.strip()}", where=str(path))


def make_keys(spec: LabSpec, paths: LabPaths, nodes_root: Path) -> None:
    """The lab's own login key, and every machine's host keys under `nodes_root`.

    known_hosts names the ed25519 ones alone: Ganeti gives all its nodes the master's other host
    keys (`gnt-node add`), and leaves these.
    """
    if not paths.key.exists():
        _keygen("ed25519", paths.key, "ganeti-wizard lab")
    known = []
    for node in spec.nodes:
        folder = nodes_root / node.name / "host-keys"
        folder.mkdir(parents=True)
        for kind in KEY_KINDS:
            _keygen(kind, folder / f"ssh_host_{kind}_key", f"root@{node.name}")
        kind, key = (folder / "ssh_host_ed25519_key.pub").read_text(encoding="ascii").split()[:2]
        known.append(f"[127.0.0.1]:{node.ssh_port} {kind} {key}\n")
    write_whole(paths.known_hosts, "".join(known))


def interfaces(spec: LabSpec, node: NodeSpec) -> str:
    """/etc/network/interfaces as Debian's installer writes it; the cluster card only when the lab
    gives addresses, with bond and VLAN where it is to have them, or on a backup host.
    """
    text = _management()
    if spec.has_address(node):
        text += f"\n{stanzas(spec.layout(node), f'{node.address}/24')}"
    return text


def _management() -> str:
    return (
        "source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n\n"
        f"allow-hotplug {MGMT_NIC}\niface {MGMT_NIC} inet dhcp\n"
    )


def first_interfaces(spec: LabSpec, node: NodeSpec) -> str:
    """The same for the first boot: a bond is made later, when ifenslave is there."""
    return _management() if is_bonded(spec.layout(node)) else interfaces(spec, node)


def hosts(node: NodeSpec) -> str:
    """/etc/hosts as Debian's installer writes it, with the 127.0.1.1 line that Ganeti cannot live
    with.
    """
    return (
        f"127.0.0.1\tlocalhost\n127.0.1.1\t{node.name}\n\n"
        "::1     localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 "
        "ip6-allrouters\n"
    )


def identity_script(
    spec: LabSpec, node: NodeSpec, login_key: str, host_keys: dict[str, str]
) -> str:
    """The shell script that makes the base image this one machine, and then removes all traces of
    itself.
    """
    files = {
        "/etc/hostname": (f"{node.name}\n", "0644"),
        "/etc/hosts": (hosts(node), "0644"),
        "/etc/network/interfaces": (first_interfaces(spec, node), "0644"),
        "/root/.ssh/authorized_keys": (login_key, "0600"),
        "/etc/sysctl.d/lab-md.conf": (SLOW_RESYNC, "0644"),
    }
    if is_bonded(spec.layout(node)):
        files[PENDING] = ("", "0644")
    for name, text in host_keys.items():
        files[f"/etc/ssh/{name}"] = (text, "0644" if name.endswith(".pub") else "0600")
    lines = ["set -e", "umask 022", "mkdir -p /root/.ssh", "chmod 0700 /root/.ssh"]
    for path, (text, mode) in files.items():
        lines += [f"printf %s {shlex.quote(text)} > {path}", f"chmod {mode} {path}"]
    lines += [
        f"hostname {node.name}",
        *_boot_disks(node),
        *(_gpt_backup() if spec.label == "gpt" else []),
    ]
    lines += [
        "rm -f /etc/lab-identity-pending /etc/systemd/system/lab-identity.service",
        "rm -f /etc/systemd/system/sysinit.target.wants/lab-identity.service",
    ]
    return "\n".join(lines) + "\n"


def _boot_disks(node: NodeSpec) -> list[str]:
    """Tell grub-pc's package which disks carry the boot loader, as the installer does, for its
    later upgrades.
    """
    disks = ", ".join(f"/dev/disk/by-id/virtio-{node.serial(disk)}" for disk in (1, 2))
    return [
        f"echo 'grub-pc grub-pc/install_devices multiselect {disks}' | debconf-set-selections || "
        "true"
    ]


def _gpt_backup() -> list[str]:
    """Move GPT's backup header to the end of a disk that is larger than the image it came from."""
    return [
        f"sfdisk --no-reread --force --relocate gpt-bak-std /dev/{disk} || true"
        for disk in ("vda", "vdb")
    ]


def write_identity(spec: LabSpec, paths: LabPaths, node: NodeSpec, nodes_root: Path) -> None:
    """Put the identity script beside the machine's disks, where its command line names it."""
    folder = nodes_root / node.name
    keys = {
        path.name: path.read_text(encoding="ascii")
        for path in sorted((folder / "host-keys").iterdir())
    }
    login_key = paths.key.with_suffix(".pub").read_text(encoding="ascii")
    write_whole(folder / "identity.sh", identity_script(spec, node, login_key, keys))
    shutil.rmtree(folder / "host-keys")
