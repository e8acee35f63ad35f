"""Files that name an interface are found by the snippet, whatever they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.network.facts.owners import SCRIPT, Owners, parse_owners


def _machine(folder: Path, name: str, text: str) -> Owners:
    """A machine with two cards and this file."""
    for card in ("eth0", "eth1", "lo"):
        (folder / "net" / card).mkdir(parents=True)
    path = folder / "etc" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    script = SCRIPT.replace("/sys/class/net", f"{folder}/net").replace("/etc/", f"{folder}/etc/")
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
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
    assert _machine(tmp_path, name, text).scripts == ((f"/etc/{name}", "eth0"),)
