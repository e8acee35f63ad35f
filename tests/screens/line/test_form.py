"""The questions of line mode, answered on a plain terminal that is made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from screens.line.ask import ANYTHING, Expected
from screens.line.ask_plain import PlainAsker
from screens.line.form import ask_all, ask_item, ask_until
from screens.line.login import servers
from screens.line.step import LineStep
from screens.shared.given import decide
from tests.screens.toys import LVM, PARTITION, Machines, session
from wizard.answers import (
    Answers,
    Backup,
    BackupHost,
    GuestSetup,
    Instances,
    Node,
    Partition,
    Volume,
)
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Choice

NODES = ("node1", "node2")
Terminal = Callable[[dict[str, str]], None]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Answers by the beginning of the prompt; Enter to all others. Who asks for ever is left."""

    def begin(typed: dict[str, str]) -> None:
        asked: list[str] = []

        def answer(prompt: str) -> str:
            asked.append(prompt)
            assert len(asked) < 100, "asked again and again"
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
    terminal(
        {"Further protected": "nginx.service,cron.service", "Further directories": "/srv/data"}
    )
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
    old = GuestSetup(
        proxy="http://192.168.0.1:3142", nameservers=["192.168.0.1"], timezone="Europe/Berlin"
    )
    values, _ = ask_all(PlainAsker(), GuestSetup, old, NODES, {})
    step = replace(LVM, id="guest", section=GuestSetup)
    before = Answers.model_validate({"guest": old.model_dump()})
    answers, wrong = decide(Review(step, before, Facts({})), values, set())
    assert answers is not None, wrong
    assert (answers.guest.proxy, answers.guest.nameservers) == ("", [])
    assert answers.guest.timezone == "Europe/Berlin"


def test_disks_that_are_not_offered_now_stay_chosen(terminal: Terminal) -> None:
    terminal({"Size": "5"})
    old = Partition(disks={"node1": ["A", "B"], "node2": ["C", "D"]})
    choices = {"disks": {"node1": (Choice("A", "sda"), Choice("E", "sdc"))}}
    values, _ = ask_all(PlainAsker(), Partition, old, NODES, choices)
    assert values["disks"] == old.disks
    values, _ = ask_all(PlainAsker(), Partition, old, NODES, {})
    assert values["disks"] == old.disks


def test_no_disk_is_an_answer_and_an_open_question_is_none(terminal: Terminal) -> None:
    terminal({"node1: disks": "-"})
    choices = {
        "disks": {"node1": (Choice("A", "sda"), Choice("B", "sdb")), "node2": (Choice("C", "sda"),)}
    }
    values, _ = ask_all(
        PlainAsker(), Partition, Partition(disks={"node1": ["A", "B"]}), NODES, choices
    )
    assert values["disks"] == {"node1": []}


def test_the_answers_are_not_asked_while_a_host_is_not_seen(tmp_path: Path) -> None:
    class Picker(PlainAsker):
        offered: tuple[str, ...] = ()

        def pick(self, prompt: str, choices: Sequence[Choice], default: str = "") -> str:
            self.offered = tuple(one.value for one in choices)
            return "script"

    build, asker = session(tmp_path, Machines()), Picker()
    missing = Facts({}, {"node1": WizardError("does not answer", where="node1")})
    LineStep(build, asker, PARTITION)._round(look(PARTITION, Answers(), missing))
    assert asker.offered == ("look", "shell", "quit")
    build.close()


class Listed(PlainAsker):
    """Takes answers in their order, and notes what was asked."""

    def __init__(self, *given: str) -> None:
        self.given, self.asked = list(given), list[str]()

    def text(self, prompt: str, default: str = "", expected: Expected = ANYTHING) -> str:
        self.asked.append(f"{prompt} [{default}]")
        return self.given.pop(0) or default

    def yes(self, prompt: str, *, default: bool = False) -> bool:
        self.asked.append(prompt)
        return default


def test_only_the_wrong_answer_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    asker = Listed("node1", "10.0.0.9", "", "2222", "admin", "", "node1.name.org")
    node = ask_item(asker, Node, None, ())
    assert isinstance(node, Node) and (node.name, str(node.ip)) == ("node1.name.org", "10.0.0.9")
    assert (node.ssh.port, node.ssh.user) == (2222, "admin")
    assert len(asker.asked) == 8 and asker.asked[-1] == "Full host name []"
    said = capsys.readouterr().out
    assert (
        said == "! Full host name: should be a full name in small letters, such as node1.name.org\n"
    )


def test_answers_that_do_not_go_together_are_all_asked_again_as_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asker = Listed("b.name.org", "", "b.name.org", "10.0.0.9")
    host = ask_item(asker, BackupHost, None, ())
    assert isinstance(host, BackupHost) and (host.name, host.ip) == ("b.name.org", "10.0.0.9")
    assert asker.asked[2].endswith("[b.name.org]")
    assert (
        "! all together: a backup host needs both a name and an address" in capsys.readouterr().out
    )


def test_a_list_that_is_asked_again_keeps_its_items(terminal: Terminal) -> None:
    turns: list[dict[str, object]] = []

    def judge(values: dict[str, object], erase: set[str]) -> tuple[object, dict[str, str]]:
        turns.append(dict(values))
        return (values, {}) if len(turns) > 1 else (None, {"": "not so"})

    terminal({"This one": "1"})
    ask_until(PlainAsker(), Instances, Instances(), NODES, {}, judge)
    assert turns[0] == turns[1] and turns[0]["wanted"]


def test_two_servers_are_the_fewest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["y", "y", *[""] * 7, "n", "n", "n"]
    monkeypatch.setattr("builtins.input", lambda prompt: given.pop(0))
    build = session(tmp_path, Machines())
    servers(build, PlainAsker())
    assert (
        "! a cluster needs two servers" in capsys.readouterr().out and len(build.answers.nodes) == 2
    )
    build.close()
