"""The note that a guest takes of how it went down, run by the shell over several boots, and the
trial's danger.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from steps.guest import stop
from steps.guest.facts.gueststop import PROGRAM, STOPS, UNIT_FILE
from steps.guest.guest import STEP
from tests.cases import load
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Danger, Kind

POWEROFF = """ 98 poweroff.target            start waiting
101 gw-last-stop.service       stop  running
100 shutdown.target            start waiting
"""
REBOOT = POWEROFF.replace("poweroff.target", "reboot.target  ")
BY_HAND = "101 gw-last-stop.service stop running\n"


class Machine:
    """A guest that is only its unit: boots, and goes down in one way or another."""

    def __init__(self, root: Path) -> None:
        self.root, self.boots = root, 0
        (root / "tools").mkdir()
        program = stop.files()[PROGRAM][0].replace(
            "/proc/sys/kernel/random/boot_id", str(root / "boot_id")
        )
        self.program = program.replace("/var/lib/ganeti-wizard", str(root / "state"))

    def run(self, word: str, jobs: str = "") -> int:
        (self.root / "jobs").write_text(jobs)
        tool = self.root / "tools" / "systemctl"
        tool.write_text(f'#!/bin/sh\n[ "$1" = list-jobs ] && cat {self.root}/jobs\n')
        tool.chmod(0o755)
        env = {"PATH": f"{self.root}/tools:/usr/bin:/bin"}
        done = subprocess.run(
            ["sh", "-c", self.program, "x", word], env=env, capture_output=True, text=True
        )
        assert done.stderr == "" or done.returncode == 2, done.stderr
        return done.returncode

    def boot(self) -> None:
        self.boots += 1
        (self.root / "boot_id").write_text(f"00000000-0000-4000-8000-{self.boots:012d}\n")
        assert self.run("begin") == 0

    @property
    def noted(self) -> tuple[str, bool]:
        state = self.root / "state"
        last = (state / "last-stop").read_text().strip() if (state / "last-stop").exists() else ""
        return last, (state / "obeyed").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = Machine(tmp_path)
    found.boot()
    assert found.noted == ("", False)
    return found


def test_a_guest_that_switches_itself_off_in_order_has_obeyed(machine: Machine) -> None:
    machine.run("end", POWEROFF)
    assert machine.noted == ("", False), "nothing counts before it has come up again"
    machine.boot()
    assert machine.noted == ("clean", True)
    assert int((machine.root / "state" / "obeyed").read_text()) > 1_700_000_000


def test_a_pulled_plug_is_a_cut_and_a_good_stop_before_it_still_counts(machine: Machine) -> None:
    machine.boot()
    assert machine.noted == ("cut", False)
    machine.run("end", POWEROFF)
    machine.boot()
    machine.boot()
    assert machine.noted == ("cut", True)


def test_a_reboot_from_within_is_clean_and_shows_nothing_of_a_request_to_shut_down(
    machine: Machine,
) -> None:
    machine.run("end", REBOOT)
    machine.boot()
    assert machine.noted == ("clean", False)


@pytest.mark.parametrize("jobs", [BY_HAND, ""])
def test_the_unit_stopped_by_hand_is_no_stop_of_the_machine(machine: Machine, jobs: str) -> None:
    machine.run("end", jobs)
    machine.boot()
    assert machine.noted == ("cut", False)


def test_services_started_anew_without_a_boot_leave_no_false_note(machine: Machine) -> None:
    machine.run("end", POWEROFF)
    machine.run("begin")
    machine.boot()
    assert machine.noted == ("cut", False)


def test_wrong_use(machine: Machine) -> None:
    assert machine.run("status") == 2


def test_the_unit_names_the_program_and_ends_after_all_services() -> None:
    text, _ = stop.files()[UNIT_FILE]
    for line in (f"ExecStart={PROGRAM} begin", f"ExecStop={PROGRAM} end", "RemainAfterExit=yes"):
        assert line in text.splitlines()
    assert "Before=sysinit.target shutdown.target" in text and "DefaultDependencies=no" in text


def test_the_trial_is_one_job_whose_danger_is_an_outage() -> None:
    _, _, answers, facts = load(Path(__file__).parent / "guest" / "synthetic-trial-due.json")
    shut, wait = STEP.plan(answers, facts)
    assert (shut.kind, shut.danger, shut.confirm) == (Kind.JOB, Danger.OUTAGE, "")
    assert "inst1.name.org is away" in shut.risk and "120 s" in shut.risk
    assert (wait.kind, wait.danger) == (Kind.UNIT, Danger.READ)


def test_several_guests_are_tried_one_after_the_other() -> None:
    path = Path(__file__).parent / "guest" / "synthetic-trial-due.json"
    _, _, answers, facts = load(path)
    both = json.loads(answers.model_dump_json(exclude_unset=True))
    second = {
        **answers.guests[0].model_dump(mode="json"),
        "name": "inst2.name.org",
        "ip": "192.168.0.115",
    }
    both["instance"] = {"wanted": [answers.guests[0].model_dump(mode="json"), second]}
    raw = json.loads(
        json.dumps(facts.raw).replace("inst1", "inst2").replace("192.168.0.114", "192.168.0.115")
    )
    for node in ("node1", "node2"):
        raw[node]["guests-outside"] += facts.raw[node]["guests-outside"]
    every = Facts({**raw, "inst1": facts.raw["inst1"]})
    found = list(STEP.plan(Answers.model_validate(both), every))
    assert [(one.argv[-1] if one.kind is Kind.JOB else "", one.stage) for one in found] == [
        ("inst1.name.org", 0),
        ("", 0),
        ("inst2.name.org", 1),
        ("", 1),
    ]


def test_only_guests_are_asked() -> None:
    assert STOPS.script_for(Answers(), "node1") == ":"
    assert "gw-last-stop" in STOPS.script_for(Answers(), "inst1")
