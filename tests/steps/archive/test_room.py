"""Where the archive's dumps may wait: the look at machines with and without an encrypted volume."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.archive.facts import archive
from wizard.answers import Answers

FINDMNT = """case "$*" in
*SOURCE,TARGET*)
  echo "/dev/vda /"
  echo "/dev/mapper/v[/mysql] {0}/mysql"
  echo "/dev/mapper/v {0}/{1}" ;;
*" {0}/secure"*|*" {0}/mysql"*) echo /dev/mapper/v ;;
*) echo /dev/vda ;;
esac"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders `secure` and `mysql` on an encrypted disk, which is mounted at both; all else on a
    plain disk.
    """
    for name in ("bin", "mysql", "secure/archive", "old"):
        (tmp_path / name).mkdir(parents=True)
    programs = {
        "mariadb": f'case "$*" in *datadir*) echo {tmp_path}/mysql/ ;; esac',
        "lsblk": 'case "$*" in */mapper/*) printf "crypt\\ndisk\\n" ;; *) echo disk ;; esac',
        "mountpoint": f'case "$2" in {tmp_path}/secure|{tmp_path}/mysql) ;; *) exit 1 ;; esac',
        "findmnt": FINDMNT.format(tmp_path, "secure"),
    }
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setattr(archive, "FOLDER", str(tmp_path / "old"))
    return tmp_path


def looked(machine: Path, work: str) -> archive.Database:
    script = archive.script(Answers.model_validate({"archive": {"work": work}}), "inst1")
    env = {"PATH": f"{machine}/bin:/usr/bin:/bin", "LC_ALL": "C"}
    return archive.parse(
        subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True).stdout
    )


def test_the_volume_and_what_waits_where(machine: Path) -> None:
    (machine / "old" / "UTM5_archive.a.new").write_text("x")
    (machine / "secure" / "archive" / "UTM5_archive.b.0123456789ab.sql.gz").write_text("xy")
    seen = looked(machine, f"{machine}/old")
    assert seen.encrypted and seen.volume == f"{machine}/secure"
    assert {path: room.encrypted for path, room in seen.folders.items()} == {
        f"{machine}/old": False,
        f"{machine}/secure/archive": True,
    }
    assert all(room.free > 0 for room in seen.folders.values())
    assert sorted(Path(path).name for path in seen.kept) == [
        "UTM5_archive.a.new",
        "UTM5_archive.b.0123456789ab.sql.gz",
    ]


def test_a_folder_that_is_not_there_yet_is_judged_by_where_it_would_be(machine: Path) -> None:
    seen = looked(machine, f"{machine}/secure/not/yet")
    assert seen.folders[f"{machine}/secure/not/yet"].encrypted
    assert not looked(machine, f"{machine}/not/yet").folders[f"{machine}/not/yet"].encrypted


def test_a_volume_that_holds_nothing_but_the_data_takes_no_dumps(machine: Path) -> None:
    (machine / "bin" / "findmnt").write_text(
        "#!/bin/sh\n" + FINDMNT.format(machine, "mysql") + "\n"
    )
    seen = looked(machine, f"{machine}/old")
    assert seen.encrypted and seen.volume == ""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("cat", ""),
        (
            'echo "age: error: malformed recipient \\"$2\\": x\\\\y" >&2; exit 1',
            "age: error: malformed recipient",
        ),
        ("exit 1", "it failed"),
    ],
)
def test_whether_age_can_encrypt_for_the_recipients(machine: Path, program: str, said: str) -> None:
    (machine / "bin" / "age").write_text(f"#!/bin/sh\n{program}\n")
    (machine / "bin" / "age").chmod(0o755)
    script = archive.script(
        Answers.model_validate({"archive": {"recipients": ["age1" + "q" * 58]}}), "inst1"
    )
    env = {"PATH": f"{machine}/bin:/usr/bin:/bin", "LC_ALL": "C"}
    seen = archive.parse(
        subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True).stdout
    )
    assert seen.age_error.startswith(said) and bool(seen.age_error) == bool(said)
