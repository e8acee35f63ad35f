"""The base image's surroundings: mirrors taken from this machine, builds that leave nothing
half-made.
"""

import argparse
from pathlib import Path

import pytest

from wizard.base.errors import LabError
from wizard.lab import cli
from wizard.lab.api import NodeStatus
from wizard.lab.base.paths import LabPaths, build_log
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, make_spec, save_spec
from wizard.lab.image import apt, base_image
from wizard.lab.image.accel import choose_accel
from wizard.lab.image.apt import parse_targets
from wizard.lab.image.base_image import _workplace, images_lock
from wizard.lab.image.rootfs import Rootfs, load_rootfs

quiet = Progress(lambda line: None)


def test_the_guests_use_this_machine_s_mirrors() -> None:
    text = (
        "http://mirror.invalid/debian/ bookworm\nhttp://mirror.invalid/debian/ bookworm\n"
        "http://mirror.invalid/debian/ "
        "bookworm-updates\nhttp://mirror.invalid/debian-security/ bookworm-security\n"
        "http://mirror.invalid/debian/ bookworm-backports\n"
    )
    assert parse_targets(text) == [
        "deb http://mirror.invalid/debian bookworm main",
        "deb http://mirror.invalid/debian bookworm-updates main",
        "deb http://mirror.invalid/debian-security bookworm-security main",
    ]


def test_a_newer_host_lends_its_mirror_not_its_suite() -> None:
    text = "http://mirror.invalid/debian/ trixie\nhttp://mirror.invalid/debian/ stable-updates\n"
    assert parse_targets(text) == [
        "deb http://mirror.invalid/debian bookworm main",
        "deb http://mirror.invalid/debian bookworm-updates main",
    ]


def test_without_package_lists_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "_output", lambda argv: "")
    with pytest.raises(LabError, match="no Debian mirror") as caught:
        apt.sources()
    assert "apt-get update" in caught.value.mend


def test_a_build_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    final = tmp_path / "disks"
    with pytest.raises(KeyboardInterrupt), _workplace(tmp_path, "dos") as work:
        (work / "half").write_text("made")
        build_log(work, "builder").write_text("why")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["logs"], "only its log is kept"
    assert (tmp_path / "logs" / "builder.log").read_text() == "why"
    with _workplace(tmp_path, "dos") as work:
        assert build_log(work, "builder").read_text() == "", "and begins anew with the next build"
        (work / "disk1.raw").write_text("made")
        work.rename(final)
    assert (final / "disk1.raw").exists() and not list(tmp_path.glob(".build-*"))


def test_what_a_killed_build_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".build-dos-1").mkdir()
    (tmp_path / ".build-dos-1" / "disk1.raw").write_text("half")
    with images_lock(tmp_path, quiet):
        assert not list(tmp_path.glob(".build-*"))


def test_an_unfinished_base_system_is_not_used(tmp_path: Path) -> None:
    assert load_rootfs(tmp_path) is None
    (tmp_path / "rootfs.json").write_text('{"md_uuid": "a", "fs_uuid": "b"}')
    assert load_rootfs(tmp_path) == Rootfs(tmp_path, "a", "b")


def test_a_builder_that_hangs_is_tried_once_more_on_blank_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    tries: list[bytes] = []

    def hang(work: Path, rootfs: Rootfs, disks: list[Path], *rest: object) -> bool:
        with disks[0].open("r+b") as file:
            tries.append(file.read(4))
            file.seek(0)
            file.write(b"half")
        return False

    monkeypatch.setattr(base_image, "execute", lambda argv, log: None)
    monkeypatch.setattr(base_image, "_run_builder", hang)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(LabError, match="hung twice"):
        base_image._build_disks(
            work, Rootfs(tmp_path, "a", "b"), "dos", "tcg", Progress(lines.append)
        )
    assert tries == [bytes(4), bytes(4)]
    assert sum("tried once more" in line for line in lines) == 1


def test_the_accelerator_is_tried_once_per_boot_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    tries: list[int] = []

    def attempt(kernel: Path, initrd: Path, progress: Progress) -> tuple[str, str]:
        tries.append(1)
        return "tcg", "emulated: no luck"

    monkeypatch.setattr("wizard.lab.image.accel._try", attempt)
    for _ in range(2):
        assert choose_accel(tmp_path, tmp_path, tmp_path, Progress(lines.append)) == "tcg"
    assert len(tries) == 1 and len(lines) == 2 and "TCG" in lines[1]
    (tmp_path / "accel.json").write_text("not json")
    choose_accel(tmp_path, tmp_path, tmp_path, quiet)
    assert len(tries) == 2


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_parser(parser.add_subparsers(dest="verb"))
    return parser.parse_args(["lab", *words])


def test_the_command_line() -> None:
    assert parse("up", "--nodes", "3", "--label", "gpt").nodes == 3
    assert parse("ssh", "node1", "ls", "-l", "/").command == ["ls", "-l", "/"]
    assert parse("cut", "cluster").what == "cluster"
    assert parse("pull", "node1", "2").disk == "2"
    for wrong in (["up", "--nodes", "5"], ["kill"], [], ["pull", "node1"]):
        with pytest.raises(SystemExit):
            parse(*wrong)


def test_up_passes_on_only_what_was_said(paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[tuple[LabSpec, int | None]] = []
    monkeypatch.setattr(
        "wizard.lab.api.bring_up",
        lambda spec, paths, progress, follow: wanted.append((spec, follow)),
    )
    monkeypatch.setattr(cli, "_status", lambda lab: 0)
    save_spec(paths.spec, make_spec(label="gpt", nodes=3))
    cli.run(parse("up"))
    cli.run(parse("up", "--nodes", "2", "--addresses", "--label", "dos", "--follow", "41"))
    cli.run(parse("up", "--cards", "bond-vlan"))
    assert wanted == [
        (make_spec(label="gpt", nodes=3), None),
        (make_spec(addresses=True), 41),
        (make_spec(label="gpt", nodes=3, cards="bond-vlan"), None),
    ]


def test_an_act_without_a_lab_is_a_lab_error(paths: LabPaths) -> None:
    for words in (
        ["kill", "node1"],
        ["cut", "cluster"],
        ["save", "x"],
        ["status"],
        ["ssh", "node1"],
        ["boot", "1"],
    ):
        with pytest.raises(LabError):
            cli.run(parse(*words))


def test_the_status_in_words() -> None:
    rows = [
        NodeStatus("node1", 41, 2201, True, "", 3 << 30),
        NodeStatus("node2", None, 2202, False, "disk 2 pulled", 1 << 29),
    ]
    assert cli.status_lines(rows, ["blank", "cluster"]) == [
        "node1      running, pid 41      ssh 127.0.0.1:2201 answers, disks 3.0 GiB",
        "node2      off                  ssh 127.0.0.1:2202 does not answer, disks 0.5 GiB "
        " [disk 2 pulled]",
        "snapshots: blank, cluster",
    ]
