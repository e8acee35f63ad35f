"""What came up after the card comes up after the bridge."""

from __future__ import annotations

import pytest

from steps.network.ifupdown import Wanted, configured, rewritten
from steps.network.order import comes_before, started
from steps.network.stanzas import MAIN
from steps.network.unclear import unclear

IFACE = "iface eth0 inet static\n    address 192.168.0.111/24\n"
OTHER = "iface eth1 inet static\n    address 10.5.0.2/24\n"
WANTED = Wanted("xenbr0", "eth0", "192.168.0.111/24")
STARTS = {f"{MAIN}.d/eth0": f"auto eth0\n{IFACE}", f"{MAIN}.d/eth1": f"auto eth1\n{OTHER}"}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({MAIN: f"auto lo eth0 eth1\n{IFACE}{OTHER}"}, ["lo", "xenbr0", "eth1"]),
        (
            {MAIN: f"auto eth0\n{IFACE}    mtu 9000\n\nauto eth1\n{OTHER}"},
            ["eth0", "xenbr0", "eth1"],
        ),
        ({MAIN: f"auto eth1\n{OTHER}\nauto eth0\n{IFACE}"}, ["eth1", "xenbr0"]),
        ({MAIN: f"auto eth1 eth0\n{IFACE}{OTHER}"}, ["eth1", "xenbr0"]),
        (
            {MAIN: f"auto eth0 eth0:1 eth0.5 tun0 eth1\n{IFACE}"},
            ["eth0.5", "xenbr0", "tun0", "eth1"],
        ),
        ({MAIN: f"allow-hotplug eth0\n{IFACE}\nauto eth1\n{OTHER}"}, ["eth1", "xenbr0"]),
        # The other one, the card, or both in files that are included.
        (
            {
                MAIN: f"auto eth0\n{IFACE}\nsource interfaces.d/eth1\n",
                f"{MAIN}.d/eth1": STARTS[f"{MAIN}.d/eth1"],
            },
            ["xenbr0", "eth1"],
        ),
        (
            {
                MAIN: f"source interfaces.d/eth0\n\nauto eth1\n{OTHER}",
                f"{MAIN}.d/eth0": STARTS[f"{MAIN}.d/eth0"],
            },
            ["xenbr0", "eth1"],
        ),
        ({MAIN: "source interfaces.d/*\n", **STARTS}, ["xenbr0", "eth1"]),
        ({MAIN: "source interfaces.d/*\nauto lo\n", **STARTS}, ["xenbr0", "eth1", "lo"]),
        (
            {
                MAIN: f"source-directory interfaces.d\nauto eth0\n{IFACE}",
                f"{MAIN}.d/eth1": STARTS[f"{MAIN}.d/eth1"],
            },
            ["eth1", "xenbr0"],
        ),
    ],
)
def test_the_bridge_takes_the_place_of_the_card(files: dict[str, str], names: list[str]) -> None:
    after = {**files, **rewritten(files, WANTED)}
    seen = [name for name in started(after) if not name.startswith("xenbr0:")]
    assert seen == names and configured(after, WANTED)
    assert "".join(after.values()).count("iface eth1 inet static") == "".join(files.values()).count(
        "iface eth1 inet static"
    )
    # Once more, nothing changes.
    assert {**after, **rewritten(after, WANTED)}.keys() == after.keys()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # The slaves that name their bond, behind it: it has no hardware address before.
        (
            "auto bond0\n{0}auto eno1\niface eno1 inet manual\n    bond-master bond0\n\n"
            "auto eno2 eth9\niface eno2 inet manual\n    bond-master bond0\n",
            ["bond0", "eno1", "eno2", "xenbr0", "eth9"],
        ),
        (
            "auto bond0 eno1 tun0\n{0}    bond-slaves eno1\n",
            ["bond0", "eno1", "xenbr0", "tun0"],
        ),
    ],
)
def test_the_bridge_comes_after_all_that_it_lies_over(text: str, names: list[str]) -> None:
    iface = IFACE.replace("eth0", "bond0")
    wanted = Wanted("xenbr0", "bond0", "192.168.0.111/24", starts_card=True)
    after = rewritten({MAIN: text.replace("{0}", iface)}, wanted)
    assert list(started(after)) == names and configured(after, wanted)


def test_slaves_in_files_of_their_own_come_before_the_bridge() -> None:
    slave = "auto {0}\niface {0} inet manual\n    bond-master bond0\n"
    files = {
        MAIN: f"auto bond0\n{IFACE.replace('eth0', 'bond0')}\nsource interfaces.d/*\n",
        f"{MAIN}.d/a": slave.format("eno1"),
        f"{MAIN}.d/b": slave.format("eno2"),
        f"{MAIN}.d/c": f"auto eth1\n{OTHER}",
    }
    wanted = Wanted("xenbr0", "bond0", "192.168.0.111/24", starts_card=True)
    after = {**files, **rewritten(files, wanted)}
    assert list(started(after)) == ["bond0", "eno1", "eno2", "xenbr0", "eth1"]
    assert configured(after, wanted)


def test_a_command_by_the_network_that_moves_comes_after_it() -> None:
    hook = "    up ip route add 10.7.0.0/16 via 192.168.0.9\n"
    files = {MAIN: f"auto eth0\n{IFACE}\nauto eth1\n{OTHER}{hook}"}
    assert not list(unclear(files, WANTED))
    files = {MAIN: f"auto eth1\n{OTHER}{hook}\nauto eth0\n{IFACE}"}
    (why,) = unclear(files, WANTED)
    assert "the bridge comes up later" in why
    ipv6 = "iface eth0 inet6 static\n    address 2001:db8::2\n    netmask 64\n"
    hook = "    up ip -6 route add 2001:db8:7::/48 via 2001:DB8::9\n"
    (why,) = unclear({MAIN: f"auto eth1\n{OTHER}{hook}\nauto eth0\n{IFACE}{ipv6}"}, WANTED)
    assert "2001:db8:7::/48" in why


def test_what_is_started_before_what() -> None:
    files = {MAIN: "auto a b\nallow-hotplug c\n"}
    assert comes_before(files, "a", "b") and not comes_before(files, "b", "a")
    assert comes_before(files, "a", "c") and not comes_before(files, "c", "a")
