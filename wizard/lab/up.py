"""`lab up`: from nothing, or from a lab that is switched off, to machines that answer ssh."""

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wizard.base.errors import LabError
from wizard.lab.base.host import NODE_DISK_BYTES, RUN_TOOLS, need_disk, need_memory, need_tools
from wizard.lab.base.paths import SOCKET_KINDS, LabPaths, images_dir
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, load_spec, save_spec
from wizard.lab.image.base_image import ensure_image
from wizard.lab.leash import let_loose, put_on_leash
from wizard.lab.machine.boot import boot_nodes
from wizard.lab.machine.disks import make_nodes
from wizard.lab.machine.power import power_off, running
from wizard.lab.network.gates import need_node_ports
from wizard.lab.network.switch import SWITCH_TOOLS
from wizard.lab.network.whole import stop_network


@contextmanager
def lab_lock(paths: LabPaths) -> Iterator[None]:
    """Hold the lab alone; raises LabError when another command is changing it right now."""
    # Disks, and the key to root on the nodes, are nobody else's.
    paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with paths.lock.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(
                "another command is at work on this lab",
                where=str(paths.root),
                mend="wait until it is through",
            ) from error
        yield


def up(spec: LabSpec, paths: LabPaths, progress: Progress, follow: int | None = None) -> LabSpec:
    """Bring the lab up and return its specification.

    `follow`: the process with which the lab is to end, if any.

    A lab that exists and is off is switched on again, with its own disks. Raises LabError when it
    already runs, when it exists with other settings, and for everything that this machine lacks.
    """
    paths.check(*(node.name for node in spec.nodes))
    with lab_lock(paths):
        old = load_spec(paths.spec)
        if old is not None:
            _refuse(old, spec, paths)
        _need_host(spec, paths, new=old is None)
        let_loose(paths)
        if follow is not None:
            put_on_leash(paths, follow)
        image = ensure_image(images_dir(), spec.label, progress)
        if old is None:
            make_nodes(spec, paths, image, progress)
            save_spec(paths.spec, spec)
        try:
            boot_nodes(spec, paths, spec.nodes, image.accel, progress)
        except BaseException:
            _switch_off(spec, paths)
            if old is None:
                remove_nodes([node.name for node in spec.nodes], paths)
            raise
    return spec


def _refuse(old: LabSpec, new: LabSpec, paths: LabPaths) -> None:
    alive = running(old, paths)
    if alive:
        raise LabError(
            f"a lab is already up here: {', '.join(alive)}",
            where=str(paths.root),
            mend=(
                "use it (ganeti-wizard lab status), or end it: ganeti-wizard lab down, or "
                "lab destroy"
            ),
        )
    if old != new:
        differ = [name for name in LabSpec.model_fields if getattr(old, name) != getattr(new, name)]
        raise LabError(
            f"a lab with other settings exists here (different: {', '.join(differ)})",
            where=str(paths.root),
            mend="say `lab up` with its settings, or remove it: ganeti-wizard lab destroy",
        )


def _need_host(spec: LabSpec, paths: LabPaths, *, new: bool) -> None:
    need_tools(RUN_TOOLS if not spec.switched else {**RUN_TOOLS, **SWITCH_TOOLS})
    need_node_ports(paths, spec.nodes)
    need_memory(spec, spec.nodes)
    if new:
        need_disk(paths.root, NODE_DISK_BYTES * len(spec.nodes))


def _switch_off(spec: LabSpec, paths: LabPaths) -> None:
    for node in spec.nodes:
        power_off(paths, node.name)
    stop_network(paths)


def remove_nodes(names: Iterable[str], paths: LabPaths) -> None:
    """Remove a lab's machines, their keys and sockets; the base image and the folder itself
    stay.
    """
    paths.spec.unlink(missing_ok=True)
    paths.links.unlink(missing_ok=True)
    for name in names:
        shutil.rmtree(paths.node(name), ignore_errors=True)
        for kind in SOCKET_KINDS:
            paths.socket(name, kind).unlink(missing_ok=True)
    for path in (paths.key, paths.key.with_suffix(".pub"), paths.known_hosts):
        path.unlink(missing_ok=True)
