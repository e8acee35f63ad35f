"""The step on machines of the lab's layouts: the real /etc/network/interfaces of the lab, and what
the kernel says of such cards, derived.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.network.bridge import STEP
from tests.cases import answers_of, case_path, content
from wizard.lab.base.layout import BOND, LAYOUTS, Layout, device, devices, is_bonded, is_tagged
from wizard.lab.base.spec import LabSpec, NodeSpec, make_spec
from wizard.lab.machine.cards import FILE
from wizard.lab.machine.identity import interfaces
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Danger, Kind

BRIDGE = "xenbr0"


def links(spec: LabSpec, node: NodeSpec) -> list[dict[str, Any]]:
    """The rows of `ip -j addr`."""
    up = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"]
    rows: dict[str, dict[str, Any]] = {
        name: {"ifname": name, "flags": up, "address": node.mac(card), "addr_info": []}
        for name, card in (("ens3", 1), ("ens4", 2))
    }
    if is_bonded(spec.cards):
        rows["ens8"] = {**rows["ens4"], "ifname": "ens8"}
        rows[BOND] = {**rows["ens4"], "ifname": BOND, "addr_info": []}
        for card in ("ens4", "ens8"):
            rows[card]["master"] = BOND
    holder = device(spec.cards)
    if is_tagged(spec.cards):
        lower = devices(spec.cards)[0]
        rows[holder] = {**rows["ens4"], "ifname": holder, "link": lower}
        rows[holder].pop("master", None)
    for name, address in (("ens3", node.mgmt_address), (holder, node.address)):
        rows[name]["addr_info"] = [{"family": "inet", "local": address, "prefixlen": 24}]
    return list(rows.values())


def network(spec: LabSpec, node: NodeSpec) -> str:
    """What the step's look says of the machine's cards."""
    rows = links(spec, node)
    route = [{"dst": "default", "gateway": "10.0.2.2", "dev": "ens3", "flags": []}]
    cards = ""
    for row in rows:
        physical = 0 if "link" in row else 1
        cards += f"{row['ifname']} carrier=1 physical={physical} wireless=0 bridge=0\n"
    return (
        f"== addr\n{json.dumps(rows)}\n\n== route\n{json.dumps(route)}\n\n== cards\n{cards}"
        "lo carrier=1 physical=0 wireless=0 bridge=0\n== managed\n"
    )


def facts_of(spec: LabSpec) -> Facts:
    """A recorded pair, with this layout in the place of its cards."""
    whole = content(case_path("bridge", "synthetic-one-card-static"))["facts"]
    for node in spec.cluster:
        whole[node.name]["network"] = network(spec, node)
        whole[node.name]["ifupdown"] = f"==> {FILE} <==\n{interfaces(spec, node)}"
    return Facts(whole)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_address_moves_to_a_bridge_over_what_has_it(layout: Layout) -> None:
    spec = make_spec(cards=layout, addresses=True)
    seen = look(STEP, answers_of({}), facts_of(spec))
    assert not seen.blockers, [str(blocker) for blocker in seen.blockers]
    holder = device(layout)
    assert set(seen.answers.bridge.device.values()) == {holder}
    for node in spec.cluster:
        *_, written, switch = seen.plan.on(node.name)
        assert switch.kind is Kind.ROLLBACK and switch.danger is Danger.OUTAGE
        assert switch.argv[4:6] == (holder, BRIDGE)
        text = f"{written.stdin}{written.argv}".replace("\\n", "\n")
        assert f"auto {BRIDGE}\n" in text and f"{node.address}/24" in text
        assert f"bridge_ports {holder}\n" in text
        if is_bonded(layout):
            assert "bond-slaves ens4 ens8\n" in text, "the bond stays"
