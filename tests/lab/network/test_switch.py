"""The cluster network's switch, the real program."""

from __future__ import annotations

from pathlib import Path

from wizard.lab.base.paths import LabPaths
from wizard.lab.network.switch import ensure_switch, stop_switch, switch_pid


def test_the_switch_starts_where_a_power_cut_left_its_remains(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path)
    paths.switch.mkdir()
    (tmp_path / "switch.pid").write_text("4194304\n")
    try:
        ensure_switch(paths)
        first = switch_pid(paths)
        ensure_switch(paths)
        assert first is not None and switch_pid(paths) == first and (paths.switch / "ctl").exists()
    finally:
        stop_switch(paths)
    assert switch_pid(paths) is None and not paths.switch.exists()
