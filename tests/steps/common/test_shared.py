"""What several topics share: files that must hold a text, timers, sizes for the operator's eye."""

from __future__ import annotations

import pytest

from steps.common import units
from steps.common.files import put, template
from steps.common.sizes import GIB, MIB, gib, gib_up
from wizard.base.names import short
from wizard.model.undo import Undo, in_words


@pytest.mark.parametrize("now", [None, "", "a\n"])
def test_a_file_is_written_where_it_is_missing_or_differs(now: str | None) -> None:
    (command,) = put("node1", "/etc/b", "b\n", "it must be b", now=now, mode="600", stage=2)
    assert command.stdin == "b\n"
    assert command.argv[4:7] == ("/etc/b", "600", "2")
    assert command.writes == "/etc/b" and command.old == (now or "")
    assert isinstance(command.undo, Undo) and "/etc/b" in command.undo.argv
    assert command.stage == 2


def test_a_file_that_is_right_is_left_alone() -> None:
    assert not list(put("node1", "/etc/b", "b\n", "it must be b", now="b\n"))


def test_a_template_is_found_below_its_folder() -> None:
    assert template("vault/protected-volume.sh").startswith("#!/bin/sh")


def test_timers_are_restarted_once_their_files_have_changed() -> None:
    timers = ("a.timer", "b.timer")
    command = units.start_timers("inst1", timers, "every night", counted=(), stage=3)
    assert command.argv[:2] == ("sh", "-c")
    assert command.argv[2].split(" && ") == [
        "systemctl daemon-reload",
        "systemctl enable a.timer b.timer",
        "systemctl restart a.timer b.timer",
    ]
    assert in_words(command.undo) == "systemctl disable --now a.timer b.timer"
    again = units.start_timers("inst1", timers, "every night", counted=timers)
    assert isinstance(again.undo, Undo) and again.undo.last
    some = units.start_timers("inst1", timers, "every night", counted=timers[:1])
    assert some.undo == "systemctl disable --now b.timer; systemctl daemon-reload"


def test_a_timer_makes_up_for_a_missed_run() -> None:
    lines = units.timer("Copies", "hourly", 300).splitlines()
    assert lines[lines.index("[Timer]") :][:4] == [
        "[Timer]",
        "OnCalendar=hourly",
        "Persistent=true",
        "RandomizedDelaySec=300",
    ]
    assert lines[-2:] == ["[Install]", "WantedBy=timers.target"]


def test_room_is_rounded_down_and_need_is_rounded_up() -> None:
    size = 20 * GIB + MIB
    assert gib(size) == "20 GiB"
    assert gib_up(size) == "20.01 GiB"
    assert gib_up(20 * GIB) == "20 GiB"


def test_the_short_name_is_the_first_label() -> None:
    assert [short(name) for name in ("node1.name.org", "node1", "")] == ["node1", "node1", ""]
