"""`recover adopt` on simulated machines: from the servers alone to the diagnosis of before."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sim import SimHost
from tests.steps.recover.accident import Accident
from tests.steps.recover.adopt.configdata import CANARY, configuration
from tests.steps.recover.test_situations import idle_dead, node_dead
from tests.verbs.recovery.adopting import Bench
from wizard.answers.documents import loads, write
from wizard.base.errors import Unreachable
from wizard.base.exits import Exit
from wizard.state import adopted as marks
from wizard.state.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Bench:
    return Bench(tmp_path / "state", monkeypatch, capsys)


def built(bench: Bench, accident: Accident) -> None:
    """The state of the build that made these machines."""
    store = Store(bench.folder)
    store.open()
    store.save(accident.answers)
    store.close()


def dropped(folder: Path) -> None:
    """The operator's machine is gone, and what was on it."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("kit", [True, False])
@pytest.mark.parametrize(
    ("made", "host"),
    [(Accident, "192.168.0.111"), (node_dead, "192.168.0.111"), (idle_dead, "192.168.0.112")],
)
def test_after_an_adoption_the_same_situations_are_seen_as_before(
    bench: Bench, made: Callable[[], Accident], host: str, kit: bool
) -> None:
    accident = made()
    bench.at(accident, kit=kit)
    built(bench, accident)
    before = bench.situations()
    dropped(bench.folder)
    assert bench("recover", "diagnose") == Exit.STATE
    assert bench("recover", "adopt", host) == Exit.OK
    assert bench.situations() == before
    saved = Store(bench.folder).load()
    assert saved.backup_host is not None
    assert saved.hosts == accident.answers.hosts
    assert saved.instance == accident.answers.instance
    assert saved.backup_host == accident.answers.backup_host
    kept = "".join(path.read_text() for path in bench.folder.iterdir() if path.is_file())
    assert CANARY not in kept


def test_what_builds_is_refused_in_an_adopted_directory(bench: Bench, tmp_path: Path) -> None:
    assert bench.at(Accident())("recover", "adopt", "192.168.0.111", "192.168.0.112") == Exit.OK
    assert "Nothing is built from here" in bench.out
    file = tmp_path / "answers.toml"
    file.write_text(write(Accident().answers))
    for words in (
        ("plan",),
        ("apply",),
        ("apply", "partition", "--answers", str(file)),
        ("verify",),
        ("archive", "plan"),
        ("archive", "apply"),
        ("archive", "undo"),
    ):
        assert bench(*words) == Exit.BLOCKED, words
        assert "was adopted" in bench.err
    assert bench("status") == Exit.OK
    assert "adopted on" in bench.out
    assert "configuration 20 of 192.168.0.111" in bench.out
    assert bench("answers", "export") == Exit.OK
    assert bench("recover", "status") == Exit.OK
    assert bench("recover", "plan", "node-dead") == Exit.BLOCKED


def test_the_build_s_screens_are_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.verbs import front
    from wizard.verbs.front import Front

    bench.at(Accident())("recover", "adopt", "192.168.0.111")
    monkeypatch.setattr(front, "here", lambda _: Front.SCREENS)
    assert bench() == Exit.BLOCKED
    assert "was adopted" in bench.err


def test_a_mark_that_cannot_be_read_forbids_as_much(bench: Bench) -> None:
    bench.at(Accident())("recover", "adopt", "192.168.0.111")
    (bench.folder / marks.NAME).write_text("{")
    assert bench("apply") == Exit.BLOCKED


def test_a_directory_with_a_build_is_left_alone(bench: Bench) -> None:
    bench.at(Accident())
    built(bench, Accident())
    before = (bench.folder / "answers.json").read_text()
    assert bench("recover", "adopt", "192.168.0.111") == Exit.STATE
    assert "a build was begun" in bench.err
    assert (bench.folder / "answers.json").read_text() == before
    assert not marks.is_adopted(bench.folder)


def test_adopted_again_it_is_as_new(bench: Bench) -> None:
    bench.at(Accident())("recover", "adopt", "192.168.0.111")
    before = (bench.folder / "answers.json").read_text()
    assert bench("recover", "adopt", "192.168.0.111") == Exit.OK
    assert (bench.folder / "answers.json").read_text() == before


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("node1", "--from-copy", "x.tar.gz"),
        ("-x",),
        ("root@node1:0",),
        ("root@node1:70000",),
        ("a b",),
        ("$(id)",),
    ],
)
def test_a_wrong_command_line(bench: Bench, words: tuple[str, ...]) -> None:
    try:
        code = bench("recover", "adopt", *words)
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        code = ended.code
    assert code == Exit.USAGE
    assert not bench.folder.exists()


def test_who_does_not_answer_is_told_and_the_others_do(bench: Bench) -> None:
    bench.at(node_dead())
    assert bench("recover", "adopt", "192.168.0.112", "192.168.0.111") == Exit.OK
    assert "cannot be reached" in bench.err
    assert [node.short for node in Store(bench.folder).load().nodes] == ["node1", "node2"]


def test_nobody_answers(bench: Bench) -> None:
    accident = Accident().down("node1").down("node2")
    assert bench.at(accident)("recover", "adopt", "192.168.0.111") == Exit.UNREACHABLE
    assert not marks.is_adopted(bench.folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "config.data is not there"),
        ('{"broken": "JSONDecodeError: x"}', "config.data cannot be read (JSONDecodeError: x)"),
        ("{", "was not understood"),
        ('{"config": {"nodes": []}}', "a cluster of 0 nodes"),
    ],
)
def test_a_damaged_configuration_is_a_finding(bench: Bench, text: str, reason: str) -> None:
    accident = Accident()
    bench.at(accident)
    for host in ("node1", "node2"):
        accident.raw[host]["cluster-file"] = text
    bench.refresh(accident)
    assert bench("recover", "adopt", "192.168.0.111") == Exit.BLOCKED
    assert reason in bench.err
    assert not marks.is_adopted(bench.folder)


def test_hosts_of_two_clusters_are_refused(bench: Bench) -> None:
    accident = Accident()
    bench.at(accident)
    other = configuration(accident.answers)
    other["cluster"]["cluster_name"] = "other.name.org"
    accident.raw["node2"]["cluster-file"] = json.dumps({"config": other, "resolved": {}})
    bench.refresh(accident)
    assert bench("recover", "adopt", "192.168.0.111", "192.168.0.112") == Exit.BLOCKED
    assert "different clusters" in bench.err


def archive(path: Path, **files: bytes) -> Path:
    """An archive as the hourly copy makes it."""
    names = {"config": "./config.data", "answers": "kit/answers.toml", "link": "./config.data"}
    with tarfile.open(path, "w:gz") as made:
        for key, content in files.items():
            member = tarfile.TarInfo(names[key])
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def test_from_a_copy_alone(bench: Bench, tmp_path: Path) -> None:
    accident = Accident().down("node1").down("node2").down("inst1").down("backup")
    for host in bench.at(accident).hosts.values():
        assert isinstance(host, SimHost)
        host.down = Unreachable("it is gone", where=host.name)
    config = json.dumps(configuration(accident.answers)).encode()
    kit = write(accident.answers).encode()
    path = archive(tmp_path / "node1-20261129T120000Z-20.tar.gz", config=config, answers=kit)
    assert bench("recover", "adopt", "--from-copy", str(path)) == Exit.OK
    assert Store(bench.folder).load() == loads(kit.decode(), "as a server has it")
    assert "it is gone" in bench.err
    assert bench("status") == Exit.OK
    assert path.name in bench.out


def test_a_file_that_is_no_copy(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "copy.tar.gz"
    whole = archive(tmp_path / "whole.tar.gz", config=b"{}").read_bytes()
    for content in (b"", b"no archive", whole[: len(whole) // 2], whole):
        path.write_bytes(content)
        assert bench("recover", "adopt", "--from-copy", str(path)) == Exit.BLOCKED
    empty = archive(tmp_path / "empty.tar.gz", answers=b"")
    assert bench("recover", "adopt", "--from-copy", str(empty)) == Exit.BLOCKED
    assert "it holds no config.data" in bench.err
    assert bench("recover", "adopt", "--from-copy", str(tmp_path / "none")) == Exit.BLOCKED
    assert not marks.is_adopted(bench.folder)
