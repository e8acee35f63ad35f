"""A node answers again that the cluster goes on without: whether it may be taken in, and how."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti import orders
from steps.ganeti.facts.ganeti import GANETI, Config
from steps.recover.scene import Scene
from steps.recover.situations.objections import objections
from steps.recover.situations.words import by_hand, carried_out, freeze, thaw, wait
from wizard.model.recovery import Confidence, Runbook, Situation


def rejoin(scene: Scene) -> Iterator[Situation]:
    """Situations 10 and 11: a node answers again that the cluster goes on without."""
    config = scene.config
    if config is None or not scene.master or not scene.leading:
        # Where nobody leads, the cluster goes on without anybody, and who is back is not decided.
        return
    for host in scene.answering:
        if host == scene.master:
            continue
        member = config.node(scene.answers.node(host).name)
        if member is None:
            continue
        outdated = _names_another_master(scene, host, config)
        if member.offline or outdated is not None:
            yield _came_back(scene, host, outdated, offline=member.offline)


def _names_another_master(scene: Scene, host: str, believed: Config) -> Config | None:
    """The node's own configuration if it is from the time before a takeover."""
    own = scene.configs.get(host)
    if own is None:
        return None
    own_master = own.node_name(own.master)
    master = believed.node_name(believed.master)
    return own if own_master != master else None


def _came_back(scene: Scene, host: str, outdated: Config | None, *, offline: bool) -> Situation:
    state = "marked offline" if offline else "not marked offline"
    evidence = [scene.evidence(GANETI, scene.believed, f"{host} is {state} there")]
    if outdated is not None:
        own_master = outdated.node_name(outdated.master)
        what = f"names {own_master} as master, configuration {outdated.serial}"
        evidence.append(scene.evidence(GANETI, host, what))
        for lost in _given_up(scene, outdated):
            evidence.append(scene.evidence(GANETI, host, lost))
    return Situation(
        "rejoin",
        f"{host} is back, and the cluster goes on without it",
        Confidence.CERTAIN,
        tuple(evidence),
        (
            wait(f"Look what {host} still runs before it is taken in.", 3),
            _take_in(scene, host, offline=offline),
        ),
    )


def _given_up(scene: Scene, outdated: Config) -> Iterator[str]:
    """What the node's own configuration has beyond the one in force: the re-add replaces it."""
    believed = scene.config
    if believed is None:
        return
    if outdated.serial > believed.serial:
        yield (
            f"it went on counting, to more than the {believed.serial} in force: what was changed "
            "under it since is given up, and is in the evidence that is kept first"
        )
    known = {guest.uuid for guest in believed.instances}
    for guest in outdated.instances:
        if guest.uuid not in known:
            yield (
                f"has an instance {guest.name}, which the cluster does not know: Ganeti forgets "
                "it, its volumes stay, and nobody may take them for left over"
            )


def _take_in(scene: Scene, host: str, *, offline: bool) -> Runbook:
    name = scene.answers.node(host).name
    master = scene.master
    # The re-add lifts "offline" early, and a watcher would act on a node that is half in.
    words = [*carried_out("rejoin"), *freeze(scene.answering)]
    if not offline:
        # Only this bars a former master, whose certificate lets it overwrite the configuration.
        words.append(orders.offline(master, name))
    pinned = f"ssh-keygen -lF {name} -f /root/.ssh/known_hosts"
    words.append(by_hand(f"If --readd asks about a host key: say yes to none but this: {pinned}"))
    words += orders.take_in(master, name)
    words.append(
        by_hand("Then look again: how the copies stand to each other is the next question.")
    )
    words += thaw(scene.answering)
    refused = []
    lifted = []
    for objection in objections(scene, host):
        refused.append(objection.why)
        lifted.append(objection.lifted)
    return Runbook(
        "rejoin",
        f"Take {host} in again",
        tuple(words),
        refused="; ".join(refused),
        lifted="; ".join(lifted),
        by_hand=False,
    )
