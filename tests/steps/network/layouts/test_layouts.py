"""Each layout with Debian's own ifupdown: the switch, a lost link, the way back, the next boot."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from steps.network.bridge import STEP
from steps.network.facts.net import IFUPDOWN, NETWORK
from tests.steps.network.layouts.layouts import ACCEPTED, ADDRESS, LAYOUTS, LO, Layout
from tests.steps.network.layouts.machine import GATEWAY, Machine, fetch, lacks, machine
from tests.steps.network.layouts.odd import ODD
from tests.waiting import until
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Command, Danger, Kind

pytestmark = pytest.mark.netns
PEER = "198.51.100.3"
ANSWERS = Answers.model_validate(
    {
        "nodes": [
            {"name": "node1.name.org", "ip": ADDRESS},
            {"name": "node2.name.org", "ip": PEER},
        ],
        "hosts": {"cluster_name": "cluster1.name.org", "cluster_ip": "198.51.100.4"},
    }
)
PACKAGES = "".join(f"ii \t{name}\t1\n" for name in ("bridge-utils", "ifupdown"))


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Debian's packages, unpacked."""
    return fetch(tmp_path_factory.mktemp("packages"))


def _needs(layout: Layout) -> None:
    missing = [kind for kind in layout.needs if lacks(kind)]
    if missing:
        pytest.skip(f"this kernel makes no {' and no '.join(missing)}")


def seen(node: Machine, layout: Layout) -> Facts:
    """What the step's own snippets see, on this machine and on one like it beside it.

    A veth stands for a card, or for what the layout says.
    """
    network = node.sh(f"({NETWORK.script}) 2>/dev/null; true")
    for card in ("eth0", "eth1"):
        network = network.replace(f"{card} carrier=1 physical=0", f"{card} carrier=1 physical=1")
        network = network.replace(f"{card} carrier= physical=0", f"{card} carrier= physical=1")
    kind = "" if layout.stands_for == "card" else layout.stands_for
    network = network.replace('"info_kind":"veth"', f'"info_kind":"{kind}"')
    raw = {
        "network": network,
        "ifupdown": node.sh(f"({IFUPDOWN.script}) 2>/dev/null; true"),
        "packages": PACKAGES,
        "unfinished": "updates: 0\n",
        "apt-lists": "fresh\n",
    }
    probes = f"probe: {ADDRESS} here\nprobe: {PEER} answers\n"
    address = re.compile(rf"\b{re.escape(ADDRESS)}\b")
    twin = {name: address.sub(PEER, text) for name, text in raw.items()}
    others = f"probe: {ADDRESS} answers\nprobe: {PEER} here\n"
    return Facts({"node1": {**raw, "probes": probes}, "node2": {**twin, "probes": others}})


def judged(node: Machine, layout: Layout) -> Review:
    """The step's look at the machine."""
    return look(STEP, ANSWERS, seen(node, layout))


def carry_out(node: Machine, commands: tuple[Command, ...]) -> None:
    """Run commands in their order, as the wizard would."""
    for command in commands:
        done = node.run(command.argv, command.stdin or "")
        assert done.returncode == 0, (command.shown, done.stdout, done.stderr)


_VARIES = ("valid_life_time", "preferred_life_time", "ifindex", "link_index", "operstate")


def state(node: Machine) -> dict[str, Any]:
    """Links, addresses and routes of all families, without what changes by itself."""
    whole: dict[str, Any] = {}
    for words in ("-d addr show", "-4 route show table all", "-6 route show table all"):
        rows = json.loads(node.sh(f"ip -j {words}"))
        whole[words] = sorted((_plain(row) for row in rows), key=str)
    whole["rule"] = json.loads(node.sh("ip -j rule show"))
    whole["up"] = sorted(node.sh("ifquery --state || true").split())
    return whole


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in _VARIES}
    for info in kept.get("addr_info", []):
        for name in _VARIES:
            info.pop(name, None)
        info.pop("tentative", None)
        # Given by hand, it waits for the next lease.
        info.pop("dynamic", None)
    details = kept.get("linkinfo", {}).get("info_data", {})
    for name in [name for name in details if name.endswith("_timer")]:
        del details[name]
    kept["addr_info"] = sorted(kept.get("addr_info", []), key=str)
    kept["flags"] = sorted(set(kept.get("flags", [])) - {"NO-CARRIER", "LOWER_UP", "linkdown"})
    return kept


def boot(node: Machine, layout: Layout) -> None:
    """As /lib/systemd/system/networking.service does it, and then what somebody typed."""
    node.sh("ifup -a --read-environment")
    if layout.by_hand:
        node.sh(layout.by_hand)
    until(lambda: not node.sh("ip -6 addr show tentative"), "IPv6 addresses of the link are found")


def reaches_all(node: Machine, layout: Layout) -> None:
    """Whether the gateway and all that the layout names answer."""
    for address in (GATEWAY, *layout.reached):
        until(lambda to=address: node.reaches(to), f"{layout.name}: {address} answers")


@pytest.mark.parametrize("layout", (*LAYOUTS, *ODD), ids=lambda layout: layout.name)
def test_switch_and_way_back(layout: Layout, packages: Path, tmp_path: Path) -> None:
    _needs(layout)
    with machine(tmp_path / "node", packages, layout.office) as node:
        node.write(layout.files)
        boot(node, layout)
        reaches_all(node, layout)
        before = state(node)
        files = node.files()
        review = judged(node, layout)
        assert not review.blockers, [str(blocker) for blocker in review.blockers]
        switch = review.plan.on("node1")[-1]
        assert switch.kind is Kind.ROLLBACK and switch.danger is Danger.OUTAGE
        stages = [command.stage for command in review.plan.commands if command.rollback]
        assert len(set(stages)) == 2 and 0 not in stages
        assert switch.argv[4] == layout.card
        carry_out(node, review.plan.on("node1"))
        reaches_all(node, layout)
        after = judged(node, layout)
        assert not after.blockers and not after.plan.on("node1"), after.blockers
        new = node.files()
        node.cables("down")
        undone = node.run(switch.rollback)
        assert undone.returncode == 0, (undone.stdout, undone.stderr)
        node.cables("up")
        assert node.files() == files
        reaches_all(node, layout)
        until(lambda: state(node) == before, f"{layout.name}: {before} once more")
    _boots(layout, new, packages, tmp_path)


def _boots(layout: Layout, files: str, packages: Path, tmp_path: Path) -> None:
    """A machine with the new files comes up with the bridge."""
    written = IFUPDOWN.parse(files.replace("==> ./", "==> /etc/network/"))
    with machine(tmp_path / "again", packages, layout.office) as node:
        node.write(dict(written))
        node.sh("ifup -a --read-environment")
        reaches_all(node, layout)
        review = judged(node, layout)
        assert not review.blockers and not review.plan.on("node1"), review.blockers


@pytest.mark.parametrize("layout", ACCEPTED, ids=lambda layout: layout.name)
def test_a_bridge_with_the_address_is_left_alone(
    layout: Layout, packages: Path, tmp_path: Path
) -> None:
    _needs(layout)
    with machine(tmp_path / "node", packages, layout.office) as node:
        node.write(layout.files)
        boot(node, layout)
        reaches_all(node, layout)
        review = judged(node, layout)
        assert not review.blockers, [str(blocker) for blocker in review.blockers]
        assert not review.plan and not review.problems
        assert review.answers.bridge.name == layout.card


def test_the_look_sees_who_else_has_to_do_with_the_card(packages: Path, tmp_path: Path) -> None:
    script = "#!/bin/sh\n# not eth1\n[ $IFACE = eth0 ] && ip route add 10.0.0.0/8 dev eth0\n"
    with machine(tmp_path / "node", packages) as node:
        node.write(
            {
                "/etc/network/if-up.d/routes": script,
                "/etc/network/if-up.d/other": "#!/bin/sh\nlogger eth07 is up\n",
                "/etc/sysctl.d/90-net.conf": "; eth0\nnet.ipv4.conf.eth1.rp_filter = 0\n",
                "/etc/default/networking": "# CONFIGURE_INTERFACES=no\nCONFIGURE_INTERFACES='no'\n",
                "/run/resolvconf/interface/eth0.dhclient": "nameserver 192.0.2.53\nsearch x\n",
                "/run/resolvconf/resolv.conf": "nameserver 127.0.0.1\n",
                "/run/net/interfaces": LO,
            }
        )
        node.sh("mkdir -p /usr/libexec/ifupdown-ng")
        node.sh("ln -sfn /run/net/interfaces /etc/network/interfaces")
        node.sh("ln -sfn /run/resolvconf/resolv.conf /etc/resolv.conf")
        owners = NETWORK.parse(node.sh(f"({NETWORK.script}) 2>/dev/null; true")).owners
    named = dict(owners.scripts)
    assert named.get("/etc/network/if-up.d/routes") == "eth0"
    assert named.get("/etc/sysctl.d/90-net.conf") == "eth1"
    assert "/etc/network/if-up.d/other" not in named
    assert "CONFIGURE_INTERFACES=no" in owners.not_at_boot
    assert owners.name_servers == ("192.0.2.53",) and owners.ifupdown_ng
    assert owners.links == (("/etc/network/interfaces", "/run/net/interfaces"),)
