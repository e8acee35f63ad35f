"""Secrets on the screen and line by line, and the overview's columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from textual.widgets import Input

from screens.columns import Column, columns, concerned, cut, state_in, title_width
from screens.dialogs.secrets import SecretModal
from screens.line.secrets import ask_secret
from tests.screens.conftest import Start
from tests.screens.toys import FLAGS, LVM, Machines
from wizard.answers import Answers
from wizard.base.errors import HostKeyUnknown
from wizard.model.facts import Facts
from wizard.model.review import Review, State
from wizard.model.step import Choice, Command, Prompt, Step

pytestmark = pytest.mark.slow

NEW = Prompt("pass", "Passphrase of the volume", new=True)
OLD = Prompt("old", "Passphrase as it is")


def _plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    if "lvm" not in facts.of("node1", FLAGS):
        yield Command("node1", ("unlock",), "why", prompts=(NEW, OLD))
        yield Command("node1", ("set-flag", "lvm"), "mark it")


def _hosts(answers: Answers) -> Sequence[str]:
    return ["node1"]


STEP = replace(LVM, section=None, needs=(), plan=_plan, verify=lambda a, f: (), hosts=_hosts)


async def test_a_new_secret_is_judged_typed_twice_and_an_old_one_once(
    start: Start, machines: Machines
) -> None:
    async with start(steps=(STEP,)) as hand:
        await hand.login()
        await hand.press("enter")
        await hand.until("Why [TO DO]")
        await hand.press("f8", "f8")
        await hand.sees("Passphrase of the volume")
        await hand.press("enter", "enter")
        await hand.sees("nothing")
        assert isinstance(hand.app.screen, SecretModal)
        await hand.press("escape")
        await hand.sees("no secret given: nothing was run")
        assert not machines.made["node1"].ran[1:]
        await hand.press("f8")
        await hand.sees("Secret wanted")
        # Typed at once, without looking where the focus is.
        await hand.press(*"password1", "enter")
        await hand.sees("weak (")
        await hand.press(*"passwort1")
        await hand.sees("differs")
        await hand.press("f8")
        assert isinstance(hand.app.screen, SecretModal)
        await hand.press("f6")
        await hand.sees("strong (4 of 4)")
        first, second = hand.app.screen.query(Input).results(Input)
        words = first.value
        assert words in hand.text.replace("\n", " ") and hand.app.focused is second
        await hand.press(*words)
        await hand.sees("ok")
        await hand.press("f8")
        await hand.sees("Passphrase as it is")
        assert "Once more" not in hand.text
        await hand.press(*"canary", "enter", "enter")
        await hand.until("Verify [DONE]")
        secrets = hand.app.session.secrets
        assert "pass" not in secrets and "old" not in secrets and "canary" not in hand.text


async def test_an_unknown_host_key_is_asked_about_in_the_step(
    start: Start, machines: Machines
) -> None:
    machines.hoist("node1", "lvm")
    async with start(steps=(STEP,)) as hand:
        await hand.login()
        machines.made["node1"].down = HostKeyUnknown(
            "node1", "SHA256:abc", "node1 ssh-ed25519 AAAA"
        )
        await hand.press("enter")
        await hand.sees("SHA256:abc")
        machines.made["node1"].down = None
        await hand.press("tab", "enter")
        await hand.until("Verify [DONE]")
        known = hand.app.session.store.folder / "known_hosts"
        assert known.read_text() == "node1 ssh-ed25519 AAAA\n"


class Typist:
    """An asker with the answers ready."""

    def __init__(self, *given: str, yes: bool = False) -> None:
        self.given, self.agrees = list(given), yes

    def text(self, prompt: str, default: str = "") -> str:
        return self.given.pop(0)

    def secret(self, prompt: str) -> str:
        return self.given.pop(0)

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        return self.agrees

    def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
        return self.given.pop(0)


def test_line_by_line() -> None:
    typist = Typist("one", "two", "three words here", "three words here", yes=True)
    given = ask_secret(typist, NEW)
    assert given is not None and given.reveal() == "three words here" and not typist.given
    old = ask_secret(Typist("old"), OLD)
    assert old is not None and old.reveal() == "old"
    assert ask_secret(Typist(""), NEW) is None and ask_secret(Typist(*"abcdefghij"), NEW) is None


def _on(*names: str) -> Step:
    return replace(STEP, hosts=lambda answers: names)


def test_columns() -> None:
    answers = Answers()
    assert [one.head for one in columns((_on("node1"),), answers)] == ["node1", "node2"]
    assert [one.head for one in columns((_on("inst1", "node1"),), answers)] == [
        "node1",
        "node2",
        "inst1",
    ]
    many = columns((_on("inst1"), _on("inst2", "node2")), answers)
    assert [one.head for one in many] == ["node1", "node2", "others"]
    assert concerned(_on("inst2", "node2"), answers, many[2]) == ["inst2"]
    assert concerned(_on("inst1"), answers, many[0]) == []
    review = Review(STEP, answers, Facts({}, {"inst2": HostKeyUnknown("inst2", "", "")}))
    assert state_in(review, ["inst1", "inst2"]) is State.UNSEEN


def test_titles_get_what_the_states_leave() -> None:
    hosts = [Column(name, (name,)) for name in ("node1", "node2", "others")]
    assert title_width(80, hosts) == 28
    assert title_width(120, hosts) == 68
    assert title_width(60, hosts) == 20
    assert title_width(80, [*hosts[:2], Column("a-much-longer-name", ())]) == 22
    assert cut("Names", 5) == "Names"
    assert cut("Boot the hypervisor", 10) == "Boot the…"
