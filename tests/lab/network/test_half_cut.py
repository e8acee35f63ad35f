"""One way through a cable, cut in the real QEMU; a hub is in the card's place."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.network.ether import Datagrams
from tests.waiting import until
from wizard.lab.base.host import QEMU
from wizard.lab.base.paths import LabPaths
from wizard.lab.machine.power import set_half
from wizard.lab.machine.qmp import Qmp

pytestmark = pytest.mark.skipif(shutil.which(QEMU) is None, reason="QEMU is not installed")


def end(ours: Path, theirs: Path) -> Datagrams:
    """Somebody at the other end of one of QEMU's sockets."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(ours))
    return Datagrams(listener, theirs)


def netdev(name: str, local: Path, remote: Path) -> list[str]:
    words = f"dgram,id={name},local.type=unix,local.path={local},"
    return ["-netdev", f"{words}remote.type=unix,remote.path={remote}"]


class Cable:
    """What a machine sends and receives through its cluster cable."""

    def __init__(self, card: Datagrams, others: Datagrams) -> None:
        self.card = card
        self.others = others

    def carries(self) -> tuple[bool, bool]:
        """Whether what the machine sends gets out, and what is sent to it gets in."""
        self.card.send(b"o" * 64)
        out = self.others.receive() != b""
        self.others.send(b"i" * 64)
        return out, self.card.receive() != b""


@pytest.fixture
def cable(paths: LabPaths) -> Iterator[Cable]:
    at = paths.root
    argv = [
        *[QEMU, "-machine", "none", "-nodefaults", "-display", "none"],
        *["-qmp", f"unix:{paths.socket('node1', 'qmp')},server=on,wait=off"],
        *netdev("cluster", at / "outside", at / "others"),
        *["-netdev", "hubport,id=outer,hubid=0,netdev=cluster"],
        *netdev("machine", at / "inside", at / "card"),
        *["-netdev", "hubport,id=inner,hubid=0,netdev=machine"],
    ]
    others = end(at / "others", at / "outside")
    card = end(at / "card", at / "inside")
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            for socket_file in (paths.socket("node1", "qmp"), at / "outside", at / "inside"):
                until(socket_file.exists, f"QEMU's {socket_file.name}")
            yield Cable(card, others)
        finally:
            process.kill()


def test_one_way_is_cut_and_mended(paths: LabPaths, cable: Cable) -> None:
    assert cable.carries() == (True, True)
    set_half(paths, "node1", "cluster", "sends", whole=False)
    assert cable.carries() == (False, True)
    set_half(paths, "node1", "cluster", "receives", whole=False)
    assert cable.carries() == (False, False)
    set_half(paths, "node1", "cluster", "sends", whole=True)
    assert cable.carries() == (True, False)
    set_half(paths, "node1", "cluster", "receives", whole=True)
    assert cable.carries() == (True, True)


def test_a_conversation_that_is_over_leaves_room_for_the_next(
    paths: LabPaths, cable: Cable
) -> None:
    """QEMU talks to one at a time."""
    first = Qmp(paths.socket("node1", "qmp"))
    first.close()
    with Qmp(paths.socket("node1", "qmp")) as second:
        assert second.call("query-status")["status"]
