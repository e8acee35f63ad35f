"""Instances of a cluster that somebody else built: without ssh, or with keys of their own."""

from __future__ import annotations

import pytest

from steps.recover.steps import service
from tests.cases import answers_of
from tests.steps.recover.accident import Accident
from tests.steps.recover.test_runbook_steps import case, review
from tests.steps.recover.test_situations import node_dead, runbook
from wizard.base.errors import Reach
from wizard.model.recovery import HERE
from wizard.model.review import State

IP = "192.168.0.114"


def closed(reach: Reach, ssh: str = "silent") -> Accident:
    """inst1 answers ping, and lets nobody in."""
    accident = Accident().down("inst1", reach)
    accident.silent.discard("inst1")
    for place in ("node1", "node2", "backup", HERE):
        text = accident._presence(place)
        accident.raw[place]["presence"] = text.replace(f"port {IP} 22 open", f"port {IP} 22 {ssh}")
    return accident


@pytest.mark.parametrize(
    ("reach", "ssh"),
    [
        (Reach.LOGIN, "open"),
        (Reach.HOST_KEY, "open"),
        (Reach.REFUSED, "refused"),
        # Its own filter drops what it does not serve.
        (Reach.TIMEOUT, "silent"),
    ],
)
def test_an_instance_that_lives_and_is_none_of_ours_is_no_matter(reach: Reach, ssh: str) -> None:
    accident = closed(reach, ssh)
    assert accident.situations == []
    # Else no runbook came to its end, and the watcher stayed paused.
    assert review(service.step(case()), accident).state is State.DONE


def test_one_that_boots_is_waited_for_and_the_facts_decide() -> None:
    (command,) = review(service.step(case()), Accident().down("inst1")).plan.commands
    assert command.ok == (0, 1)


def test_a_machine_that_hangs_behind_an_open_port_is_one() -> None:
    accident = closed(Reach.TIMEOUT, "open")
    assert accident.situations == ["service"]
    assert review(service.step(case()), accident).state is not State.DONE


DISKS = {"disks": {node: ["S-1", "S-2"] for node in ("node1", "node2")}}
VOLUMES = {"volumes": [{"instance": "inst1.name.org", "kind": "none"}]}


@pytest.mark.parametrize("decided", [{"vault": VOLUMES}, {"partition": DISKS}])
@pytest.mark.parametrize(("reach", "ssh"), [(Reach.LOGIN, "open"), (Reach.REFUSED, "refused")])
def test_what_was_set_up_from_here_has_to_let_us_in(
    decided: dict[str, object], reach: Reach, ssh: str
) -> None:
    """Whether a volume was thought of, or the build ended before that."""
    accident = closed(reach, ssh)
    backup = {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}}
    accident.answers = answers_of({**decided, "backup": backup})
    assert accident.situations == ["service"]
    assert review(service.step(case()), accident).state is not State.DONE


@pytest.mark.parametrize(("kind", "told"), [("none", False), ("disk", True)])
def test_no_volume_is_told_to_be_opened_that_nobody_wanted(kind: str, told: bool) -> None:
    accident = node_dead()
    volumes = {"volumes": [{"instance": "inst1.name.org", "kind": kind}]}
    backup = {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}}
    accident.answers = answers_of({"vault": volumes, "backup": backup})
    words = [word.text for word in runbook(accident.situation("node-dead"), "node-dead").words]
    assert ("ganeti-wizard unlock inst1" in words) is told
