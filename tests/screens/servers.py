"""What toy servers say to the inventory's looks; {name} and {n} are a node's name and number."""

from __future__ import annotations

import json
from typing import Any

GIB = 2**30


def _disk(name: str, serial: str, model: str) -> dict[str, Any]:
    """A row of lsblk: a disk with one half of the root mirror."""
    mirror = {"path": "/dev/md0", "type": "raid1", "mountpoints": ["/"]}
    half = {
        "path": f"/dev/{name}1",
        "type": "part",
        "size": 2 * GIB,
        "mountpoints": [None],
        "children": [mirror],
    }
    return {
        "kname": name,
        "path": f"/dev/{name}",
        "type": "disk",
        "size": 10 * GIB,
        "serial": serial,
        "model": model,
        "mountpoints": [None],
        "children": [half],
    }


def _table(name: str) -> str:
    """sfdisk's JSON of such a disk."""
    part = {"node": f"/dev/{name}1", "start": 2048, "size": 2 * GIB // 512, "type": "fd"}
    table = {"label": "dos", "id": "0x1", "device": f"/dev/{name}", "partitions": [part]}
    return json.dumps({"partitiontable": table})


def _card(name: str, state: str, *addresses: tuple[str, int, str]) -> dict[str, Any]:
    infos = [
        {"local": address, "prefixlen": length, "scope": scope}
        for address, length, scope in addresses
    ]
    return {"ifname": name, "operstate": state, "flags": ["UP"], "addr_info": infos}


_DISKS = [_disk("sda", "QM001", "QEMU"), _disk("sdb", "QM002", "QEMU HARDDISK")]
_CARDS = [
    _card("lo", "UNKNOWN", ("127.0.0.1", 8, "host")),
    _card(
        "eth0",
        "UP",
        ("192.168.0.11{n}", 24, "global"),
        ("fe80::5054:ff:fe00:{n}", 64, "link"),
    ),
]

INVENTORY = {
    "capacity": "hostname: {name}.name.org\ncpus: 1\navailable_kib: 1212416\n",
    "system": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "running": "kernel: 6.1.0-32-amd64\nmemory_kib: 1532416\nefi: no\n",
    "disks": (
        f"== lsblk\n{json.dumps({'blockdevices': _DISKS})}\n"
        f"== table /dev/sda\n{_table('sda')}\n== table /dev/sdb\n{_table('sdb')}\n"
        "== signatures\nsda1,0x1000,linux_raid_member,,\nsdb1,0x1000,linux_raid_member,,\n"
    ),
    "md": (
        "mdadm installed\narray md0 raid1 1.2 clean 2 0 4190208 idle -\n"
        "member md0 sdb1 in_sync 1\nmember md0 sda1 in_sync 0\n"
    ),
    "network": f"== addr\n{json.dumps(_CARDS)}\n\n== route\n[]\n\n== cards\n== managed\n",
    "packages": (
        "ii \tmdadm\t4.2-5\nii \topenssh-server\t1:9.2p1-2+deb12u5\n"
        "ii \tpython3\t3.11.2-1+b1\nun \txen-hypervisor-common\t\n"
    ),
}
