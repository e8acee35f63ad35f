"""What Debian's own ifupdown would do with the lab's layouts; nothing is carried out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.steps.network.layouts.machine import Machine, fetch, machine
from wizard.lab.base.layout import LAYOUTS, Layout, devices
from wizard.lab.base.spec import make_spec
from wizard.lab.machine.cards import FILE
from wizard.lab.machine.identity import interfaces

pytestmark = pytest.mark.netns
VLANS = {"plain": [], "bond": [], "vlan": ["ens4"], "bond-vlan": ["bond0"]}
"""What a VLAN is made over."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("stanzas")
    packages = folder / "packages"
    packages.mkdir()
    # A lab machine gets ifenslave alone.
    with machine(folder / "node", fetch(packages)) as made:
        made.sh("rm -f /etc/network/if-*.d/*vlan*")
        yield made


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ifupdown_makes_the_vlan_and_gives_the_address_to_it(node: Machine, layout: Layout) -> None:
    spec = make_spec(cards=layout, addresses=True)
    node.write({FILE: interfaces(spec, spec.nodes[0])})
    said = node.sh(f"ifup --no-act --verbose --force {' '.join(devices(layout))} 2>&1")
    made = re.findall(r"ip link add link (\S+) name \S+ type vlan id 10", said)
    assert made == VLANS[layout], said
    given = re.findall(r"ip addr add (\S+) .*\n?.*\bdev (\S+)", said)
    assert given == [("192.168.0.111/255.255.255.0", devices(layout)[-1])], said
    hooks = node.sh("ls /etc/network/if-pre-up.d").split()
    assert "ifenslave" in hooks and "vlan" not in hooks


def test_ifenslave_reads_the_bond_s_options(node: Machine) -> None:
    spec = make_spec(cards="bond-vlan")
    node.write({FILE: interfaces(spec, spec.nodes[0])})
    options = dict(
        line.split(": ", 1) for line in node.sh("ifquery bond0").splitlines() if ": " in line
    )
    assert options["bond-slaves"] == "ens4 ens8" and options["bond-mode"] == "active-backup"
    hook = node.sh("cat /etc/network/if-pre-up.d/ifenslave")
    for name in ("IF_BOND_SLAVES", "IF_BOND_MODE", "IF_BOND_MIIMON"):
        assert name in hook
