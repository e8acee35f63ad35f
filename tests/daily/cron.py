"""One thing wrong at a time with what a node needs beside Ganeti: cron, its clock, its journal."""

from __future__ import annotations

from tests.daily.drbd import Change
from tests.daily.scene import CRON_LACKS, CRON_WORKS, NOW
from wizard.model.verdicts import Level

CRON_WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "no cron": (
        lambda scene: scene.change("node2", "watcher", CRON_WORKS, CRON_LACKS),
        "watcher",
        "node2",
        Level.WARNING,
        "no cron runs, and nothing else runs Ganeti's watcher",
    ),
    "a cron that the next boot does not start": (
        lambda scene: scene.change("node1", "watcher", "State=enabled", "State=disabled"),
        "watcher",
        "node1",
        Level.WARNING,
        "no cron runs, and nothing else",
    ),
    "the crontab is gone": (
        lambda scene: scene.change("node2", "watcher", "/etc/cron.d/ganeti\n", ""),
        "watcher",
        "node2",
        Level.WARNING,
        "no crontab names ganeti-watcher",
    ),
    "the watcher looks no more": (
        lambda scene: scene.change("node1", "watcher", f"ran: {NOW - 120}", f"ran: {NOW - 9000}"),
        "watcher",
        "node1",
        Level.WARNING,
        "looked at the instances 2 hours ago",
    ),
    "the watcher has never looked": (
        lambda scene: scene.change("node1", "watcher", f"ran: {NOW - 120}", "ran: "),
        "watcher",
        "node1",
        Level.WARNING,
        "has never looked at the instances",
    ),
    "a clock that nobody keeps": (
        lambda scene: scene.change("node2", "clock", f"{NOW}", f"{NOW - 75}"),
        "clock",
        "node2",
        Level.WARNING,
        "its clock is 75 s behind node1's",
    ),
    "a journal that is gone after a power cut": (
        lambda scene: scene.raw["node1"].update(journal="memory\n"),
        "journal",
        "node1",
        Level.WARNING,
        "its journal is kept in memory and is gone after a power cut",
    ),
}
