"""What several steps do to Ganeti itself on a node: clear an attempt away, start the daemons."""

from __future__ import annotations

from steps.ganeti.pidfiles import FORGET, RESTART
from wizard.model.step import Command, Kind
from wizard.model.undo import Undo

# node-cleanup stops the daemons and removes the files that it has names for
# (lib/tools/node_cleanup.py); InitCluster refuses while any other is left there.
_KEEP_AND_CLEAN = """set -e; umask 077
kept="/var/backups/ganeti-$(date +%Y%m%d-%H%M%S)"; mkdir -p "$kept"; cp -a /var/lib/ganeti/. "$kept"
echo "kept a copy in $kept"
/usr/lib/ganeti/tools/node-cleanup --yes-do-it --no-backup
"""
CLEAN_NODE = f"""{_KEEP_AND_CLEAN}find /var/lib/ganeti -maxdepth 1 -type f -delete"""
"""Remove what a cluster left on a node, after a copy."""
CLEAN_MASTER = f"""{_KEEP_AND_CLEAN}ip address delete "$1/$2" dev "$3" 2>/dev/null || true
find /var/lib/ganeti -maxdepth 1 -type f -delete
if [ -d /var/lib/ganeti/queue ]; then find /var/lib/ganeti/queue -type f -delete; fi"""
"""The same where `gnt-cluster init` did not end: the cluster's address and the job queue as well.

$1 is the address, $2 its prefix length, $3 the device.
"""


def start_daemons(host: str, daemons: tuple[str, ...], why: str) -> Command:
    """Start these of Ganeti's daemons on a node, and leave those alone that run."""
    # No unit: its end would end the daemons with it. `daemon-util` is what Ganeti itself calls.
    script = 'for daemon; do /usr/lib/ganeti/daemon-util start "$daemon" || exit; done'
    return Command(
        host=host,
        argv=("sh", "-c", f"{FORGET}{script}", "start-daemons", *daemons),
        why=why,
        undo=_stopping(tuple(reversed(daemons))),
        title=f"/usr/lib/ganeti/daemon-util start {' '.join(daemons)}",
        minutes=0.2,
    )


def _stopping(daemons: tuple[str, ...]) -> Undo:
    script = 'for daemon; do /usr/lib/ganeti/daemon-util stop "$daemon" || exit; done'
    argv = ("sh", "-c", script, "stop-daemons", *daemons)
    return Undo(argv, f"/usr/lib/ganeti/daemon-util stop {' '.join(daemons)}")


def restart_daemons(host: str, why: str, stage: int = 0) -> Command:
    """Start Ganeti's daemons on a node that belongs to the cluster."""
    return Command(
        host=host,
        # Debian ships an init script only: started by systemctl, the daemons land in a service of
        # their own, whoever asked for them.
        argv=("sh", "-c", RESTART, "restart-daemons"),
        kind=Kind.UNIT,
        why=why,
        undo="systemctl stop ganeti",
        title="service ganeti stop; service ganeti start",
        stage=stage,
        minutes=0.5,
    )
