"""pyinfra and Ansible in an environment of their own, with the same checks in their own words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.noop.checks import Checks
from tests.bench.noop.target import Target

PACKAGES = {"pyinfra": "pyinfra", "Ansible": "ansible-core"}
"""What pip calls each of them."""

PYINFRA = """
from pyinfra import host
from pyinfra.facts.server import Command
from pyinfra.operations import apt, files, server, systemd

for path, source in FILES.items():
    files.put(name=path, src=source, dest=path)
apt.packages(name="packages", packages=PACKAGES)
for service in SERVICES:
    systemd.service(name=service, service=service)
for path in MOUNTS:
    server.mount(name=path, path=path)
for key, value in SYSCTLS.items():
    server.sysctl(name=key, key=key, value=value)
for volume in VOLUMES:
    assert host.get_fact(Command, command="lvs --noheadings -o lv_name " + volume)
"""

ANSIBLE_CFG = """[defaults]
inventory = {folder}/inventory.json
forks = 10
gathering = explicit
interpreter_python = /usr/bin/python3
retry_files_enabled = False
local_tmp = {folder}/tmp
nocows = True
nocolor = True

[connection]
pipelining = True

[ssh_connection]
pipelining = True
control_path_dir = {folder}/cp
ssh_args = -F none -o ControlMaster=auto -o ControlPersist=300s -o IdentitiesOnly=yes
"""
"""What its own documentation gives for speed: no facts, one login, no copies of modules."""


def installed(folder: Path) -> dict[str, str]:
    """Each peer's version; one that the package index does not have is told and left out."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    versions = {}
    for name, package in PACKAGES.items():
        pip = [str(python), "-m", "pip", "install", "--quiet", package]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
            print(f"{name} is not to be had here: {said[0]}", flush=True)
            continue
        ask = f"import importlib.metadata as m; print(m.version({package!r}))"
        asked = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
        versions[name] = asked.stdout.strip()
    return versions


def sources(folder: Path, checks: Checks) -> dict[str, str]:
    """The content of each file that is checked, as a file here."""
    folder.mkdir()
    placed = {}
    for number, (path, content) in enumerate(checks.files.items()):
        source = folder / str(number)
        source.write_bytes(content)
        placed[path] = str(source)
    return placed


def pyinfra(folder: Path, checks: Checks, placed: dict[str, str], all_of: Sequence[Target]) -> None:
    """Its inventory and its deploy."""
    hosts = []
    for target in all_of:
        way = {
            "ssh_hostname": target.address,
            "ssh_port": target.port,
            "ssh_user": target.user,
            "ssh_key": target.key,
            "ssh_known_hosts_file": target.known_hosts,
            "ssh_strict_host_key_checking": "yes",
            "ssh_allow_agent": False,
            "ssh_look_for_keys": False,
        }
        hosts.append((target.name, way))
    (folder / "inventory.py").write_text(f"hosts = {hosts!r}\n")
    given = {
        "FILES": placed,
        "PACKAGES": checks.packages,
        "SERVICES": checks.services,
        "MOUNTS": checks.mounts,
        "SYSCTLS": checks.sysctls,
        "VOLUMES": checks.volumes,
    }
    head = "".join(f"{name} = {value!r}\n" for name, value in given.items())
    (folder / "deploy.py").write_text(head + PYINFRA)


def ansible(folder: Path, checks: Checks, placed: dict[str, str], all_of: Sequence[Target]) -> None:
    """Its settings, its inventory and its playbook."""
    (folder / "ansible.cfg").write_text(ANSIBLE_CFG.format(folder=folder))
    hosts = {}
    for target in all_of:
        hosts[target.name] = {
            "ansible_host": target.address,
            "ansible_port": target.port,
            "ansible_user": target.user,
            "ansible_ssh_private_key_file": target.key,
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={target.known_hosts}",
        }
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    play = {"hosts": "all", "gather_facts": False, "tasks": list(_tasks(checks, placed))}
    (folder / "play.yml").write_text(json.dumps([play], indent=1))


def hang_up(folder: Path) -> None:
    """End the connections that Ansible keeps: they would outlive the bench."""
    for socket in (folder / "cp").glob("*"):
        leave = ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "nobody"]
        subprocess.run(leave, capture_output=True, check=False)


def _tasks(checks: Checks, placed: dict[str, str]) -> list[dict[str, Any]]:
    copied = [{"src": source, "dest": path} for path, source in placed.items()]
    values = [{"key": key, "value": value} for key, value in checks.sysctls.items()]
    # ansible-core has no modules for these, and its `apt` installs python3-apt where it lacks.
    packages = ["dpkg-query", "-W", *checks.packages]
    differs = "said.stdout.split() != item.value.split()"
    tasks = [
        {"ansible.builtin.copy": {"src": "{{ item.src }}", "dest": "{{ item.dest }}"}}
        | {"loop": copied},
        _asking(packages),
        {"ansible.builtin.systemd_service": {"name": "{{ item }}", "state": "started"}}
        | {"loop": checks.services},
        _asking(["lvs", "{{ item }}"]) | {"loop": checks.volumes},
        _asking(["mountpoint", "-q", "{{ item }}"]) | {"loop": checks.mounts},
        _asking(["sysctl", "-n", "{{ item.key }}"])
        | {"loop": values, "register": "said", "failed_when": differs},
    ]
    return [task for task in tasks if task.get("loop") != []]


def _asking(argv: list[str]) -> dict[str, Any]:
    """A command that only asks: it runs in Ansible's check mode too."""
    words = {"argv": argv}
    return {"ansible.builtin.command": words, "changed_when": False, "check_mode": False}
