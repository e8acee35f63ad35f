"""Nodes whose network somebody had and told of in public: what their looks would say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from steps.network.bridge import STEP
from tests.cases import answers_of, case_path, content
from wizard.model.facts import Facts
from wizard.model.review import Review, look

MAIN = "/etc/network/interfaces"
IP, GATEWAY = "192.168.0.111", "192.168.0.1"
LO = "auto lo\niface lo inet loopback\n\n"
STATIC = f"auto eth0\niface eth0 inet static\n    address {IP}/24\n    gateway {GATEWAY}\n"
BARE = f"auto eth0\niface eth0 inet static\n    address {IP}/24\n"
GATE = f"    gateway {GATEWAY}\n"
BR = "auto {0}\niface {0} inet static\n" + f"    address {IP}/24\n    gateway {GATEWAY}\n"
"""A bridge of the name that is put in; PORT gives it one."""
PORT = "    bridge_ports eth0\n"
Row = dict[str, Any]


def link(name: str, *interfaces: str, kind: str = "", **more: Any) -> Row:
    """A row of `ip -j -d addr`; without a kind it is a card."""
    row: Row = {
        "ifname": name,
        "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
        "address": "52:54:00:67:01:01",
        "addr_info": [_address(interface) for interface in interfaces],
        **more,
    }
    if kind:
        row["linkinfo"] = {"info_kind": kind}
    return row


def _address(interface: str) -> Row:
    plain, _, prefix = interface.partition("/")
    family = "inet6" if ":" in plain else "inet"
    return {"family": family, "local": plain, "prefixlen": int(prefix), "scope": "global"}


def bridged(name: str, *lower: Row) -> list[Row]:
    """A bridge with the address over what is below."""
    return [*lower, link(name, f"{IP}/24", kind="bridge")]


UP = [link("eth0", f"{IP}/24")]


def route(destination: str, device: str = "eth0", **more: Any) -> Row:
    """A row of `ip -j route show table all`."""
    return {"dst": destination, "dev": device, "flags": [], **more}


def _ends(row: Row) -> str:
    return f"{row['dst']} {row.get('gateway', '')}"


def network(
    links: list[Row],
    routes: list[Row],
    *,
    managed: str = "",
    owners: str = "",
    cards: str = "",
    firewall: str = "",
) -> str:
    """What the look at the network prints."""
    ipv6 = [row for row in routes if row.get("protocol") == "ra" or ":" in _ends(row)]
    ipv4 = [row for row in routes if row not in ipv6]
    main = [row for row in ipv4 if "table" not in row]
    lines = cards
    for row in links:
        kind = row.get("linkinfo", {}).get("info_kind", "")
        physical = int(kind in ("", "bond") and row["ifname"] != "lo")
        if f"{row['ifname']} " not in cards:
            lines += (
                f"{row['ifname']} carrier=1 physical={physical} bridge={int(kind == 'bridge')}\n"
            )
    return (
        f"== addr\n{json.dumps(links)}\n\n== route\n{json.dumps(main)}\n\n"
        f"== route4\n{json.dumps(ipv4)}\n\n== route6\n{json.dumps(ipv6)}\n\n"
        f"== cards\n{lines}== managed\n{managed}== owners\n{owners}== firewall\n{firewall}"
    )


def seen(
    files: str | Mapping[str, str] = LO + STATIC,
    links: list[Row] | None = None,
    routes: list[Row] | None = None,
    installed: str = "ifupdown",
    **more: str,
) -> Review:
    """The step's look at a pair of such nodes: one card with address and gateway unless told."""
    whole = content(case_path("bridge", "synthetic-one-card-static"))["facts"]
    texts = {MAIN: files} if isinstance(files, str) else files
    rows = [link("eth0", f"{IP}/24")] if links is None else links
    holder = next((row["ifname"] for row in rows if f'"{IP}"' in json.dumps(row)), "eth0")
    ways = [route("default", holder, gateway=GATEWAY)] if routes is None else routes
    raw = {
        "network": network(rows, ways, **more),
        "ifupdown": "\n".join(f"==> {path} <==\n{text}" for path, text in texts.items()),
    }
    packages = whole["node1"]["packages"].replace("ii \tifupdown\t", f"ii \t{installed}\t")
    whole["node1"]["packages"] = whole["node2"]["packages"] = packages
    for host, address in (("node1", IP), ("node2", "192.168.0.112")):
        for name, text in raw.items():
            whole[host][name] = text.replace(IP, address)
    return look(STEP, answers_of({}), Facts(whole))


def written(review: Review) -> str:
    """All that the plan writes on the first node."""
    return "".join(command.stdin or "" for command in review.plan.on("node1"))


def said(review: Review) -> str:
    """All refusals of the first node, with their mends."""
    mine = [blocker for blocker in review.blockers if blocker.host == "node1"]
    return "\n".join(f"{blocker.what}: {blocker.mend}" for blocker in mine)
