"""What sshd's own settings make of the clients' logins, asked of a real sshd by the facts' scripts:
it is known before an account is made whether it would be let in.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.backup.admission import shut_out
from steps.backup.facts.backupplace import PLACE
from steps.network.facts.rootssh import ROOT_SSH
from tests.hosts.server import SSHD
from wizard.answers import Answers
from wizard.hosts.connect import own_key
from wizard.model.facts import Facts
from wizard.model.step import Finding

pytestmark = pytest.mark.sshd
ANSWERS = Answers.model_validate(
    {"backup": {"kind": "simple", "host": {"name": "backup1.name.org", "ip": "192.168.0.120"}}}
)


def asked(folder: Path, script: str, *settings: str) -> str:
    """What a fact's script prints on a machine whose sshd has these settings."""
    config = folder / "sshd_config"
    key = own_key(folder / "host")
    config.write_text("\n".join((f"HostKey {key}", *settings)) + "\n")
    (folder / "sshd").write_text(f'#!/bin/sh\nexec {SSHD} -f {config} "$@"\n')
    (folder / "sshd").chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=env).stdout


def said(folder: Path, *settings: str) -> list[Finding]:
    """What is said of the first instance's account, which is not there yet."""
    host = ANSWERS.backup_host
    assert host is not None
    text = asked(folder, PLACE.script_for(ANSWERS, host.short), *settings)
    return list(shut_out(Facts({host.short: {PLACE.name: text}}), host, "inst1"))


SFTP = "Subsystem sftp internal-sftp"


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        (("AllowUsers root admin",), "add backup-* to AllowUsers"),
        (("AllowGroups ssh-users",), "add gw-backup to AllowGroups"),
        (("DenyUsers backup*",), "out of DenyUsers"),
        (("DenyGroups gw-?ackup",), "out of DenyGroups"),
        (("Match LocalPort 22", "DenyUsers backup-inst1"), "out of DenyUsers"),
    ],
)
def test_who_would_not_be_let_in_is_told_with_what_lets_him_in(
    settings: tuple[str, ...], mend: str, tmp_path: Path
) -> None:
    (finding,) = said(tmp_path, SFTP, *settings)
    assert mend in finding.mend and "backup-inst1" in finding.what


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("AllowUsers root backup-*@192.168.0.*",),
        ("AllowUsers root backup-inst?", "AllowGroups root gw-backup"),
        ("DenyUsers backup-inst1@192.0.2.7",),
        ("Match LocalPort 2222", "AllowUsers admin"),
        ("AllowUsers admin", "Match Address 192.168.0.0/24", "AllowUsers backup-*"),
    ],
)
def test_who_may_be_let_in_is_not_refused(settings: tuple[str, ...], tmp_path: Path) -> None:
    assert said(tmp_path, SFTP, *settings) == []


def test_a_server_without_sftp_is_told(tmp_path: Path) -> None:
    (finding,) = said(tmp_path)
    assert "no subsystem sftp" in finding.what


@pytest.mark.parametrize("match", ["LocalAddress {own}", "LocalPort 22", "LocalPort 2222"])
def test_root_s_login_is_judged_by_the_address_and_port_that_it_comes_to(
    match: str, tmp_path: Path
) -> None:
    node = ANSWERS.first
    text = asked(
        tmp_path,
        ROOT_SSH.script_for(ANSWERS, node.short),
        "PermitRootLogin no",
        f"Match {match.format(own=node.ip)}",
        "PermitRootLogin prohibit-password",
    )
    ssh = ROOT_SSH.parse(text)
    assert ssh.lets_root_in is (match != "LocalPort 2222") and ssh.reads_own_keys
