"""What the question before leaving says about commands whose end nobody saw."""

from __future__ import annotations

from pathlib import Path

from screens.dialogs.leave import text_of
from wizard.run.session import Session
from wizard.state.store import Store


def test_what_was_left_on_a_host_is_named_though_nothing_runs_here(tmp_path: Path) -> None:
    session = Session(Store(tmp_path), (), lambda answers, store, passwords: {})
    session.open()
    try:
        assert "Nothing is running" in text_of(session, running=False)
        session.journal.add(
            "start",
            step="raid",
            host="node2",
            key="k",
            line="mdadm --create",
            kind_of="unit",
            unit="gw-1",
        )
        text = text_of(session, running=False)
        assert (
            "Nothing is running" not in text
            and "node2: mdadm --create\n    goes on as a unit" in text
        )
    finally:
        session.close()
