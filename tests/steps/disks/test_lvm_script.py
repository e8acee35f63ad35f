"""What LVM says by the facts' own scripts and a stand-in for lvm: one process, and each command by
itself when that fails.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TypeVar

import pytest

from steps.disks.facts.lvm import LVM, Lvm, Pv, Vg
from steps.disks.facts.lvmconf import LVM_FILTER, LvmView, VisiblePv
from wizard.model.facts import Fact

T = TypeVar("T")
LVMCONFIG = """echo 'global_filter=["a|all|","r|.*|"]'; echo use_devicesfile=0"""
PVS = """case "$*" in
*'--separator |pv|') echo '  /dev/md1|pv|xenvg';;
*'--separator |all| --config devices { global_filter=["a|.*|"] }')
  echo '  /dev/md1|all|xenvg'; echo '  /dev/sdc1|all|';;
esac"""
"""What both say when the shell has split their words."""
SCRIPT = """echo "$*" >>started; [ "$*" = /dev/stdin ] || exit 3
read -r magic; [ "$magic" = '#!/sbin/lvm' ] || exit 2
while read -r line; do eval "$line" || exit 5; done"""
"""lvm's script: its first line is the sign of one, and it ends with what fails."""
SEEN = LvmView(
    filter=("a|all|", "r|.*|"),
    volumes=(VisiblePv("/dev/md1", "xenvg"),),
    all_volumes=(VisiblePv("/dev/md1", "xenvg"), VisiblePv("/dev/sdc1", "")),
)


FULL_PVS = """echo '{"report": [{"pv": ['
echo '{"pv_name":"/dev/md1", "vg_name":"xenvg", "pv_size":"7"}]}]}'"""
VGS = """echo '{"report": [{"vg": ['
echo '{"vg_name":"xenvg", "vg_size":"7", "vg_free":"3", "vg_missing_pv_count":"0"}]}]}'"""
FAILS_AT_FIRST = "[ -e failed ] || { echo junk; touch failed; exit 5; }"


def looked(folder: Path, fact: Fact[T], **programs: str) -> tuple[T, list[str]]:
    """What the fact makes of it, and what was started: lvm, or one of its commands by that script
    or by itself.
    """
    bodies = {name: f"echo {name} >>started\n{body}" for name, body in programs.items()}
    for name, body in {"lvm": SCRIPT, **bodies}.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    assert isinstance(fact.script, str)
    argv = ["sh", "-c", fact.script]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=folder, check=False)
    return fact.parse(done.stdout), (folder / "started").read_text().split()


def test_one_process_tells_filter_and_both_views(tmp_path: Path) -> None:
    view, started = looked(tmp_path, LVM_FILTER, lvmconfig=LVMCONFIG, pvs=PVS)
    assert view == SEEN
    assert started == ["/dev/stdin", "lvmconfig", "pvs", "pvs"], "the last three within the script"


def test_each_is_asked_by_itself_when_the_script_ends_early(tmp_path: Path) -> None:
    pvs = f"{FAILS_AT_FIRST}\n{PVS}"
    view, started = looked(tmp_path, LVM_FILTER, lvmconfig=LVMCONFIG, pvs=pvs)
    assert view == SEEN, "and nothing is said twice"
    assert started == ["/dev/stdin", "lvmconfig", "pvs", "lvmconfig", "pvs", "pvs"]


@pytest.mark.parametrize("fails", ["", FAILS_AT_FIRST])
def test_volumes_and_groups_come_by_one_process_or_apart(tmp_path: Path, fails: str) -> None:
    lvm, started = looked(tmp_path, LVM, pvs=FULL_PVS, vgs=f"{fails}\n{VGS}")
    assert lvm == Lvm(True, (Pv("/dev/md1", "xenvg", 7),), (Vg("xenvg", 7, 3, 0),))
    again = ["pvs", "vgs"] if fails else []
    assert started == ["/dev/stdin", "pvs", "vgs", *again]


def test_volumes_are_unknown_when_only_the_groups_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unpack"):
        looked(tmp_path, LVM, pvs="exit 5", vgs=VGS)
