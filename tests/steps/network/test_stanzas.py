"""Lines of /etc/network/interfaces, read as ifup(8) reads them (checked with ifquery of 0.8.41)."""

from __future__ import annotations

import pytest

from steps.network.facts.kinds import BOND, VLAN
from steps.network.facts.net import Card
from steps.network.stanzas import MAIN, stanzas
from steps.network.starts import is_made, is_started, takes


@pytest.mark.parametrize(
    ("text", "words", "options"),
    [
        ("auto \\\n  lo eth0\n", ("auto", "lo", "eth0"), []),
        (
            "iface eth0 \\\n inet \\\n static\n  mtu 9000\n",
            ("iface", "eth0", "inet", "static"),
            ["9000"],
        ),
        # Joined with nothing between, so that a word may go on.
        ("iface et\\\nh0 inet manual\n", ("iface", "eth0", "inet", "manual"), []),
        ("iface a inet static\naddress 10.0.0.1/\\\n24\n", None, ["10.0.0.1/24"]),
        # Behind a backslash with a space behind it nothing goes on.
        ("iface a inet static\nup echo \\ \nmtu 9000\n", None, ["echo \\", "9000"]),
        # A comment that ends in a backslash does not go on; one in the middle is a part.
        ("iface a inet static\n# x \\\nmtu 9000\n", None, ["9000"]),
        ("iface a inet static\nup echo a\\\n# b\nmtu 9000\n", None, ["echo a# b", "9000"]),
    ],
)
def test_lines_that_go_on(text: str, words: tuple[str, ...] | None, options: list[str]) -> None:
    (stanza,) = stanzas(text)
    assert words is None or stanza.words == words
    assert [option.value for option in stanza.options] == options


def test_a_comment_that_ends_in_a_backslash_hides_no_stanza() -> None:
    read = stanzas("auto lo\n# C:\\net\\\niface eth0 inet dhcp\n")
    assert [stanza.words[0] for stanza in read] == ["auto", "iface"]


def test_a_command_is_written_as_it_was_where_that_means_the_same() -> None:
    (stanza,) = stanzas("iface a inet manual\n  up run \\\n      --on\n  up run --o\\\nff\n")
    assert [option.written for option in stanza.options] == ["up run \\\n    --on", "up run --off"]


@pytest.mark.parametrize(
    ("lines", "interface"),
    [
        ("address 192.168.0.5/26 # office", "192.168.0.5/26"),
        ("address 192.168.0.5 # office\nnetmask 255.255.255.0 # /24", "192.168.0.5/24"),
        ("address 192.168.0.5/26 office", ""),
    ],
)
def test_a_comment_behind_an_address_is_none_of_it(lines: str, interface: str) -> None:
    (stanza,) = stanzas(f"iface eth0 inet static\n{lines}\n")
    assert stanza.interface == interface


@pytest.mark.parametrize(
    ("ports", "name", "taken"),
    [
        ("eth0 eth1", "eth1", True),
        ("eth0", "eth01", False),
        ("all", "enp3s0", True),
        ("all", "p2p1", True),
        ("all", "bond0", False),
        ("regex eth[0-3]", "eth2", True),
        ("regex eth[0-3]", "eth20", False),
        ("regex (eth.*)|(en.*)", "eth0.5", True),
        ("regex eth.* noregex bond0", "bond0", True),
        ("regex eth.* noregex bond.", "bond0", False),
        ("glob swp[1-4]", "swp3", True),
        ("swp[1-4]", "swp3", False),
        ("none", "none0", False),
        # What would take its time, or cannot be read, is not tried.
        ("regex (a*)*b", "aaaa", False),
        ("regex a*a*a*a*a*b", "aaaa", False),
        ("regex [eth", "eth0", False),
        ("regex (?P<x>e)th0", "eth0", False),
    ],
)
def test_ports_are_taken_in_by_many_words(ports: str, name: str, taken: bool) -> None:
    assert takes(ports, name) is taken


def test_what_starts_an_interface() -> None:
    read = list(
        stanzas("auto eth0 br0\nallow-hotplug br1\niface eth0 inet manual\n  up ifup br2\n")
    )
    assert [is_started(read, f"br{number}") for number in range(4)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("card", "text", "made"),
    [
        (Card("bond0", kind=BOND), "auto bond0\n", True),
        (Card("bond0", kind=BOND), "allow-hotplug bond0\n", False),
        (Card("bond0", kind=BOND), "auto a\niface a inet manual\n bond-master bond0\n", True),
        (Card("bond0", kind=BOND), "iface a inet manual\n bond-master bond0\n", False),
        (Card("eth0.5", kind=VLAN), "", True),
        (Card("lan", kind=VLAN), "", False),
        (Card("lan", kind=VLAN), "allow-auto lan\n", True),
    ],
)
def test_what_makes_a_bond_or_a_vlan(card: Card, text: str, made: bool) -> None:
    assert is_made({MAIN: text}, card) is made
