"""Bacula's certificates, made and signed anew by openssl in a folder that stands for the backup
host's.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.backup.bacula_files import FOLDER
from steps.backup.facts.bacula import BACULA, Bacula
from steps.backup.hosts import template
from wizard.answers import Answers

pytestmark = pytest.mark.slow

HOST, GUEST = "backup1.name.org", "inst1.name.org"
ANSWERS = Answers.model_validate(
    {"backup": {"kind": "central", "host": {"name": HOST, "ip": "192.168.0.120"}}}
)


def keys(folder: Path, *words: str, given: str = "") -> None:
    """Run gw-bacula-keys."""
    env = {"GW_BACULA": str(folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    argv = ["sh", "-c", template("keys", "bacula"), "keys", *words]
    done = subprocess.run(argv, env=env, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def seen(folder: Path) -> Bacula:
    """What the fact tells of that folder."""
    script = BACULA.script_for(ANSWERS, "backup1").replace(FOLDER, str(folder))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    return BACULA.parse(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    keys(made, "host", HOST, "192.168.0.12")
    return made


def test_a_certificate_for_another_address_is_signed_anew_with_the_same_key(folder: Path) -> None:
    before, key = seen(folder), (folder / f"{HOST}.key").read_text()
    assert before.addresses == {f"{HOST}.pem": "192.168.0.12"} and not before.good_for(
        f"{HOST}.pem", "192.168.0.120"
    )
    authority, old = (folder / "ca.pem").read_text(), (folder / f"{HOST}.pem").read_text()
    keys(folder, "host", HOST, "192.168.0.12")
    assert (folder / f"{HOST}.pem").read_text() == old, "for the same address nothing is signed"
    keys(folder, "host", HOST, "192.168.0.120")
    after = seen(folder)
    assert after.addresses == {f"{HOST}.pem": "192.168.0.120"} and after.keys == before.keys
    assert (folder / f"{HOST}.key").read_text() == key and (
        folder / "ca.pem"
    ).read_text() == authority
    argv = [
        "openssl",
        "verify",
        "-CAfile",
        folder / "ca.pem",
        "-verify_ip",
        "192.168.0.120",
        folder / f"{HOST}.pem",
    ]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_a_guest_of_another_address_keeps_key_and_password(folder: Path, tmp_path: Path) -> None:
    made = [
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        tmp_path / "key",
        "-subj",
        f"/CN={GUEST}",
    ]
    request = subprocess.run(made, capture_output=True, text=True, check=True).stdout
    keys(folder, "guest", GUEST, "192.168.0.99", given=request)
    before, password = seen(folder), (folder / f"{GUEST}.password").read_text()
    assert before.addresses[f"{GUEST}.pem"] == "192.168.0.99"
    keys(folder, "guest", GUEST, "192.168.0.114", given=request)
    after = seen(folder)
    assert after.good_for(f"{GUEST}.pem", "192.168.0.114") and after.keys == before.keys
    assert (folder / f"{GUEST}.password").read_text() == password
