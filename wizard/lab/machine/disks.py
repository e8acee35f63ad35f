"""The machines' own disks: thin overlays on the base image, made under a temporary name and then
renamed.
"""

import shutil
from pathlib import Path

from wizard.lab.base.job import execute
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec
from wizard.lab.image.base_image import Image
from wizard.lab.machine.identity import make_keys, write_identity

HALF_MADE = ".making"


def make_nodes(spec: LabSpec, paths: LabPaths, image: Image, progress: Progress) -> None:
    """Make every node's folder with its disks, keys and identity; an interrupted attempt leaves
    only `.making`.
    """
    making = paths.root / HALF_MADE
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        with progress.phase("disks and keys of the machines"):
            make_keys(spec, paths, making)
            for node in spec.nodes:
                write_identity(spec, paths, node, making)
                for disk in (1, 2):
                    overlay(
                        making / node.name / f"disk{disk}.qcow2",
                        spec.disk_gib,
                        making / "qemu-img.log",
                        image.disk(disk),
                    )
        for node in spec.nodes:
            shutil.rmtree(paths.node(node.name), ignore_errors=True)
            (making / node.name).rename(paths.node(node.name))
    finally:
        shutil.rmtree(making, ignore_errors=True)


def overlay(path: Path, gib: int, log: Path, base: Path | None = None) -> None:
    """Make a disk of that size: what its base holds, else blank; raises LabError when qemu-img
    fails.
    """
    argv = ["qemu-img", "create", "-q", "-f", "qcow2"]
    if base is not None:
        argv += ["-F", "raw", "-b", str(base)]
    execute([*argv, str(path), f"{gib}G"], log)
