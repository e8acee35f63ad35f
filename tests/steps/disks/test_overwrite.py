"""Consent to overwrite a disk names one disk only: without serials, and with one serial on two
hosts.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from steps.disks.lvm import STEP as LVM
from steps.disks.partition import STEP as PARTITION
from steps.disks.raid import STEP as RAID
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Step

HERE = Path(__file__).parent


def seen(
    step: Step, name: str, serials: dict[str, str | None], disks: dict[str, list[str]], *erase: str
) -> Review:
    """A recorded case with other serials (None: the disk shows none), chosen disks and consent."""
    case: dict[str, Any] = json.loads((HERE / step.id / f"{name}.json").read_text())
    raw = case["facts"]
    for facts in raw.values():
        for old, new in serials.items():
            facts["disks"] = re.sub(
                rf'"serial": "{old}"', f'"serial": {json.dumps(new)}', facts["disks"]
            )
    answers = Answers.model_validate({"partition": {"disks": disks, "erase": list(erase)}})
    return look(step, answers, Facts(raw))


def used(serials: dict[str, str | None], first: str, *erase: str) -> Review:
    """On each node a disk that holds something, with a blank one beside it."""
    disks = {"node1": [first, "BLANK1B"], "node2": [first, "BLANK2B"]}
    return seen(PARTITION, "synthetic-used-disk-typed", serials, disks, *erase)


NO_SERIAL: dict[str, str | None] = {"BLANK1A": None, "BLANK2A": None}
SAME: dict[str, str | None] = {"BLANK1A": "SAME", "BLANK2A": "SAME"}


@pytest.mark.parametrize(("serials", "first"), [(NO_SERIAL, "vdc"), (SAME, "SAME")])
def test_a_word_that_two_hosts_have_gives_no_disk_free(
    serials: dict[str, str | None], first: str
) -> None:
    review = used(serials, first, first)
    refused = [finding for finding in review.blockers if "it is not empty" in finding.what]
    assert [finding.host for finding in refused] == ["node1", "node2"]
    assert f"type `node1:{first}` to have all on it overwritten" in refused[0].mend
    assert not review.plan


@pytest.mark.parametrize(("serials", "first"), [(NO_SERIAL, "vdc"), (SAME, "SAME")])
def test_consent_for_one_host_is_none_for_the_other(
    serials: dict[str, str | None], first: str
) -> None:
    review = used(serials, first, f"node1:{first}")
    assert [finding.host for finding in review.blockers if "it is not empty" in finding.what] == [
        "node2"
    ]
    offered = {
        host: [one.consent for one in rows if one.value == first]
        for host, rows in review.choices["disks"].items()
    }
    assert offered == {"node1": [f"node1:{first}"], "node2": [f"node2:{first}"]}
    both = used(serials, first, f"node1:{first}", f"node2:{first}")
    assert not both.blockers and both.plan.confirmations == (f"node1:{first}", f"node2:{first}")
    wiped = [command.host for command in both.plan.commands if command.confirm]
    # The partitions before the disk; node2's disk has none.
    assert wiped == ["node1", "node1", "node2"]


def test_a_serial_of_its_own_is_typed_as_it_is() -> None:
    assert used({}, "BLANK1A", "BLANK1A").plan.confirmations == ()
    disks = {"node1": ["BLANK1A", "BLANK1B"], "node2": ["BLANK2A", "BLANK2B"]}
    review = seen(PARTITION, "synthetic-used-disk-typed", {}, disks, "BLANK1A", "BLANK2A")
    assert review.plan.confirmations == ("BLANK1A", "BLANK2A")


@pytest.mark.parametrize("step", [RAID, LVM])
def test_old_contents_of_partitions_and_mirrors_want_the_same_words(step: Step) -> None:
    case = json.loads((HERE / step.id / "foreign-signature-typed.json").read_text())
    words = case["answers"]["partition"]["erase"]
    serials = dict.fromkeys(words)
    disks: dict[str, list[str]] = {}
    plain = seen(step, "foreign-signature-typed", {}, disks, *words)
    assert plain.plan.confirmations == tuple(words[:1])
    host = next(command.host for command in plain.plan.commands if command.confirm)
    kernel = {"GWN1D1": "vda", "GWN1D2": "vdb", "GWN2D1": "vda", "GWN2D2": "vdb"}
    assert seen(step, "foreign-signature-typed", serials, disks, *words).blockers
    assert seen(
        step, "foreign-signature-typed", serials, disks, *(kernel[word] for word in words)
    ).blockers
    bound = [f"{host}:{kernel[word]}" for word in words]
    review = seen(step, "foreign-signature-typed", serials, disks, *bound)
    assert not review.blockers and review.plan.confirmations == tuple(bound[:1])
