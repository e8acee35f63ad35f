"""An exchange of Ganeti's primary is never given twice: whoever gives one asks Ganeti in the same
line where it has the instance.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from steps.recover.planned import relocate
from steps.recover.steps import bring, move
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_runbook_scripts import program, sh
from tests.steps.recover.test_runbook_steps import INSTANCE, case, offline_in, review
from tests.steps.recover.test_situations import node_dead
from tests.verbs.planned.cluster import Cluster
from wizard.model.accident import Case
from wizard.model.step import Command, Step

Made = tuple[Callable[[Case], Step], Case, Accident]
WHOLE = " {}: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n"


def after_an_accident() -> Made:
    """node2, which ran it, is dead."""
    return move.step, case(), offline_in(node_dead(), "node2.name.org")


def homewards() -> Made:
    """All is well, and it is on node2 though its home is node1."""
    accident = Accident()
    home = {"primary": "node1", "secondary": "node2"}
    (wanted,) = accident.answers.instance.wanted
    moved = {"wanted": [wanted.model_copy(update=home)]}
    instance = accident.answers.instance.model_copy(update=moved)
    accident.answers = accident.answers.model_copy(update={"instance": instance})
    return bring.step, case("home", ""), accident


def on_purpose() -> Made:
    """All is well, and somebody wants it on node1."""
    wanted = Case("relocate", "x", "me@desk:/x", 0, subject=INSTANCE, target="node1.name.org")
    return relocate.step, wanted, Cluster().accident


def exchange(made: Made) -> Command:
    step, of, accident = made
    seen = review(step(of), accident)
    given = [one for one in seen.plan.commands if {"failover", "migrate"} & set(one.argv)]
    assert len(given) == 1, seen
    return given[0]


@pytest.mark.parametrize("made", [after_an_accident, homewards, on_purpose])
@pytest.mark.parametrize(("said", "agrees"), [("node2.name.org", True), ("node1.name.org", False)])
def test_it_is_given_while_ganeti_has_the_instance_there(
    tmp_path: Path, made: Callable[[], Made], said: str, agrees: bool
) -> None:
    program(tmp_path, "gnt-instance", f"echo {said}")
    program(tmp_path, "ping", "exit 1")
    program(tmp_path, "arping", "exit 1")
    (tmp_path / "drbd").write_text(WHOLE.format(0) + WHOLE.format(1))
    guard = exchange(made()).guard.replace("/proc/drbd", str(tmp_path / "drbd"))
    guard = guard.replace("bridge=xenbr0", "bridge=lo")
    done = sh(guard, path=tmp_path)
    assert (done.returncode == 0) == agrees
    assert ("it has moved" in done.stdout) != agrees
