"""A hostile host: its escapes reach no event, log, journal or screen, and change no file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.base.test_plain import ATTACKS, harmful
from wizard.answers import Answers
from wizard.base.plain import gap
from wizard.hosts.local import LocalHost
from wizard.model.events import Event, Output
from wizard.model.facts import Fact, Facts
from wizard.model.plan import Plan
from wizard.model.review import State, look
from wizard.model.step import Command, Finding, Step
from wizard.model.write import write_file
from wizard.run.active import Active
from wizard.run.gather import gather
from wizard.run.runner import Runner
from wizard.state.journal import Journal
from wizard.verbs import tell

TEXT: Fact[str] = Fact("text", "", str)


def _plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    for host in facts.hosts:
        text = facts.of(host, TEXT)
        if "ours" not in text:
            yield write_file(host, "/etc/file", f"{text}ours\n", f"adds a line to: {text[:200]}")


def _verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    yield from ()


STEP = Step("edit", "Edit", "to know", "vi", "write", _plan, _verify, facts=(TEXT,))


def _print(attack: str) -> Fact[str]:
    octal = "".join(f"\\{byte:03o}" for byte in attack.encode())
    return Fact("text", f"printf 'line\\n{octal}\\n'", str)


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_the_facts_of_a_real_shell_are_plain(attack: str) -> None:
    host = LocalHost("node1", need_root=False)
    facts = gather([(host, [_print(attack)])], Answers())
    assert not harmful(facts.of("node1", TEXT))


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_a_command_says_plain_words_in_every_place(
    attack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    octal = "".join(f"\\{byte:03o}" for byte in attack.encode())
    command = Command(
        "node1", ("sh", "-c", f"printf '{octal}\\nx\\n'; printf '{octal}' >&2"), "why"
    )
    events: list[Event] = []
    journal = Journal(tmp_path / "journal")
    hosts = {"node1": LocalHost("node1", need_root=False)}
    runner = Runner(
        step="edit",
        hosts=hosts,
        journal=journal,
        emit=events.append,
        log_dir=tmp_path,
        resume="",
        stop=threading.Event(),
        active=Active(events.append),
    )
    assert runner.run(Plan((command,)))
    for event in events:
        tell.tell(event)
    said = "".join(event.text for event in events if isinstance(event, Output))
    logs = "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert "x" in said and "x" in logs
    for text in (said, logs, capsys.readouterr().out, (tmp_path / "journal").read_text()):
        assert not harmful(text)


@pytest.mark.parametrize("attack", [*ATTACKS, "\ufffd", gap(5)], ids=ascii)
def test_a_file_that_would_come_back_changed_is_not_rewritten(attack: str) -> None:
    review = look(STEP, Answers(), Facts({"node1": {"text": f"first\nhis {attack} line\n"}}))
    assert not review.plan and review.state in (State.BLOCKED, State.UNSEEN)
    told = "".join(map(str, review.blockers))
    assert "node1" in told and not harmful(told)


def test_the_finding_names_file_and_line() -> None:
    review = look(STEP, Answers(), Facts({"node1": {"text": "first\nhis \x1b line\n"}}))
    (blocker,) = review.blockers
    assert "/etc/file" in str(blocker) and "line 2" in str(blocker)


def test_a_file_with_letters_of_the_world_is_rewritten() -> None:
    review = look(STEP, Answers(), Facts({"node1": {"text": "größe ü中\n"}}))
    (command,) = review.plan.commands
    assert command.stdin == "größe ü中\nours\n"


def test_a_file_with_them_that_is_right_needs_nothing() -> None:
    review = look(STEP, Answers(), Facts({"node1": {"text": "gr\ufffd\x1be ours\n"}}))
    assert review.state is State.DONE


def test_facts_that_were_cut_are_concluded_from_nowhere() -> None:
    big = Fact("text", "head -c 3000000 /dev/zero | tr '\\0' x; echo ours", str)
    host = LocalHost("node1", need_root=False)
    facts = gather([(host, [big])], Answers())
    review = look(STEP, Answers(), facts)
    assert review.state is State.UNSEEN and not review.plan
    assert "too long" in str(review.blockers[0])


def test_a_large_fact_that_swallows_others_is_named_as_such() -> None:
    big = Fact("big", "head -c 1500000 /dev/zero | tr '\\0' x", str)
    small = Fact("text", "echo ours", str)
    large = Fact("large", "head -c 1500000 /dev/zero | tr '\\0' x", str)
    host = LocalHost("node1", need_root=False)
    facts = gather([(host, [big, small, large])], Answers())
    if "node1" in facts.missing:
        assert "more than can be kept" in facts.missing["node1"].what
    else:
        assert facts.of("node1", TEXT) == "ours\n"
