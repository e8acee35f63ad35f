"""Login shells as people have them, each behind a real sshd: what they say before the command, and
in which words they understand one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hosts.server import USER, Server, serving
from wizard.answers import Answers
from wizard.base.errors import ShellRefused
from wizard.hosts import greeting
from wizard.hosts.greeting import one_line, opening
from wizard.hosts.ssh import SshHost
from wizard.model.facts import Fact
from wizard.remote import reboot
from wizard.run.gather import gather

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(os.geteuid() != 0, reason="another login shell needs root"),
]
SHELLS = ("bash", "dash", "zsh", "ksh93", "mksh", "fish", "tcsh", "bsd-csh")
WORDS = (
    "a b",
    "$HOME",
    "`id`",
    "it's",
    '"',
    "",
    "x;y",
    "new\nline\n",
    "\\n",
    "ü",
    "*",
    "hi!",
    "!!",
)
BOOT = Fact("boot", f"cat {reboot.BOOT_ID}", str.strip)
NOISE = "echo welcome; echo warned >&2; date +%s%N"
START_FILES = (".bashrc", ".cshrc", ".tcshrc", ".zshenv", ".config/fish/config.fish")


@contextmanager
def login(folder: Path, shell: str, start_file: str = "", *options: str) -> Iterator[SshHost]:
    """A host whose login shell is that one; its start files say `start_file`.

    sshd runs in a mount namespace of its own, in which /etc/passwd has the shell: this machine's
    accounts stay as they are.
    """
    program = shutil.which(shell) or shell
    passwd = folder / "passwd"
    folder.mkdir(parents=True, exist_ok=True)
    accounts = Path("/etc/passwd").read_text().splitlines()
    with_shell = [_with_shell(line, program) for line in accounts]
    passwd.write_text("\n".join(with_shell) + "\n")
    bind = f'mount --bind {passwd} /etc/passwd && exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", bind, "sshd")
    server = Server(folder / "sshd", *options, prefix=prefix)
    for name in START_FILES:
        path = server.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(start_file + "\n")
    try:
        host = server.start().host()
        yield host
        host.close()
    finally:
        server.stop()


def _with_shell(line: str, program: str) -> str:
    fields = line.split(":")
    if fields[0] == USER:
        fields[6] = program
    return ":".join(fields)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_hands_the_command_on(tmp_path: Path, shell: str) -> None:
    assert shutil.which(shell), f"{shell} is missing: make apt-test"
    with login(tmp_path, shell) as host:
        assert host.run(("printf", "%s\\n", *WORDS)).out == "".join(f"{word}\n" for word in WORDS)
        ended = host.run(("sh", "-c", "cat; echo err >&2; exit 7"), stdin=b"fed\0\xff\n")
        assert (ended.rc, ended.out, ended.err) == (7, "fed␀\ufffd\n", "err\n")
        assert host.run(("sh", "-c", "kill -KILL $$")).rc == 128 + 9
        long = "x" * 100_000
        assert host.run(("printf", "%s", long)).out == long


@pytest.mark.parametrize("shell", SHELLS)
def test_what_start_files_say_is_no_output(tmp_path: Path, shell: str) -> None:
    with login(tmp_path, shell, "echo welcome; echo $$; date +%s%N") as host:
        looks = [gather([(host, [BOOT])], Answers()).of("node1", BOOT) for _ in range(2)]
        assert looks == [Path(reboot.BOOT_ID).read_text().strip()] * 2
        assert reboot.boot_id(host) == reboot.boot_id(host) == looks[0]


ENVIRONMENT = {
    "SYSTEMD_COLORS": "1",
    "POSIXLY_CORRECT": "1",
    "http_proxy": "http://proxy.example.org:3128",
    "MYSQL_HOST": "elsewhere.example.org",
    "TMPDIR": "/nonexistent",
    "LC_TIME": "de_DE.UTF-8",
    "APT_CONFIG": "/nonexistent",
    "TAR_OPTIONS": "--verbose",
    "PYTHONHOME": "/nonexistent",
}
"""What people put into start files and /etc/environment, and what programs then say otherwise."""


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_login_s_environment_reaches_no_command(tmp_path: Path, shell: str) -> None:
    exports = "; ".join(f"export {name}={value}" for name, value in ENVIRONMENT.items())
    with login(tmp_path, shell, exports) as host:
        names = {line.partition("=")[0] for line in host.run(("env",)).out.splitlines()}
        assert names == {"HOME", "LC_ALL", "PATH"}
        assert host.run(("sh", "-c", 'echo "$HOME"')).out.strip()
        assert host.run(("mktemp", "-u")).out.startswith("/tmp/")
        assert host.run(("no-such-program",)).rc == 127


@pytest.mark.parametrize(
    "start_file",
    [
        NOISE,
        f"set -x; {NOISE}",
        "printf '\\033]0;title\\007no newline'",
        "head -c 3000000 /dev/zero",
    ],
    ids=["both-streams", "xtrace", "escapes-without-newline", "much"],
)
def test_whatever_comes_before_the_mark_is_dropped(tmp_path: Path, start_file: str) -> None:
    heard: list[str] = []
    with login(tmp_path, "bash", start_file) as host:
        result = host.run(("sh", "-c", "echo out; echo err >&2; exit 3"), on_output=heard.append)
        assert (result.rc, result.out, result.err) == (3, "out\n", "err\n")
        assert sorted(heard) == ["err\n", "out\n"]


@pytest.mark.parametrize(
    ("shell", "start_file", "said"),
    [
        ("/usr/sbin/nologin", "", "This account is currently not available"),
        ("/bin/false", "", "ends with 1 without a word"),
        ("bash", "exit 0", "ends with 0 without a word"),
        ("bash", "echo out of order; exit 3", "ends with 3 and says: out of order"),
        ("rbash", "", "restricted"),
    ],
)
def test_a_shell_that_runs_nothing_is_refused_by_name(
    tmp_path: Path, shell: str, start_file: str, said: str
) -> None:
    with login(tmp_path, shell, start_file) as host:
        with pytest.raises(ShellRefused, match=said) as caught:
            host.run(("true",))
        assert f"chsh -s /bin/bash {USER}" in caught.value.mend
        with pytest.raises(ShellRefused):
            host.run(("cat",), stdin=b"x" * 5_000_000)
        assert BOOT.name not in gather([(host, [BOOT])], Answers()).raw


def test_a_forced_command_is_refused_and_leaves_the_connection(tmp_path: Path) -> None:
    with serving(tmp_path / "forced", "ForceCommand echo only backups") as server:
        host = server.host()
        with pytest.raises(ShellRefused, match="ends with 0 and says: only backups"):
            host.run(("true",))
        transport = host._connection.transport
        with pytest.raises(ShellRefused):
            host.run(("cat",), stdin=b"x" * 5_000_000)
        assert host._connection.transport is transport
        host.close()


@pytest.mark.parametrize("start_file", ["read answer", "yes"])
def test_a_start_file_without_an_end_is_not_waited_for(
    tmp_path: Path, start_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(greeting, "GREETING", 1.0)
    with (
        login(tmp_path, "bash", start_file) as host,
        pytest.raises(ShellRefused, match="nothing was run"),
    ):
        host.run(("true",))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_line_that_was_cut_is_not_run_and_has_no_exit_status(shell: str) -> None:
    line = one_line("touch made; echo hi; exit 7")
    for length in range(0, len(line), 5):
        argv = (shell, "-c", opening("@@gw-1"))
        done = subprocess.run(argv, input=line[:length], capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (-9, b"@@gw-1\n")
