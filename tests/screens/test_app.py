"""What works everywhere: sizes, help, log, palette, leaving, coming back, and an interface that is
never blocked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import pytest

from screens import mailbox
from screens.mailbox import Mailbox
from screens.shared.help_page import help_text
from tests.screens.conftest import Start
from tests.screens.test_step import open_plan, run_to_gate
from tests.screens.toys import LVM, STEPS, Machines
from tests.waiting import pass_gate
from wizard.hosts.host import Result
from wizard.model.events import Event, Output
from wizard.model.review import Review
from wizard.model.step import Step
from wizard.run.session import Session

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [(60, 20), (58, 18), (80, 24), (132, 43)])
async def test_every_page_can_be_shown_in_every_size(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as hand:
        small = size < (60, 20)
        assert ("too small" in hand.text) is small
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        for key in (
            "2",
            "3",
            "4",
            "5",
            "f1",
            "escape",
            "f3",
            "escape",
            "ctrl+q",
            "escape",
            "ctrl+p",
            "escape",
        ):
            await hand.press(key)
        assert ("too small" in hand.text) is small
        if not small:
            assert "ganeti-wizard · 1/4 partition" in hand.text and "F8" in hand.text


async def test_help_shows_the_real_keys_and_the_steps_page(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f1")
        await hand.sees("Keys on this screen")
        for key in ("F8", "F5", "Esc", "F9", "^Q", "F2", "F3"):
            assert key in hand.text
        assert "Look again" in hand.text and "Stop" in hand.text
        await hand.press("escape")
        assert hand.title.endswith("Why [TO DO]")
    assert help_text("no-such-step") == help_text("general")


def test_no_help_page_speaks_of_a_recovery_mode() -> None:
    pages = [page.read_text("utf-8") for page in (resources.files("assets") / "help").iterdir()]
    assert pages and not any("recovery mode" in page for page in pages)


async def test_leaving_says_what_goes_on(start: Start, machines: Machines) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        gate = await run_to_gate(hand, machines, "pvcreate")
        await hand.press("ctrl+q")
        await hand.sees("A step is running")
        assert "is cut; what it left is looked at later" in hand.text and "--state" in hand.text
        await hand.press("enter")
        assert hand.title.endswith("Run [RUNNING]"), "Enter stays"
        await hand.press("ctrl+q", "tab", "enter")
        gate.set()
        assert hand.app.return_code == 0 and hand.app.leaving.is_set()


async def test_an_earlier_build_is_offered_and_gone_on_with(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        machines.answers["node2", "vgcreate"] = Result(5, "", "no\n", 0.1)
        await hand.press("f8")
        await hand.until("Run [FAILED]")
    async with start(steps=(LVM,)) as hand:
        assert hand.title == "ganeti-wizard · resume [UNFINISHED]"
        assert "Volume group on the data mirror: failed or unfinished" in hand.text
        await hand.press("enter")
        await hand.until("overview · 0/1 done [TO DO]")
        assert machines.passwords[-1] == {}


async def test_the_palette_opens_a_step(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        await hand.press("ctrl+p")
        await hand.sees("Search for commands")
        await hand.press(*"volume")
        await hand.sees("Step 2")
        await hand.press("down", "enter")
        await hand.until("2/4 lvm")


async def test_commands_can_be_copied_and_saved(start: Start, tmp_path: Path) -> None:
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        await hand.press("c")
        assert hand.app.clipboard == "pvcreate /dev/md1"
        await hand.press("a")
        assert "# On node1, as root" in hand.app.clipboard
        await hand.press("w")
        await hand.sees("saved:")
        script = tmp_path / "state" / "lvm-node2.sh"
        assert (
            "vgcreate xenvg /dev/md1" in script.read_text()
            and script.stat().st_mode & 0o777 == 0o700
        )
        await hand.press("enter")
        await hand.sees(
            "one name on every node" if "vgcreate" in hand.text.splitlines()[0] else "LVM keeps"
        )


async def test_the_log_is_searched_over_all_files(start: Start, tmp_path: Path) -> None:
    async with start() as hand:
        log = tmp_path / "state" / "log"
        (log / "raid-node1-aa.log").write_text("one\ntwo needle\n")
        (log / "raid-node2-bb.log").write_text("three\n" * 300 + "needle again\n")
        await hand.press("f3")
        await hand.until("log")
        await hand.press("slash", *"NEEDLE", "enter")
        await hand.sees("n goes to the next place")
        first = hand.text
        await hand.press("n")
        await hand.holds(lambda: hand.text != first, "another place")
        await hand.sees(".log, line")
        await hand.press("slash", *["backspace"] * 6, *"absent", "enter")
        await hand.sees("not found in 2 files: absent")


async def test_a_flood_of_output_does_not_block_the_keys(
    start: Start, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    def take(box: Mailbox) -> list[Event]:
        events = taken(box)
        batches.extend(event.text.count("\n") for event in events if isinstance(event, Output))
        return events

    taken = Mailbox.take
    monkeypatch.setattr(Mailbox, "take", take)
    async with start(steps=(LVM,)) as hand:
        await hand.login()
        await open_plan(hand, "lvm")
        lines = "".join(f"line {number}\n" for number in range(10_000))
        for node in ("node1", "node2"):
            machines.answers[node, "pvcreate"] = Result(0, lines, "", 0.1)
        machines.gates["vgcreate"] = threading.Event()
        await hand.press("f8")
        await hand.sees("line 9999")
        await hand.press("5")
        assert hand.title.endswith("Verify [RUNNING]")
        machines.gates["vgcreate"].set()
        await hand.until("[DONE]")
        assert 0 < max(batches) <= mailbox.LINES + 1, "and that is all the loop has to do at once"
        logs = hand.app.session.store.log_dir.glob("lvm-node1-*.log")
        assert max(path.read_text().count("line ") for path in logs) == 10_000


async def test_f5_while_the_overview_looks_is_done_afterwards(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, looked = threading.Event(), list[str]()

    def slow(session: Session, step: Step) -> Review:
        looked.append(step.id)
        pass_gate(gate)
        return review(session, step)

    review = Session.review
    monkeypatch.setattr(Session, "review", slow)
    async with start() as hand:
        await hand.press("f8")
        await hand.until("inventory [SEEN]")
        await hand.press("f8")
        await hand.until("overview · 0/4 done [LOOKING]")
        await hand.press("f5")
        await hand.sees("still looking at the hosts; then at all steps once more")
        gate.set()
        await hand.until("overview · 0/4 done [TO DO]")
        await hand.sees("Next: A second partition")
        assert looked == ["partition"] and list(hand.app.session.reviews) == [
            step.id for step in STEPS
        ]


async def test_a_step_that_is_opened_goes_before_a_look_that_was_wished_for(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, all_at_once = threading.Event(), list[int]()

    def slow(session: Session, step: Step) -> Review:
        pass_gate(gate)
        return review(session, step)

    def counted(session: Session, steps: Sequence[Step]) -> Iterator[Review]:
        if len(steps) != 1:  # a review of one step is a survey too
            all_at_once.append(len(steps))
        return survey(session, steps)

    review, survey = Session.review, Session.survey
    monkeypatch.setattr(Session, "review", slow)
    monkeypatch.setattr(Session, "survey", counted)
    async with start() as hand:
        await hand.press("f8")
        await hand.until("inventory [SEEN]")
        await hand.press("f8")
        await hand.until("overview · 0/4 done [LOOKING]")
        await hand.press("f5", "enter")
        gate.set()
        await hand.until("partition · Why [TO DO]")
        await hand.press("escape")
        await hand.until("overview · 0/4 done [TO DO]")
        assert all_at_once == [0]


async def test_h_on_the_overview_leads_to_the_health(start: Start) -> None:
    async with start() as hand:
        await hand.login()
        await hand.press("h")
        await hand.until("health")
        await hand.sees("this build has no health checks")
        await hand.press("escape")
        await hand.until("overview")
