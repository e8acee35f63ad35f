"""Questionary's prompts, each with its keys, on a made-up terminal that has no screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from screens.line.ask import ANYTHING, HEALTH, HELP, LOG, Aside, Back, Expected, Leave
from screens.line.ask_prompts import PromptAsker
from screens.line.form import ask_all
from screens.line.prompt_keys import Known
from screens.shared.known_values import known
from wizard.answers import GuestSetup
from wizard.model.step import Choice

pytestmark = pytest.mark.slow

ENTER = "\r"
DOWN = "\x1b[B"
CLEAR = "\x15"
CARDS = (
    Choice("eth0", "eth0 up"),
    Choice("eth1", "eth1 down", "it has no link"),
    Choice("eth2", "eth2 up"),
)
ASKS: dict[str, Callable[[PromptAsker], Any]] = {
    "text": lambda asker: asker.text("Name", "xenvg"),
    "known": lambda asker: asker.text("Zone", "", Expected(known=("Etc/UTC",))),
    "file": lambda asker: asker.text("Key", "", Expected(file=True)),
    "secret": lambda asker: asker.secret("Password"),
    "yes": lambda asker: asker.yes("Change them?"),
    "pick": lambda asker: asker.pick("Card", CARDS),
    "tick": lambda asker: asker.tick("Cards", CARDS, ()),
}


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    """What is sent there is typed."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


@pytest.mark.parametrize("kind", ASKS)
@pytest.mark.parametrize(
    ("key", "reason"),
    [("\x03", Leave), ("\x04", Leave), ("\x1b", Back), ("\x1bOP", HELP), ("\x1bOR", LOG)],
)
def test_the_same_keys_work_in_every_prompt(
    keys: PipeInput, kind: str, key: str, reason: Any
) -> None:
    keys.send_text(key)
    wanted = Aside if isinstance(reason, str) else reason
    with pytest.raises(wanted) as raised:
        ASKS[kind](PromptAsker())
    if isinstance(raised.value, Aside):
        assert raised.value.word == reason


def test_health_has_a_key_and_a_word(keys: PipeInput) -> None:
    for typed in ("\x1bOS", f"{CLEAR}?health{ENTER}"):
        keys.send_text(typed)
        with pytest.raises(Aside) as raised:
            PromptAsker().text("Name", "xenvg")
        assert raised.value.word == HEALTH


def test_the_default_stands_in_the_field_and_can_be_edited_or_removed(keys: PipeInput) -> None:
    asker = PromptAsker()
    keys.send_text(ENTER)
    assert asker.text("Name", "xenvg") == "xenvg"
    keys.send_text(f"2{ENTER}")
    assert asker.text("Name", "xenvg") == "xenvg2"
    keys.send_text(f"{CLEAR}{ENTER}")
    assert asker.text("Proxy", "http://192.168.0.1:3142") == ""


def test_a_wrong_answer_is_not_taken_until_it_is_right(keys: PipeInput) -> None:
    judged: list[str] = []

    def wrong(given: str) -> str:
        judged.append(given)
        return "" if given == "datavg" else "should be another one"

    keys.send_text(f"bad{ENTER}{CLEAR}datavg{ENTER}")
    assert PromptAsker().text("Name", "", Expected(wrong=wrong)) == "datavg"
    assert "bad" in judged


def test_a_reason_longer_than_a_row_is_said_in_whole(
    keys: PipeInput, capsys: pytest.CaptureFixture[str]
) -> None:
    """Questionary shows a reason in one row, whose end is cut off."""
    reason = (
        "should be a web address such as http://deb.debian.org/debian, without a password in it"
    )

    def wrong(given: str) -> str:
        return "" if given == "datavg" else reason

    keys.send_text(f"bad{ENTER}{CLEAR}datavg{ENTER}")
    assert PromptAsker().text("Name", "", Expected(wrong=wrong)) == "datavg"
    assert " ".join(capsys.readouterr().out.split()) == f"! {reason}"


@pytest.mark.parametrize(
    ("typed", "default", "expected"),
    [
        (f"y{ENTER}", False, True),
        (f"n{ENTER}", True, False),
        (f"yn{ENTER}", False, False),
        (ENTER, True, True),
        (ENTER, False, False),
    ],
)
def test_yes_and_no_want_enter(keys: PipeInput, typed: str, default: bool, expected: bool) -> None:
    keys.send_text(typed)
    assert PromptAsker().yes("Run it now?", default=default) is expected


def test_a_single_y_decides_nothing(keys: PipeInput) -> None:
    keys.send_text("y\x04")
    with pytest.raises(Leave):
        PromptAsker().yes("Run it now?")


def test_a_refused_choice_is_stepped_over(keys: PipeInput) -> None:
    keys.send_text(f"{DOWN}{ENTER}")
    assert PromptAsker().pick("Card", CARDS, "eth0") == "eth2"


def test_what_is_refused_or_not_seen_can_stay_when_it_is_so_now(keys: PipeInput) -> None:
    for now in ("eth1", "eth9"):
        keys.send_text(ENTER)
        assert PromptAsker().pick("Card", CARDS, now) == now


def test_nothing_to_choose_asks_nothing(
    keys: PipeInput, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PromptAsker().pick("Card", [CARDS[1]]) == ""
    said = capsys.readouterr().out
    assert "REFUSED: it has no link" in said and "nothing of this can be chosen" in said


def test_refused_ones_can_be_ticked_since_their_serial_is_asked_for(keys: PipeInput) -> None:
    keys.send_text(f"{DOWN} {ENTER}")
    assert PromptAsker().tick("Cards", CARDS, ["eth0"]) == ["eth0", "eth1"]


def test_zones_are_offered_by_any_part_of_their_name() -> None:
    zones = known("zone")
    assert "Europe/Berlin" in zones
    assert _offered(Known(zones, several=False), "berlin") == ["Europe/Berlin"]


def test_several_are_offered_since_the_last_comma() -> None:
    completer = Known(("de_DE.UTF-8", "en_US.UTF-8"), several=True)
    assert _offered(completer, "en_US.UTF-8, de") == ["en_US.UTF-8, de_DE.UTF-8"]


def _offered(completer: Known, typed: str) -> list[str]:
    document = Document(typed)
    completions = completer.get_completions(document, CompleteEvent())
    return [typed[: len(typed) + made.start_position] + made.text for made in completions]


class Typist(PromptAsker):
    """Types as each field is asked for: what is listed for it, else Enter."""

    def __init__(self, keys: PipeInput, typed: dict[str, list[str]]) -> None:
        self.keys = keys
        self.typed = typed
        self.asked: list[str] = []

    def _type(self, prompt: str) -> None:
        self.asked.append(prompt)
        waiting = self.typed.get(prompt, [])
        self.keys.send_text(waiting.pop(0) if waiting else ENTER)

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        self._type(prompt)
        return super().text(prompt, default, expected)

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        self._type(prompt)
        return super().yes(prompt, default=default)


def test_a_whole_section_is_asked_by_prompts(keys: PipeInput) -> None:
    """Esc leads back to the field before, where what was typed stands."""
    mirror = "Debian archive; empty: the node's own"
    security = "Archive of the security updates; empty: the node's own"
    language = "Further languages, with commas"
    typist = Typist(
        keys,
        {
            mirror: [f"http://deb.debian.org/debian{ENTER}"],
            security: ["\x1b"],
            language: [f"de_DE.UTF-8, nonsense!{ENTER}{CLEAR}de_DE.UTF-8{ENTER}"],
        },
    )
    values, _ = ask_all(typist, GuestSetup, GuestSetup(timezone="Europe/Berlin"), (), {})
    assert typist.asked[:4] == [mirror, security, mirror, security]
    assert values["mirror"] == "http://deb.debian.org/debian"
    assert values["locales"] == "de_DE.UTF-8"
    assert values["timezone"] == "Europe/Berlin"
    assert values["standard"] is True and values["root_password"] is False


def test_questionary_is_not_there_before_the_first_prompt() -> None:
    """The plain dialogue never imports it, and the other one not before it asks."""
    program = (
        "import sys\n"
        "import screens.line.app, wizard.cli\n"
        "from screens.line.ask_prompts import PromptAsker\n"
        "PromptAsker()\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'questionary', 'prompt_toolkit', 'textual', 'rich'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("kind", ["text", "known", "file", "secret"])
def test_letters_of_another_encoding_are_asked_for_again(
    keys: PipeInput, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.send_bytes(b"\x15p\xe4ss\r")
    keys.send_text("\x15right\r")
    assert ASKS[kind](PromptAsker()) == "right"
    assert "that was not UTF-8" in capsys.readouterr().out
