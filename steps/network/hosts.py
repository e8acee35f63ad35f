"""Row 3 of the article: names of nodes, cluster and instances; and the keys that trust between
nodes needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.common import files, keys_back, names_back
from steps.common.back import out_of_its_place
from steps.network.etchosts import rewritten
from steps.network.facts.names import CLOCK, ETC_HOSTS, NAMES, PROBES, Names, Probes, wanted
from steps.network.facts.rootssh import ROOT_SSH
from wizard.answers import Answers, Hosts, Node
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step
from wizard.model.write import write_file

SKEW = 120
"""Seconds between two clocks from which on it is refused; Ganeti's verify complains from 150
(nodeMaxClockSkew).
"""

KEY = "/root/.ssh/id_ed25519"


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Clocks that differ, and wanted addresses that some other machine uses."""
    clocks = {node.short: facts.of(node.short, CLOCK) for node in answers.nodes}
    late = min(clocks, key=clocks.__getitem__)
    early = max(clocks, key=clocks.__getitem__)
    skew = clocks[early] - clocks[late]
    if skew > SKEW:
        yield Finding(
            late,
            what=f"its clock is {skew} s behind {early}'s",
            mend="timedatectl set-ntp true (needs systemd-timesyncd or chrony) on all nodes, or "
            "set it with date",
        )
    yield from _taken(answers, facts)


def _taken(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Wanted addresses that are on the wrong node or on a machine that is none of ours."""
    probes = {node.short: facts.of(node.short, PROBES) for node in answers.nodes}
    for host, seen in probes.items():
        if seen.blind:
            yield Finding(
                host,
                what="it has no ip(8), so it cannot see which of the wanted addresses are in use",
                mend="apt-get install iproute2",
            )
    nodes = {node.name: node.short for node in answers.nodes}
    for name, address in wanted(answers):
        if _is_ours(probes.values(), name, address):
            continue
        holders = [host for host, probe in probes.items() if probe.state(address) == "here"]
        wrong = [host for host in holders if host != nodes.get(name)]
        if wrong:
            yield Finding(
                wrong[0],
                what=f"{address}, wanted for {name}, is set on this node",
                mend=f"find its card with `ip -br addr`, then ip addr del {address} dev CARD",
            )
        answered = [host for host, probe in probes.items() if probe.state(address) == "answers"]
        if answered and not holders:
            yield Finding(
                answered[0],
                what=f"{address}, wanted for {name}, is in use by another machine",
                mend="choose a free address, or switch that machine off",
            )


def _is_ours(probes: Iterable[Probes], name: str, address: str) -> bool:
    """Whether the address is the cluster's, or of one of its instances: they may answer."""
    return any(address == probe.master_ip or name in probe.instances for probe in probes)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """The hosts file, the node's own full name, and keys that are missing."""
    for node in answers.nodes:
        yield from _hosts_file(answers, facts, node)
        yield from _hostname(facts, node)
        yield from _keys(facts, node)


def _hosts_file(answers: Answers, facts: Facts, node: Node) -> Iterator[Command]:
    now = facts.of(node.short, ETC_HOSTS)
    yield from files.put(
        node.short,
        "/etc/hosts",
        rewritten(now, wanted(answers)),
        "every node must know all names without DNS, and its own by its real address "
        "instead of 127.0.1.1",
        now=now,
        risk="other lines stay; lines that gave these names other addresses go",
    )


def _hostname(facts: Facts, node: Node) -> Iterator[Command]:
    names = facts.of(node.short, NAMES)
    if names.static == node.name and names.kernel == node.name:
        return
    why = "Ganeti knows a node by its full name and wants `hostname` to say it"
    if names.bus:
        yield Command(
            node.short,
            ("hostnamectl", "set-hostname", node.name),
            why,
            risk="running programs keep the old name until restarted",
            undo=names_back.both(node.name, names.static, names.kernel),
        )
        return
    # hostnamectl asks systemd-hostnamed over the bus: without one both names are set by hand.
    yield write_file(node.short, "/etc/hostname", f"{node.name}\n", why)
    yield Command(
        node.short, ("hostname", node.name), why, undo=names_back.kernels(node.name, names.kernel)
    )


def _keys(facts: Facts, node: Node) -> Iterator[Command]:
    ssh = facts.of(node.short, ROOT_SSH)
    if ssh.mode != "700":
        yield Command(
            node.short,
            ("install", "-d", "-m", "700", "-o", "root", "-g", "root", "/root/.ssh"),
            "sshd and Ganeti want root's key directory, closed to others",
            undo="none needed: closed to others, it serves whatever used it",
        )
    if not ssh.private:
        yield Command(
            node.short,
            ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"root@{node.name}", "-f", KEY),
            "root's own key: with it this node will reach the others (step trust)",
            risk="a key without a passphrase, readable by root alone, as Ganeti's own is",
            undo=keys_back.pair(KEY, f"root@{node.name}"),
        )
    elif not ssh.key:
        script = 'ssh-keygen -y -P "" -f "$1" >"$1.pub"'
        yield Command(
            node.short,
            ("sh", "-c", script, "public-key", KEY),
            "the public half of root's key is missing",
            undo=out_of_its_place(f"{KEY}.pub"),
        )
    if not (ssh.rsa and ssh.host_key):
        yield Command(
            node.short,
            ("ssh-keygen", "-A"),
            "make the missing host keys: gnt-cluster init wants an RSA one (Ganeti issue 1203)",
            risk="existing keys stay",
            undo="none needed: further host keys change nothing for those who know the others",
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Each node says its full name, and all names resolve to the right addresses on all nodes."""
    for node in answers.nodes:
        names = facts.of(node.short, NAMES)
        yield from _own_name(node, names)
        yield from _rewritten_at_boot(node, names)
        for name, address in wanted(answers):
            resolved = names.address(name)
            if resolved != address:
                yield Finding(
                    node.short,
                    what=f"{name} resolves to {resolved or 'nothing'}, not to {address}",
                    mend=f"look at /etc/hosts and at /etc/nsswitch.conf (hosts: {names.order})",
                )


def _own_name(node: Node, names: Names) -> Iterator[Finding]:
    for program, said in (("hostname", names.kernel), ("hostname -f", names.full)):
        if said != node.name:
            yield Finding(
                node.short,
                what=f"`{program}` says {said or 'nothing'}, not {node.name}",
                step=THIS_STEP,
            )
    loopback = any(address.startswith("127.") for address in names.own)
    if loopback or str(node.ip) not in names.own:
        resolved = ", ".join(names.own) or "nothing"
        yield Finding(
            node.short,
            what=f"its own name resolves to {resolved}, not to {node.ip}",
            mend="put `files` first in the hosts: line of /etc/nsswitch.conf",
        )


def _rewritten_at_boot(node: Node, names: Names) -> Iterator[Finding]:
    path = names.cloud_hosts
    if not path:
        return
    mend = f"set manage_etc_hosts to false in {path}"
    if path.startswith("/var/lib/cloud/"):
        mend = (
            "the provider hands it to the machine, above all files in /etc/cloud: `touch "
            "/etc/cloud/cloud-init.disabled` has cloud-init do nothing more at boot; or take it "
            "out of the machine's user data there"
        )
    yield Finding(
        node.short,
        what="cloud-init writes /etc/hosts anew at each boot (manage_etc_hosts): after the next "
        "one these names are gone, and its own leads to 127.0.1.1",
        mend=mend,
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
