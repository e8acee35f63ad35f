"""The accidents, by the numbers of the recovery's specification, and the operator's way back: one
file a family.
"""

from __future__ import annotations

from tests.drills.drill import Script
from tests.drills.scripts import alone, copies, killed, link, masters, planned, power

SCRIPTS: dict[str, Script] = {
    "node-dead": power.node_dead,
    "takeover": power.takeover,
    "master-dead": power.master_dead,
    "both-down": power.both_down,
    "first-answer": power.first_answer,
    "alone": alone.alone,
    "link": link.link,
    "incomplete": copies.incomplete,
    "queued": masters.queued,
    "move": planned.move,
    "maintenance": planned.maintenance,
    "killed-master-dead": killed.master_dead,
}
