"""Line mode after the wizard was killed while a server reboots: that is awaited before any step."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.line.ask_plain import PlainAsker
from screens.line.step import catch_up
from tests.verbs.rebooting import left_rebooting
from wizard.remote import reboot


def test_the_reboot_is_awaited_before_any_step_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "PAUSE", 0.0)
    with left_rebooting(tmp_path) as session:
        catch_up(session, PlainAsker())
        told = capsys.readouterr().out
        assert "a command from before is still running: following it" in told
        assert session.in_flight == ()
        assert session.progress["reboot"].verified
