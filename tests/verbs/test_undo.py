"""`undo STEP` on a machine that is a folder: real shells write the files and put them back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.hosts.local import LocalHost
from wizard.model import write
from wizard.model.facts import Fact, Facts
from wizard.model.flight import Claim, Progress
from wizard.model.review import Review, State
from wizard.model.step import Command, Finding, Kind, Step, not_done
from wizard.model.undo import NONE_NEEDED, Undo
from wizard.model.way_back import noted, undoing_of, way_back
from wizard.model.write import write_file
from wizard.remote import host_lock
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless
from wizard.verbs.tell import show
from wizard.verbs.undo import undo

pytestmark = pytest.mark.slow

HOST = "node1"


class Machine:
    """A folder with two files, and the steps that write them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.low = root / "etc" / "low"
        self.high = root / "etc" / "high"
        self.low.parent.mkdir()
        self.low.write_bytes(b"old\n")
        self.low.chmod(0o640)
        self.more: tuple[Command, ...] = ()
        """What the lower step runs beside its file."""

    def step(self, name: str, path: Path, needs: tuple[str, ...] = ()) -> Step:
        fact: Fact[str] = Fact(f"text-{name}", f"cat {path} 2>/dev/null || :", str)

        def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
            if facts.of(HOST, fact) == "ours\n":
                return
            yield write_file(HOST, str(path), "ours\n", "why", old=facts.of(HOST, fact))
            if name == "low":
                yield from self.more

        def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
            yield from not_done(plan(answers, facts))

        return Step(
            name,
            title=f"The step {name}",
            reason="to know",
            then="",
            now="",
            plan=plan,
            verify=verify,
            facts=(fact,),
            needs=needs,
            hosts=lambda answers: (HOST,),
        )

    def session(self) -> Session:
        """As an operator comes to the machine anew."""
        steps = (self.step("low", self.low), self.step("high", self.high, ("low",)))
        made = lambda *_: {HOST: LocalHost(HOST, need_root=False)}  # noqa: E731
        session = Session(Store(self.root / "state"), steps, made)
        session.open()
        session.connect()
        return session

    def do(self, work: Callable[[Session, dict[str, Step]], Exit]) -> Exit:
        """One command line."""
        session = self.session()
        try:
            return work(session, {step.id: step for step in session.steps})
        finally:
            session.close()

    def apply(self, *names: str) -> Exit:
        return self.do(lambda s, steps: headless.apply(s, [steps[name] for name in names], ()))

    def undo(self, name: str, *typed: str) -> Exit:
        return self.do(lambda session, steps: undo(session, steps[name], typed))

    def claim(self, name: str) -> Claim:
        session = self.session()
        session.close()
        return session.progress.get(name, Progress()).claim


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(write, "KEPT", f"{tmp_path}/kept")
    monkeypatch.setattr(host_lock, "FOLDER", f"{tmp_path}/run")
    return Machine(tmp_path)


def refused(machine: Machine, code: Exit, *words: str) -> None:
    """It is refused with these words, and the file stays as it is."""
    before = machine.low.read_bytes()
    with pytest.raises(WizardError) as error:
        machine.undo("low", "low")
    assert error.value.code is code
    assert all(word in str(error.value) for word in words), error.value
    assert machine.low.read_bytes() == before


def test_a_step_is_undone_and_can_be_done_again(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert machine.apply("low") is Exit.OK
        assert machine.low.read_text() == "ours\n"
        with pytest.raises(WizardError) as error:
            machine.undo("low", "high")
        assert error.value.code is Exit.CONSENT and "--confirm low" in str(error.value)
        told = capsys.readouterr().out
        assert f"put back what was at {machine.low} before" in told
        assert "changes the system" in told and 'cp -a "$now/before"' in told
        assert machine.low.read_text() == "ours\n" and machine.claim("low") is Claim.VERIFIED
        assert machine.undo("low", "low") is Exit.OK
        assert machine.low.read_bytes() == b"old\n"
        assert machine.low.stat().st_mode & 0o7777 == 0o640
        assert "the hosts show: to do" in capsys.readouterr().out
        assert machine.claim("low") is Claim.NOT_BEGUN


def test_a_second_undo_has_nothing_to_do(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.undo("low", "low") is Exit.OK
    assert "nothing was run" in capsys.readouterr().out
    machine.apply("low")
    machine.undo("low", "low")
    machine.low.write_text("somebody's\n")
    assert machine.undo("low", "low") is Exit.OK
    assert machine.low.read_text() == "somebody's\n"


def test_what_others_build_upon_is_not_undone(machine: Machine) -> None:
    assert machine.apply("low", "high") is Exit.OK
    refused(machine, Exit.BLOCKED, "high", "undo those first")
    assert machine.undo("high", "high") is Exit.OK
    assert not machine.high.exists()
    assert machine.undo("low", "low") is Exit.OK
    assert machine.low.read_bytes() == b"old\n"


def test_a_later_step_that_was_found_done_is_let_go(machine: Machine) -> None:
    machine.high.write_text("ours\n")
    machine.apply("low", "high")
    refused(machine, Exit.BLOCKED, "high")
    assert machine.undo("high") is Exit.OK
    assert machine.high.read_text() == "ours\n" and machine.claim("high") is Claim.NOT_BEGUN
    assert machine.undo("low", "low") is Exit.OK


def said(review: Review) -> Exit:
    """What a plan says before anybody agrees to it."""
    show(review)
    return Exit.OK


def test_what_no_command_undoes_refuses_the_whole(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.more = (Command(HOST, ("true",), "why", undo="none: what it held is gone"),)
    machine.do(lambda session, steps: said(session.review(steps["low"])))
    told = capsys.readouterr().out
    assert "undo: cannot be undone: what it held is gone" in told
    assert "no command undoes 1 of these 2" in told
    machine.apply("low")
    refused(machine, Exit.BLOCKED, "not all of it can be undone")
    assert "node1: true: cannot be undone: what it held is gone" in capsys.readouterr().out


def test_what_an_earlier_version_ran_refuses_the_whole(machine: Machine) -> None:
    machine.apply("low")
    journal = machine.root / "state" / "journal.jsonl"

    lines = []
    for line in journal.read_text().splitlines():
        record = json.loads(line)
        record.pop("undo", None)
        lines.append(json.dumps(record))
    journal.write_text("\n".join(lines) + "\n")
    refused(machine, Exit.BLOCKED, "not all of it can be undone")


def test_the_last_change_is_undone_first_and_what_follows_comes_after_all(
    machine: Machine,
) -> None:
    said = machine.root / "said"

    def saying(word: str, *, last: bool) -> Command:
        argv = ("sh", "-c", f'echo {word} "$(cat "$1")" >>"$2"', "say", f"{machine.low}", f"{said}")
        return Command(HOST, ("true", word), "why", undo=Undo(argv, last=last))

    machine.more = (
        saying("menu", last=True),
        saying("a", last=False),
        Command(HOST, ("true",), "why", undo=f"{NONE_NEEDED}: it only reads"),
        saying("b", last=False),
        saying("image", last=True),
    )
    machine.apply("low")
    assert machine.undo("low", "low") is Exit.OK
    assert said.read_text().splitlines() == ["b ours", "a ours", "menu old", "image old"]


def test_how_an_undo_is_to_run_is_in_the_journal() -> None:
    """Whatever the version that undoes it: the record alone says it."""
    undo = Undo(("update-grub",), "the menu anew", last=True, unit=True)
    command = Command(HOST, ("update-grub",), "why", undo=undo)
    start = {"kind": "start", "step": "low", "host": HOST, "key": "k", "undo": noted(command)}
    (again,) = way_back("low", [start]).commands
    assert (again.argv, again.shown, again.kind) == (undo.argv, undo.title, Kind.UNIT)
    done = {"kind": "end", "step": undoing_of("low"), "key": again.key, "ok": True}
    assert not way_back("low", [start, done])
    assert way_back("low", [start, done, start]).commands == (again,)
    assert not way_back("low", [start, {"kind": "undone", "step": "low"}])


@pytest.mark.parametrize("undo", ["rm a", {"argv": "rm a"}, {"argv": []}, {"argv": [1]}, None])
def test_a_record_that_says_no_command_is_run_for_none(undo: object) -> None:
    start = {"kind": "start", "step": "low", "host": HOST, "key": "k", "line": "l", "undo": undo}
    left = way_back("low", [start])
    assert not left.commands and left.untold == (f"{HOST}: l",)


def test_somebodys_change_stays_and_the_undo_goes_on_later(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    other = machine.root / "etc" / "other"
    machine.more = (write_file(HOST, str(other), "ours\n", "why"),)
    machine.apply("low")
    machine.low.write_text("ours\ntheirs\n")
    assert machine.undo("low", "low") is Exit.FAILED
    told = capsys.readouterr().out
    assert "+theirs" in told and "goes on from there" in told
    assert machine.low.read_text() == "ours\ntheirs\n" and not other.exists()
    assert machine.claim("low") is not Claim.NOT_BEGUN
    other.write_text("new, of somebody\n")
    machine.low.write_text("ours\n")
    assert machine.undo("low", "low") is Exit.OK
    assert machine.low.read_bytes() == b"old\n"
    assert other.read_text() == "new, of somebody\n"


def test_a_write_that_failed_before_anything_was_kept_is_no_obstacle(machine: Machine) -> None:
    machine.low.unlink()
    machine.low.mkdir()
    assert machine.apply("low") is not Exit.OK
    assert machine.undo("low", "low") is Exit.OK
    assert machine.low.is_dir()


def test_the_saved_scripts_do_and_undo_the_same(machine: Machine) -> None:
    def scripts(session: Session, steps: dict[str, Step]) -> Exit:
        review = session.review(steps["low"])
        assert review.state is State.READY
        there, back = review.plan.script(HOST), review.plan.script_back(HOST)
        assert "# -old\n# +ours\n# undo: put back" in there
        for _ in range(2):
            subprocess.run(["sh", "-c", there], check=True)
            assert machine.low.read_text() == "ours\n"
        subprocess.run(["sh", "-c", back], check=True)
        assert machine.low.read_bytes() == b"old\n"
        return Exit.OK

    assert machine.do(scripts) is Exit.OK
