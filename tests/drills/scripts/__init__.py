"""The accidents, by the numbers of the recovery's specification, and the operator's way back: one
file a family.
"""

from __future__ import annotations

from tests.drills.drill import Script
from tests.drills.scripts import (
    alone,
    byhand,
    carried,
    copies,
    disks,
    killed,
    link,
    masters,
    parted,
    planned,
    power,
    state,
)

SCRIPTS: dict[str, Script] = {
    "node-dead": power.node_dead,
    "takeover": power.takeover,
    "master-dead": power.master_dead,
    "both-down": power.both_down,
    "first-answer": power.first_answer,
    "alone": alone.alone,
    "first-back": alone.first_back,
    "old-copy": alone.old_copy,
    "link": link.link,
    "stale": link.stale,
    "hung": link.hung,
    "split-brain-running": parted.keep_running,
    "split-brain-other": parted.keep_other,
    "split-brain-late": parted.keep_late,
    "incomplete": copies.incomplete,
    "disk": disks.disk,
    "stale-half": disks.stale_half,
    "one-master": masters.one_master,
    "queue": masters.queue,
    "queued": masters.queued,
    "move": planned.move,
    "maintenance": planned.maintenance,
    "adopt": state.adopt,
    "by-hand": byhand.by_hand,
    "one-file": carried.one_file,
    "killed-master-dead": killed.master_dead,
    "killed-split-brain": killed.keep_running,
}
