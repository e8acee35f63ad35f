"""What Ganeti keeps on the master's disk: a configuration that is broken or gone."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, Stored
from steps.recover.scene import Scene
from steps.recover.situations.words import ask_somebody, by_hand, freeze, on
from wizard.model.recovery import Confidence, Runbook, Situation
from wizard.model.step import Danger


def configuration(scene: Scene) -> Iterator[Situation]:
    """Situation 22: the master's configuration is broken or gone."""
    for host in scene.answering:
        stored = scene.read(host, GANETI)
        if stored is None or not stored.installed or stored.config is not None:
            continue
        if not _calls_itself_master(scene, host, stored):
            continue
        what = "config.data cannot be read" if stored.broken else "config.data is not there"
        evidence = (scene.evidence(GANETI, host, what),)
        title = f"the configuration of the master {host} is broken"
        runbooks = (ask_somebody(), _lead_from_a_peer(scene, host))
        yield Situation(
            "config",
            title,
            Confidence.CERTAIN,
            evidence,
            runbooks,
        )


def _calls_itself_master(scene: Scene, host: str, stored: Stored) -> bool:
    """By ssconf's small files, which are there when config.data is not."""
    names = stored.ssconf.get("master_node", ())
    return bool(names) and scene.short(names[0]) == host


def _lead_from_a_peer(scene: Scene, host: str) -> Runbook:
    peers = [name for name in scene.configs if name != host]
    # A restart would read what is broken, while a running wconfd may hold the whole in memory.
    words = [by_hand(f"Do not restart Ganeti on {host}, and edit nothing there.")]
    for peer in peers:
        words += freeze(scene.answering)
        words.append(on(peer, "gnt-cluster master-failover", Danger.OUTAGE))
    refused = ""
    lifted = ""
    if not peers:
        refused = "no other node holds a configuration that can be read"
        lifted = "a peer whose copy can be read"
    title = "Make a node master that holds a whole copy"
    return Runbook(
        "config",
        title,
        tuple(words),
        refused=refused,
        lifted=lifted,
    )
