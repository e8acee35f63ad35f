"""Root's ssh between the nodes: what `gnt-node add` needs, set up before Ganeti takes it over."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common import files
from steps.common.units import SSHD_ANEW
from steps.network.facts.rootssh import REACHED, ROOT_SSH, RootSsh
from wizard.answers import Answers, Node
from wizard.base.plain import lines_of
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step
from wizard.model.undo import Undo
from wizard.model.write import write_file

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
    wanted = list(lines.values())
    names: set[str] = set()
    for line in wanted:
        names.update(_hosts(line))
    kept = []
    for line in lines_of(text):
        if line in wanted or not _is_ed25519(line):
            kept.append(line)
        else:
            kept += _without(line, names)
    kept += [line for line in wanted if line not in kept]
    return "".join(f"{line}\n" for line in kept)


def _hosts(line: str) -> list[str]:
    """The names and addresses that a line of known_hosts is for."""
    return line.split()[0].split(",")


def _is_ed25519(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and words[1] == "ssh-ed25519"


def _without(line: str, names: set[str]) -> list[str]:
    """The line without these names: as it is when it has none, none when no other is left."""
    hosts = _hosts(line)
    others = [host for host in hosts if host not in names]
    if others == hosts:
        return [line]
    if not others:
        return []
    key = line.split()[1:]
    return [" ".join([",".join(others), *key])]


def with_keys(text: str, keys: tuple[str, ...]) -> str:
    """authorized_keys with these keys in it; comments and options of existing lines stay."""
    lines = lines_of(text)
    present: set[str] = set()
    for line in lines:
        # Options may stand before the key, so each word could be one (sshd(8)).
        if not line.startswith("#"):
            present.update(line.split())
    for key in keys:
        _, body, *_ = key.split()
        if body not in present:
            lines.append(key)
    return "".join(f"{line}\n" for line in lines)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Keys that the step hosts makes are missing; sshd's set-up does not let a drop-in help."""
    for node in answers.nodes:
        ssh = facts.of(node.short, ROOT_SSH)
        if not (ssh.private and ssh.key and ssh.host_key):
            yield Finding(
                node.short,
                what="root's ed25519 key or the host's is missing",
                step="hosts",
            )
        elif not ssh.reads_own_keys:
            place = ssh.keys_file or "an unknown place"
            yield Finding(
                node.short,
                what=f"sshd reads root's keys from {place}, not from .ssh/authorized_keys",
                mend="set AuthorizedKeysFile .ssh/authorized_keys for root in sshd_config",
            )
        if not ssh.lets_root_in and not ssh.includes:
            yield Finding(
                node.short,
                what=f"sshd refuses root (PermitRootLogin {ssh.root_login}, "
                f"PubkeyAuthentication {ssh.pubkey})",
                mend="set PermitRootLogin prohibit-password in /etc/ssh/sshd_config; reload ssh",
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
    keys = tuple(facts.of(peer.short, ROOT_SSH).key for peer in peers)
    then = with_keys(ssh.authorized, keys)
    if lines_of(then) != lines_of(ssh.authorized):
        names = ", ".join(peer.name for peer in peers)
        yield write_file(
            node.short,
            AUTHORIZED,
            then,
            f"admit root of {names}: Ganeti's nodes act on each other as root",
            mode="600",
            risk="whoever is root on one node is root on the others; that is how Ganeti works",
            old=ssh.authorized,
        )


def _know(facts: Facts, node: Node, ssh: RootSsh, peers: list[Node]) -> Iterator[Command]:
    lines = {}
    for peer in peers:
        host_key = facts.of(peer.short, ROOT_SSH).host_key
        lines[peer.name] = known_line(peer, host_key)
    yield from files.put(
        node.short,
        KNOWN,
        with_known(ssh.known, lines),
        "know the other nodes' host keys, read off them over the wizard's own checked connection",
        now=ssh.known,
        mode="600",
        risk="older ed25519 keys under these names are replaced",
    )


def _admit(node: Node, ssh: RootSsh) -> Iterator[Command]:
    yield write_file(
        node.short,
        DROP_IN,
        "PermitRootLogin prohibit-password\nPubkeyAuthentication yes\n",
        f"sshd says PermitRootLogin {ssh.root_login}: Ganeti needs root's login by key",
        risk="root may log in with a key, not with a password",
    )
    yield Command(
        node.short,
        SSHD_ANEW,
        "sshd reads its configuration again",
        risk="running sessions stay",
        undo=Undo(SSHD_ANEW, last=True),
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Root of every node really logs in on every other by name, without a question."""
    for node in answers.nodes:
        reached = facts.of(node.short, REACHED)
        for peer in answers.nodes:
            said = reached.get(peer.name)
            if peer is not node and said != peer.name:
                yield Finding(
                    node.short,
                    what=f"root's ssh to {peer.name} says: {said or 'nothing'}",
                    mend=f"try `ssh -v root@{peer.name}` there; look at AllowUsers and at the "
                    "firewall",
                    step="bridge",
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
