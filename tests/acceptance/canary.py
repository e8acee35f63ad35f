"""A password typed into the wizard is found nowhere afterwards: state, logs, journals, process
lists, files of hosts.

Works on the lab that is up: GANETI_WIZARD_LAB=… python -m tests.acceptance.canary
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
import threading
import tomllib
from pathlib import Path

import tomli_w

from screens.shared.states import PageState
from tests.acceptance.lab import Lab
from tests.acceptance.operator import python
from tests.acceptance.terminal import Terminal
from wizard.lab.base.paths import LabPaths, default_lab_dir
from wizard.lab.base.spec import LabSpec, load_spec
from wizard.lab.network.ssh import ssh_command

SEARCH = """
umask 077; cat >/dev/shm/word
{ journalctl --no-pager -q; ps axeww; cat /proc/[0-9]*/cmdline; } 2>/dev/null |
  grep -acF -f /dev/shm/word
grep -rlaF -f /dev/shm/word \
  /var/log /var/lib/ganeti /var/lib/ganeti-wizard /root /home /tmp /run /etc 2>/dev/null
rm /dev/shm/word
"""


def feed(paths: LabPaths, spec: LabSpec, node: str, script: str, text: str) -> str:
    """Run a script on a node with the secret on its standard input only."""
    argv = [*ssh_command(paths, spec.node(node)), script]
    return subprocess.run(
        argv, input=text, capture_output=True, text=True, timeout=300, check=False
    ).stdout


def answers_without_keys(lab: Lab, folder: Path) -> Path:
    """The lab's answers, without the key that would make a password needless."""
    data = tomllib.loads(lab.wizard("lab", "answers").stdout)
    for node in data["nodes"]:
        node["ssh"].pop("key")
    path = folder / "answers.toml"
    path.write_text(tomli_w.dumps(data))
    return path


def watch(canary: str, done: threading.Event, found: list[str]) -> None:
    """Look at this machine's process list all the while."""
    while not done.wait(0.2):
        listed = subprocess.run(
            ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
        found += [line for line in listed.splitlines() if canary in line]


def main() -> int:
    """Set a new root password on the nodes, type it, look for it everywhere."""
    paths = LabPaths(default_lab_dir())
    spec = load_spec(paths.spec)
    assert spec is not None, "no lab is up"
    lab = Lab(paths.root, 0)
    canary = f"canary-{secrets.token_hex(8)}"
    state = Path(tempfile.mkdtemp(prefix="gw-canary-"))
    nodes = [node.name for node in spec.nodes]
    for node in nodes:
        feed(paths, spec, node, "chpasswd", f"root:{canary}\n")
    path = answers_without_keys(lab, state)
    (state / "known_hosts").write_text(paths.known_hosts.read_text())
    done, listed = threading.Event(), list[str]()
    watcher = threading.Thread(target=watch, args=(canary, done, listed))
    watcher.start()
    terminal = Terminal(
        python("--state", str(state), "--answers", str(path)), {**lab.env, "SSH_AUTH_SOCK": ""}
    )
    terminal.wait(lambda view: view.place == "hosts", 30, "the login")
    for _ in nodes:
        terminal.press(canary, "Enter")
    screen = terminal.wait(
        lambda view: view.place == "inventory" and view.state == PageState.SEEN.value,
        120,
        "the inventory",
    )
    print(screen)
    terminal.press("^Q", "Tab", "Enter")
    done.set()
    watcher.join()
    hits = list(listed)
    hits += [
        str(file)
        for file in state.rglob("*")
        if file.is_file() and canary.encode() in file.read_bytes()
    ]
    for node in nodes:
        said = feed(paths, spec, node, SEARCH, f"{canary}\n").split()
        hits += [f"{node}: {word}" for word in said if word != "0"]
    print(f"places where the password was found: {hits or 'none'}")
    print(f"canary: {int(not hits)} passed, {int(bool(hits))} failed")
    return len(hits)


if __name__ == "__main__":
    sys.exit(main())
