"""Root's ssh between the nodes: what `gnt-node add` needs, set up before Ganeti takes it over."""

from __future__ import annotations

from collections.abc import Iterator

from steps.network.facts.rootssh import REACHED, ROOT_SSH, RootSsh
from wizard.answers import Answers, Node
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, write_file

AUTHORIZED = "/root/.ssh/authorized_keys"
KNOWN = "/root/.ssh/known_hosts"
DROP_IN = "/etc/ssh/sshd_config.d/00-ganeti-wizard.conf"


def known_line(node: Node, key: str) -> str:
    """One line of known_hosts for a node: full name, short name, address (sshd(8), SSH_KNOWN_HOSTS
    FILE FORMAT).
    """
    return f"{node.name},{node.short},{node.ip} {key}"


def with_known(text: str, lines: dict[str, str]) -> str:
    """known_hosts with exactly these lines for these names: `lines` is the line by full name.

    Other keys of the same kind for the same names go, since ssh would refuse the host; all else
    stays.
    """
    kept, names = [], {name for line in lines.values() for name in line.split()[0].split(",")}
    for line in text.splitlines():
        words = line.split()
        same = (
            len(words) >= 3
            and words[1] == "ssh-ed25519"
            and not names.isdisjoint(words[0].split(","))
        )
        if same and line not in lines.values():
            others = [name for name in words[0].split(",") if name not in names]
            if not others:
                continue
            line = " ".join([",".join(others), *words[1:]])
        kept.append(line)
    kept += [line for line in lines.values() if line not in kept]
    return "".join(f"{line}\n" for line in kept)


def with_keys(text: str, keys: tuple[str, ...]) -> str:
    """authorized_keys with these keys in it; comments and options of existing lines stay."""
    have = text.splitlines()
    bodies = {word for line in have if not line.startswith("#") for word in line.split()}
    return "".join(
        f"{line}\n" for line in [*have, *(key for key in keys if key.split()[1] not in bodies)]
    )


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Keys that the step hosts makes are missing; sshd's set-up does not let a drop-in help."""
    for node in answers.nodes:
        ssh = facts.of(node.short, ROOT_SSH)
        if not (ssh.private and ssh.key and ssh.host_key):
            yield Finding(
                node.short,
                "root's ed25519 key or the host's is missing",
                "run the step hosts first",
            )
        elif (
            ".ssh/authorized_keys"
            not in ssh.keys_file.replace("%h/", "").replace("/root/", "").split()
        ):
            what = (
                f"sshd reads root's keys from {ssh.keys_file or 'an unknown place'}, not "
                "from .ssh/authorized_keys"
            )
            yield Finding(
                node.short,
                what,
                "set AuthorizedKeysFile .ssh/authorized_keys for root in sshd_config",
            )
        if not ssh.lets_root_in and not ssh.includes:
            what = (
                f"sshd refuses root (PermitRootLogin {ssh.root_login}, PubkeyAuthentication "
                f"{ssh.pubkey})"
            )
            yield Finding(
                node.short,
                what,
                "set PermitRootLogin prohibit-password in /etc/ssh/sshd_config; reload ssh",
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Each node admits all others' keys and knows all others' host keys; sshd admits root with a
    key.
    """
    for node in answers.nodes:
        ssh = facts.of(node.short, ROOT_SSH)
        peers = [peer for peer in answers.nodes if peer is not node]
        yield from _authorise(facts, node, ssh, peers)
        yield from _know(facts, node, ssh, peers)
        if not ssh.lets_root_in:
            yield from _admit(node, ssh)


def _authorise(facts: Facts, node: Node, ssh: RootSsh, peers: list[Node]) -> Iterator[Command]:
    then = with_keys(ssh.authorized, tuple(facts.of(peer.short, ROOT_SSH).key for peer in peers))
    if then.splitlines() != ssh.authorized.splitlines():
        yield write_file(
            node.short,
            AUTHORIZED,
            then,
            f"admit root of {', '.join(peer.name for peer in peers)}: Ganeti's nodes act "
            "on each other as root",
            mode="600",
            risk="whoever is root on one node is root on the others; that is how Ganeti works",
            undo=f"remove those lines from {AUTHORIZED}",
        )


def _know(facts: Facts, node: Node, ssh: RootSsh, peers: list[Node]) -> Iterator[Command]:
    lines = {peer.name: known_line(peer, facts.of(peer.short, ROOT_SSH).host_key) for peer in peers}
    then = with_known(ssh.known, lines)
    if then != ssh.known:
        yield write_file(
            node.short,
            KNOWN,
            then,
            "know the other nodes' host keys, read off them over the wizard's own checked "
            "connection",
            mode="600",
            risk="older ed25519 keys under these names are replaced",
            undo=f"remove those lines from {KNOWN}",
        )


def _admit(node: Node, ssh: RootSsh) -> Iterator[Command]:
    yield write_file(
        node.short,
        DROP_IN,
        "PermitRootLogin prohibit-password\nPubkeyAuthentication yes\n",
        f"sshd says PermitRootLogin {ssh.root_login}: Ganeti needs root's login by key",
        risk="root may log in with a key, not with a password",
        undo=f"rm {DROP_IN}; systemctl reload ssh",
    )
    yield Command(
        node.short,
        ("systemctl", "reload", "ssh"),
        "sshd reads its configuration again",
        risk="running sessions stay",
        undo="none needed",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Root of every node really logs in on every other by name, without a question."""
    for node in answers.nodes:
        reached = facts.of(node.short, REACHED)
        for peer in answers.nodes:
            if peer is not node and reached.get(peer.name) != peer.name:
                what = f"root's ssh to {peer.name} says: {reached.get(peer.name) or 'nothing'}"
                yield Finding(
                    node.short,
                    what,
                    f"try `ssh -v root@{peer.name}` there; AllowUsers, firewall, step bridge",
                )


STEP = Step(
    id="trust",
    title="Root's way between the nodes",
    reason=(
        "The master acts on the other servers as root over ssh when it adds them. The keys are "
        "exchanged here, so that it asks nothing later."
    ),
    then="gnt-node add asked for root's password and for the host key",
    now="root's ed25519 key of every node authorised on all others, host keys in known_hosts",
    facts=(ROOT_SSH, REACHED),
    needs=("hosts", "bridge"),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=0.5,
)
