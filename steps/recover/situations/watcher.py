"""Ganeti's watcher: what it would do by itself, unless it is paused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steps.common.facts.watcher import WATCHER, Watcher
from steps.recover.clocks import clock
from steps.recover.facts.hold import HOLDS
from steps.recover.facts.lineage import LINEAGE
from steps.recover.moments import moment
from steps.recover.scene import Scene
from steps.recover.situations.words import by_hand, on, thaw, wait
from wizard.base.names import together
from wizard.model.recovery import Confidence, Runbook, Situation, Word

PAUSE_SECONDS = 7200
"""For how long a runbook pauses it."""
SLACK = 60


def paused_until(scene: Scene, host: str) -> int:
    """Until when the watcher of a node is paused, by that node's clock; 0 while it works."""
    lineage = scene.read(host, LINEAGE)
    if lineage is None or lineage.paused <= clock(scene, host):
        return 0
    return lineage.paused


def by_somebody_else(scene: Scene, host: str) -> bool:
    """Whether it was paused for longer than any runbook does it: that is somebody's own will, also
    when it has less than that to go by now.
    """
    until = paused_until(scene, host)
    lineage = scene.read(host, LINEAGE)
    since = lineage.paused_since if lineage is not None else 0
    return until > (since or clock(scene, host)) + PAUSE_SECONDS + SLACK


def left_to_it(scene: Scene, text: str, minutes: int, hosts: Sequence[str] = ()) -> Runbook:
    """Waiting for what the watcher does of these nodes, the master unless others are named; while
    it is paused, or nothing has it run, nobody need wait for that.
    """
    places = [host for host in hosts or [scene.master] if host]
    until = max((paused_until(scene, host) for host in places), default=0)
    idle = [host for host in places if host in _without_it(scene)]
    if until:
        text = f"Ganeti's watcher is paused until {moment(until)}: by itself it does nothing here."
    elif idle:
        text = f"Nothing has Ganeti's watcher run on {together(idle)}: waiting mends nothing here."
    return wait(text, minutes)


def paused(scene: Scene) -> Iterator[Situation]:
    """It is paused, and no work is under way that it is paused for: after the next power cut it
    would start nothing.
    """
    evidence = []
    hosts = []
    for host in scene.answering:
        hold = scene.read(host, HOLDS)
        until = paused_until(scene, host)
        if until and hold is not None and not hold.owner:
            hosts.append(host)
            what = f"the watcher is paused until {moment(until)}"
            evidence.append(scene.evidence(LINEAGE, host, what))
    if not hosts:
        return
    title = f"Ganeti's watcher is paused on {together(hosts)}: it starts nothing by itself"
    words = (by_hand("Ask who paused it, and why; if nobody needs it any more:"), *thaw(hosts))
    runbooks = (
        wait("It ends by itself at that time.", 10),
        Runbook("unpause", "Let the watcher work again", words),
    )
    yield Situation("watcher-paused", title, Confidence.CERTAIN, tuple(evidence), runbooks)


def never_run(scene: Scene) -> Iterator[Situation]:
    """Nothing has it run: no cron, or no crontab that names it."""
    hosts = _without_it(scene)
    if not hosts:
        return
    evidence = []
    words = []
    for host, watcher in hosts.items():
        evidence.append(scene.evidence(WATCHER, host, _lacking(watcher)))
        words.append(on(host, _start_of_it(watcher)))
    named = together(list(hosts))
    title = f"nothing has Ganeti's watcher run on {named}: it starts nothing by itself"
    text = "The build's step does it, or by hand:"
    mend = Runbook(
        "packages",
        "Let something run the watcher",
        (Word("ganeti-wizard apply packages", command=True), by_hand(text), *words),
    )
    yield Situation("watcher-idle", title, Confidence.CERTAIN, tuple(evidence), (mend,))


def _without_it(scene: Scene) -> dict[str, Watcher]:
    """The nodes on which Ganeti is installed and nothing has the watcher run."""
    hosts = {}
    for host in scene.answering:
        watcher = scene.read(host, WATCHER)
        if watcher is not None and watcher.ganeti and not watcher.is_run:
            hosts[host] = watcher
    return hosts


def _lacking(watcher: Watcher) -> str:
    """What is not there, in words."""
    if watcher.cron is not None:
        return "no crontab names it" if watcher.cron.works else f"{watcher.cron.name} does not run"
    return "no cron is installed"


def _start_of_it(watcher: Watcher) -> str:
    """The command that lets it be run."""
    if watcher.cron is None:
        return "apt-get install cron"
    if watcher.cron.masked:
        return f"systemctl unmask {watcher.cron.name}"
    if not watcher.cron.works:
        return f"systemctl enable --now {watcher.cron.name}"
    return "echo '*/5 * * * * root /usr/sbin/ganeti-watcher' >/etc/cron.d/ganeti-watcher"
