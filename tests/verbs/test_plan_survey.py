"""`plan` looks at all steps together, and says what it would say of each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.play.opened import at, opened
from tests.sim import SimHost
from wizard.run.session import Session
from wizard.verbs import headless

pytestmark = pytest.mark.slow


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each host was looked at."""
    counted: Counter[str] = Counter()
    real = SimHost._facts

    def counting(host: SimHost, script: str) -> str:
        counted[host.name] += 1
        return real(host, script)

    monkeypatch.setattr(SimHost, "_facts", counting)
    return counted


@contextmanager
def before(step: str, folder: Path) -> Iterator[Session]:
    """A build whose steps before this one are done, as another run left it."""
    session, _ = opened(folder, at(step))
    session.connect()
    yield session
    session.close()


@pytest.mark.parametrize("step", ["partition", "bridge", "cluster", "guest", "configbackup"])
def test_it_concludes_what_a_look_at_each_step_concludes(
    step: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with before(step, tmp_path / "together") as session:
        code = headless.plan(session, session.steps)
        answers = session.answers
        told = capsys.readouterr().out.splitlines()
    with before(step, tmp_path / "alone") as session:
        codes = [headless.plan(session, [step]) for step in session.steps]
        assert session.answers == answers
        alone = capsys.readouterr().out.splitlines()
    assert told[:-1] == [line for line in alone if not line.endswith(" commands planned")]
    assert code in codes


def test_a_built_pair_is_looked_at_once(tmp_path: Path, looks: Counter[str]) -> None:
    with before("configbackup", tmp_path) as session:
        headless.plan(session, session.steps)
        looks.clear()
        # The journal says by now that the servers are far enough for the guest.
        headless.plan(session, session.steps)
        assert looks == dict.fromkeys(session.hosts, 1)
