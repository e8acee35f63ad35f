"""Row 3 of the article: names of nodes, cluster and instances; and the keys that trust between
nodes needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.network.etchosts import rewritten
from steps.network.facts.names import CLOCK, ETC_HOSTS, NAMES, PROBES, wanted
from steps.network.facts.rootssh import ROOT_SSH
from wizard.answers import Answers, Hosts, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, write_file

SKEW = 120
"""Seconds between two clocks from which on it is refused; Ganeti's verify complains from 150
(nodeMaxClockSkew).
"""

KEY = "/root/.ssh/id_ed25519"


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Clocks that differ, and wanted addresses that some other machine uses."""
    clocks = {node.short: facts.of(node.short, CLOCK) for node in answers.nodes}
    skew = max(clocks.values()) - min(clocks.values())
    if skew > SKEW:
        late = min(clocks, key=lambda host: clocks[host])
        what = f"its clock is {skew} s behind {max(clocks, key=lambda host: clocks[host])}'s"
        mend = (
            "timedatectl set-ntp true (needs systemd-timesyncd or chrony) on all nodes, or "
            "set it with date"
        )
        yield Finding(late, what, mend)
    yield from _taken(answers, facts)


def _taken(answers: Answers, facts: Facts) -> Iterator[Finding]:
    hosts = [node.short for node in answers.nodes]
    probes = {host: facts.of(host, PROBES) for host in hosts}
    claimed = {one.master_ip for one in probes.values()}
    living = {name for one in probes.values() for name in one.instances}
    nodes = {node.name: node.short for node in answers.nodes}
    for name, address in wanted(answers):
        if address in claimed or name in living:
            continue
        holders = [host for host in hosts if probes[host].state(address) == "here"]
        wrong = [host for host in holders if host != nodes.get(name)]
        if wrong:
            what = f"{address}, wanted for {name}, is set on this node"
            yield Finding(
                wrong[0],
                what,
                f"find its card with `ip -br addr`, then ip addr del {address} dev CARD",
            )
        seen_by = [host for host in hosts if probes[host].state(address) == "answers"]
        if seen_by and not holders:
            what = f"{address}, wanted for {name}, is in use by another machine"
            yield Finding(seen_by[0], what, "choose a free address, or switch that machine off")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """The hosts file, the node's own full name, and keys that are missing."""
    for node in answers.nodes:
        yield from _hosts_file(answers, facts, node)
        yield from _hostname(facts, node)
        yield from _keys(facts, node)


def _hosts_file(answers: Answers, facts: Facts, node: Node) -> Iterator[Command]:
    now = facts.of(node.short, ETC_HOSTS)
    then = rewritten(now, wanted(answers))
    if then != now:
        yield write_file(
            node.short,
            "/etc/hosts",
            then,
            "every node must know all names without DNS, and its own by its real address "
            "instead of 127.0.1.1",
            risk="other lines stay; lines that gave these names other addresses go",
            undo="edit /etc/hosts",
        )


def _hostname(facts: Facts, node: Node) -> Iterator[Command]:
    names = facts.of(node.short, NAMES)
    if names.static == node.name and names.kernel == node.name:
        return
    why = "Ganeti knows a node by its full name and wants `hostname` to say it"
    old = names.static or names.kernel
    if names.bus:
        undo = f"hostnamectl set-hostname {old}"
        argv = ("hostnamectl", "set-hostname", node.name)
        yield Command(
            node.short,
            argv,
            why,
            risk="running programs keep the old name until restarted",
            undo=undo,
        )
        return
    yield write_file(node.short, "/etc/hostname", f"{node.name}\n", why, undo=f"write {old} there")
    yield Command(node.short, ("hostname", node.name), why, undo=f"hostname {old}")


def _keys(facts: Facts, node: Node) -> Iterator[Command]:
    ssh = facts.of(node.short, ROOT_SSH)
    if ssh.mode != "700":
        yield Command(
            node.short,
            ("install", "-d", "-m", "700", "-o", "root", "-g", "root", "/root/.ssh"),
            "sshd and Ganeti want root's key directory, closed to others",
            undo="none needed",
        )
    if not ssh.private:
        yield Command(
            node.short,
            ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"root@{node.name}", "-f", KEY),
            "root's own key: with it this node will reach the others (step trust)",
            risk="a key without a passphrase, readable by root alone, as Ganeti's own is",
            undo=f"rm {KEY} {KEY}.pub",
        )
    elif not ssh.key:
        script = 'ssh-keygen -y -P "" -f "$1" >"$1.pub"'
        argv = ("sh", "-c", script, "public-key", KEY)
        yield Command(
            node.short, argv, "the public half of root's key is missing", undo=f"rm {KEY}.pub"
        )
    if not (ssh.rsa and ssh.host_key):
        yield Command(
            node.short,
            ("ssh-keygen", "-A"),
            "make the missing host keys: gnt-cluster init wants an RSA one (Ganeti issue 1203)",
            risk="existing keys stay",
            undo="none needed",
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Each node says its full name, and all names resolve to the right addresses on all nodes."""
    for node in answers.nodes:
        names = facts.of(node.short, NAMES)
        for label, value in (("hostname", names.kernel), ("hostname -f", names.full)):
            if value != node.name:
                yield Finding(
                    node.short,
                    f"`{label}` says {value or 'nothing'}, not {node.name}",
                    "run the step hosts",
                )
        loopback = [address for address in names.own if address.startswith("127.")]
        if loopback or str(node.ip) not in names.own:
            what = f"its own name resolves to {', '.join(names.own) or 'nothing'}, not to {node.ip}"
            yield Finding(
                node.short, what, "put `files` first in the hosts: line of /etc/nsswitch.conf"
            )
        for name, address in wanted(answers):
            if names.address(name) != address:
                what = f"{name} resolves to {names.address(name) or 'nothing'}, not to {address}"
                yield Finding(
                    node.short,
                    what,
                    f"look at /etc/hosts and at /etc/nsswitch.conf (hosts: {names.order})",
                )


STEP = Step(
    id="hosts",
    title="Names",
    reason=(
        "All servers, the cluster and the instances have names that every server knows without "
        "asking anyone: when things break, DNS may be one of them."
    ),
    then="/etc/hosts: 192.168.0.111 node1.name.org node1, .112 node2, .113 cluster1, .114 inst1",
    now="the same lines; no 127.0.1.1; hostnamectl set-hostname with the full name; root's ssh key",
    section=Hosts,
    facts=(CLOCK, NAMES, ETC_HOSTS, PROBES, ROOT_SSH),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=0.5,
)
