"""The texts that the first steps write, and sizes: what JSON cases do not show, since those compare
command lines.
"""

from __future__ import annotations

import json

import pytest

from steps.common.sizes import MIB, gib, gib_up
from steps.disks import raid
from steps.disks.facts.mdconf import parse_conf
from steps.disks.layout import VG_MIB, smallest_partition, volume_mib
from steps.network import bridge, hosts, trust
from steps.network.etchosts import rewritten as hosts_text
from steps.network.facts.net import IFUPDOWN
from steps.network.ifupdown import MAIN, Wanted, configured
from steps.network.ifupdown import rewritten as interfaces
from tests.cases import case_path
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Step

PAIRS = (("node1.name.org", "192.168.0.111"), ("inst1.name.org", "192.168.0.114"))


def written(step: Step, case: str) -> dict[tuple[str, str], str]:
    """Contents by host and path of all files that a recorded case's plan writes."""
    data = json.loads(case_path(step.id, case).read_text())
    review = look(step, Answers.model_validate(data.get("answers", {})), Facts(data["facts"]))
    assert not review.blockers
    return {
        (c.host, c.argv[4]): c.stdin or ""
        for c in review.plan.commands
        if c.argv[3:4] == ("write-file",)
    }


@pytest.mark.parametrize(
    "before",
    [
        "",
        "127.0.0.1\tlocalhost\n127.0.1.1\tnode1.name.org node1\n",
        "192.168.0.111 node1 node1.name.org\n",
        "192.168.0.111 node1.name.org node1 www # ours\n192.168.0.111 node1.name.org node1\n",
        "# 192.168.0.111 node1.name.org\n10.0.0.1 node1 gw\n::1 localhost node1\n",
        "127.0.0.1 localhost",
    ],
)
def test_hosts_text_is_right_and_stays(before: str) -> None:
    after = hosts_text(before, PAIRS)
    assert hosts_text(after, PAIRS) == after
    rows = [line.partition("#")[0].split() for line in after.splitlines()]
    for name, address in PAIRS:
        short = name.partition(".")[0]
        named = [row for row in rows if name in row[1:] or short in row[1:]]
        assert [(row[0], row[1]) for row in named] == [(address, name)]
        assert short in named[0][2:]
    assert not [row for row in rows if row[:1] == ["127.0.1.1"]]


def test_hosts_text_keeps_other_lines() -> None:
    before = "127.0.0.1 localhost\n# mine\n10.0.0.1 gw node1 # router\n\nfe80::1 alien\n"
    after = hosts_text(before, PAIRS)
    for line in ("127.0.0.1 localhost", "# mine", "", "fe80::1 alien"):
        assert line in after.splitlines()
    assert "10.0.0.1\tgw  # router" in after.splitlines()


def test_hosts_text_knows_our_names_in_capitals() -> None:
    """hosts(5) is searched without regard to case: the first line with the name counts."""
    before = "10.0.0.9 NODE1.Name.org Node1 old\n192.168.0.111 Node1.name.org NODE1\n"
    lines = hosts_text(before, PAIRS).splitlines()
    assert "10.0.0.9\told" in lines
    named = [line for line in lines if "node1" in line.lower().split()]
    assert named == ["192.168.0.111\tnode1.name.org node1"]


STATIC = """source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eth0 eth1
iface eth0 inet static
    address 192.168.0.111
    netmask 255.255.255.0
    gateway 192.168.0.1
    # a note
    post-up /usr/local/sbin/firewall \\
        --on
iface eth0 inet static
    address 10.1.1.1/24
iface eth0 inet6 static
    address 2001:db8::5/64
iface eth1 inet dhcp
"""


@pytest.mark.parametrize(
    "files",
    [
        {},
        {MAIN: ""},
        {MAIN: "auto lo\niface lo inet loopback\n"},
        {MAIN: STATIC},
        {
            MAIN: "source interfaces.d/*\n",
            f"{MAIN}.d/eth0": "allow-hotplug eth0\niface eth0 inet dhcp\n",
        },
        {
            MAIN: (
                "auto xenbr0\niface xenbr0 inet static\n  address 192.168.0.9/24\n  "
                "bridge-ports none\n"
            )
        },
    ],
)
def test_interfaces_text_is_right_and_stays(files: dict[str, str]) -> None:
    wanted = Wanted("xenbr0", "eth0", "192.168.0.111/24", "192.168.0.1")
    assert not configured(files, wanted)
    after = {**files, **interfaces(files, wanted)}
    assert configured(after, wanted)
    every = "\n".join(after.values())
    assert every.count("iface eth0 ") == 1 and every.count("address 192.168.0.111/24") == 1
    assert every.count("gateway 192.168.0.1") == 1
    assert "iface lo inet loopback" in every or "iface lo inet loopback" not in "".join(
        files.values()
    )


def test_interfaces_text_moves_what_the_card_had() -> None:
    text = interfaces({MAIN: STATIC}, Wanted("xenbr0", "eth0", "192.168.0.111/24"))[MAIN]
    assert "auto eth1\n" in text and "iface eth1 inet dhcp\n" in text
    assert "    post-up /usr/local/sbin/firewall \\\n    --on\n" in text
    assert "iface xenbr0 inet static\n    address 10.1.1.1/24\n" in text
    assert "iface xenbr0 inet6 static\n    address 2001:db8::5/64\n" in text
    assert "netmask" not in text


def test_plans_write_texts_that_leave_nothing_to_write() -> None:
    for (host, path), text in written(hosts.STEP, "synthetic-names-elsewhere").items():
        assert path == "/etc/hosts" and "192.168.0.113\tcluster1.name.org cluster1\n" in text, host
    for (host, _), text in written(bridge.STEP, "synthetic-one-card-dhcp").items():
        ip = {"node1": "192.168.0.111/24", "node2": "192.168.0.112/24"}[host]
        parsed = IFUPDOWN.parse(f"==> {MAIN} <==\n{text}")
        assert configured(parsed, Wanted("xenbr0", "ens3", ip)) or "installer" in text


def test_mirror_is_registered_exactly_once() -> None:
    for case in (
        "fresh",
        "not-registered",
        "synthetic-registered-twice",
        "synthetic-stale-line-other-uuid",
    ):
        for (_, path), text in written(raid.STEP, case).items():
            conf = parse_conf(f"== conf\n{text}")
            ours = [one for one in conf.arrays if one.device in ("/dev/md1", "/dev/md/1")]
            assert path == "/etc/mdadm/mdadm.conf" and len(ours) == 1
            assert conf.registered(ours[0].uuid, "/dev/md1")
            assert [one.device for one in conf.arrays if one not in ours] == ["/dev/md/0"]


def test_known_hosts_replaces_only_our_old_keys() -> None:
    line = "n2.x.y,n2,10.0.0.2 ssh-ed25519 NEW"
    before = (
        "n2.x.y,other ssh-ed25519 OLD\nn2 ssh-rsa RSA\n|1|hash= ssh-ed25519 H\n# n2 "
        "note\n10.0.0.2 ssh-ed25519 OLD\n"
    )
    after = trust.with_known(before, {"n2.x.y": line})
    assert after.splitlines() == [
        "other ssh-ed25519 OLD",
        "n2 ssh-rsa RSA",
        "|1|hash= ssh-ed25519 H",
        "# n2 note",
        line,
    ]
    assert trust.with_known(after, {"n2.x.y": line}) == after


def test_authorized_keys_keeps_options_and_adds_once() -> None:
    before = 'from="10.0.0.9" ssh-ed25519 AAA root@a\n# ssh-ed25519 BBB\n'
    after = trust.with_keys(before, ("ssh-ed25519 AAA root@a", "ssh-ed25519 BBB root@b"))
    assert after == before + "ssh-ed25519 BBB root@b\n"
    assert trust.with_keys(after, ("ssh-ed25519 BBB root@b",)) == after


def test_sizes_hold_what_they_promise() -> None:
    least = smallest_partition()
    assert volume_mib(least) >= VG_MIB > volume_mib(least - MIB)
    assert float(gib_up(least).split()[0]) * 1024 * MIB >= least
    assert float(gib(least).split()[0]) * 1024 * MIB <= least
    assert volume_mib(22527 * MIB) <= 22508, "what the lab's mirrors of 22527 MiB gave"
