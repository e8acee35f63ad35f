"""What the scripts of planned work do in a real shell, with stand-ins for Ganeti and Xen."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.recover.facts.room import ROOM, Room
from steps.recover.planned.commands import still_there
from steps.recover.planned.returned import AWAIT
from steps.recover.planned.volumes import TRY
from steps.recover.steps.common import scene_of
from tests.steps.recover.test_runbook_scripts import program, sh
from tests.verbs.planned.cluster import Cluster

WHOLE = " {}: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:4\n"


@pytest.fixture
def drbd(tmp_path: Path) -> Path:
    """A /proc/drbd on which both disks are whole, and a Ganeti that has inst1 on node2."""
    program(tmp_path, "gnt-instance", f'echo "$*" >"{tmp_path}/asked"; echo node2.name.org')
    made = tmp_path / "drbd"
    made.write_text("version: 8.4.11\n" + WHOLE.format(0) + WHOLE.format(1))
    return made


def guard(drbd: Path) -> str:
    world = Cluster()
    scene = scene_of(world.accident.answers, world.accident.facts)
    made = still_there(scene, scene.guests[0])
    assert "/proc/drbd" in made
    return made.replace("/proc/drbd", str(drbd))


def test_a_guard_agrees_while_the_instance_is_there_and_whole(drbd: Path) -> None:
    assert sh(guard(drbd), path=drbd.parent).returncode == 0
    asked = (drbd.parent / "asked").read_text()
    assert asked == "list --no-headers -o pnode inst1.name.org\n"


@pytest.mark.parametrize("said", ["node1.name.org", "", "node2.name.org\nnode1.name.org"])
def test_it_refuses_what_has_moved_or_is_not_known(drbd: Path, said: str) -> None:
    program(drbd.parent, "gnt-instance", f"printf '{said}'")
    made = sh(guard(drbd), path=drbd.parent)
    assert made.returncode == 1
    assert "it has moved" in made.stdout


@pytest.mark.parametrize(
    "change",
    [
        ("1: cs:Connected", "1: cs:WFConnection"),
        ("1: cs:Connected", "11: cs:Connected"),
        ("ds:UpToDate/UpToDate", "ds:UpToDate/Inconsistent"),
        ("C r-----", "C s-----"),
    ],
)
def test_it_refuses_what_is_not_whole(drbd: Path, change: tuple[str, str]) -> None:
    drbd.write_text(drbd.read_text().replace(*change))
    made = sh(guard(drbd), path=drbd.parent)
    assert made.returncode == 1
    assert "is not whole" in made.stdout


@pytest.mark.parametrize(
    ("memory", "word", "code", "said"),
    [
        (65536, "right", 0, ""),
        (65536, "wrong", 2, ""),
        (0, "wrong", 2, ""),
        (1 << 50, "wrong", 0, "not tried"),
    ],
)
def test_a_passphrase_is_tried_where_there_is_memory_for_it(
    tmp_path: Path, memory: int, word: str, code: int, said: str
) -> None:
    dump = f"printf '  Memory:     32\\n  Memory:     {memory}\\n'"
    program(
        tmp_path,
        "cryptsetup",
        f"""case $1 in luksDump) {dump}; exit ;; esac
read -r word; [ "$word" = right ] || exit 2; echo "$*" >"{tmp_path}/asked\"""",
    )
    made = sh(TRY, "/dev/xvdc", text=f"{word}\n", path=tmp_path)
    assert made.returncode == code
    assert said in made.stdout
    assert word not in made.stdout
    if word == "right":
        asked = (tmp_path / "asked").read_text()
        assert asked == "open --test-passphrase --tries 1 -- /dev/xvdc\n"


def test_a_boot_is_awaited_and_then_a_daemon(tmp_path: Path) -> None:
    program(tmp_path, "systemctl", f'echo "$*" >>"{tmp_path}/asked"; echo degraded; exit 1')
    program(tmp_path, "sleep", "exit 0")
    assert sh(AWAIT, "sh", path=tmp_path).returncode == 0
    assert (tmp_path / "asked").read_text() == "is-system-running --wait\n"
    assert sh(AWAIT, "no-such-daemon", path=tmp_path).returncode == 1


def test_the_room_under_xen_and_without(tmp_path: Path) -> None:
    program(
        tmp_path,
        "xl",
        """case $1 in
info) printf 'virt_caps              : pv hvm shadow\\nfree_memory            : 2516\\n' ;;
list) printf 'Name ID Mem VCPUs State Time\\nDomain-0 0 1536 2 r----- 9.0\\n'
  printf 'inst1.name.org 3 256 1 -b---- 7.1\\n'
esac""",
    )
    kind = tmp_path / "type"
    kind.write_text("xen\n")
    script = str(ROOM.script).replace("/sys/hypervisor/type", str(kind))
    said = ROOM.parse(sh(script, path=tmp_path).stdout)
    assert said == Room(("pv", "hvm", "shadow"), 2516, {"inst1.name.org": 256})
    kind.unlink()
    assert ROOM.parse(sh(script, path=tmp_path).stdout).free_mib > 0
