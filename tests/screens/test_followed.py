"""A step that is finished by following what an earlier run left is recorded, and says farewell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.screens.conftest import Start
from tests.screens.toys import LVM, Machines, session
from tests.waiting import pass_gate
from wizard.hosts.host import Host
from wizard.remote import login_message
from wizard.remote import unit as units

pytestmark = pytest.mark.slow


async def test_on_the_screen(
    start: Start, machines: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = threading.Event()

    def look(host: Host, name: str) -> units.UnitState:
        return units.UnitState("ended", 0) if ended.is_set() else units.UnitState("running")

    def follow(host: Host, name: str, sink: Callable[[str], None], stop: threading.Event) -> int:
        pass_gate(ended)
        for node in ("node1", "node2"):
            machines.hoist(node, "lvm")
        return 0

    monkeypatch.setattr(units, "look", look)
    monkeypatch.setattr(units, "follow", follow)
    monkeypatch.setattr(units, "forget", lambda host, name: None)
    machines.self_on = "node1"
    before = session(tmp_path / "state", machines, (LVM,))
    before.journal.add(
        "start", step="lvm", host="node2", key="k", line="vgcreate", kind_of="unit", unit="gw-0"
    )
    before.close()
    async with start(steps=(LVM,)) as hand:
        await hand.press("f8")
        await hand.until("overview · 0/1 done")
        await hand.sees("[>] running")
        await hand.press("f8")
        await hand.until("lvm · Run [RUNNING]")
        ended.set()
        await hand.until("lvm · Verify [DONE]")
        assert hand.app.session.progress["lvm"].verified
        assert ("rm", "-f", login_message.PATH) in machines.made["node1"].ran
