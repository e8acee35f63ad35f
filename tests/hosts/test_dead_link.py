"""Rows 8 and 9 of docs/ssh.md: a link that dies without a word, in a network namespace with a veth
pair.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.server import Server, serving
from tests.veth import NAMESPACE, THEIRS, cut, mend, neighbour
from tests.waiting import until
from wizard.base.errors import ConnectionLost, Unreachable
from wizard.remote import unit

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An sshd behind a cable that can be pulled."""
    folder = tmp_path_factory.mktemp("far")
    with (
        neighbour(),
        serving(folder, prefix=("ip", "netns", "exec", NAMESPACE), address=THEIRS) as server,
    ):
        server._await_port()
        yield server


def test_rows_8_and_9_a_dead_link_is_noticed_and_called_lost(far: Server) -> None:
    host = far.host()
    host.run(("true",))
    timer = threading.Timer(1, cut)
    timer.start()
    try:
        # Noticed before the command's own end, which would be a result, and no ConnectionLost.
        with pytest.raises(ConnectionLost, match=r"lost after .* s of `sleep 300`; state unknown"):
            host.run(("sleep", "300"))
        assert not timer.is_alive()
        with pytest.raises(Unreachable, match="cannot be reached"):
            host.run(("true",))
    finally:
        timer.join()
        mend()
    assert host.run(("echo", "back")).out == "back\n"
    host.close()


def test_row_10_a_channel_on_a_dead_link_is_not_waited_for_an_hour(far: Server) -> None:
    host = far.host()
    host.run(("true",))
    cut()
    ended = threading.Event()

    def look() -> None:
        with pytest.raises((Unreachable, ConnectionLost)):
            host.run(("true",))
        ended.set()

    try:
        threading.Thread(target=look, daemon=True).start()
        until(ended.is_set, "the end of a look over a dead link")
    finally:
        mend()
        host.close()


def test_a_followed_unit_goes_on_where_the_dead_link_cut_it(
    far: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.remote.fake import systemd

    monkeypatch.setattr(unit, "DIRECTORY", str(tmp_path / "units"))
    host = far.host(path=systemd(tmp_path / "bin"))
    script = "i=0; while [ $i -lt 60 ]; do i=$((i + 1)); echo line $i; sleep 1; done"
    unit.start(host, "gw-far", ("sh", "-c", script))
    seen: list[str] = []
    timers = threading.Timer(4, cut), threading.Timer(40, mend)
    for timer in timers:
        timer.start()
    try:
        assert unit.follow(host, "gw-far", seen.append, threading.Event()) == 0
    finally:
        for timer in timers:
            timer.cancel()
        mend()
        host.close()
    lines = "".join(seen).splitlines()
    assert [line for line in lines if line.startswith("line")] == [
        f"line {n}" for n in range(1, 61)
    ]
    assert any("connection lost" in line for line in lines)
