"""What a split brain's scripts do in a real shell, with stand-ins for DRBD and Xen."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.recover.holding import SHUT_DOWN
from steps.recover.steps.parted.part import DISCONNECT, LET_GO
from tests.daily.scene import Scene
from tests.steps.recover.test_runbook_scripts import program, sh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program(tmp_path, "sleep", "exit 0")
    return tmp_path


def told(folder: Path) -> list[str]:
    path = folder / "told"
    return path.read_text().splitlines() if path.exists() else []


def test_a_connection_ends_by_the_addresses_that_drbd_has(folder: Path) -> None:
    shown = Scene().raw["node2"]["replicas"].partition("== show\n")[2]
    (folder / "show").write_text(shown.partition("\nresource resource1")[0])
    (folder / "drbd").write_text(" 0: cs:WFConnection ro:Secondary/Unknown C\n")
    body = f"""case $1 in
show) [ "$2" = 0 ] && cat {folder}/show ;;
disconnect) echo "$*" >>{folder}/told; sed -i s/WFConnection/StandAlone/ {folder}/drbd ;;
esac"""
    program(folder, "drbdsetup", body)
    script = DISCONNECT.replace("/proc/drbd", str(folder / "drbd"))
    assert sh(script, "0", path=folder).returncode == 0
    assert told(folder) == ["disconnect ipv4:192.168.0.112:11002 ipv4:192.168.0.111:11002"]


def test_a_connection_that_stays_is_no_success(folder: Path) -> None:
    (folder / "drbd").write_text(" 0: cs:WFConnection ro:Secondary/Unknown C\n")
    program(folder, "drbdsetup", "exit 0")
    script = DISCONNECT.replace("/proc/drbd", str(folder / "drbd"))
    assert sh(script, "0", path=folder).returncode == 1


def test_a_disk_is_let_go_as_soon_as_nobody_uses_it(folder: Path) -> None:
    program(folder, "drbdsetup", f'echo "$*" >>{folder}/told; [ "$(wc -l <{folder}/told)" = 3 ]')
    assert sh(LET_GO, "1", path=folder).returncode == 0
    assert told(folder) == ["secondary 1"] * 3
    program(folder, "drbdsetup", "exit 1")
    assert sh(LET_GO, "1", path=folder).returncode == 1


def test_what_was_started_by_hand_is_shut_down_from_inside(folder: Path) -> None:
    body = f"""echo "$*" >>{folder}/told
case $1 in domid) [ "$(grep -c domid {folder}/told)" -lt 3 ] ;; esac"""
    program(folder, "xl", body)
    assert sh(SHUT_DOWN, "inst1.name.org", path=folder).returncode == 0
    assert told(folder)[:2] == ["unpause inst1.name.org", "shutdown -w inst1.name.org"]
    program(folder, "xl", "exit 0")
    assert sh(SHUT_DOWN, "inst1.name.org", path=folder).returncode == 1


@pytest.mark.parametrize(
    ("state", "ended"), [("---s--", True), ("---sc-", False), ("-b----", False)]
)
def test_what_xen_keeps_of_a_machine_that_is_off_is_ended(
    folder: Path, state: str, ended: bool
) -> None:
    body = f"""echo "$*" >>{folder}/told
case $1 in
domid) ! grep -q destroy {folder}/told ;;
list) echo 'Name ID Mem VCPUs State Time(s)'; echo 'inst1.name.org 4 256 1 {state} 12.3' ;;
esac"""
    program(folder, "xl", body)
    assert (sh(SHUT_DOWN, "inst1.name.org", path=folder).returncode == 0) is ended
    assert told(folder).count("destroy inst1.name.org") == ended
