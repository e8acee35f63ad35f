"""Layouts of the cluster cards: what stands in /etc/network/interfaces, and how a bond is made."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from wizard.base.errors import LabError
from wizard.lab import cli
from wizard.lab.api import Lab, NodeStatus
from wizard.lab.base.layout import LAYOUTS, Layout, describe, device, devices
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, make_spec, save_spec
from wizard.lab.machine import cards
from wizard.lab.machine.cards import FILE, bond_script, make_bonds
from wizard.lab.machine.identity import (
    PENDING,
    first_interfaces,
    identity_script,
    interfaces,
)

BOND = "    bond-slaves ens4 ens8\n    bond-mode active-backup\n    bond-miimon 100\n"
ADDRESS = "    address 192.168.0.111/24\n"
STANZAS = {
    "bond": f"auto bond0\niface bond0 inet static\n{ADDRESS}{BOND}",
    "vlan": (
        f"auto ens4\niface ens4 inet manual\n\nauto ens4.10\niface ens4.10 inet static\n{ADDRESS}"
    ),
    "bond-vlan": (
        f"auto bond0\niface bond0 inet manual\n{BOND}\n"
        f"auto bond0.10\niface bond0.10 inet static\n{ADDRESS}"
    ),
}
TOOLS = ("dpkg", "apt-get", "ifup")
quiet = Progress(lambda line: None)


@pytest.mark.parametrize("layout", STANZAS)
def test_the_stanzas_of_a_layout(layout: Layout) -> None:
    spec = make_spec(cards=layout, backup=True)
    text = interfaces(spec, spec.nodes[0])
    assert text.endswith(f"allow-hotplug ens3\niface ens3 inet dhcp\n\n{STANZAS[layout]}")
    assert spec.backup is not None
    assert "\n\nallow-hotplug ens4\niface ens4 inet static\n" in interfaces(spec, spec.backup)


def test_the_interface_with_the_address_is_said() -> None:
    assert [device(layout) for layout in LAYOUTS] == ["ens4", "bond0", "ens4.10", "bond0.10"]
    assert devices("bond-vlan") == ["bond0", "bond0.10"]
    assert describe("bond-vlan") == (
        "bond-vlan: bond0 (active-backup) of ens4 and ens8, address on bond0.10"
    )


def test_a_bond_waits_for_its_package_and_all_else_does_not() -> None:
    for layout in LAYOUTS:
        spec = make_spec(cards=layout, backup=True)
        for node in spec.nodes:
            script = identity_script(spec, node, "", {})
            bonded = layout in ("bond", "bond-vlan") and node.role == "node"
            assert (PENDING in script) == bonded
            assert ("bond0" in first_interfaces(spec, node)) is False
            if not bonded:
                assert first_interfaces(spec, node) == interfaces(spec, node)
            assert shlex.quote(first_interfaces(spec, node)) in script


class Machine:
    """A folder that stands for a machine's /etc, and programs that only say that they were run."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.said = folder / "said"
        self.tools = folder / "bin"
        (self.etc / "network").mkdir(parents=True)
        self.tools.mkdir()
        for tool in TOOLS:
            self.tool(tool)

    def tool(self, name: str, rc: int = 0) -> None:
        """Have a program that ends so."""
        path = self.tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.said}\nexit {rc}\n')
        path.chmod(0o755)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script on it."""
        return subprocess.run(
            ["sh", "-s"],
            input=script.replace("/etc/", f"{self.etc}/"),
            env={"PATH": f"{self.tools}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def pending(self) -> Path:
        """The mark of a machine that is to have a bond."""
        return self.etc / Path(PENDING).name

    @property
    def interfaces(self) -> Path:
        """/etc/network/interfaces."""
        return self.etc / Path(FILE).relative_to("/etc")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "machine")
    made.pending.touch()
    made.interfaces.write_text("as it was\n")
    return made


def test_a_bond_is_made_once(machine: Machine) -> None:
    spec = make_spec(cards="bond-vlan")
    node = spec.nodes[0]
    assert machine.run(bond_script(spec, node)).returncode == 0
    assert machine.interfaces.read_text() == interfaces(spec, node).replace(
        "/etc/", f"{machine.etc}/"
    )
    said = machine.said.read_text().splitlines()
    assert said[-1] == "ifup bond0 bond0.10" and "install" in said[-2]
    machine.interfaces.write_text("what the wizard made of it\n")
    assert machine.run(bond_script(spec, node)).returncode == 0
    assert machine.interfaces.read_text() == "what the wizard made of it\n"
    assert machine.said.read_text().splitlines() == said


@pytest.mark.parametrize("tool", TOOLS)
def test_what_was_broken_off_is_done_again(machine: Machine, tool: str) -> None:
    spec = make_spec(cards="bond")
    script = bond_script(spec, spec.nodes[1])
    machine.tool(tool, rc=1)
    assert machine.run(script).returncode == 1 and machine.pending.exists()
    assert (machine.interfaces.read_text() == "as it was\n") == (tool != "ifup")
    machine.tool(tool)
    assert machine.run(script).returncode == 0 and not machine.pending.exists()
    assert "bond-slaves" in machine.interfaces.read_text()


def test_only_cluster_machines_get_a_bond_and_a_failure_is_told(
    paths: LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run_ssh(
        paths: LabPaths, node: object, argv: list[str], *, stdin: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        asked.append(stdin)
        return subprocess.CompletedProcess(argv, 100, "E: no route to the archive\n", "")

    monkeypatch.setattr(cards, "run_ssh", run_ssh)
    for spec in (make_spec(), make_spec(cards="vlan", backup=True)):
        make_bonds(spec, paths, spec.nodes, quiet)
    assert not asked
    spec = make_spec(cards="bond", backup=True)
    with pytest.raises(LabError, match=r"bond0 is not made: exit 100\n.*no route") as caught:
        make_bonds(spec, paths, spec.nodes, quiet)
    assert asked and "lab boot node1" in caught.value.mend


def test_the_status_says_the_layout(
    paths: LabPaths,
    spec: LabSpec,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [NodeStatus("node1", None, 2201, False, "", 0)]
    monkeypatch.setattr(Lab, "status", lambda lab: rows)
    monkeypatch.setattr(Lab, "snapshots", lambda lab: [])
    monkeypatch.setattr(Lab, "others", lambda lab: [])
    save_spec(paths.spec, make_spec(cards="vlan"))
    cli._status(Lab())
    assert "cluster cards: vlan: ens4, address on ens4.10\n" in capsys.readouterr().out
    save_spec(paths.spec, spec)
    cli._status(Lab())
    assert "cluster cards" not in capsys.readouterr().out
