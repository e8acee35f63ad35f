"""Booting: a hang is tried once more and said; a machine behind a cut cable is not waited for."""

from pathlib import Path

import pytest

from wizard.base.errors import LabError
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine import boot
from wizard.lab.machine.taken import Taken, save_taken


@pytest.fixture
def started(paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the machines switched on, in order; none is a real one."""
    names: list[str] = []
    monkeypatch.setattr(boot, "start", lambda spec, paths, node, accel: names.append(node.name))
    monkeypatch.setattr(boot, "power_off", lambda paths, name: True)
    monkeypatch.setattr(boot, "running_pid", lambda paths, name: 1)
    monkeypatch.setattr(boot.time, "sleep", lambda seconds: None)
    for name in ("node1", "node2"):
        paths.node(name).mkdir()
        paths.serial_log(name).write_text("Booting the kernel\n")
    return names


def test_a_hang_is_tried_once_more(
    spec: LabSpec, paths: LabPaths, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(
        boot, "_hung", lambda paths, node, since: node.name == "node2" and len(started) < 3
    )
    monkeypatch.setattr(
        boot, "authorized", lambda paths, node: node.name == "node1" or len(started) == 3
    )
    took = boot.boot_nodes(spec, paths, spec.nodes, "tcg", Progress(lines.append))
    assert started == ["node1", "node2", "node2"] and set(took) == {"node1", "node2"}
    (said,) = (line for line in lines if "tried once more" in line)
    assert "Booting the kernel" in said and str(paths.serial_log("node2")) in said


def test_a_second_hang_ends_it_with_the_serial_log(
    spec: LabSpec, paths: LabPaths, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "_hung", lambda paths, node, since: True)
    monkeypatch.setattr(boot, "authorized", lambda paths, node: False)
    with pytest.raises(LabError, match="hung twice") as caught:
        boot.boot_nodes(spec, paths, spec.nodes, "tcg", Progress(lambda line: None))
    assert "Booting the kernel" in caught.value.what and "whole log" in caught.value.what


def test_a_machine_behind_a_cut_cable_is_not_waited_for(
    spec: LabSpec, paths: LabPaths, started: list[str]
) -> None:
    taken = Taken()
    taken.cut("node1", "mgmt")
    save_taken(paths, taken)
    lines: list[str] = []
    assert boot.boot_nodes(spec, paths, spec.nodes[:1], "tcg", Progress(lines.append)) == {}
    assert started == ["node1"] and "not waited for" in lines[0]


def test_a_hang_is_long_silence_or_a_very_long_boot(
    spec: LabSpec, paths: LabPaths, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    node: NodeSpec = spec.nodes[0]
    written = paths.serial_log("node1").stat().st_mtime
    for age, silent, hung in (
        (10.0, 10.0, False),
        (200.0, 20.0, False),
        (200.0, 200.0, True),
        (601.0, 1.0, True),
    ):
        monkeypatch.setattr(boot.time, "monotonic", lambda age=age: 1000.0 + age)
        monkeypatch.setattr(boot.time, "time", lambda silent=silent: written + silent)
        assert boot._hung(paths, node, 1000.0) is hung


def test_a_machine_that_goes_off_is_told_with_qemu_s_words(
    spec: LabSpec, paths: LabPaths, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "running_pid", lambda paths, name: None)
    Path(paths.qemu_log("node1")).write_text("qemu: cannot allocate memory\n")
    with pytest.raises(LabError, match="cannot allocate memory"):
        boot._hung(paths, spec.nodes[0], 0.0)
