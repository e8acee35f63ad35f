"""From blank disks to the second node where the cluster's network is a VLAN on a bond of two cards,
by keys alone; then each card's cable is cut in turn, and both.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.acceptance.lab import ARTICLE, Lab, Row, standing
from tests.acceptance.operator import Operator, python
from wizard.lab.base.layout import BOND, NICS, VLAN, device, is_bonded, is_tagged
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, load_spec

PORTS = 2801
NEXT_STEP = "osdef"
"""The step after `node`, where the operator leaves off."""
BRIDGE = "xenbr0"
BOND_STATE = f"/proc/net/bonding/{BOND}"
ACTIVE = f"/sys/class/net/{BOND}/bonding/active_slave"
STEPS = ("bridge", "cluster", "node")
PATIENCE = 300.0
"""Seconds until a bond must work by its other card; it notices within a second on real machines."""


def spec_of(lab: Lab) -> LabSpec:
    """What the lab is made of."""
    spec = load_spec(LabPaths(lab.folder).spec)
    assert spec is not None
    return spec


def answers_ping(lab: Lab, node: str, address: str) -> bool:
    """Whether a machine gets an answer from an address."""
    said = lab.ssh(node, f"ping -n -c 1 -W 2 {address} >/dev/null && echo yes; true")
    return said == "yes\n"


def wait_ping(lab: Lab, node: str, address: str, *, answers: bool = True) -> float:
    """Seconds until an address answers a machine, or until it does not any more."""
    begun = time.monotonic()
    while answers_ping(lab, node, address) != answers:
        waited = time.monotonic() - begun
        assert waited < PATIENCE, f"{node}: {address} answers: {not answers}, for {waited:.0f} s"
    return time.monotonic() - begun


def check_cards(lab: Lab, holder: str) -> int:
    """Bond and VLAN are what the lab promises on each node, and `holder` has its address."""
    spec = spec_of(lab)
    passed = 0
    for node in spec.cluster:
        if is_bonded(spec.cards):
            bond = lab.ssh(node.name, "cat", BOND_STATE)
            print(f"{node.name}:\n{bond}", flush=True)
            assert "fault-tolerance (active-backup)" in bond, bond
            assert all(f"Slave Interface: {card}\n" in bond for card in NICS), bond
            assert "MII Status: down" not in bond, bond
            passed += 1
        if is_tagged(spec.cards):
            name = device(spec.cards)
            link = lab.ssh(node.name, "ip", "-d", "link", "show", name)
            assert f" id {VLAN} " in link and f"{name}@" in link, link
            passed += 1
        addresses = lab.ssh(node.name, "ip", "-br", "-4", "addr", "show", holder)
        assert f"{node.address}/24" in addresses, addresses
        passed += 1
    return passed


def check_reached(lab: Lab) -> int:
    """The first node gets answers from all other machines, and from the router if there is one."""
    spec = spec_of(lab)
    first, *others = spec.nodes
    addresses = [node.address for node in others]
    if spec.backup:
        addresses.append(spec.router)
    for address in addresses:
        wait_ping(lab, first.name, address)
    return len(addresses)


def build(lab: Lab) -> int:
    """The steps to `node`, by keys."""
    operator = Operator(python("--lab"), lab.env, stop_at=NEXT_STEP)
    operator.build()
    operator.terminal.press("^Q")
    operator.terminal.press("Tab", "Enter")
    for step, seconds in operator.seconds.items():
        lab.rows.append(Row(f"step {step}", seconds, "done"))
    return 1


def check_built(lab: Lab) -> int:
    """The bridge lies over what had the address, and Ganeti finds nothing to complain about."""
    under = device(spec_of(lab).cards)
    for node in ARTICLE.nodes:
        ports = lab.ssh(node, "ls", f"/sys/class/net/{BRIDGE}/brif").split()
        assert ports == [under], ports
    first = ARTICLE.nodes[0]
    verify = lab.ssh(first, "gnt-cluster", "verify", "--error-codes")
    print(verify, flush=True)
    assert "ERROR" not in verify, verify
    listed = lab.ssh(first, "gnt-node", "list", "--no-headers", "-o", "name").split()
    assert listed == [f"{node}.{ARTICLE.domain}" for node in ARTICLE.nodes], listed
    for step in STEPS:
        planned = lab.wizard("--lab", "plan", step)
        assert "0 commands planned" in planned.stdout
    return len(ARTICLE.nodes) + 2 + len(STEPS)


def wait_active(lab: Lab, node: str, card: str) -> None:
    """Wait until a bond works by that card."""
    begun = time.monotonic()
    while lab.ssh(node, "cat", ACTIVE).strip() != card:
        assert time.monotonic() - begun < PATIENCE, f"{node}: {BOND} does not go over to {card}"


def check_cuts(lab: Lab) -> int:
    """Each card's cable is cut while it carries all, then both are; returns checks passed."""
    spec = spec_of(lab)
    first, second = spec.cluster[:2]
    for _ in NICS:
        active = lab.ssh(second.name, "cat", ACTIVE).strip()
        number = NICS.index(active) + 1
        (other,) = (card for card in NICS if card != active)
        lab.wizard("lab", "cut", f"{second.name}:cluster", "--card", str(number))
        wait_active(lab, second.name, other)
        seconds = wait_ping(lab, first.name, second.address)
        lab.rows.append(Row(f"{second.name} answers by {other}", seconds, f"{active} is cut"))
        lab.wizard("lab", "mend", f"{second.name}:cluster", "--card", str(number))
    lab.wizard("lab", "cut", f"{second.name}:cluster")
    wait_ping(lab, first.name, second.address, answers=False)
    lab.wizard("lab", "mend", f"{second.name}:cluster")
    wait_ping(lab, first.name, second.address)
    return len(NICS) + 2


def main() -> int:
    """Run it; exit 0 only when the nodes are one cluster and every cut but the last is survived."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on in the lab that an earlier run kept"
    )
    options.add_argument(
        "--cards", choices=("bond", "vlan", "bond-vlan"), default="bond-vlan", help="the layout"
    )
    options.add_argument(
        "--backup", action="store_true", help="with backup host and router: both must be reached"
    )
    given = options.parse_args()
    passed = 0
    with standing("bond", PORTS, resume=given.resume, keep=given.keep) as lab:
        if not given.resume:
            lab.up("--cards", given.cards, *(["--backup"] if given.backup else []))
            passed += check_cards(lab, device(given.cards)) + check_reached(lab)
        passed += build(lab)
        passed += check_cards(lab, BRIDGE) + check_reached(lab) + check_built(lab)
        if is_bonded(spec_of(lab).cards):
            passed += check_cuts(lab)
            lab.wizard("--lab", "verify", "bridge")
            passed += 1
        lab.table()
    print(f"cluster cards: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
