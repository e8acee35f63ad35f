"""Records of what is done again and again: how old may the last good one be?"""

from __future__ import annotations

from dataclasses import dataclass

from steps.health.facts.daily import Record, Records
from steps.health.look import HOUR, age
from wizard.model.verdicts import Level, Verdict

LOOK_AT_TIMER = "look at the timer and its journal: systemctl list-timers; journalctl"


@dataclass(frozen=True)
class Repeated:
    """Something that is done again and again: by which name it leaves its record, what people call
    it, and the step that sets it up.

    `warning` and `critical` are ages in seconds. Where it is `wanted`, none at all is a warning,
    since what never ran cannot complain.
    """

    check: str
    thing: str
    step: str
    warning: int
    critical: int
    wanted: bool

    def judge(self, host: str, records: Records) -> Verdict:
        """Judge the record of a host."""
        record = records.found.get(self.check)
        if self.check in records.damaged:
            return Verdict(
                self.check,
                host,
                Level.UNKNOWN,
                what=f"the record of the last {self.thing} cannot be read",
                step=self.step,
            )
        if record is None:
            return self._never_made(host)
        if max(record.time, record.good) > records.now + HOUR:
            return Verdict(
                self.check,
                host,
                Level.UNKNOWN,
                what=f"the last {self.thing} lies in the future",
                mend="correct the clocks",
            )
        return self._judged(host, record, records.now)

    def _never_made(self, host: str) -> Verdict:
        if not self.wanted:
            return Verdict(self.check, host, Level.ABSENT, what=f"no {self.thing} is set up")
        return Verdict(
            self.check,
            host,
            Level.WARNING,
            what=f"no {self.thing} was ever made, and the answers want one",
            mend="look at its timer: systemctl list-timers",
            step=self.step,
        )

    def _judged(self, host: str, record: Record, now: int) -> Verdict:
        level = self._level(now - record.good)
        what = f"there is no good {self.thing}"
        if record.good:
            what = f"the last good {self.thing} is {age(now - record.good)} old"
        _, _, besides = record.message.partition("; ")
        if record.ok and besides:
            # Such as databases that are in no dump: a good backup has nothing of them.
            what += f"; {besides}"
        if not record.ok:
            # One failure is no emergency while the last good one is still fresh enough.
            level = Level.WARNING if record.good and level is Level.OK else Level.CRITICAL
            said = f": {record.message}" if record.message else ""
            what = f"the last {self.thing} failed {age(now - record.time)} ago{said}; {what}"
        return Verdict(
            self.check,
            host,
            level,
            what=what,
            mend="" if level is Level.OK else LOOK_AT_TIMER,
        )

    def _level(self, seconds: int) -> Level:
        if seconds <= self.warning:
            return Level.OK
        if seconds <= self.critical:
            return Level.WARNING
        return Level.CRITICAL
