"""What Ganeti keeps on the master's disk: a configuration that is broken or gone."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import GANETI, Stored
from steps.recover.facts.lineage import LINEAGE
from steps.recover.refusals import Refusal
from steps.recover.scene import Scene
from steps.recover.situations.refusal import newer_copy
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
    peers = []
    refusals = []
    for name in scene.configs:
        if name == host:
            continue
        refused = _unfit(scene, host, name)
        if refused.why:
            refusals.append(refused)
        else:
            peers.append(name)
    # A restart would read what is broken, while a running wconfd may hold the whole in memory.
    words = [by_hand(f"Do not restart Ganeti on {host}, and edit nothing there.")]
    for peer in peers:
        words += freeze(scene.answering)
        words.append(on(peer, "gnt-cluster master-failover", Danger.OUTAGE))
    if not peers and not refusals:
        refusals.append(
            Refusal(
                "no other node holds a configuration that can be read",
                "a peer whose copy can be read",
            )
        )
    title = "Make a node master that holds a whole copy"
    return Runbook(
        "config",
        title,
        tuple(words),
        refused="" if peers else "; ".join(one.why for one in refusals),
        lifted="" if peers else "; ".join(dict.fromkeys(one.lifted for one in refusals)),
    )


def _unfit(scene: Scene, host: str, peer: str) -> Refusal:
    """Why a peer's copy must not become what is in force. `gnt-cluster master-failover` compares
    no serials (bootstrap.MasterFailover): a vote is about who is master, and an old copy wins it.
    """
    newest = f"the configuration of {peer} is the newest of all copies"
    config = scene.configs[peer]
    named = scene.short(config.node_name(config.master))
    if named != host:
        return Refusal(f"{peer} takes {named or 'nobody'} for the master: another life", newest)
    lineage = scene.read(host, LINEAGE)
    if lineage is None:
        return Refusal(f"{host} does not say whom it has marked offline", f"{host} says it")
    if scene.answers.node(peer).name in lineage.offline:
        why = f"{host} has {peer} marked offline: its copy is of the time before that"
        return Refusal(why, newest)
    newer = newer_copy(scene, peer, config)
    return Refusal(newer.why, newest) if newer.why else newer
