"""Starting and ending the gates between the lab's machines and QEMU's user networks, a process
each.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wizard.lab.base.host import need_ports
from wizard.lab.base.paths import LabPaths, images_dir
from wizard.lab.base.processes import command_lines, end_processes, launch, option
from wizard.lab.base.spec import IMAGE_VERSION, MGMT_GATEWAY, MGMT_RESOLVER, LabSpec, NodeSpec
from wizard.lab.image import apt
from wizard.lab.network.archives import DEBIAN, places

PROGRAM = "wizard.lab.network.gate"


def node_gate(node: NodeSpec) -> list[str]:
    """The gate's arguments for a machine's management network, where it also has its ssh port."""
    return [
        "--gateway",
        MGMT_GATEWAY,
        "--resolver",
        MGMT_RESOLVER,
        "--dhcp",
        "--port",
        str(node.ssh_port),
    ]


def router_gate(spec: LabSpec) -> list[str]:
    """The gate's arguments for the router on the cluster network."""
    return ["--gateway", spec.router, "--resolver", spec.resolver]


@contextmanager
def gate(paths: LabPaths, name: str, arguments: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start the gate of the QEMU called `name`, in the place of an older one.

    Gives the descriptors that QEMU must inherit: for the frames that ask, and for those that are
    granted.
    """
    end_gates(paths, name)
    paths.silent(name).unlink(missing_ok=True)
    asking, gates_asking = socket.socketpair()
    granted, gates_granted = socket.socketpair()
    with asking, gates_asking, granted, gates_granted:
        words = ["--name", str(paths.node(name)), *arguments, "--silent", str(paths.silent(name))]
        words += ["--asking", str(gates_asking.fileno()), "--granted", str(gates_granted.fileno())]
        words += [word for place in archive_places() for word in ("--archive", place)]
        descriptors = (gates_asking.fileno(), gates_granted.fileno())
        launch(PROGRAM, words, paths.gate_log(name), descriptors)
        gates_asking.close()
        gates_granted.close()
        yield asking.fileno(), granted.fileno()


def archive_places() -> list[str]:
    """The archives that machines of this lab use: those of the base image, and a proxy that they
    took over.
    """
    try:
        sources = (images_dir() / f"rootfs-v{IMAGE_VERSION}" / "sources.list").read_text(
            encoding="utf-8"
        )
    except FileNotFoundError:
        sources = ""
    return places(
        f"http://deb.{DEBIAN}", f"http://security.{DEBIAN}", sources, apt.carried_options()
    )


def gate_pids(paths: LabPaths, name: str | None = None) -> list[int]:
    """The gates that run for one QEMU of this lab, or for all of them."""
    pids = []
    for pid, words in command_lines():
        folder = gate_folder(words)
        if folder is not None and folder.parent == paths.root and name in (None, folder.name):
            pids.append(pid)
    return pids


def gate_folder(words: Sequence[str]) -> Path | None:
    """The machine's folder, when this is the command line of a gate, or of the silence of a machine
    that hangs.

    Whichever version of this program started it: a port that it keeps silent must be let go.
    """
    module, folder = option(words, "-m"), option(words, "--name")
    is_gate = module.startswith("wizard.lab.") and module.endswith((".gate", ".hush"))
    return Path(folder) if folder and is_gate else None


def end_gates(paths: LabPaths, name: str | None = None) -> None:
    """End the gate of one QEMU, or all of the lab; a port that was kept silent is free
    afterwards.
    """
    end_processes(gate_pids(paths, name))


def need_node_ports(paths: LabPaths, nodes: Iterable[NodeSpec]) -> None:
    """Raise LabError naming every ssh port that another program holds; one kept silent by its own
    gate is no such.
    """
    need_ports(node.ssh_port for node in nodes if not gate_pids(paths, node.name))
