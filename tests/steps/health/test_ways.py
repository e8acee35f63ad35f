"""What health tells to type after an accident is what `recover` itself tells."""

from __future__ import annotations

import json
import re

import pytest

from steps.recover.runbooks import RECOVERY
from tests.daily.wrong import WRONG
from tests.steps.health.test_checks import good
from tests.steps.recover.accident import Accident
from tests.verbs.recovery.test_disk import failed
from wizard.model.verdicts import Verdict

APPLY = re.compile(r"ganeti-wizard recover apply (\S+?)[\s,;)]")
BY_HAND = ("activate-disks", "replace-disks -a", "mdadm /dev/md1 --add", "gnt-instance startup")
"""What is right after a look of `recover` alone, and is never told before it."""


def verdict(name: str) -> Verdict:
    """What health says of one thing that is wrong."""
    change, check, host, level, text = WRONG[name]
    scene = good()
    change(scene)
    (found,) = [
        one
        for one in scene.report.verdicts
        if (one.check, one.host, one.level) == (check, host, level) and text in one.what
    ]
    return found


@pytest.mark.parametrize("name", WRONG)
def test_every_way_that_is_named_is_one_of_recover_s(name: str) -> None:
    remedy = f"{verdict(name).remedy} "
    for runbook in APPLY.findall(remedy):
        assert runbook in RECOVERY.plays
    if verdict(name).check in ("raid", "drbd", "instance"):
        stopped = "was stopped on purpose" in verdict(name).what
        assert stopped or not any(words in remedy for words in BY_HAND)


def test_a_lost_half_of_a_mirror_has_the_same_way_out_in_both() -> None:
    remedy = verdict("failed disk as recorded").remedy
    accident: Accident = failed(pulled=True).accident
    assert APPLY.findall(f"{remedy} ") == ["disk"]
    told = []
    for situation in accident.findings.situations:
        for runbook in situation.runbooks:
            told += [word.text for word in runbook.words]
    assert any("ganeti-wizard recover apply disk " in words for words in told)


@pytest.mark.parametrize(
    ("state", "typed"),
    [
        ("down", "gnt-instance startup inst1.name.org"),
        ("offline", "gnt-instance modify --online inst1.name.org; gnt-instance startup inst1"),
    ],
)
def test_an_instance_that_ganeti_would_not_start_is_let_first(state: str, typed: str) -> None:
    """Ganeti's startup refuses one that is marked offline."""
    scene = good()
    for host in ("node1", "node2"):
        data = json.loads(scene.raw[host]["ganeti"])
        for one in (data["config"] or {}).get("instances", []):
            one["state"] = state
        scene.raw[host]["ganeti"] = json.dumps(data)
    (mend,) = [one.mend for one in scene.report.verdicts if one.check == "instance"]
    assert mend.startswith(typed)
