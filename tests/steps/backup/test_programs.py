"""The programs that backups leave on the hosts, run by the shell in folders that stand for the real
ones.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from steps.backup import bacula_files
from steps.backup.bacula_foreign import director_of
from steps.backup.facts.backupplace import PLACE
from steps.backup.folders import suggested, unreached
from steps.backup.hosts import settings, template
from wizard.answers import Answers
from wizard.model.facts import Facts

HOST = {"host": {"name": "backup1.name.org", "ip": "192.168.0.120"}}
ASSETS = Path(__file__).parents[3] / "assets" / "templates"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "lib").write_text(template("common"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.data").write_text('{"serial_no": 7}')
    (tmp_path / "data" / "ssconf_cluster_name").write_text("cluster1.name.org\n")
    (tmp_path / "data" / "locks.data").write_text("1")
    values = {"STATE": "state", "WORK": "work", "DATA": "data", "DUMP": "work/mysql.dump"}
    lines = [f"{name}={tmp_path / value}" for name, value in values.items()]
    lines += [
        "NODE=node1",
        "KEEP=2",
        "PEERS=''",
        "PLACE=''",
        "KIND=central",
        f"FOLDERS='{tmp_path}/data /nowhere'",
    ]
    (tmp_path / "conf").write_text("\n".join(lines) + "\n")
    return tmp_path


def run(place: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"GW_LIB": str(place / "lib"), "GW_CONF": str(place / "conf"), "PATH": "/usr/bin:/bin"}
    argv = ["sh", "-c", template(name), name, *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def record(place: Path, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((place / "state" / name).read_text())
    return value


@pytest.mark.parametrize("path", sorted(ASSETS.glob("ba*/*.sh")), ids=lambda path: path.stem)
def test_the_shell_reads_them(path: Path) -> None:
    subprocess.run(["sh", "-n", path], check=True)


def test_a_copy_is_made_when_something_changed(place: Path) -> None:
    assert run(place, "gw-config-backup").returncode == 0
    first = record(place, "config-backup.json")
    assert first["ok"] is True and first["file"].endswith("-7.tar.gz") and first["last_good"] > 0
    listed = subprocess.run(
        ["tar", "tzf", place / "work" / first["file"]], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["./config.data", "./ssconf_cluster_name"]
    assert (place / "work" / first["file"]).stat().st_mode & 0o777 == 0o600
    assert run(place, "gw-config-backup").returncode == 0
    assert len(list((place / "work").glob("*.tar.gz"))) == 1
    for serial in (8, 9, 10):
        (place / "data" / "config.data").write_text(f'{{"serial_no": {serial}}}')
        assert run(place, "gw-config-backup").returncode == 0
    kept = sorted(path.name.rpartition("-")[2] for path in (place / "work").glob("*.tar.gz"))
    assert len(kept) == 2 and "7.tar.gz" not in kept


def test_a_broken_configuration_is_not_kept(place: Path) -> None:
    (place / "data" / "config.data").write_text('{"serial_no"')
    result = run(place, "gw-config-backup")
    told = record(place, "config-backup.json")
    assert result.returncode == 1 and told["ok"] is False and "cannot be read" in told["message"]
    assert not list((place / "work").glob("*.tar.gz"))


@pytest.mark.parametrize(
    ("status", "ok"),
    [(("OK",), True), (("OK", "--", "with", "warnings"), True), (("Error",), False)],
)
def test_bacula_notes_how_a_job_ended(place: Path, status: tuple[str, ...], ok: bool) -> None:
    assert run(place, "gw-bacula-note", "begin").returncode == 0
    (place / "work" / "mysql.dump").touch()
    assert run(place, "gw-bacula-note", "end", "12", "3456", *status).returncode == 0
    told = record(place, "backup.json")
    assert (told["ok"], told["snapshot"], told["bytes"], told["last_good"] > 0) == (
        ok,
        "12",
        3456,
        ok,
    )
    assert not (place / "work" / "mysql.dump").exists()


def test_a_check_that_fails_keeps_the_time_of_the_last_good_one(place: Path) -> None:
    library = (place / "lib").read_text()
    (place / "lib").write_text(f"{library}restic() {{ echo fine; }}\nalias gw-restic=restic\n")
    assert run(place, "gw-backup-check").returncode == 0
    good = record(place, "backup-check.json")
    assert good["ok"] is True and 0 < good["last_good"] <= good["time"]
    (place / "lib").write_text(
        f"{library}restic() {{ echo no route to host; false; }}\nalias gw-restic=restic\n"
    )
    assert run(place, "gw-backup-check").returncode == 1
    bad = record(place, "backup-check.json")
    assert (
        bad["ok"] is False
        and bad["message"] == "no route to host"
        and bad["last_good"] == good["last_good"]
    )


def test_a_record_is_json_whatever_the_message(place: Path) -> None:
    script = template("common") + '\nrecord x.json false "$1"'
    message = 'a "quoted" \\ back\tslash\nand a line \x01'
    env = {"GW_CONF": str(place / "conf"), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", "-c", script, "x", message], env=env, check=True)
    assert record(place, "x.json")["message"] == 'a "quoted" \\ back slash and a line '


def test_the_live_database_is_left_out_wherever_it_lies(place: Path) -> None:
    used, moved = place / "db", Path(f"{place}/data{place}/db")
    moved.mkdir(parents=True)
    used.symlink_to(moved)
    script = f". {place}/lib; mariadb() {{ echo {used}/; }}; datadirs"
    done = subprocess.run(
        ["sh", "-c", script], env={"GW_CONF": str(place / "conf")}, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(used), str(moved)]


def test_no_configuration_text_holds_a_password() -> None:
    answers = Answers.model_validate({"backup": {**HOST, "kind": "central"}})
    place = answers.backup_host
    assert place is not None
    texts = [
        bacula_files.director(
            answers, place, {"inst1": ("/var/lib/mysql", "/var/secure/var/lib/mysql")}
        ),
        bacula_files.director_daemon(answers),
        bacula_files.storage_daemon(answers, place),
        bacula_files.file_daemon(answers, answers.instance.wanted[0], place),
        bacula_files.console(answers),
        settings(answers, "inst1", place),
    ]
    assert not any(re.search(r"\bpassword *=", text, re.IGNORECASE) for text in texts[:-1])
    assert 'ClientRunBeforeJob = "/usr/local/bin/create_mysql_dump"' in texts[0]
    assert 'ClientRunAfterJob = "/bin/rm -f /var/lib/bacula/mysql.dump"' in texts[0]
    assert all(
        f'File = "{path}"\n' in texts[0] for path in ("/var/lib/mysql", "/var/secure/var/lib/mysql")
    )
    assert all(text.count("TLS Require = yes") == text.count("TLS Enable = yes") for text in texts)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({"name": "node1.other.org", "ip": "192.168.0.120"}, "shares the short name"),
        ({"name": "backup1.name.org", "ip": "192.168.0.111"}, "used twice"),
        ({"name": "backup1.name.org", "ip": ""}, "both a name and an address"),
        ({"name": "backup1.name.org", "ip": "192.168.0.300"}, "Octet 300"),
        ({"name": "backup1", "ip": "192.168.0.120"}, "match pattern"),
    ],
)
def test_bad_backup_hosts_are_named(host: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Answers.model_validate({"backup": {"host": host}})


def test_a_locked_volume_is_missed_though_no_fstab_names_it(place: Path) -> None:
    (place / "protected").write_text(f"MOUNT={place}/secure\nBINDS='{place}/data'\n")
    (place / "fstab").write_text("UUID=1 / ext4 defaults 0 1\n")
    (place / "conf").write_text(
        (place / "conf").read_text() + f"FOLDERS='{place}/data {place}/lib {place}/secure/x'\n"
    )
    env = {
        "GW_CONF": str(place / "conf"),
        "PROTECTED": str(place / "protected"),
        "FSTAB": str(place / "fstab"),
    }
    done = subprocess.run(
        ["sh", "-c", template("common") + "\nfolders"], env=env, capture_output=True, text=True
    )
    assert done.stdout.split() == [f"{place}/lib"]
    assert done.stderr == f"{place}/data is not mounted\n{place}/secure is not mounted\n"


def test_full_backups_stay_until_the_next_has_been_made() -> None:
    backup = {**HOST, "kind": "central", "keep_daily": 7, "keep_weekly": 0, "keep_monthly": 0}
    answers = Answers.model_validate({"backup": backup})
    place = answers.backup_host
    assert place is not None
    days = re.findall(
        r"Name = gw-(\w+)\n[^}]*Volume Retention = (\d+) days",
        bacula_files.director(answers, place, {}),
    )
    assert dict(days) == {"full": "77", "differential": "42", "incremental": "38"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Director {\n  Name = inst1.name.org-dir\n}\nDirector {\n  Name = inst1-mon\n}", ""),
        (
            'Director {\n  Name = inst1-dir\n}\nDirector {\n  Password = "x"\n  Name = '
            '"office-dir"\n}',
            "office-dir",
        ),
        (f"{bacula_files.MARK}.\nDirector {{\n  Name = other\n}}", ""),
    ],
)
def test_the_director_of_a_configuration(text: str, found: str) -> None:
    assert director_of(text, "inst1.name.org", "inst1") == found


@pytest.mark.parametrize(
    ("folders", "volume", "found"),
    [
        (["/etc"], ("/srv/crypt", "/var/lib/mysql"), ["/srv/crypt"]),
        (["/srv"], ("/srv/crypt", "/srv/www"), ["/srv/www"]),
        (["/srv/crypt"], ("/srv/crypt", "/var/lib/mysql", "/srv/www"), []),
        (["/srv/www"], ("/srv/crypt", "/var/lib/mysql", "/srv/www"), []),
        (["/srv/crypt/srv"], ("/srv/crypt", "/srv/www"), []),
        (["/srv/crypt/one"], ("/srv/crypt", "/srv/www", "/srv/more"), ["/srv/www", "/srv/more"]),
        (["/etc"], (), []),
    ],
)
def test_what_lies_encrypted_is_in_a_folder(
    folders: list[str], volume: tuple[str, ...], found: list[str]
) -> None:
    answers = Answers.model_validate({"backup": {**HOST, "folders": folders}})
    facts = Facts({"inst1": {"backup-client": f"\n== state\nvolume: {' '.join(volume)}\n"}})
    assert [one.what.split()[0] for one in unreached(answers, facts, "inst1")] == found
    assert suggested(answers, facts)[4:] == list(volume[:1])


def test_the_folder_for_backups_and_all_above_it_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o1777)
    (tmp_path / "link").symlink_to("open")
    answers = Answers.model_validate({"backup": {**HOST, "path": f"{tmp_path}/link/new/deep"}})
    script = PLACE.script_for(answers, "backup1")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    above = PLACE.parse(done.stdout).above
    assert list(above) == [str(path) for path in (tmp_path / "link", *(tmp_path / "link").parents)]
    assert above[f"{tmp_path}/link"] == f"1777 {tmp_path.stat().st_uid}" and above["/"].endswith(
        " 0"
    )


SFTP = """#!/bin/sh
# Says what is there, and keeps what it is told.
tee -a "@PLACE@/told" | grep -q '^ls' && ls -1 "@PLACE@/there" | sed 's|^|/repo/|'
exit 0
"""


def with_backup_host(place: Path) -> None:
    """Let the program send to a backup host that notes its commands in `told`."""
    (place / "there").mkdir()
    (place / "sftp").write_text(SFTP.replace("@PLACE@", str(place)))
    (place / "sftp").chmod(0o755)
    settings_file = place / "conf"
    text = settings_file.read_text().replace("PLACE=''", "PLACE=backup-node1@192.168.0.120")
    settings_file.write_text(f"{text}SFTP={place}/sftp\n")


def test_the_answers_are_in_the_copy_and_a_change_of_them_makes_another(place: Path) -> None:
    kit = place / "kit"
    kit.mkdir()
    (kit / "answers.toml").write_text("version = 1\n")
    with (place / "conf").open("a") as settings_file:
        settings_file.write(f"ANSWERS={kit}/answers.toml\n")
    assert run(place, "gw-config-backup").returncode == 0
    name = record(place, "config-backup.json")["file"]
    listed = subprocess.run(
        ["tar", "tzf", place / "work" / name], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["./config.data", "./ssconf_cluster_name", "kit/answers.toml"]
    summed = (place / "work" / "last.sum").read_text()
    (kit / "answers.toml").write_text("version = 1\n# changed\n")
    assert run(place, "gw-config-backup").returncode == 0
    assert (place / "work" / "last.sum").read_text() != summed


def test_every_run_leaves_a_sign_of_life_on_the_backup_host(place: Path) -> None:
    with_backup_host(place)
    for _ in range(2):
        (place / "told").unlink(missing_ok=True)
        result = run(place, "gw-config-backup")
        assert result.returncode == 0, result.stdout + result.stderr
        told = (place / "told").read_text().splitlines()
        assert told[:3] == [
            "-rm /repo/.heartbeat.new",
            f"put {place}/work/.heartbeat.new /repo/.heartbeat.new",
            "rename /repo/.heartbeat.new /repo/heartbeat.json",
        ]


def test_a_broken_configuration_is_no_sign_of_death(place: Path) -> None:
    with_backup_host(place)
    (place / "data" / "config.data").write_text('{"serial_no"')
    assert run(place, "gw-config-backup").returncode == 1
    assert "rename /repo/.heartbeat.new /repo/heartbeat.json" in (place / "told").read_text()
    assert "cannot be read" in record(place, "config-backup.json")["message"]
