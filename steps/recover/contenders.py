"""Two nodes that both act as master, or would at the next break of the link: who is right is a
person's to say, with what speaks for each side by side.

Serials order the copies of one master's life only: two masters each count on from the parting.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Config
from steps.health.facts.daily import BYPASS
from steps.recover.clocks import clock
from steps.recover.facts.copies import COPIES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from wizard.answers import Answers
from wizard.base.names import clause
from wizard.model.accident import Case, Choice, Option
from wizard.model.facts import Facts

CHOICE = "right"


def holders(scene: Scene) -> list[str]:
    """The nodes that hold the cluster's address."""
    address = str(scene.answers.hosts.cluster_ip)
    hosts = []
    for host in scene.answering:
        running = scene.read(host, RUNNING)
        if running is not None and address in running.addresses:
            hosts.append(host)
    return hosts


def settings(scene: Scene, host: str) -> tuple[str, ...]:
    """The lines of /etc/default/ganeti that go around the vote for good."""
    bypass = scene.read(host, BYPASS)
    if bypass is None:
        return ()
    return bypass.settings


def contenders(scene: Scene) -> list[str]:
    """The nodes of which one only may be the master, the one with the better lineage first; none
    while there is no dispute. A master that could not take the address from the former one is one:
    `gnt-cluster master-failover` goes on where that does not give it up (Ganeti 3.0.2 and 3.1.0,
    bootstrap.py, MasterFailover; issue 1113).
    """
    disputed = {*scene.leading, *holders(scene)}
    if len(disputed) < 2:
        return []
    return sorted(disputed, key=scene.trust, reverse=True)


def lineage(scene: Scene, host: str) -> str:
    """What is known of the configuration that a contender holds."""
    config = scene.configs.get(host)
    if config is None:
        return "its configuration cannot be read"
    words = [f"configuration {config.serial}"]
    master = _node_named(scene, config, config.master)
    words.append(f"names {master or 'nobody'} as master")
    words += _written(scene, host)
    if scene.short(scene.takeover.master) == host:
        words.append("the latest takeover made it master")
    words += _instances(scene, host, config)
    return "; ".join(words)


def _node_named(scene: Scene, config: Config, uuid: str) -> str:
    """The short name of a node in a contender's own configuration; "" for none of it."""
    return scene.short(config.node_name(uuid))


def _written(scene: Scene, host: str) -> Iterator[str]:
    """How old a contender's file is, by the clock that the file's time is by."""
    stored = scene.read(host, LINEAGE)
    now = clock(scene, host)
    if stored is not None and stored.mtime and now:
        seconds = max(0, now - stored.mtime)
        yield f"written {seconds // 60} min ago"


def _instances(scene: Scene, host: str, config: Config) -> Iterator[str]:
    """Which instances a contender's configuration has on it, and which run there."""
    at_home = []
    running = []
    for guest in config.instances:
        if _node_named(scene, config, guest.primary) == host:
            at_home.append(guest.name)
        if host in scene.runs_on(guest):
            running.append(guest.name)
    yield f"has {', '.join(at_home) or 'no instance'} at home there"
    yield clause(running or ["nothing"], "runs there", "run there")


def options(answers: Answers, facts: Facts) -> tuple[Option, ...]:
    """Each contender with what speaks for it, the better lineage first."""
    scene = Scene(answers, facts)
    known = []
    for place, host in enumerate(contenders(scene)):
        words = lineage(scene, host)
        if place > 0:
            words += "; by its lineage the worse one: its full name is typed"
        known.append(Option(host, words))
    return tuple(known)


RIGHT = Choice(CHOICE, "Which of the two is the master?", options)


def right(case: Case, scene: Scene) -> str:
    """The master: the one that was chosen, else the only one that acts; "" for nobody."""
    chosen = case.chosen.get(CHOICE, "")
    if chosen in scene.answering:
        return chosen
    if contenders(scene):
        return ""
    return scene.master


def wrong(case: Case, scene: Scene) -> Iterator[str]:
    """The nodes that act as master and are not."""
    master = right(case, scene)
    if not master:
        return
    acting = dict.fromkeys((*scene.leading, *holders(scene)))
    for host in acting:
        if host != master:
            yield host


def overwritten(scene: Scene, host: str) -> str:
    """Why the file of a master is not what it wrote last; "" when nothing shows that.

    noded takes it from any candidate, whatever its serial (Ganeti 3.0.2, backend.py, 3933), and the
    master's own wconfd writes no more into a file that somebody else wrote (Utils/Atomic.hs, 128).
    """
    config = scene.configs.get(host)
    if config is None:
        return "its configuration cannot be read"
    named = _node_named(scene, config, config.master)
    if named != host:
        return f"its config.data names {named or 'nobody'} as master: it was overwritten"
    for place in scene.facts.hosts:
        copies = scene.read(place, COPIES)
        kept = copies.of(host) if copies is not None else None
        if kept is not None and kept.serial > config.serial:
            copy = f"its copy on {place} is of configuration {kept.serial}"
            return f"{copy}, its file of {config.serial}: it was overwritten"
    return ""


def noted_elsewhere(scene: Scene) -> str:
    """The server that a takeover's note still has for the master, though it no longer is."""
    noted = scene.short(scene.takeover.master)
    if noted == scene.master:
        return ""
    return noted
