"""`apply` after the wizard was killed while the servers reboot: it waits for them first, since no
other step can be looked at meanwhile.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.verbs.rebooting import REBOOT, left_rebooting
from wizard.base.exits import Exit
from wizard.remote import reboot
from wizard.verbs import headless


def test_the_reboot_is_awaited_before_any_step_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "PAUSE", 0.0)
    with left_rebooting(tmp_path) as session:
        assert headless.apply(session, [TOY, REBOOT], ()) is Exit.OK
        told = capsys.readouterr().out
        assert "-- reboot: a command from before is still at work, following it" in told
        assert "toy: done before, and still so" in told and "nobody is there" not in told
        assert session.progress["reboot"].verified
