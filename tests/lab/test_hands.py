"""Cables, disks and snapshots, with a made-up QEMU at the other end of the socket."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from wizard.base.errors import LabError
from wizard.cli import parser
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, make_spec, save_spec
from wizard.lab.cli import run
from wizard.lab.machine.hands import _cables, disk_number, freeze, set_cables, thaw
from wizard.lab.machine.qmp import Qmp
from wizard.lab.machine.snapshots import save
from wizard.lab.machine.taken import Taken, load_taken, save_taken


@contextmanager
def qemu(paths: LabPaths, answers: dict[str, list[Any]]) -> Iterator[list[dict[str, Any]]]:
    """A socket that answers QMP commands from a list per command, an event before each answer."""
    heard: list[dict[str, Any]] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(paths.socket("node1", "qmp")))
    server.listen()

    def serve() -> None:
        link, _ = server.accept()
        file = link.makefile("rw")
        file.write('{"QMP": {}}\n')
        file.flush()
        for line in file:
            request = json.loads(line)
            heard.append(request)
            kinds = answers.get(request["execute"], [{"return": {}}])
            reply = kinds.pop(0) if len(kinds) > 1 else kinds[0]
            file.write('{"event": "RESUME"}\n' + json.dumps({**reply, "id": request["id"]}) + "\n")
            file.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield heard
    server.close()


def test_events_between_are_skipped_and_refusals_are_told(paths: LabPaths) -> None:
    answers: dict[str, list[Any]] = {
        "query-status": [{"return": {"running": True}}],
        "bad": [{"error": {"desc": "no such thing"}}],
    }
    with qemu(paths, answers), Qmp(paths.socket("node1", "qmp")) as qmp:
        assert qmp.call("query-status") == {"running": True}
        with pytest.raises(LabError, match="bad: no such thing"):
            qmp.call("bad")


def test_a_job_is_followed_to_its_end_and_dismissed(
    paths: LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.lab.machine.qmp.time.monotonic_ns", lambda: 7)
    states = [
        {"return": [{"id": "lab7", "status": "running"}]},
        {"return": [{"id": "lab7", "status": "concluded"}]},
    ]
    with qemu(paths, {"query-jobs": states}) as heard, Qmp(paths.socket("node1", "qmp")) as qmp:
        qmp.job("snapshot-save", tag="x", vmstate="disk1", devices=["disk1"])
        assert [request["execute"] for request in heard[1:]] == [
            *["snapshot-save", "query-jobs", "query-jobs", "job-dismiss"],
        ]


def test_a_failed_job_tells_why(paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.lab.machine.qmp.time.monotonic_ns", lambda: 7)
    states = [
        {"return": [{"id": "lab7", "status": "concluded", "error": "No space left on device"}]}
    ]
    with (
        qemu(paths, {"query-jobs": states}),
        Qmp(paths.socket("node1", "qmp")) as qmp,
        pytest.raises(LabError, match="snapshot-load: No space left"),
    ):
        qmp.job("snapshot-load", tag="x")


def test_nobody_at_the_socket(paths: LabPaths) -> None:
    with pytest.raises(LabError, match="does not answer"):
        Qmp(paths.socket("node1", "qmp"))


def test_a_machine_hangs_and_goes_on(
    spec: LabSpec, paths: LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.lab.machine.hands.running_pid", lambda paths, name: 1)
    silent: list[str] = []
    monkeypatch.setattr("wizard.lab.machine.hands.hush", lambda paths, node: silent.append("yes"))
    monkeypatch.setattr("wizard.lab.machine.hands.end_hush", lambda paths, name: bool(silent))
    with qemu(paths, {}) as heard:
        freeze(paths, spec.nodes[0])
    assert silent
    assert [request["execute"] for request in heard[1:]] == ["stop", "human-monitor-command"]
    shut = heard[-1]["arguments"]["command-line"]
    assert shut == "hostfwd_remove mgmt tcp:127.0.0.1:2201"
    paths.socket("node1", "qmp").unlink()
    with qemu(paths, {}) as heard:
        thaw(paths, spec.nodes[0])
    assert [request["execute"] for request in heard[1:]] == ["human-monitor-command", "cont"]
    opened = heard[1]["arguments"]["command-line"]
    assert opened == "hostfwd_add mgmt tcp:127.0.0.1:2201-10.0.2.11:22"


def test_a_machine_that_is_off_cannot_hang(spec: LabSpec, paths: LabPaths) -> None:
    with pytest.raises(LabError, match="the machine is off"):
        freeze(paths, spec.nodes[0])


def test_which_cables_a_word_means(spec: LabSpec) -> None:
    named = {
        word: [f"{node.name}:{cable}" for node, cable in _cables(spec, word)]
        for word in ("cluster", "node1", "2", "node2:cluster", "node1:mgmt")
    }
    assert named == {
        "cluster": ["node1:cluster", "node2:cluster"],
        "node1": ["node1:mgmt"],
        "2": ["node2:mgmt"],
        "node2:cluster": ["node2:cluster"],
        "node1:mgmt": ["node1:mgmt"],
    }
    for wrong in ("node3", "node1:eth0", ""):
        with pytest.raises(LabError):
            _cables(spec, wrong)


def test_of_a_bond_both_cables_or_one(paths: LabPaths) -> None:
    spec = make_spec(cards="bond-vlan", backup=True)
    ends = [f"node{number}:{cable}" for number in (1, 2) for cable in ("cluster", "cluster2")]
    assert set_cables(spec, paths, "cluster", whole=False) == [*ends, "backup:cluster"]
    assert set_cables(spec, paths, "cluster", whole=True, card=2) == [ends[1], ends[3]]
    assert load_taken(paths).describe("node1") == "cluster cable cut"
    assert set_cables(spec, paths, "node2:cluster", whole=True) == ends[2:]
    assert set_cables(spec, paths, "node2:cluster2", whole=False, only="sends") == [ends[3]]
    assert load_taken(paths).ways_cut("node2") == [("cluster2", "sends")]
    assert set_cables(spec, paths, "node2:cluster", whole=True, card=2) == [ends[3]]
    assert load_taken(paths).describe("node2") == ""


def test_a_second_card_that_a_machine_does_not_have_is_told(spec: LabSpec) -> None:
    for lab, what in (
        (spec, "cluster"),
        (spec, "node1:cluster2"),
        (make_spec(cards="bond", backup=True), "backup:cluster"),
    ):
        with pytest.raises(LabError, match="one card in the cluster network") as caught:
            _cables(lab, what, 2)
        assert "--cards bond" in caught.value.mend
    with pytest.raises(LabError, match="one management card"):
        _cables(make_spec(cards="bond"), "node1", 1)


def test_a_cut_is_remembered_for_a_machine_that_is_off(spec: LabSpec, paths: LabPaths) -> None:
    assert set_cables(spec, paths, "cluster", whole=False) == ["node1:cluster", "node2:cluster"]
    set_cables(spec, paths, "node1", whole=False)
    set_cables(spec, paths, "node2:cluster", whole=True)
    taken = load_taken(paths)
    assert taken.describe("node1") == "cluster cable cut, mgmt cable cut"
    assert taken.describe("node2") == ""


def test_one_way_alone_is_cut_and_mend_mends_all(spec: LabSpec, paths: LabPaths) -> None:
    assert set_cables(spec, paths, "node1:cluster", whole=False, only="sends") == ["node1:cluster"]
    set_cables(spec, paths, "node1:cluster", whole=False, only="sends")
    set_cables(spec, paths, "node1", whole=False, only="receives")
    taken = load_taken(paths)
    assert taken.ways_cut("node1") == [("cluster", "sends"), ("mgmt", "receives")]
    assert "cluster cable: what it sends is lost" in taken.describe("node1")
    assert taken.unreachable("node1") and not taken.unreachable("node2")
    set_cables(spec, paths, "node1", whole=True)
    assert load_taken(paths).ways_cut("node1") == [("cluster", "sends")]
    set_cables(spec, paths, "cluster", whole=True)
    assert load_taken(paths).describe("node1") == ""


def test_a_cable_by_words(spec: LabSpec, paths: LabPaths) -> None:
    save_spec(paths.spec, spec)
    for words in (("node1:cluster",), ("cluster", "--only", "sends")):
        assert run(parser().parse_args(["lab", "cut", *words])) == 0
    assert load_taken(paths).ways_cut("node2") == [("cluster", "sends")]
    assert load_taken(paths).cables == {"node1": ["cluster"]}
    assert run(parser().parse_args(["lab", "mend", "cluster"])) == 0
    assert load_taken(paths).describe("node1") == ""
    save_spec(paths.spec, make_spec(cards="bond"))
    assert run(parser().parse_args(["lab", "cut", "node1:cluster", "--card", "2"])) == 0
    assert load_taken(paths).cables["node1"] == ["cluster2"]
    assert run(parser().parse_args(["lab", "mend", "node1:cluster", "--card", "2"])) == 0
    assert load_taken(paths).describe("node1") == ""


def test_one_way_of_a_running_machine_goes_to_a_device_that_forgets(
    spec: LabSpec, paths: LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.lab.machine.hands.running_pid", lambda paths, name: 1)
    with qemu(paths, {}) as heard:
        set_cables(spec, paths, "node1:cluster", whole=False, only="receives")
    assert [request["execute"] for request in heard[1:]] == ["chardev-add", "object-add"]
    assert heard[1]["arguments"]["backend"]["type"] == "null"
    assert heard[2]["arguments"]["queue"] == "tx" and heard[2]["arguments"]["netdev"] == "cluster"


def test_a_disk_by_number_or_serial(spec: LabSpec) -> None:
    node = spec.nodes[1]
    assert [disk_number(node, word) for word in ("1", "disk2", "GWN2D2")] == [1, 2, 2]
    with pytest.raises(LabError, match="GWN1D1") as caught:
        disk_number(node, "GWN1D1")
    assert "GWN2D1, GWN2D2" in caught.value.mend


def test_a_damaged_record_means_nothing_is_out(paths: LabPaths) -> None:
    paths.links.write_text('{"cables": 3}')
    assert load_taken(paths) == Taken()


@pytest.mark.parametrize("name", ["", "../up", "two words", "-x", "a" * 65])
def test_a_snapshot_s_name_is_plain(spec: LabSpec, paths: LabPaths, name: str) -> None:
    with pytest.raises(LabError, match="no name for a snapshot"):
        save(spec, paths, name, Progress(lambda line: None))


def test_only_whole_running_machines_are_saved(
    spec: LabSpec, paths: LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LabError, match="node1, node2 off"):
        save(spec, paths, "x", Progress(lambda line: None))
    monkeypatch.setattr("wizard.lab.machine.snapshots.running_pid", lambda paths, name: 1)
    taken = Taken()
    taken.pull("node2", 1)
    save_taken(paths, taken)
    with pytest.raises(LabError, match="node2 has a disk pulled"):
        save(spec, paths, "x", Progress(lambda line: None))
