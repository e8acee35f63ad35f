"""LVM's view by the fact's own script and a stand-in for lvm: one process, and each command by
itself when that fails.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from steps.disks.facts.lvmconf import LVM_FILTER, LvmView, VisiblePv, parse_lvm

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


def looked(folder: Path, pvs: str) -> tuple[LvmView, list[str]]:
    """What the fact makes of it, and the programs that were started."""
    for name, body in {"lvm": SCRIPT, "lvmconfig": LVMCONFIG, "pvs": pvs}.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{'' if name == 'lvm' else f'echo {name} >>started'}\n{body}\n")
        path.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    script = LVM_FILTER.script
    assert isinstance(script, str)
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, env=env, cwd=folder, check=False
    )
    return parse_lvm(done.stdout), (folder / "started").read_text().splitlines()


def test_one_process_says_it_all(tmp_path: Path) -> None:
    view, started = looked(tmp_path, PVS)
    assert view == SEEN
    assert started[0] == "/dev/stdin"
    assert started[1:] == ["lvmconfig", "pvs", "pvs"], "the stand-in's own, within its script"


def test_each_is_asked_by_itself_when_the_script_ends_early(tmp_path: Path) -> None:
    fails_at_first = f"[ -e failed ] || {{ touch failed; exit 5; }}\n{PVS}"
    view, started = looked(tmp_path, fails_at_first)
    assert view == SEEN, "and nothing is said twice"
    assert started == ["/dev/stdin", "lvmconfig", "pvs", "lvmconfig", "pvs", "pvs"]
