"""End the second master: its daemons, the cluster's address, and what would make it one again."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import MASTER_ROLE_DAEMONS
from steps.recover.contenders import contenders, holders, options, right, settings, wrong
from steps.recover.facts.daemons import RUNNING
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.steps.takeover import DAEMON_UTIL
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

DEFAULTS = "/etc/default/ganeti"
VOTE_AGAIN = r"""set -e; cp -p "$1" "$1.gw-before"
sed -i -E '/^[[:space:]]*[A-Z_]*ARGS=.*--no-voting/s/ *--(no-voting|yes-do-it)//g' "$1"
"""
"""Other arguments on the line stay."""
GIVE_BACK = """ip -4 -o addr show to "$1" | while read -r number device inet address rest; do
  ip addr del "$address" dev "$device"
done"""


def acts(scene: Scene, host: str) -> bool:
    """Whether any daemon of the master's role runs on a node: one alone is just being started."""
    running = scene.read(host, RUNNING)
    # /proc/PID/comm holds 15 characters of a name, proc(5).
    return running is not None and any(name[:15] in running.daemons for name in MASTER_ROLE_DAEMONS)


def blockers(case: Case, scene: Scene) -> Iterator[Finding]:
    """Somebody must have said who is right, and everybody must be seen."""
    if not contenders(scene):
        return
    if not right(case, scene):
        names = ", ".join(option.value for option in options(scene.answers, scene.facts))
        what = "nobody has said which of them is the master"
        yield Finding("", what, mend=f"--choose right=…, one of: {names}")
    for node in scene.nodes:
        if node.short not in scene.answering:
            what = "does not answer: which master is right cannot be told"
            yield Finding(node.short, what, mend="ganeti-wizard recover diagnose")


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """On the wrong one its daemons first: they would take the address again."""
    address = str(scene.answers.hosts.cluster_ip)
    for host in wrong(case, scene):
        if acts(scene, host):
            yield _stop(case, scene, host)
        if host in holders(scene):
            yield Command(
                host,
                ("sh", "-c", GIVE_BACK, "give-back", address),
                "of two machines with one address each is heard by some",
                Danger.OUTAGE,
                risk="who talked to this node by the cluster's address is cut off",
                undo="gnt-cluster activate-master-ip on the master",
                title=f"ip addr del {address}",
                stage=1,
            )
    for host in scene.answering:
        if settings(scene, host):
            yield Command(
                host,
                ("sh", "-c", VOTE_AGAIN, "vote-again", DEFAULTS),
                "with --no-voting for good each break of the link makes two masters",
                undo=f"mv {DEFAULTS}.gw-before {DEFAULTS}",
                title=f"take --no-voting out of {DEFAULTS}",
            )


def _stop(case: Case, scene: Scene, host: str) -> Command:
    """By lineage the better one goes only when the name of the other was typed."""
    master = right(case, scene)
    better = contenders(scene)[:1] == [host]
    serials = [
        f"{name} has {scene.configs[name].serial}"
        for name in (host, master)
        if name in scene.configs
    ]
    return Command(
        host,
        (DAEMON_UTIL, "stop-master"),
        f"{master} is the master, as was chosen",
        Danger.DESTROY if better else Danger.OUTAGE,
        risk=f"what was configured on {host} since they parted is given up ({'; '.join(serials)}); "
        "it is in the evidence that was kept",
        undo=f"{DAEMON_UTIL} start-master, if the other one is stopped",
        kind=Kind.UNIT,
        confirm=scene.answers.node(master).name if better else "",
        ok=(0, 1),
        turning=True,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """One node acts as master, one holds the address, none is set to go around the vote."""
    for host in wrong(case, scene):
        yield Finding(host, "still acts as master", step=THIS_STEP)
    for host in scene.answering:
        if settings(scene, host):
            yield Finding(host, f"{DEFAULTS} still holds --no-voting", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "stand-down",
        "End the second master",
        "Two masters give orders to the same nodes, and each overwrites the other's configuration.",
        "daemon-util stop-master and ip addr del on the wrong one; --no-voting out of the defaults",
        plan=plan,
        verify=verify,
        blockers=blockers,
        minutes=1,
    )
