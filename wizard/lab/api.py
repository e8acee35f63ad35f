"""The lab for programs: what tests and the acceptance driver use, and what the command line is made
of.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base.errors import LabError
from wizard.lab.answers import answers_toml
from wizard.lab.base.host import need_memory
from wizard.lab.base.paths import LabPaths, default_lab_dir, images_dir
from wizard.lab.base.pids import running_pid
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import IMAGE_VERSION, LabSpec, NodeSpec, load_spec, make_spec, settings_of
from wizard.lab.image.accel import choose_accel
from wizard.lab.image.base_image import ensure_image
from wizard.lab.image.rootfs import load_rootfs
from wizard.lab.leash import let_loose
from wizard.lab.machine import boot as booting
from wizard.lab.machine import fresh, hands, snapshots
from wizard.lab.machine.console import attach
from wizard.lab.machine.power import power_off, running, wait_off
from wizard.lab.machine.taken import load_taken
from wizard.lab.network.gates import gate_pids, need_node_ports
from wizard.lab.network.ssh import PATIENT_S, authorized, exec_ssh, run_ssh
from wizard.lab.network.whole import stop_network
from wizard.lab.others import other_labs
from wizard.lab.up import lab_lock, remove_nodes
from wizard.lab.up import up as bring_up

SHUTDOWN_S = 120.0
"""Seconds a machine gets to shut down in order before its cord is pulled."""


@dataclass(frozen=True)
class NodeStatus:
    """How a machine is now; `disk_bytes` is what its disks really take on this host."""

    name: str
    pid: int | None
    ssh_port: int
    ssh: bool
    missing: str
    disk_bytes: int


class Lab:
    """One lab in one folder; every method raises LabError: what, where and how to mend it."""

    def __init__(self, folder: Path | None = None, progress: Progress | None = None) -> None:
        self.paths = LabPaths(folder or default_lab_dir())
        self.progress = progress or Progress()

    @property
    def spec(self) -> LabSpec:
        """What this lab is made of."""
        spec = load_spec(self.paths.spec)
        if spec is None:
            raise LabError(
                "there is no lab here", where=str(self.paths.root), mend="ganeti-wizard lab up"
            )
        return spec

    def nodes(self) -> tuple[NodeSpec, ...]:
        """The machines, in order."""
        return self.spec.nodes

    def up(self, spec: LabSpec, follow: int | None = None) -> LabSpec:
        """Bring the lab up: base image, disks, boot until ssh answers.

        It ends with the process `follow`, if any.
        """
        return bring_up(spec, self.paths, self.progress, follow)

    def up_as_told(self, given: dict[str, Any], follow: int | None = None) -> LabSpec:
        """Bring the lab up with the settings given (those of `make_spec`), all others as an
        existing lab has them.
        """
        old = load_spec(self.paths.spec)
        return self.up(make_spec(**{**(settings_of(old) if old else {}), **given}), follow)

    def others(self) -> list[str]:
        """A line for every lab of another folder that runs here, with the command that ends it."""
        return [lab.describe() for lab in other_labs(self.paths)]

    def status(self) -> list[NodeStatus]:
        """How every machine is; asks each one's ssh, all at once."""
        nodes = self.spec.nodes
        with ThreadPoolExecutor(len(nodes)) as pool:
            return list(pool.map(self._status, nodes))

    def _status(self, node: NodeSpec) -> NodeStatus:
        pid = running_pid(self.paths, node.name)
        return NodeStatus(
            name=node.name,
            pid=pid,
            ssh_port=node.ssh_port,
            ssh=pid is not None and authorized(self.paths, node, PATIENT_S),
            missing=self._missing(node, on=pid is not None),
            disk_bytes=sum(
                snapshots.overlay_bytes(path)
                for path in self.paths.node(node.name).glob("disk*.qcow2")
            ),
        )

    def _missing(self, node: NodeSpec, *, on: bool) -> str:
        taken = load_taken(self.paths).describe(node.name)
        if on and not gate_pids(self.paths, node.name):
            return f"{taken}, management network dead: lab kill and boot it".removeprefix(", ")
        return taken

    def snapshots(self) -> list[str]:
        """The snapshots that can be restored."""
        return snapshots.common_snapshots(self.spec, self.paths)

    def ssh(
        self, node: str, argv: Sequence[str], *, stdin: str = "", timeout: float | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program on a machine as root; code and output in the result."""
        return run_ssh(self.paths, self.spec.node(node), argv, stdin=stdin, timeout=timeout)

    def shell(self, node: str, words: Sequence[str]) -> int:
        """ssh in the operator's own terminal; returns its exit code."""
        return exec_ssh(self.paths, self.spec.node(node), words)

    def console(self, node: str) -> int:
        """The serial console in the operator's terminal, until Ctrl-]."""
        return attach(self.paths.socket(self.spec.node(node).name, "ser"))

    def save(self, name: str) -> None:
        """Save all running machines at one moment."""
        with lab_lock(self.paths):
            snapshots.save(self.spec, self.paths, name, self.progress)

    def restore(self, name: str) -> None:
        """Bring all machines back to a saved moment, running, with the right time."""
        spec = self.spec
        with lab_lock(self.paths):
            off = [node for node in spec.nodes if running_pid(self.paths, node.name) is None]
            need_memory(spec, off)
            snapshots.restore(spec, self.paths, name, self._accel(), self.progress)

    def kill(self, node: str) -> bool:
        """Pull a machine's power cord; False when it was off already."""
        return power_off(self.paths, self.spec.node(node).name)

    def freeze(self, node: str) -> None:
        """Let a running machine hang, as one whose kernel stands still: no power is lost."""
        hands.freeze(self.paths, self.spec.node(node))

    def thaw(self, node: str) -> None:
        """Let a frozen machine go on where it was, with the right time."""
        found = self.spec.node(node)
        hands.thaw(self.paths, found)
        if not load_taken(self.paths).unreachable(found.name):
            snapshots.set_clock(self.paths, found)

    def boot(self, *names: str) -> None:
        """Switch machines on that are off and wait until ssh answers (not for one whose management
        cable is cut).
        """
        spec = self.spec
        nodes = [spec.node(name) for name in names]
        on = [node.name for node in nodes if running_pid(self.paths, node.name) is not None]
        if on:
            raise LabError(
                f"{', '.join(on)} already on",
                mend="ganeti-wizard lab kill NODE switches it off the hard way",
            )
        with lab_lock(self.paths):
            need_node_ports(self.paths, nodes)
            need_memory(spec, nodes)
            booting.boot_nodes(spec, self.paths, nodes, self._accel(), self.progress)

    def _accel(self) -> str:
        rootfs = load_rootfs(images_dir() / f"rootfs-v{IMAGE_VERSION}")
        if rootfs is None:
            raise LabError(
                "the base image is gone", where=str(images_dir()), mend="lab destroy, then lab up"
            )
        return choose_accel(images_dir(), rootfs.kernel, rootfs.initrd, self.progress)

    def cut(self, what: str, only: str = "", card: int = 0) -> list[str]:
        """Cut `cluster`, a node's management cable (NODE), or its cluster cable alone
        (NODE:cluster); of it `only` what the node `sends` or what it `receives`; of the cables of
        two cards that of one `card`, 1 or 2.
        """
        return hands.set_cables(self.spec, self.paths, what, whole=False, only=only, card=card)

    def mend(self, what: str, card: int = 0) -> list[str]:
        """The contrary of cut."""
        return hands.set_cables(self.spec, self.paths, what, whole=True, card=card)

    def pull(self, node: str, disk: str) -> None:
        """Pull a disk out of a running machine."""
        found = self.spec.node(node)
        hands.pull(self.paths, found, self._disk(found, disk))

    def plug(self, node: str, disk: str) -> None:
        """Plug a pulled disk in again."""
        found = self.spec.node(node)
        hands.plug(self.paths, found, self._disk(found, disk))

    def plug_blank(self, node: str, disk: str) -> str:
        """Put a new blank disk in the place of a pulled one; returns its serial number."""
        spec = self.spec
        found = spec.node(node)
        with lab_lock(self.paths):
            return fresh.plug_blank(spec, self.paths, found, self._disk(found, disk))

    def _disk(self, node: NodeSpec, disk: str) -> int:
        renewed = load_taken(self.paths).fresh.get(node.name, {})
        return hands.disk_number(node, disk, renewed)

    def wipe(self, node: str) -> None:
        """Make a machine blank as `up` made it, with its cards and addresses, and leave it off."""
        spec = self.spec
        found = spec.node(node)
        with lab_lock(self.paths):
            image = ensure_image(images_dir(), spec.label, self.progress)
            fresh.wipe(spec, self.paths, found, image)

    def down(self) -> None:
        """Shut all machines down in order; the cord is pulled on one that takes too long. The disks
        stay.
        """
        spec = self.spec
        with lab_lock(self.paths):
            names = running(spec, self.paths)
            with self.progress.phase(f"shut down {', '.join(names) or 'nothing: all are off'}"):
                for name in names:
                    self._ask_to_stop(spec.node(name))
                for name in names:
                    if not wait_off(self.paths, name, SHUTDOWN_S):
                        self.progress.say(
                            f"   {name} did not shut down in {SHUTDOWN_S:.0f} s: cord pulled"
                        )
                        power_off(self.paths, name)
            stop_network(self.paths)

    def cut_power(self) -> None:
        """Pull all cords at once and end the networks; the disks stay.

        Raises LabError when another command holds the lab; its machines are off nevertheless, and
        that command gives up with them.
        """
        names = self._names_on_disk()
        for name in names:
            power_off(self.paths, name)
        with lab_lock(self.paths):
            for name in names:
                power_off(self.paths, name)
            stop_network(self.paths)

    def _ask_to_stop(self, node: NodeSpec) -> None:
        cut = load_taken(self.paths).unreachable(node.name)
        if cut or not authorized(self.paths, node, PATIENT_S):
            power_off(self.paths, node.name)
            return
        run_ssh(self.paths, node, ["systemctl", "poweroff"], timeout=60)

    def destroy(self, *, images: bool = False) -> None:
        """Pull all cords and remove the machines with their disks and snapshots; with `images` the
        base images too.

        Works on a lab of another version and on the remains of an interrupted `up` as well.
        """
        with lab_lock(self.paths):
            for name in self._names_on_disk():
                power_off(self.paths, name)
            stop_network(self.paths)
            let_loose(self.paths)
            remove_nodes(self._names_on_disk(), self.paths)
        if images:
            shutil.rmtree(images_dir(), ignore_errors=True)

    def _names_on_disk(self) -> list[str]:
        try:
            found = json.loads(self.paths.spec.read_text(encoding="utf-8"))
            return [str(node["name"]) for node in found["nodes"]]
        except (OSError, ValueError, KeyError, TypeError):
            return [path.parent.name for path in self.paths.root.glob("*/disk1.qcow2")]

    def answers(self) -> str:
        """The nodes as the wizard's answers, TOML."""
        return answers_toml(self.spec, self.paths)
