"""The small programs of the guest step, run by the shell on files that stand for a guest's, and its
texts.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.guest import texts
from steps.guest.facts.guest import normal
from steps.guest.facts.guestapt import GUEST_APT, HOME, parse_home
from steps.guest.guest import hosts
from wizard.answers import Answers
from wizard.model.step import Command, Prompt

TOOLS = {
    "locale-gen": "echo generated",
    "swapon": 'echo "$1" >>"$LOG"',
    "mkswap": 'for last; do :; done; exec /sbin/mkswap -q "$last"',
}


def run(script: str, root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """A program with /etc, /root and the like below `root`, and harmless tools."""
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    for name, body in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    for place in ("/etc/", "/usr/share/", "/root/", "/proc/swaps"):
        script = script.replace(place, f"{root}{place}").replace(
            f"mkdir -p {root}/root/", "mkdir -p /root/"
        )
    script = script.replace("mkdir -p /root/.ssh", f"mkdir -p {root}/root/.ssh")
    env = {"PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin", "LOG": str(root / "log")}
    return subprocess.run(
        ["sh", "-c", script, "x", *args], env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("etc", "usr/share/i18n", "usr/share/zoneinfo/Europe", "proc", "root"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "usr/share/i18n/SUPPORTED").write_text(
        "de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\nen_US.UTF-8 UTF-8\n"
    )
    (tmp_path / "usr/share/zoneinfo/Europe/Moscow").touch()
    (tmp_path / "proc/swaps").write_text("Filename Type Size Used Priority\n")
    return tmp_path


def test_locales_are_added_once_and_unknown_ones_refused(root: Path) -> None:
    listed = root / "etc/locale.gen"
    listed.write_text("# en_US.UTF-8 UTF-8\nde_DE ISO-8859-1\n")
    for _ in range(2):
        assert run(texts.LOCALES, root, "en_US.UTF-8", "de_DE.UTF-8").stdout == "generated\n"
    wanted = "# en_US.UTF-8 UTF-8\nde_DE ISO-8859-1\nen_US.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n"
    assert listed.read_text() == wanted
    done = run(texts.LOCALES, root, "xx_YY.UTF-8")
    assert done.returncode == 1 and "no locale xx_YY.UTF-8" in done.stderr


def test_the_time_zone_is_set_in_both_files(root: Path) -> None:
    assert run(texts.ZONE, root, "Europe/Moscow").returncode == 0
    assert (root / "etc/timezone").read_text() == "Europe/Moscow\n"
    assert (root / "etc/localtime").readlink() == root / "usr/share/zoneinfo/Europe/Moscow"
    assert run(texts.ZONE, root, "Europe/Nowhere").returncode == 1
    assert (root / "etc/timezone").read_text() == "Europe/Moscow\n"


def test_an_empty_disk_becomes_swap_once(root: Path) -> None:
    disk, fstab = root / "disk", root / "etc/fstab"
    disk.write_bytes(bytes(4 << 20))
    fstab.write_text("UUID=1 / ext4 defaults 0 1")
    for _ in range(2):
        done = run(texts.SWAP, root, str(disk))
        assert done.returncode == 0, done.stderr
        (root / "proc/swaps").write_text(f"Filename Type Size Used Priority\n{disk} file 1 0 -2\n")
    lines = fstab.read_text().splitlines()
    assert lines[0] == "UUID=1 / ext4 defaults 0 1" and len(lines) == 2
    assert lines[1].startswith("UUID=") and lines[1].endswith("   none   swap   sw   0   0")
    assert (root / "log").read_text() == f"{disk}\n"


@pytest.mark.parametrize("content", ["text", "ext4"])
def test_a_disk_that_holds_something_is_refused(root: Path, content: str) -> None:
    disk = root / "disk"
    disk.write_bytes(bytes(4 << 20) if content == "ext4" else b"somebody's data" + bytes(4 << 20))
    if content == "ext4":
        subprocess.run(["/sbin/mkfs.ext4", "-q", str(disk)], check=True)
    (root / "etc/fstab").touch()
    before = disk.read_bytes()
    assert run(texts.SWAP, root, str(disk)).returncode == 1
    assert disk.read_bytes() == before and not (root / "log").exists()


def test_texts() -> None:
    answers = Answers.model_validate(
        {"guest": {"mirror": "http://m/debian", "security": "", "proxy": "http://p:3142"}}
    )
    one = answers.guests[0]
    assert texts.sources(answers, one) == (
        "deb http://m/debian bookworm main\ndeb http://m/debian bookworm-updates main\n"
    )
    assert texts.proxy(answers) == 'Acquire::http::Proxy "http://p:3142";\n'
    text = texts.interfaces("eth0", "192.168.0.114", 24, "192.168.0.1")
    assert texts.has_address(text, "192.168.0.114") and not texts.has_address(text, "192.168.0.11")
    assert [normal(name) for name in ("en_US.UTF-8", "de_DE@euro", "sr_RS.UTF-8@latin", "C")] == [
        "en_US.utf8",
        "de_DE@euro",
        "sr_RS.utf8@latin",
        "C",
    ]


def test_who_is_asked_what() -> None:
    answers = Answers()
    assert list(hosts(answers)) == ["inst1", "node1", "node2"]
    assert GUEST_APT.script_for(answers, "node1") == HOME.script_for(answers, "inst1") == ":"
    assert (
        parse_home("proxy: http://user:pw@p:1\nnameservers: 127.0.0.53 10.0.0.1\n== files\n").proxy
        == ""
    )


def test_a_secret_follows_the_name_on_the_same_line() -> None:
    command = Command(
        "inst1", ("chpasswd",), "why", stdin="root:", prompts=(Prompt("p", "Password", new=True),)
    )
    from tests.run.test_secrets import fed

    assert fed(command, p="s3cret") == b"root:s3cret\n"
