"""The questions of line mode, answered on a plain terminal that is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from screens.line_ask import PlainAsker
from screens.line_form import ask_all, ask_item
from screens.questions import decide
from tests.screens.toys import LVM
from wizard.answers import Answers, Backup, GuestSetup, Volume
from wizard.facts import Facts
from wizard.review import Review

NODES = ("node1", "node2")
Terminal = Callable[[dict[str, str]], None]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Answers by the beginning of the prompt; Enter to all others."""

    def begin(typed: dict[str, str]) -> None:
        def answer(prompt: str) -> str:
            return next((text for start, text in typed.items() if prompt.startswith(start)), "")

        monkeypatch.setattr("builtins.input", answer)

    return begin


def test_several_values_are_taken_apart_at_the_commas(terminal: Terminal) -> None:
    terminal({"Name servers": "192.168.0.1, 192.168.0.2", "Further languages": "de_DE.UTF-8"})
    values, erase = ask_all(PlainAsker(), GuestSetup, GuestSetup(), NODES, {})
    step = replace(LVM, id="guest", section=GuestSetup)
    answers, wrong = decide(Review(step, Answers(), Facts({})), values, erase)
    assert answers is not None, wrong
    assert answers.guest.nameservers == ["192.168.0.1", "192.168.0.2"]
    assert answers.guest.locales == ["de_DE.UTF-8"] and answers.guest.root_keys == []


def test_a_volumes_lists_and_a_backups_folders(terminal: Terminal) -> None:
    terminal({"Further protected": "nginx.service,cron.service", "Further directories": "/srv/data"})
    volume = ask_item(PlainAsker(), Volume, None, NODES)
    assert isinstance(volume, Volume)
    assert volume.services == ["nginx.service", "cron.service"] and volume.paths == ["/srv/data"]
    terminal({})
    values, _ = ask_all(PlainAsker(), Backup, Backup(folders=["/etc", "/srv"]), NODES, {})
    step = replace(LVM, id="backup", section=Backup)
    answers, wrong = decide(Review(step, Answers(), Facts({})), values, set())
    assert answers is not None and answers.backup.folders == ["/etc", "/srv"], wrong


def test_a_sign_empties_an_answer(terminal: Terminal) -> None:
    terminal({"HTTP proxy": "-", "Name servers": "-"})
    old = GuestSetup(proxy="http://192.168.0.1:3142", nameservers=["192.168.0.1"], timezone="Europe/Berlin")
    values, _ = ask_all(PlainAsker(), GuestSetup, old, NODES, {})
    step = replace(LVM, id="guest", section=GuestSetup)
    before = Answers.model_validate({"guest": old.model_dump()})
    answers, wrong = decide(Review(step, before, Facts({})), values, set())
    assert answers is not None, wrong
    assert (answers.guest.proxy, answers.guest.nameservers) == ("", [])
    assert answers.guest.timezone == "Europe/Berlin"
