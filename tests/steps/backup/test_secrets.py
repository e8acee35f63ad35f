"""Where password and key of a backup lie, and how they move onto the encrypted volume."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.backup.backup import STEP
from steps.backup.facts.backup import CLIENT, Client
from steps.backup.hosts import CLEAR, KEY
from steps.backup.secrets import MOVE, has_password, in_the_clear, key_file, move, password_file
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import look

VAULT = "/var/secure/ganeti-wizard/backup.password"
OWN = Client(volume=("/srv/crypt", "/var/lib/mysql"), password=True, key="ssh-ed25519 AAAA")


@pytest.mark.parametrize(
    ("path", "seen", "password", "key", "told"),
    [
        (CLEAR, Client(), CLEAR, KEY, False),
        (CLEAR, OWN, CLEAR, KEY, True),
        (VAULT, Client(), CLEAR, KEY, False),
        (
            VAULT,
            OWN,
            "/srv/crypt/ganeti-wizard/backup.password",
            "/srv/crypt/ganeti-wizard/backup.key",
            False,
        ),
        ("/srv/crypt/mine", OWN, "/srv/crypt/mine", KEY, False),
        ("/root/mine", OWN, "/root/mine", KEY, True),
    ],
)
def test_each_guest_keeps_them_on_its_own_volume(
    path: str, seen: Client, password: str, key: str, told: bool
) -> None:
    answers = Answers.model_validate({"backup": {"password_file": path}})
    assert (password_file(answers, seen), key_file(answers, seen)) == (password, key)
    assert bool(list(in_the_clear(answers, "inst1", seen))) is told
    assert bool(list(move(answers, "inst1", seen))) is (path == VAULT and seen is OWN)
    assert has_password(answers, seen) is seen.password


def test_the_volume_is_suggested_and_only_until_somebody_decides() -> None:
    raw = "\n== state\ncrypt: /srv/crypt\nvolume: /srv/crypt /var/lib/mysql\n"
    facts = Facts({"inst1": {"backup-client": raw}})
    open_, decided = Answers(), Answers.model_validate({"backup": {"password_file": CLEAR}})
    assert (
        look(STEP, open_, facts).answers.backup.password_file
        == "/srv/crypt/ganeti-wizard/backup.password"
    )
    assert look(STEP, decided, facts).answers.backup.password_file == CLEAR


def run(folder: Path, *, mounted: bool = True) -> subprocess.CompletedProcess[str]:
    old, new = folder / "etc", folder / "vault" / "ganeti-wizard"
    pairs = [str(place / name) for name in ("password", "key", "key.pub") for place in (old, new)]
    script = f"mountpoint() {{ {'true' if mounted else 'false'}; }}\n{MOVE}"
    argv = ["sh", "-c", script, "move", str(folder / "vault"), *pairs]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    for name in ("password", "key", "key.pub"):
        (tmp_path / "etc" / name).write_text(name)
        (tmp_path / "etc" / name).chmod(0o600)
    return tmp_path


def test_they_move_and_nothing_stays_behind(folder: Path) -> None:
    done = run(folder)
    assert done.returncode == 0 and done.stdout == "", done
    moved = folder / "vault" / "ganeti-wizard"
    assert {path.name: path.read_text() for path in moved.iterdir()} == {
        "password": "password",
        "key": "key",
        "key.pub": "key.pub",
    }
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in moved.iterdir())
    assert list((folder / "etc").iterdir()) == []
    assert run(folder).returncode == 0


def test_a_move_that_was_cut_short_is_finished(folder: Path) -> None:
    moved = folder / "vault" / "ganeti-wizard"
    moved.mkdir(parents=True)
    (moved / "password").write_text("password")
    (moved / "key.new").write_text("k")
    assert run(folder).returncode == 0
    assert {path.name for path in moved.iterdir()} == {"password", "key", "key.pub"}
    assert list((folder / "etc").iterdir()) == []


def test_another_one_in_the_new_place_is_not_taken_for_it(folder: Path) -> None:
    moved = folder / "vault" / "ganeti-wizard"
    moved.mkdir(parents=True)
    (moved / "password").write_text("another")
    done = run(folder)
    assert done.returncode != 0 and "differ" in done.stdout
    assert (folder / "etc" / "password").read_text() == "password"


def test_nothing_moves_beside_a_locked_volume(folder: Path) -> None:
    done = run(folder, mounted=False)
    assert done.returncode == 1 and "is not mounted" in done.stderr
    assert len(list((folder / "etc").iterdir())) == 3 and not (folder / "vault").exists()


@pytest.mark.parametrize(
    ("backup", "locked"),
    [
        ({}, True),
        ({"password_file": VAULT}, True),
        ({"password_file": CLEAR}, False),
        ({"kind": "central"}, False),
    ],
)
def test_the_locked_volume_that_they_belong_on_stops_the_step(
    tmp_path: Path, backup: dict[str, str], locked: bool
) -> None:
    settings, volume = tmp_path / "protected", tmp_path / "vault"
    settings.write_text(f"MOUNT={volume}\nBINDS=''\n")
    answers = Answers.model_validate({"backup": {"folders": ["/etc"], **backup}})
    script = CLIENT.script_for(answers, "inst1").replace(
        "/etc/default/protected-volume", str(settings)
    )
    fakes = "mariadb() { false; }; mysql() { false; }; systemctl() { false; }\n"
    done = subprocess.run(["sh", "-c", fakes + script], capture_output=True, text=True, check=False)
    seen = CLIENT.parse(done.stdout)
    assert seen.volume == (str(volume),) and seen.locked == ((str(volume),) if locked else ())


def test_a_secret_with_a_name_elsewhere_is_not_overwritten(folder: Path) -> None:
    (folder / "etc" / "password").write_text("pass")
    (folder / "copy of others").hardlink_to(folder / "etc" / "password")
    done = run(folder)
    assert done.returncode == 1 and "has further names" in done.stderr
    assert (folder / "copy of others").read_text() == "pass"
    assert (folder / "etc" / "password").read_text() == "pass"
