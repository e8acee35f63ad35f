"""Keep Ganeti's watcher from starting anything while the accident is worked off, and let go of what
would keep an instance from being stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from steps.recover.clocks import clock
from steps.recover.facts.daemons import RUNNING, WATCHER_PROGRAM
from steps.recover.facts.lineage import LINEAGE
from steps.recover.scene import Scene
from steps.recover.situations.watcher import PAUSE_SECONDS
from steps.recover.steps import letgo
from steps.recover.steps.common import recovery_step, scene_of
from steps.recover.steps.hold import held
from wizard.answers import Answers
from wizard.model.accident import Case
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Planner, Step, not_done

PAUSE = "/var/lib/ganeti/watcher.pause"
LEAST = 1800
"""Seconds of pause that must be left."""
PATIENCE = 150
"""Seconds within which a watcher ends by itself, also one that has a lone master's daemon ask for
votes (Ganeti 3.0.2, Daemon/Utils.hs: six times ten seconds and the time of the calls). One that
follows a job waits as long as that does: hours behind an export, a quarter of an hour for a node
that takes a call and does not answer (rpc_defs.py, TMO_NORMAL), and then gives further jobs.
"""
MOMENT = 5
"""Seconds by which a watcher must be younger than the pause to have seen it."""
FREEZE = f"""set -e; now=$(date +%s); until=$((now + {PAUSE_SECONDS})) mark=' ' had=
{{ IFS= read -r had <"$1"; }} 2>/dev/null || :
case ${{had%%.*}} in
  ''|*[!0-9]*) ;;
  *) had=${{had%%.*}}
    [ "${{#had}}" -gt 10 ] || [ "$had" -lt "$((now + {LEAST}))" ] || until=$had mark= ;;
esac
echo "$mark$until" >"$1.gw-new"; chmod 644 "$1.gw-new"
sync "$1.gw-new"; mv -f "$1.gw-new" "$1"
watchers() {{
  for p in /proc/[0-9]*; do
    name=
    {{ read -r name <"$p/comm"; }} 2>/dev/null || :
    [ "$name" != {WATCHER_PROGRAM} ] || echo "${{p##*/}}"
  done
}}
n=0
while at_work=$(watchers); [ -n "$at_work" ]; do
  n=$((n + 1)); [ "$n" -lt 180 ] || exit 1
  if [ "$n" -eq {PATIENCE} ]; then
    echo "it follows a job, and is ended"
    kill $at_work || :
    left=$(grep -lsE '"status": ?"(queued|waiting)"' /var/lib/ganeti/queue/job-*) || :
    for job in $left; do
      grep -qs '"gnt:watcher"' "$job" || continue
      timeout 30 gnt-job cancel "${{job##*/job-}}" || :
    done
  fi
  sleep 1
done"""
"""A pause that bears no mark of ours (`Lineage.paused_by_us`) is somebody's own will, and stays as
long as it lasts. A watcher that is ended loses nothing: it notes what it did at the end only, and
the next one sees the same. What it left in the queue, unbegun, would work on disks and instances in
the middle of the recovery; its jobs tell whose they are (Constants.hs, opcodeReasonSrcWatcher).
"""


def frozen(scene: Scene, host: str) -> bool:
    """Whether the watcher of a node does nothing, now and for the next half hour.

    cron starts one every five minutes all the same: it sees the pause and ends.
    """
    lineage = scene.read(host, LINEAGE)
    running = scene.read(host, RUNNING)
    if lineage is None or running is None:
        return False
    now = clock(scene, host)
    if lineage.paused < now + LEAST:
        return False
    since = lineage.paused_since or lineage.paused - PAUSE_SECONDS
    return all(age + MOMENT < now - since for age in running.watchers)


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """The pause on each server that answers: it counts for the node on which it lies. Then what
    hinders Xen, before anything is stopped.
    """
    yield from _pauses(scene)
    yield from letgo.orders(scene)


def _pauses(scene: Scene) -> Iterator[Command]:
    for host in scene.answering:
        if not frozen(scene, host):
            yield Command(
                host,
                ("sh", "-c", FREEZE, "freeze", PAUSE),
                # Not `gnt-cluster watcher pause`: that needs luxid (client/gnt_cluster.py, 1602).
                "the watcher activates disks and starts instances every five minutes",
                undo=f"rm {PAUSE}",
                title=f"pause the watcher for two hours ({PAUSE}), and wait until it has ended; "
                "one that follows a job for minutes is ended",
            )


def again(case: Case, step: Step) -> Step:
    """A step of a work that was begun, which pauses the watcher once more before it changes
    anything: between two steps, or before a word is typed, hours may go by, and an instance that
    was stopped for the moment would be started again (`gnt-instance shutdown --no-remember`).
    """
    return replace(step, plan=partial(_paused_first, case, step.plan))


def _paused_first(case: Case, plan: Planner, answers: Answers, facts: Facts) -> Iterator[Command]:
    commands = list(plan(answers, facts))
    pauses: list[Command] = []
    if any(command.danger is not Danger.READ for command in commands):
        scene = scene_of(answers, facts)
        pauses = [command for command in _pauses(scene) if held(case, scene, command.host)]
    yield from pauses
    for command in commands:
        yield replace(command, stage=command.stage + 1) if pauses else command


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """No watcher works on any server that answers."""
    for host in scene.answering:
        if not frozen(scene, host):
            yield Finding(host, "the watcher is not paused", step=THIS_STEP)
    yield from not_done(letgo.orders(scene))


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "freeze",
        "Pause Ganeti's watcher",
        "Every five minutes the watcher connects disks and starts instances by itself: in the "
        "middle of a recovery, the wrong ones.",
        f"the time until which it is paused in {PAUSE}, on every server that answers; dead "
        "connections of DRBD that keep an instance's memory are ended (ss -K)",
        plan=plan,
        verify=verify,
        minutes=0.5,
    )
