"""Records of what is done again and again: how old may the last good one be?"""

from __future__ import annotations

from steps.health.facts.daily import Record
from steps.health.look import HOUR, age
from wizard.model.verdicts import Level, Verdict


def record(
    check: str,
    host: str,
    found: Record | None,
    *,
    damaged: bool,
    now: int,
    limits: tuple[int, int],
    thing: str,
    wanted: bool = False,
) -> Verdict:
    """Judge a record of something that is done again and again; limits in seconds: warning,
    critical.

    None at all is a warning where the answers want it, since what never ran cannot complain.
    """
    if damaged:
        return Verdict(
            check,
            host,
            Level.UNKNOWN,
            f"the record of the last {thing} cannot be read",
            "run it once more",
        )
    if found is None and wanted:
        mend = "look at its timer: systemctl list-timers; then run its step once more"
        return Verdict(
            check, host, Level.WARNING, f"no {thing} was ever made, and the answers want one", mend
        )
    if found is None:
        return Verdict(check, host, Level.ABSENT, f"no {thing} is set up")
    since, mend = (
        now - found.good,
        "look at the timer and its journal: systemctl list-timers; journalctl",
    )
    last = (
        f"the last good {thing} is {age(since)} old" if found.good else f"there is no good {thing}"
    )
    level = (
        Level.OK if since <= limits[0] else Level.WARNING if since <= limits[1] else Level.CRITICAL
    )
    if found.time > now + HOUR:
        return Verdict(
            check, host, Level.UNKNOWN, f"the last {thing} lies in the future", "correct the clocks"
        )
    if not found.ok:
        said = f": {found.message}" if found.message else ""
        level = Level.WARNING if found.good and level is Level.OK else Level.CRITICAL
        return Verdict(
            check,
            host,
            level,
            f"the last {thing} failed {age(now - found.time)} ago{said}; {last}",
            mend,
        )
    return Verdict(check, host, level, last, "" if level is Level.OK else mend)
