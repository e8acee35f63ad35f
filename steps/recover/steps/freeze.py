"""Keep Ganeti's watcher from starting anything while the accident is worked off."""

from __future__ import annotations

from collections.abc import Iterator

from steps.recover.clocks import clock
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from steps.recover.situations.watcher import PAUSE_SECONDS
from steps.recover.steps.common import recovery_step
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Step

PAUSE = "/var/lib/ganeti/watcher.pause"
LEAST = 1800
"""Seconds of pause that must be left."""
WATCHER = "ganeti-watcher"
FREEZE = f"""set -e; echo "$(($(date +%s) + {PAUSE_SECONDS}))" >"$1.gw-new"; chmod 644 "$1.gw-new"
sync "$1.gw-new"; mv -f "$1.gw-new" "$1"; n=0
while cat /proc/[0-9]*/comm 2>/dev/null | grep -qx {WATCHER}; do
  n=$((n + 1)); [ "$n" -lt 180 ] || exit 1; sleep 1
done"""


def frozen(scene: Scene, host: str) -> bool:
    """Whether the watcher of a node does nothing, now and for the next half hour."""
    lineage = scene.read(host, LINEAGE)
    running = scene.read(host, RUNNING)
    if lineage is None or running is None:
        return False
    return lineage.paused >= clock(scene, host) + LEAST and WATCHER not in running.daemons


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The pause on each server that answers: it counts for the node on which it lies."""
    for host in scene.answering:
        if not frozen(scene, host):
            yield Command(
                host,
                ("sh", "-c", FREEZE, "freeze", PAUSE),
                # Not `gnt-cluster watcher pause`: that needs luxid (client/gnt_cluster.py, 1602).
                "the watcher activates disks and starts instances every five minutes",
                undo=f"rm {PAUSE}",
                title=f"pause the watcher for two hours ({PAUSE}), and wait until it has ended",
            )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """No watcher works on any server that answers."""
    for host in scene.answering:
        if not frozen(scene, host):
            yield Finding(host, "the watcher is not paused", step=THIS_STEP)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "freeze",
        "Pause Ganeti's watcher",
        "Every five minutes the watcher connects disks and starts instances by itself: in the "
        "middle of a recovery, the wrong ones.",
        f"the time until which it is paused in {PAUSE}, on every server that answers",
        plan=plan,
        verify=verify,
        minutes=0.5,
    )
