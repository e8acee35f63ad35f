"""The first screen: who is reached how, and each way in which the first login can fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button, Input

from tests.screens.conftest import Start
from tests.screens.toys import Machines
from wizard.base.errors import (
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    Unreachable,
    WizardError,
)

pytestmark = pytest.mark.slow

ERRORS = [
    LoginRefused(
        "accepts neither the key nor the password", where="node2", mend="type the right password"
    ),
    Unreachable(
        "192.168.0.112 port 22 cannot be reached", where="node2", mend="check that the host is on"
    ),
    HostKeyChanged("the host key has changed", where="node2", mend="ssh-keygen -R 192.168.0.112"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_failed_login_says_what_where_and_how_to_mend_it(
    start: Start, machines: Machines, error: WizardError
) -> None:
    async with start() as hand:
        machines.down["node2"] = error
        await hand.press("f8")
        await hand.until("hosts [FAILED]")
        flat = " ".join(hand.text.split())
        assert f"NOT CONNECTED: {error.what}. To mend it: {error.mend}" in flat
        assert "connected" in hand.text and "not connected: node2" in hand.text
        machines.down.clear()
        await hand.press("f8")
        await hand.until("inventory [SEEN]")


async def test_the_password_is_a_secret_and_leaves_the_screen(
    start: Start, machines: Machines, tmp_path: Path
) -> None:
    async with start() as hand:
        await hand.press(*"canary", "enter", *"other", "enter")
        await hand.until("inventory")
        assert machines.passwords[-1] == {"node1": "canary", "node2": "other"}
        assert "canary" not in hand.text
        await hand.press("escape")
        assert all(not field.value for field in hand.app.screen.query(Input).results(Input))
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or "canary" not in path.read_text(errors="replace")


async def test_unknown_host_keys_are_asked_with_the_focus_on_refuse(
    start: Start, machines: Machines, tmp_path: Path
) -> None:
    trusted = tmp_path / "state" / "known_hosts"
    async with start() as hand:
        for node in ("node1", "node2"):
            machines.down[node] = HostKeyUnknown(node, f"SHA256:{node}", f"{node} ssh-ed25519 AAAA")
        await hand.press("f8")
        await hand.sees("Unknown host key")
        assert "SHA256:node1" in hand.text and "SHA256:node2" in hand.text
        assert isinstance(hand.app.focused, Button) and hand.app.focused.id == "refuse"
        await hand.press("enter")
        await hand.until("hosts [FAILED]")
        assert not trusted.exists()
        await hand.press("f8")
        await hand.sees("Unknown host key")
        machines.down.clear()
        await hand.press("tab", "enter")
        await hand.until("inventory [SEEN]")
        assert trusted.read_text().splitlines() == [
            "node1 ssh-ed25519 AAAA",
            "node2 ssh-ed25519 AAAA",
        ]


async def test_one_machine_under_two_names(start: Start, machines: Machines) -> None:
    machines.same = True
    async with start() as hand:
        await hand.press("f8")
        await hand.until("hosts [FAILED]")
        assert "the same machine as node1" in " ".join(hand.text.split())


async def test_the_same_address_twice_is_refused_and_nothing_is_saved(start: Start) -> None:
    async with start() as hand:
        await hand.press("tab", "f4")
        await hand.sees("node2.name.org")
        await hand.press("tab", *["backspace"] * 15, *"192.168.0.111")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("is used twice")
        assert str(hand.app.session.answers.nodes[1].ip) == "192.168.0.112"
        await hand.press("escape")
        assert hand.title == "ganeti-wizard · hosts [LOGIN]"


async def test_a_wrong_address_is_shown_by_its_field(start: Start) -> None:
    async with start() as hand:
        await hand.press("f4")
        await hand.press("tab", *"x")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("not a valid IPv4 address")
        assert isinstance(hand.app.focused, Input) and hand.app.focused.value == "x"


async def test_a_short_name_is_refused_in_words_on_one_row(start: Start) -> None:
    async with start() as hand:
        await hand.press("f4", *["backspace"] * 14, *"node1")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("! should be a full name in small letters, such as node1.name.org")


async def test_two_servers_are_the_fewest(start: Start) -> None:
    async with start() as hand:
        await hand.press("f7")
        await hand.sees("a cluster needs two servers")
        assert (
            len(hand.app.session.answers.nodes) == 2
            and hand.title == "ganeti-wizard · hosts [LOGIN]"
        )


async def test_a_new_name_is_followed_by_the_other_answers(start: Start) -> None:
    async with start() as hand:
        await hand.press("f4", *["backspace"] * 14, *"alpha.example.org")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("alpha.example.org  192.168.0.111")
        only = hand.app.session.answers.instance.wanted[0]
        assert (only.primary, only.secondary) == ("node2", "alpha")


async def test_a_third_server_comes_and_goes(start: Start) -> None:
    async with start() as hand:
        await hand.press("f6", *"node3.name.org", "tab", *"192.168.0.115")
        hand.app.screen.query_one("#keep", Button).press()
        await hand.sees("node3.name.org  192.168.0.115")
        assert len(hand.app.session.answers.nodes) == 3
        await hand.login()
        assert list(hand.app.session.hosts) == ["node1", "node2", "node3"]
        await hand.press("escape", "escape", "tab", "tab", "f7")
        await hand.holds(lambda: len(hand.app.session.answers.nodes) == 2, "two servers")
