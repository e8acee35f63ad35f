"""Files that name an interface are found by the snippet, whatever they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.network.facts.owners import SCRIPT, Owners, parse_owners


def _machine(folder: Path, files: dict[str, str], **programs: str) -> Owners:
    """A machine with two cards and these files, where these programs print what is given."""
    for card in ("eth0", "eth1", "lo"):
        (folder / "sys/class/net" / card).mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    for name, said in {"findmnt": "", "lsblk": "", **programs}.items():
        stub = folder / name
        stub.write_text(f"#!/bin/sh\necho '{said}'\n")
        stub.chmod(0o755)
    script = SCRIPT.replace("/sys/", f"{folder}/sys/").replace("/etc/", f"{folder}/etc/")
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )
    return parse_owners(done.stdout.replace(str(folder), ""))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # keepalived.conf(5): a backup has no VRRP address now that would tell of it.
        ("keepalived/keepalived.conf", "vrrp_instance V {\n  state BACKUP\n  interface eth0\n}\n"),
        ("keepalived/conf.d/one.conf", "vrrp_instance V {\n  interface eth0\n}\n"),
        ("dnsmasq.d/lan", "interface=eth0\n# interface=eth1\n"),
        ("default/isc-dhcp-server", 'INTERFACESv4="eth0"\n'),
        ("radvd.conf", "interface eth0 {\n};\n"),
        ("frr/frr.conf", "interface eth0\n ip ospf area 0\n"),
        ("ppp/peers/dsl-provider", "plugin rp-pppoe.so eth0\n"),
        ("sysctl.d/9.conf", "net.ipv4.conf.eth0.rp_filter = 0\n"),
    ],
)
def test_a_file_that_names_the_card_is_told(tmp_path: Path, name: str, text: str) -> None:
    assert _machine(tmp_path, {f"etc/{name}": text}).scripts == ((f"/etc/{name}", "eth0"),)


@pytest.mark.parametrize(
    ("mounted", "below", "files", "root"),
    [
        ("192.0.2.9:/root nfs4", "", {}, "nfs4"),
        ("/dev/sda1 ext4", "sda1\nsda iscsi", {}, "iscsi"),
        ("/dev/nbd0 ext4", "nbd0", {}, "nbd"),
        (
            "/dev/nvme0n1p1 ext4",
            "nvme0n1p1\nnvme0n1 nvme",
            {"sys/block/nvme0n1/device/nvme0/transport": "tcp\n"},
            "nvme-tcp",
        ),
        (
            "/dev/nvme0n1p1 ext4",
            "nvme0n1p1\nnvme0n1 nvme",
            {"sys/block/nvme0n1/device/transport": "pcie\n"},
            "",
        ),
        ("/dev/md0 ext4", "md0\nsda1\nsda sata\nsdb1\nsdb sata", {}, ""),
    ],
)
def test_a_root_file_system_that_comes_over_the_network(
    tmp_path: Path, mounted: str, below: str, files: dict[str, str], root: str
) -> None:
    assert _machine(tmp_path, files, findmnt=mounted, lsblk=below).root == root
