"""A machine's two cluster cards become a bond, once, as soon as it answers: Debian's ifenslave, by
which one is made, is not in the base image and comes from the archive.
"""

import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from wizard.base.errors import LabError
from wizard.lab.base.layout import BOND, devices, is_bonded
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.progress import Progress
from wizard.lab.base.spec import LabSpec, NodeSpec
from wizard.lab.machine.identity import PENDING, interfaces
from wizard.lab.network.ssh import run_ssh

INSTALL_S = 600.0
"""Seconds that lists, package and bond may take; an emulated processor needs half a minute for the
lists alone.
"""

SHOWN_LINES = 20
"""Lines of the machine's words that are shown when it fails."""

FILE = "/etc/network/interfaces"

SCRIPT = """set -e
[ -e {pending} ] || exit 0
exec 2>&1
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a
apt-get -q -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update
apt-get -q -y install --no-install-recommends ifenslave
printf %s {text} > {file}.lab
mv {file}.lab {file}
ifup {devices}
rm {pending}
sync
"""


def bond_script(spec: LabSpec, node: NodeSpec) -> str:
    """What a machine runs to get its bond; nothing where it has it. It can be run again wherever it
    was broken off.
    """
    return SCRIPT.format(
        pending=PENDING,
        file=FILE,
        text=shlex.quote(interfaces(spec, node)),
        devices=" ".join(devices(spec.layout(node))),
    )


def make_bonds(
    spec: LabSpec, paths: LabPaths, nodes: Sequence[NodeSpec], progress: Progress
) -> None:
    """Give those of these machines their bonds that are to have one and do not have it yet; they
    must answer ssh. Raises LabError with a machine's own words where it fails.
    """
    bonded = [node for node in nodes if is_bonded(spec.layout(node))]
    if not bonded:
        return
    names = ", ".join(node.name for node in bonded)
    with (
        progress.phase(f"{BOND} of two cards on {names}"),
        ThreadPoolExecutor(len(bonded)) as pool,
    ):
        list(pool.map(lambda node: _make_bond(spec, paths, node), bonded))


def _make_bond(spec: LabSpec, paths: LabPaths, node: NodeSpec) -> None:
    done = run_ssh(paths, node, ["sh", "-s"], stdin=bond_script(spec, node), timeout=INSTALL_S)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-SHOWN_LINES:]
        said = "\n".join(f"  | {line}" for line in lines)
        raise LabError(
            f"{BOND} is not made: exit {done.returncode}\n{said}",
            where=node.name,
            mend=f"ganeti-wizard lab kill {node.name}, then lab boot {node.name} tries it again",
        )
