"""Every check on a cluster out of recorded facts: good, and with one thing wrong at a time."""

from __future__ import annotations

import pytest

from steps.health import CHECKS, CHECKUP
from tests.daily.drbd import DRBD
from tests.daily.kernels import NEWER, upgraded
from tests.daily.scene import DF, NOW, Scene, records
from tests.daily.wrong import WRONG
from wizard.answers.backups import BackupHost
from wizard.model.verdicts import Level


def good() -> Scene:
    """The recorded mirrors still synchronise in this case; here they have finished."""
    scene = Scene()
    for host in ("node1", "node2"):
        lines = scene.raw[host]["md"].splitlines()
        scene.raw[host]["md"] = "\n".join(
            line.split(" resync ")[0] + " idle none" if " resync " in line else line
            for line in lines
        )
    return scene


def test_a_good_cluster_is_ok() -> None:
    scene = good()
    assert scene.bad() == []
    assert scene.report.level is Level.OK
    names = {one.check for one in scene.report.verdicts}
    assert names == {name for name, _ in CHECKS} | {"restore-test", "config-backup"}


@pytest.mark.parametrize("name", WRONG)
def test_one_thing_wrong(name: str) -> None:
    change, check, host, level, text = WRONG[name]
    scene = good()
    change(scene)
    found = [
        one
        for one in scene.report.verdicts
        if (one.check, one.host) == (check, host) and text in one.what
    ]
    assert [one.level for one in found] == [level], [
        one for one in scene.report.verdicts if one.check == check
    ]
    assert found[0].remedy, "it says how to mend it"
    assert scene.report.level.rank >= level.rank


def test_a_second_efi_partition_and_no_mirror_at_all_are_no_matter() -> None:
    both = "mirrored /\nefi /dev/sda1 /dev/sda yes\nefi /dev/sdb1 /dev/sdb yes\n"
    for text in (both, both.replace("yes", "no"), ""):
        scene = good()
        scene.raw["node1"]["unmirrored"] = text
        assert scene.bad() == []


@pytest.mark.parametrize(
    "modules",
    [
        f"running 6.1.0-56-amd64\nmodules 6.1.0-56-amd64\nmodules {NEWER}\n",
        "running 6.12.0-1-cloud-amd64\nown yes\nmodules 6.12.0-1-cloud-amd64\n",
        "",
    ],
    ids=["copied", "a kernel of its own", "nothing was told"],
)
def test_a_kernel_whose_modules_are_there_or_not_needed_is_no_matter(modules: str) -> None:
    scene = good()
    upgraded(scene, "node1", "node2")
    scene.raw["inst1"]["guest-modules"] = modules
    assert scene.bad() == []


def test_one_node_down_is_critical_and_stops_no_other_check() -> None:
    for dead, living in (("node1", "node2"), ("node2", "node1")):
        scene = good().down(dead)
        found = {(one.check, one.host): one for one in scene.report.verdicts}
        assert (
            found["reach", dead].level is Level.CRITICAL
            and "check that it is on" in found["reach", dead].mend
        )
        assert found["raid", living].level is Level.OK and found["space", living].level is Level.OK
        assert found["voting", ""].level is Level.CRITICAL and living in found["voting", ""].mend
        assert not any(one.check == "raid" and one.host == dead for one in scene.report.verdicts)
        master, instance = (
            found["master", "node1"],
            found["instance", "node2" if dead == "node1" else ""],
        )
        assert master.level is (Level.CRITICAL if dead == "node1" else Level.OK)
        assert instance.level is (Level.OK if dead == "node1" else Level.CRITICAL)


def test_both_nodes_down_still_gives_a_report() -> None:
    scene = good().down("node1").down("node2").down("inst1")
    assert scene.report.level is Level.CRITICAL
    assert {one.check for one in scene.report.of(Level.CRITICAL)} >= {"reach", "guest"}


def test_what_was_never_set_up_is_told_and_counts_as_ok() -> None:
    scene = good()
    scene.raw["inst1"].update(
        records=records(), ciphers='{"blockdevices": []}\n== crypttab\n== mapped\n== luks\n'
    )
    absent = {one.check for one in scene.report.of(Level.ABSENT)}
    assert absent == {"volume", "backup", "restore-test"} and scene.report.level is Level.OK
    del scene.raw["inst1"]
    absent = {one.check for one in scene.report.of(Level.ABSENT)}
    assert absent == {"volume", "backup", "restore-test"} and scene.report.level is Level.OK


def test_facts_that_cannot_be_read_make_one_check_unknown() -> None:
    scene = good()
    scene.raw["node1"]["md"] = "array md0 raid1 1.2 clean two 0\n"
    unknown = scene.report.of(Level.UNKNOWN)
    assert [one.check for one in unknown] == ["raid"] and "ValueError" in unknown[0].what
    assert scene.report.level is Level.UNKNOWN


@pytest.mark.parametrize("host", ["node1", "node2"])
@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("md", "array md0 raid1 1.2 clean two 0\n"),
        ("lvm", 'lvm installed\n{"report": 7}'),
        ("ganeti", '{"files": ['),
        ("ganeti", "[" * 100_000),
        ("ganeti", '{"config": null, "files": [], "queue": []}'),
        (
            "replicas",
            "== show\n== volumes\n 6f1d2c3b-0000-4a4a-8b8b-000000000000.disk0_data xenvg "
            "x -wi-ao----",
        ),
    ],
)
def test_words_that_cannot_be_read_are_unknown_on_that_host_alone(
    host: str, fact: str, words: str
) -> None:
    other = {"node1": "node2", "node2": "node1"}[host]
    scene = good()
    before = {(one.check, one.host): one for one in scene.report.verdicts}
    scene.raw[host][fact] = words
    found = scene.report.verdicts
    unknown = [one for one in found if one.level is Level.UNKNOWN]
    assert unknown and {one.host for one in unknown} == {host}
    assert all(one.mend for one in unknown)
    assert not scene.report.of(Level.CRITICAL), "not understood is neither dead nor broken"
    assert [one for one in found if one.host == other] == [
        one for key, one in before.items() if key[1] == other
    ]


def test_without_a_readable_configuration_nobody_says_that_there_is_none() -> None:
    scene = good()
    scene.raw["node1"]["ganeti"] = scene.raw["node2"]["ganeti"] = "no JSON"
    unknown = {(one.check, one.host) for one in scene.report.of(Level.UNKNOWN)}
    assert {("master", "node1"), ("master", "node2")} <= unknown
    assert not scene.report.of(Level.CRITICAL)


def test_an_online_verification_is_no_resynchronisation() -> None:
    scene = good()
    verifying = DRBD.replace("cs:Connected", "cs:VerifyT")
    progress = "\n    ns:0 nr:0 oos:0\n\t[==>..] verified: 17.5% (1692/2048)M"
    scene.change("node1", "replicas", DRBD, f"{verifying}{progress}")
    found = [one for one in scene.report.verdicts if (one.check, one.host) == ("drbd", "node1")]
    assert [one.level for one in found] == [Level.OK]
    assert "1 of them being compared (17.5 %)" in found[0].what


def test_only_the_room_for_backups_is_looked_at_on_the_backup_host() -> None:
    scene = good()
    assert "backup1" not in CHECKUP.facts(scene.answers)
    scene.answers.backup.host = BackupHost(name="backup1.name.org", ip="192.168.0.115")
    assert [fact.name for fact in CHECKUP.facts(scene.answers)["backup1"]] == ["filesystems"]
    scene.raw["backup1"] = {
        "filesystems": f"{DF}ext4 9000 10 99% 1% /srv/backups\next4 9000 8000 12% 1% /srv/backup\n"
    }
    found = [(one.level, one.what) for one in scene.report.verdicts if one.host == "backup1"]
    assert found == [(Level.OK, "fullest is /srv/backup with 12 %, 0 MiB free")]


def test_before_the_cluster_exists() -> None:
    scene = good()
    for host in ("node1", "node2"):
        scene.raw[host]["ganeti"] = ""
    assert any("no node that answers holds" in one.what for one in scene.report.of(Level.CRITICAL))
    assert not scene.report.of(Level.UNKNOWN) or scene.report.level is Level.CRITICAL


def test_the_fresh_verification_goes_to_the_master() -> None:
    scene = good()
    command = CHECKUP.verify(scene.answers, scene.facts)
    assert (
        command is not None and command.host == "node1" and "gnt-cluster verify" in command.argv[2]
    )
    assert CHECKUP.verify(scene.answers, scene.down("node1").facts) is None


def test_a_new_master_has_looked_at_nothing_yet() -> None:
    scene = Scene().change("node1", "watcher", f"ran: {NOW - 120}", f"ran: \nwritten: {NOW - 60}")
    assert "watcher" not in [verdict.check for verdict in scene.bad()]
