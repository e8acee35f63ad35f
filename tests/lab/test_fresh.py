"""New disks in a machine: made beside the first ones, known to each boot, gone after `restore`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.lab.test_hands import qemu
from wizard.base.errors import LabError
from wizard.cli import parser
from wizard.lab.api import Lab
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, save_spec
from wizard.lab.cli import run
from wizard.lab.image.base_image import Image
from wizard.lab.machine import fresh, snapshots
from wizard.lab.machine.command import machine_command
from wizard.lab.machine.hands import disk_number, pull
from wizard.lab.machine.taken import load_taken

needs_tool = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="no qemu-img here")


@pytest.fixture
def made(paths: LabPaths, spec: LabSpec) -> LabPaths:
    """A lab whose machines are off, each with its first disks."""
    save_spec(paths.spec, spec)
    for node in spec.nodes:
        paths.node(node.name).mkdir()
        for disk in (1, 2):
            paths.disk(node.name, disk).write_bytes(b"first")
    return paths


def disks(paths: LabPaths, spec: LabSpec) -> list[str]:
    """The words about node2's disks with which it would be started."""
    taken = load_taken(paths)
    node = spec.nodes[1]
    renewed = taken.fresh.get("node2", {})
    argv = machine_command(spec, paths, node, "tcg", (7, 8), fresh=renewed)
    return [word for word in argv if "filename=" in word or "serial=" in word]


@needs_tool
def test_a_blank_disk_in_the_place_of_a_pulled_one(made: LabPaths, spec: LabSpec) -> None:
    node = spec.nodes[1]
    with pytest.raises(LabError, match="disk 2 is in its place") as caught:
        fresh.plug_blank(spec, made, node, 2)
    assert caught.value.mend == "ganeti-wizard lab pull node2 2"
    pull(made, node, 2)
    assert fresh.plug_blank(spec, made, node, 2) == "GWN2D2R1"
    taken = load_taken(made)
    assert taken.describe("node2") == "disk 2 is new (GWN2D2R1)"
    assert made.disk("node2", 2).read_bytes() == b"first"
    one, two = disks(made, spec)[:2], disks(made, spec)[2:]
    assert f"filename={made.disk('node2', 1)}," in one[0] and "serial=GWN2D1," in one[1]
    assert f"filename={made.node('node2')}/disk2.fresh1.qcow2," in two[0]
    assert "node-name=disk2," in two[0] and "serial=GWN2D2R1," in two[1]
    assert disk_number(node, "GWN2D2R1", taken.fresh["node2"]) == 2
    with pytest.raises(LabError, match="no disk 'GWN2D2'"):
        disk_number(node, "GWN2D2", taken.fresh["node2"])
    pull(made, node, 2)
    assert fresh.plug_blank(spec, made, node, 2) == "GWN2D2R2"


@needs_tool
def test_a_running_machine_gets_it_at_once(
    made: LabPaths, spec: LabSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = spec.nodes[0]
    pull(made, node, 1)
    monkeypatch.setattr(fresh, "running_pid", lambda paths, name: 1)
    with qemu(made, {}) as heard:
        fresh.plug_blank(spec, made, node, 1)
    asked = [(request["execute"], request["arguments"]) for request in heard[1:]]
    assert [name for name, _ in asked] == ["blockdev-del", "blockdev-add", "device_add"]
    assert asked[0][1] == {"node-name": "disk1"}
    file = f"{made.node('node1')}/disk1.fresh1.qcow2"
    assert asked[1][1]["file"]["filename"] == file and asked[1][1]["node-name"] == "disk1"
    assert asked[1][1]["cache"] == {"no-flush": True}
    assert asked[2][1]["serial"] == "GWN1D1R1" and asked[2][1]["drive"] == "disk1"


@needs_tool
def test_a_wiped_machine_is_as_up_made_it(
    made: LabPaths, spec: LabSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        with (tmp_path / f"disk{number}.raw").open("wb") as file:
            file.truncate(1 << 20)
    image = Image(tmp_path, "tcg")
    monkeypatch.setattr("wizard.lab.api.ensure_image", lambda images, label, progress: image)
    pull(made, spec.nodes[1], 2)
    Lab(made.root, Progress(lambda line: None)).wipe("node2")
    words = disks(made, spec)
    assert ["fresh1" in word for word in words] == [True, False, True, False]
    assert "serial=GWN2D1," in words[1] and "serial=GWN2D2," in words[3]
    assert load_taken(made).disks == {} and "node1" not in load_taken(made).fresh
    new = made.node("node2") / "disk1.fresh1.qcow2"
    assert str(tmp_path / "disk1.raw").encode() in new.read_bytes()


@needs_tool
def test_restore_puts_the_first_disks_back_and_save_refuses(
    made: LabPaths, spec: LabSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(made, spec.nodes[1], 2)
    fresh.plug_blank(spec, made, spec.nodes[1], 2)
    monkeypatch.setattr(snapshots, "running_pid", lambda paths, name: 1)
    with pytest.raises(LabError, match="node2 has a disk that is not of the lab's first ones"):
        snapshots.save(spec, made, "x", Progress(lambda line: None))
    monkeypatch.setattr(snapshots, "running", lambda spec, paths: [])
    monkeypatch.setattr(snapshots, "start", lambda *words, **options: 1)
    snapshots._ready_to_load(spec, made, "tcg")
    assert all("fresh" not in word for word in disks(made, spec))
    left = [path.name for path in made.node("node2").glob("disk*")]
    assert sorted(left) == ["disk1.qcow2", "disk2.qcow2"]


@needs_tool
def test_by_words(made: LabPaths, capsys: pytest.CaptureFixture[str]) -> None:
    given = parser()
    assert run(given.parse_args(["lab", "pull", "node2", "GWN2D2"])) == 0
    assert run(given.parse_args(["lab", "plug", "node2", "2", "--blank"])) == 0
    assert "GWN2D2R1" in capsys.readouterr().out
    with pytest.raises(LabError, match="in its place"):
        run(given.parse_args(["lab", "plug", "node2", "2", "--blank"]))
