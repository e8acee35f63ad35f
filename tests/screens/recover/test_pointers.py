"""What leads to the diagnosis: health and the start page; the text form of health as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.health import HealthScreen
from screens.recover.screen import DiagnosisScreen
from steps import recovery
from tests.daily.health_lab import Hosts, session
from tests.hand import Hand
from tests.sim import SimHost
from tests.steps.health.test_checks import good
from wizard.base.errors import Unreachable
from wizard.daily import diagnosis
from wizard.model.recovery import HERE
from wizard.model.verdicts import Level, Report, Verdict
from wizard.verbs.health_report import AFTER_ACCIDENT, text

pytestmark = pytest.mark.slow


async def test_from_health_to_the_diagnosis_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = Hosts(good())
    made = session(tmp_path, hosts)
    made.recovery = recovery
    monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: SimHost(HERE))
    app = WizardApp(made)
    async with app.run_test(size=(80, 24)) as pilot:
        made.connect()
        hosts.made["node1"].down = Unreachable("node1 cannot be reached", where="node1")
        app.push_screen(HealthScreen(600.0))
        hand = Hand(app, pilot)
        await hand.until("health [CRITICAL]")
        await hand.sees("r: what can be done after an accident")
        await hand.press("r")
        await hand.until("recover [TO DO]")
        assert isinstance(app.screen, DiagnosisScreen)
        await hand.press("escape")
        await hand.until("health [CRITICAL]")
    made.close()


@pytest.mark.parametrize("level", [Level.CRITICAL, Level.WARNING])
def test_the_text_of_health_names_it_when_it_is_critical(level: Level) -> None:
    report = Report("c", (Verdict("reach", "node1", level, "does not answer"),))
    assert (AFTER_ACCIDENT in text(report)) is (level is Level.CRITICAL)
