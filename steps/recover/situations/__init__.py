"""Every situation that is recognised, each a pure function of the scene, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from steps.recover.scene import Scene
from steps.recover.situations import (
    apart,
    configuration,
    copies,
    crypto,
    home,
    hung,
    instances,
    masters,
    rejoin,
    servers,
    service,
    silent,
    watcher,
)
from steps.recover.situations.parted import link
from steps.recover.situations.storage import full, mirror, queue, stalehalf, stuck, uneven
from wizard.model.recovery import Runbook, Situation

Recogniser = Callable[[Scene], Iterator[Situation]]
ORDER: tuple[Recogniser, ...] = (
    copies.twice,
    stalehalf.stale_half,
    masters.one_master,
    crypto.crypto,
    servers.renamed,
    full.full,
    hung.strangers,
    servers.starting,
    hung.kept_out,
    hung.hung,
    hung.unseen,
    copies.incomplete,
    silent.silent,
    copies.incomplete_beside,
    link.link,
    servers.blank,
    stuck.stuck,
    rejoin.rejoin,
    servers.without_noded,
    masters.headless,
    masters.unaddressed,
    copies.diskless,
    apart.apart,
    uneven.uneven,
    mirror.mirror,
    configuration.configuration,
    queue.queue,
    instances.elsewhere,
    instances.stopped,
    masters.bypassed_alone,
    home.home,
    watcher.paused,
    watcher.never_run,
    service.service,
    hung.slow,
)
"""A later one waits until the earlier is settled: one accident, one way out at a time."""


def recognised(scene: Scene) -> tuple[Situation, ...]:
    """All situations that fit, in the order in which they are to be settled."""
    found: list[Situation] = []
    for recogniser in ORDER:
        for situation in recogniser(scene):
            found.append(_after(found[0], situation) if found else situation)
    if [situation.id for situation in found] == ["starting"]:
        # A boot alone is no accident: something else must be the matter.
        return ()
    return tuple(found)


def _after(first: Situation, situation: Situation) -> Situation:
    """The same, with what changes anything refused until the first situation is settled."""
    runbooks = []
    for runbook in situation.runbooks:
        runbooks.append(_refused(runbook, first) if runbook.changes else runbook)
    return replace(situation, runbooks=tuple(runbooks))


def _refused(runbook: Runbook, first: Situation) -> Runbook:
    if runbook.refused:
        # Its own reason stays; that somebody saw to the power lifts nothing of this.
        return replace(runbook, claimable=False)
    what = f"one thing at a time: {first.title}"
    return replace(runbook, refused=what, lifted=f"`{first.id}` is settled, and you looked again")
