"""Rules of the packet filter as people have them, and what they would do to a bridge."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.network.bridge import STEP
from steps.network.facts.firewall import SCRIPT, Firewall, parse_firewall
from tests.cases import answers_of, case_path, content
from tests.steps.network.odd.nodes import said, seen
from wizard.model.facts import Facts
from wizard.model.review import look

# Debian wiki, nftables; /usr/share/doc/nftables/examples/workstation.nft.
WORKSTATION = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		iifname "eth0" tcp dport 22 accept
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
	}
}
"""
# docker/for-linux issue 949, as nft shows what iptables-nft made.
DOCKER = """\
table ip filter {
	chain DOCKER {
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		counter packets 0 bytes 0 jump DOCKER-USER
		oifname "docker0" ct state related,established counter packets 0 bytes 0 accept
	}
}
"""
# moby issue 48365: Docker 27 does it for IPv6, too.
DOCKER6 = """\
family ip6
:FORWARD DROP [0:0]
-A FORWARD -o docker0 -j DOCKER
"""
# firewalld issue 1236.
FIREWALLD = """\
table inet firewalld {
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
		ct state { established, related } accept
		reject with icmpx admin-prohibited
	}
	chain filter_IN_public {
		drop
	}
}
"""
SAVED = """\
family ip
:FORWARD ACCEPT [0:0]
-A INPUT -i eth+ -p tcp -m tcp --dport 22 -j ACCEPT
"""
PORTS = "family ip\n:FORWARD DROP [0:0]\n-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT\n"
IN_BRIDGE = 'table bridge filter {\n\tchain f {\n\t\tiifname "eth0" drop\n\t}\n}\n'


@pytest.mark.parametrize("rules", [WORKSTATION, SAVED, WORKSTATION.replace('"eth0"', '"e*"')])
def test_rules_that_name_the_card_are_to_be_prepared_first(rules: str) -> None:
    review = seen(firewall=rules)
    assert "rules of the packet filter name eth0 and none names xenbr0" in said(review)
    assert not review.plan


@pytest.mark.parametrize(
    "rules",
    [
        WORKSTATION + SAVED.replace("eth+", "xenbr0"),
        WORKSTATION.replace("eth0", "eth1"),
        WORKSTATION.replace('"eth0"', '{ "eth0", "xenbr0" }'),
        IN_BRIDGE,
        DOCKER,
        "",
    ],
)
def test_rules_that_a_bridge_changes_nothing_of(rules: str) -> None:
    review = seen(firewall=rules)
    assert not review.blockers, said(review)
    assert review.plan


def test_rules_that_cannot_be_read_are_not_none() -> None:
    assert "has rules that could not be read" in said(seen(firewall="unread\n"))


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("bridged ip\nbridged ip6\n" + DOCKER, ("IPv4",)),
        ("bridged ip\nbridged ip6\n" + DOCKER6, ("IPv6",)),
        ("bridged ip\nbridged ip6\n" + FIREWALLD, ("IPv4", "IPv6")),
        ("bridged ip\n" + SAVED.replace("ACCEPT [", "DROP ["), ("IPv4",)),
        ("bridged ip\nfamily ip\n-A FORWARD -j REJECT --reject-with x\n", ("IPv4",)),
        (DOCKER, ()),
        ("bridged ip\nbridged ip6\n" + WORKSTATION, ()),
        ("bridged ip\n" + PORTS, ()),
    ],
)
def test_what_is_barred_from_crossing_a_bridge(text: str, families: tuple[str, ...]) -> None:
    assert parse_firewall(text).barred == families


@pytest.mark.parametrize(
    ("hypervisor", "rules", "told"),
    [
        ("kvm", DOCKER, True),
        # Xen's vif-bridge lets each instance's frames through by itself.
        ("xen-pvm", DOCKER, False),
        ("kvm", DOCKER.replace("docker0", "xenbr0"), False),
    ],
)
def test_a_bridge_that_lets_nothing_through_is_not_done(
    hypervisor: str, rules: str, told: bool
) -> None:
    facts = content(case_path("bridge", "done"))["facts"]
    for texts in facts.values():
        texts["network"] += f"== firewall\nbridged ip\n{rules}"
    review = look(STEP, answers_of({"xen": {"hypervisor": hypervisor}}), Facts(facts))
    words = [str(found) for found in review.wrong()]
    assert not review.blockers and bool(words) == told
    assert all("instances would have no network" in word for word in words)


def _asked(folder: Path, program: str, body: str) -> Firewall:
    """What the snippet makes of a machine that has this one program, with rules of nft."""
    stub = folder / program
    stub.write_text(f"#!/bin/sh\n{body}\n")
    stub.chmod(0o755)
    loaded = folder / "nf_tables"
    loaded.mkdir()
    script = SCRIPT.replace("/sys/module/nf_tables", str(loaded)).replace("/proc/", f"{folder}/")
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )
    return parse_firewall(done.stdout)


def test_the_snippet_asks_nft(tmp_path: Path) -> None:
    found = _asked(tmp_path, "nft", f"cat <<'EOF'\n{WORKSTATION}{DOCKER}EOF")
    assert found.has("eth0") and found.has("lo") and not found.has("eth1")
    assert found.drops == ("IPv4",) and not found.unread


def test_the_snippet_says_what_it_could_not_read(tmp_path: Path) -> None:
    assert _asked(tmp_path, "nft", "exit 1").unread
