"""Whether cloud-init writes /etc/hosts anew at each boot, by its own files in a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.network.facts.names import NAMES
from wizard.answers import Answers

SYSTEM, LATER, HANDED = "etc/cloud.cfg", "etc/cloud.cfg.d/05_x.cfg", "lib/instance/cloud-config.txt"


def deciding(folder: Path, files: dict[str, str], *, installed: bool = True) -> str:
    """The file that the look names, below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    programs = folder / "bin"
    programs.mkdir()
    if installed:
        (programs / "cloud-init").write_text("#!/bin/sh\n")
        (programs / "cloud-init").chmod(0o755)
    script = NAMES.script_for(Answers(), "node1")
    for place, moved in (("/etc/cloud", "etc"), ("/var/lib/cloud", "lib")):
        script = script.replace(place, str(folder / moved))
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "LC_ALL": "C"}
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=environment)
    return NAMES.parse(said.stdout).cloud_hosts.removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({}, ""),
        ({SYSTEM: "users:\n - default\n# manage_etc_hosts: true\n"}, ""),
        ({SYSTEM: "manage_etc_hosts: True # says the image\n"}, SYSTEM),
        ({SYSTEM: "manage_etc_hosts: true\n", LATER: "manage_etc_hosts: false\n"}, ""),
        ({LATER: "manage_etc_hosts: false\n", HANDED: "manage_etc_hosts: localhost\n"}, HANDED),
        ({LATER: "manage_etc_hosts: 'yes'\n", HANDED: '"manage_etc_hosts": no\n'}, ""),
        ({HANDED: "manage_etc_hosts: true\n", "etc/cloud-init.disabled": ""}, ""),
    ],
)
def test_the_file_that_decides(tmp_path: Path, files: dict[str, str], named: str) -> None:
    assert deciding(tmp_path, files) == named


def test_one_that_is_not_installed_writes_nothing(tmp_path: Path) -> None:
    assert deciding(tmp_path, {SYSTEM: "manage_etc_hosts: true\n"}, installed=False) == ""
