"""Line mode in a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.waiting import LAST_RESORT, child_ends
from wizard.base.exits import Exit

pytestmark = pytest.mark.slow


def begin(state: Path, *flags: str, term: str = "dumb") -> pexpect.spawn:
    """A process on a terminal of that kind."""
    env = {**os.environ, "TERM": term}
    argv = ["-m", "tests.screens.line.main", str(state), *flags]
    return pexpect.spawn(
        sys.executable, argv, env=env, encoding="utf-8", timeout=LAST_RESORT, dimensions=(24, 80)
    )


def wrapped(text: str) -> str:
    """A pattern for words, wherever a line may have been broken between them."""
    return r"\s+".join(re.escape(word) for word in text.split())


def test_a_whole_build_line_by_line(tmp_path: Path) -> None:
    line = begin(tmp_path / "s", "fail")
    line.expect("Change them. .y/N.: ")
    line.sendline("")
    for node in ("node1", "node2"):
        line.expect(f"Password of {node}.*: ")
        line.sendline("canary")
    line.expect("connected to all servers")
    line.expect("1/4 A second partition on each disk")
    line.expect("Change any of these answers.*: ")
    line.sendline("")
    line.expect("destroys data. sfdisk")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("1")
    line.expect("  node1: everything on the free part of QM011 is lost")
    line.expect("Type QM011 to agree: ")
    line.sendline("wrong")
    for serial in ("QM012", "QM021", "QM022"):
        line.expect(f"Type {serial} to agree: ")
        line.sendline(serial)
    line.expect("not agreed: nothing was run")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("")
    for serial in ("QM011", "QM012", "QM021", "QM022"):
        line.expect(f"Type {serial} to agree: ")
        line.sendline(serial)
    line.expect(r"\[node2\]   set-flag: all well")
    line.expect("DONE: verified")
    _lvm(line)
    line.expect("3/4 The bridge")
    line.expect("Change any of these answers.*: ")
    line.sendline("")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("")
    line.expect("the network is away for some seconds")
    line.expect("Run it now. .y/N.: ")
    line.sendline("y")
    line.expect("4/4 The first instance")
    line.expect("Change any of these answers.*: ")
    line.sendline("")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("")
    line.expect("Run it now. .y/N.: ")
    line.sendline("y")
    line.expect("All steps are done on all hosts")
    line.expect(pexpect.EOF)
    child_ends(line.pid)
    assert line.wait() == Exit.OK


def _lvm(line: pexpect.spawn) -> None:
    """The second step: another name, a failure, and then success."""
    line.expect("2/4 Volume group")
    line.expect("Change any of these answers.*: ")
    line.sendline("y")
    line.expect("Name of the volume group.*: ")
    line.sendline("bad name")
    line.expect(
        wrapped("! Name of the volume group, the same on all nodes: should be at most 127 letters")
    )
    line.expect("Name of the volume group.*: ")
    line.sendline("datavg")
    line.expect("vgcreate datavg")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("")
    line.expect("Run it now. .y/N.: ")
    line.sendline("y")
    line.expect(r"\[node2\]   xenvg already exists")
    line.expect("FAILED")
    line.expect(r"What now.: its number \[1\]: ")
    line.sendline("")
    line.expect("Run it now. .y/N.: ")
    line.sendline("y")
    line.expect("DONE: verified")


def test_host_key_refused_login_leaving_and_coming_back(tmp_path: Path) -> None:
    line = begin(tmp_path / "s", "key", "refused")
    line.expect("Change them.*: ")
    line.sendline("")
    for _ in range(2):
        line.expect("Password of.*: ")
        line.sendline("")
    line.expect("unknown host key SHA256:abc")
    line.expect("neither the key nor the password")
    line.expect("Have you compared the fingerprints.*N.: ")
    line.sendline("y")
    line.expect("connected to all servers")
    line.expect("Change any of these answers.*: ")
    line.sendeof()
    line.expect("Left; nothing is lost. Go on with: ")
    line.expect(pexpect.EOF)
    child_ends(line.pid)
    assert line.wait() == Exit.PENDING
    assert (tmp_path / "s" / "known_hosts").read_text() == "node1 ssh-ed25519 AAAA\n"


@pytest.mark.parametrize("term", ["xterm-256color", "linux", "dumb"])
def test_it_is_the_same_on_every_terminal(tmp_path: Path, term: str) -> None:
    seen = io.StringIO()
    line = begin(tmp_path / "s", term=term)
    line.logfile_read = seen
    line.expect(wrapped("Enter takes what stands in brackets, - empties it"))
    line.expect(r"Change them. \[y/N\]: ")
    line.sendline("y")
    line.expect(r"Keep node1.name.org in the list. \[Y/n\]: ")
    line.sendline("")
    line.expect(r"Full host name \[node1.name.org\]: ")
    line.sendline("-")
    line.expect("! Full host name: should be a full name in small letters")
    line.expect(r"Full host name \[node1.name.org\]: ")
    line.sendline("")
    line.expect(r"Address on the cluster network \[192.168.0.111\]: ")
    line.sendline("")
    for prompt in (
        "Address or name for ssh",
        "ssh port",
        "Login name",
        "Private key",
        "The wizard runs",
    ):
        line.expect(f"{prompt}.*: ")
        line.sendline("")
    line.expect(r"Keep node2.name.org in the list. \[Y/n\]: ")
    line.sendline("")
    for _ in range(7):
        line.expect(".*: ")
        line.sendline("")
    for prompt in ("One more server", "Change them"):
        line.expect(f"{prompt}.*: ")
        line.sendline("")
    for node in ("node1", "node2"):
        line.expect(f"Password of {node}.*: ")
        line.sendline("canary")
    line.expect("connected to all servers")
    line.sendeof()
    line.expect("Left; nothing is lost")
    line.expect(pexpect.EOF)
    child_ends(line.pid)
    line.wait()
    assert "canary" not in seen.getvalue() and "\x1b" not in seen.getvalue()


def test_without_a_terminal_it_refuses(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.screens.line.main", str(tmp_path / "s")]
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.TERMINAL
    assert "apply --answers FILE" in done.stdout
