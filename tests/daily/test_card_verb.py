"""The verb `card` on simulated hosts: files, telephone numbers, and whether the card on the wall
still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from steps.card.card import CARDS
from tests.daily.health_lab import Hosts, session
from tests.daily.scene import Scene
from wizard.base.errors import AnswersError, StateError, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.cli import parser
from wizard.run.session import Session
from wizard.verbs import daily


class Desk:
    """Runs `card` as the command line does, on a scene that may change between the runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.scene = folder, Scene()

    def __call__(self, *argv: str) -> Exit:
        @contextmanager
        def opened(*, read_only: bool = False) -> Iterator[Session]:
            made = session(self.folder / "state", Hosts(self.scene), read_only=read_only)
            yield made
            made.close()

        return daily.card(parser().parse_args(["card", *argv]), opened, CARDS)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def test_it_writes_a_pdf_and_keeps_the_numbers(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk("--phone", "Duty=+49 30 1234567", "--phone", "A=B=112") is Exit.OK
    assert Path("cluster1.name.org-card.pdf").read_bytes().startswith(b"%PDF-")
    assert "Print it" in capsys.readouterr().out
    assert desk("--markdown", "--output", "-") is Exit.OK
    out = capsys.readouterr().out
    assert "Duty +49 30 1234567 · A=B 112" in out and "# cluster1.name.org" in out
    assert desk("--markdown") is Exit.OK and Path("cluster1.name.org-card.md").is_file()


def test_check_says_what_changed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WizardError, match="no card was made yet") as none:
        desk("--check")
    assert none.value.code is Exit.PENDING
    desk()
    digest = capsys.readouterr().out.split("card ")[1].split(",")[0]
    assert desk("--check") is Exit.OK and desk("--check", digest.lower()) is Exit.OK
    for host in ("node1", "node2"):
        desk.scene.change(host, "ganeti", '"serial": 20', '"serial": 32')
    assert desk("--check") is Exit.OK
    assert "still holds, though the configuration went from 20 to 32" in capsys.readouterr().out
    desk.scene.change("node1", "disks", "GWN1D2", "NEWDISK")
    assert desk("--check") is Exit.PENDING
    out = capsys.readouterr().out
    assert (
        "node1.name.org: disks: GWN1D1, GWN1D2 -> GWN1D1, NEWDISK" in out
        and "Make a new one" in out
    )
    assert desk("--check", digest) is Exit.PENDING
    desk()
    assert desk("--check") is Exit.OK


def test_a_host_that_does_not_answer_is_named(desk: Desk) -> None:
    desk()
    desk.scene.down("node2")
    for argv in ((), ("--check",)):
        with pytest.raises(Unreachable, match="made when every host answers"):
            desk(*argv)
    assert Path("cluster1.name.org-card.pdf").is_file()


def test_bad_input_is_named(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="lacks the number") as usage:
        desk("--phone", "Duty")
    assert usage.value.code is Exit.USAGE
    with pytest.raises(AnswersError, match=r"card\.phones\.0\.number"):
        desk("--phone", "Duty=call me")
    with pytest.raises(AnswersError, match=r"card\.phones"):
        desk(*(word for n in range(13) for word in ("--phone", f"P{n}=112")))
    with pytest.raises(WizardError, match="no other option"):
        desk("--check", "--markdown")
    with pytest.raises(WizardError, match="/none: the folder does not exist") as usage:
        desk("--output", "/none/card.pdf")
    assert usage.value.code is Exit.USAGE
    with pytest.raises(WizardError, match="cannot be written: File name too long"):
        desk("--output", "x" * 300)
    with pytest.raises(WizardError, match="/dev/full: cannot be written: No space left"):
        desk("--output", "/dev/full")
    for typed in ("TYPO", "1A2B3C4", "1A2B3C4G", "1A2B3C4D5"):
        with pytest.raises(WizardError, match=f"'{typed}' is not the number of a card") as usage:
            desk("--check", typed)
        assert usage.value.code is Exit.USAGE
    (tmp_path / "state" / "card.json").write_text("{}")
    with pytest.raises(StateError, match="cannot be read"):
        desk("--check")
