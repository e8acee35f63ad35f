"""What the inventory shows of a played machine, read off its recorded facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_SYSTEM = """\
host={name}.name.org
os=Debian GNU/Linux 12 (bookworm)
kernel=6.1.0-56-amd64
cpus=1
mem=2014000 kB
free=1673000 kB
firmware=BIOS
"""


def inventory(name: str, texts: dict[str, str]) -> dict[str, str]:
    """The facts of the inventory; empty for a machine without recorded disks or cards."""
    return {
        "inventory-system": _SYSTEM.format(name=name),
        "inventory-disks": "".join(_disks(texts.get("disks", ""))),
        "inventory-arrays": "".join(_arrays(texts.get("md", ""))),
        "inventory-network": "".join(_cards(texts.get("network", ""))),
        "inventory-versions": "".join(_versions(texts.get("packages", ""))),
    }


def _disks(text: str) -> Iterator[str]:
    """lsblk's tree as pairs, a line each."""
    after = text.partition("== lsblk\n")[2]
    if after:
        tree, _ = json.JSONDecoder().raw_decode(after)
        yield from _devices(tree["blockdevices"])


def _devices(devices: list[dict[str, Any]]) -> Iterator[str]:
    for device in devices:
        mount = device["mountpoints"][0] or ""
        yield (
            f'NAME="{device["name"]}" TYPE="{device["type"]}" SIZE="{device["size"]}" '
            f'SERIAL="{device["serial"] or ""}" MODEL="{device["model"] or ""}" '
            f'FSTYPE="{device["fstype"] or ""}" MOUNTPOINT="{mount}"\n'
        )
        yield from _devices(device.get("children", []))


def _arrays(text: str) -> Iterator[str]:
    """Lines `array md0 raid1 …` and `member md0 vda1 …` as /proc/mdstat has them."""
    rows = [line.split() for line in text.splitlines()]
    for array in (row for row in rows if row[:1] == ["array"]):
        members = [row[2] for row in rows if row[:2] == ["member", array[1]]]
        listed = " ".join(f"{member}[{number}]" for number, member in enumerate(members))
        yield f"{array[1]} : active {array[2]} {listed}\n      [{'U' * len(members)}]\n\n"


def _cards(text: str) -> Iterator[str]:
    """`ip -json addr` as `ip -br addr` has it."""
    after = text.partition("== addr\n")[2]
    cards = json.JSONDecoder().raw_decode(after)[0] if after else []
    for card in cards:
        addresses = [f"{one['local']}/{one['prefixlen']}" for one in card["addr_info"]]
        yield f"{card['ifname']} {card['operstate']} {' '.join(addresses)}\n"


def _versions(text: str) -> Iterator[str]:
    """Installed packages as `dpkg-query -W` lists them."""
    for line in text.splitlines():
        state, package, version = line.split("\t")
        if state.strip() == "ii":
            yield f"{package} {version}\n"
