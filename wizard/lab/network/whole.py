"""A lab's networks as a whole: the switch, the router where instances get out, the gates before
user networks.
"""

from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec
from wizard.lab.network.gates import end_gates
from wizard.lab.network.ports import switch_setup
from wizard.lab.network.router import ensure_router, stop_router
from wizard.lab.network.switch import ensure_switch, stop_switch


def ensure_network(spec: LabSpec, paths: LabPaths) -> None:
    """Start what this lab needs and does not run; raises LabError when one of them does not
    start.
    """
    if spec.switched:
        ensure_switch(paths, switch_setup(spec))
    if spec.backup:
        ensure_router(spec, paths)


def stop_network(paths: LabPaths) -> None:
    """End what runs; the router first, since it never connects to another switch. Silent ports are
    let go.
    """
    stop_router(paths)
    stop_switch(paths)
    end_gates(paths)
