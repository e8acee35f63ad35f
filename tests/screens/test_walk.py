"""From the login to the last step by keys alone, on simulated hosts."""

from __future__ import annotations

import pytest

from tests.screens.conftest import Start
from tests.screens.toys import Machines

pytestmark = pytest.mark.slow


async def test_whole_build_with_few_keys(start: Start, machines: Machines) -> None:
    async with start() as hand:
        assert hand.title == "ganeti-wizard · hosts [LOGIN]"
        await hand.login()
        await hand.until("overview · 0/4 done [TO DO]")
        await hand.press("enter")
        await hand.until("1/4 partition · Why [TO DO]")
        await hand.press("f8")
        await hand.until("Ask [TO DO]")
        await hand.press("f8")
        await hand.until("Plan [TO DO]")
        await hand.press("f8")
        await hand.sees("Confirm destruction")
        await hand.press("tab")
        for serial in ("QM011", "QM012", "QM021", "QM022"):
            await hand.press(*serial, "enter")
        await hand.press("enter")
        await hand.until("1/4 partition · Verify [DONE]")
        await hand.press("f8")
        await hand.until("2/4 lvm · Why [TO DO]")
        await hand.press("f8", "f8")
        await hand.until("Plan [TO DO]")
        await hand.press("f8")
        await hand.until("2/4 lvm · Verify [DONE]")
        await hand.press("f8")
        await hand.until("3/4 bridge · Why [TO DO]")
        await hand.press("f8")
        await hand.until("Ask [TO DO]")
        await hand.press("f8")
        await hand.until("Plan [TO DO]")
        await hand.press("f8")
        await hand.sees("Run it")
        await hand.press("tab", "enter")
        await hand.until("3/4 bridge · Verify [DONE]")
        await hand.press("f8")
        await hand.until("4/4 instance · Why [TO DO]")
        await hand.press("f8", "f8", "f8")
        await hand.until("4/4 instance · Verify [DONE]")
        await hand.press("f8")
        await hand.until("overview · 4/4 done [DONE]")
    assert ("vgcreate", "xenvg", "/dev/md1") in machines.made["node2"].ran
