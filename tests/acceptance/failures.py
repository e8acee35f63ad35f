"""Accidents around a finished instance: each must say what, where and how to mend it, and be over
when it is mended.
"""

from __future__ import annotations

import subprocess
import sys

from tests.acceptance.database import SHORT, guest, wait_up
from tests.acceptance.lab import Lab

FULL = "inst1.name.org"
FILL = (
    "fallocate -l $(df --output=avail -B1 {0} | tail -n 1) {0}/full || dd if=/dev/zero "
    "of={0}/full bs=1M; sync"
)
RUN = "systemctl start gw-backup; echo rc $?; cat /var/lib/ganeti-wizard/backup.json"


def told(lab: Lab, *argv: str, wanted: int, words: str, stdin: str = "") -> int:
    """Run ganeti-wizard; its exit code and its words must be as wanted, without a traceback.
    Returns 1.
    """
    command = [sys.executable, "-m", "wizard", "--lab", *argv]
    done = subprocess.run(
        command, env=lab.env, input=stdin, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    print(f"$ ganeti-wizard {' '.join(argv)}: exit {done.returncode}\n{said}", flush=True)
    assert done.returncode == wanted, (done.returncode, wanted)
    assert words in said and "Traceback" not in said, said
    return 1


def already_open(lab: Lab) -> int:
    """Unlocking what is open asks for nothing."""
    return told(lab, "unlock", SHORT, wanted=0, words="open already")


def unreachable(lab: Lab) -> int:
    """The instance is down."""
    lab.ssh("node1", "gnt-instance", "shutdown", FULL, timeout=600)
    passed = told(lab, "unlock", SHORT, wanted=6, words="gnt-instance list", stdin="x\n")
    passed += told(lab, "health", wanted=2, words=FULL)
    lab.ssh("node1", "gnt-instance", "startup", FULL, timeout=600)
    wait_up(lab)
    return passed


def disk_full(lab: Lab) -> int:
    """No room for the dump: the backup fails and says so, and the next one is good."""
    place = guest(lab, ". /etc/ganeti-wizard/backup.conf; echo $WORK").strip()
    guest(lab, f"mkdir -p {place}; {FILL.format(place)}")
    said = guest(lab, RUN)
    print(said, flush=True)
    assert '"ok": false' in said, said
    told(lab, "verify", "backup", wanted=5, words="did not go well")
    guest(lab, f"rm {place}/full")
    lab.wizard("--lab", "apply", "backup")
    return 2


def backup_host_down(lab: Lab) -> int:
    """The backup host lost its power just after a good backup: the step says so; the next one
    fails, then they work.

    Nothing of the good one is lost.
    """
    last = guest(lab, RUN)
    lab.wizard("lab", "kill", "backup")
    assert '"ok": true' in last, last
    passed = told(lab, "verify", "backup", wanted=6, words="backup")
    said = guest(lab, RUN)
    print(said, flush=True)
    assert '"ok": false' in said, said
    lab.wizard("lab", "boot", "backup")
    whole = guest(lab, "gw-restic check --read-data 2>&1 | tail -n 3")
    print(whole, flush=True)
    assert "no errors were found" in whole, whole
    lab.wizard("--lab", "apply", "backup")
    return passed + 2


def mirror_down(lab: Lab) -> int:
    """The guest reaches no archive, and a package is missing."""
    halves = ("0.0.0.0/1", "128.0.0.0/1")
    cut = "; ".join(f"ip route add blackhole {half}" for half in halves)
    guest(lab, f"dpkg --purge --force-depends systemd-timesyncd; {cut}")
    passed = told(lab, "plan", "guest", wanted=4, words="cannot reach")
    guest(lab, "; ".join(f"ip route del blackhole {half}" for half in halves))
    lab.wizard("--lab", "apply", "guest")
    return passed + 1


def half_pulled(lab: Lab) -> int:
    """One half of the first node's mirror fails; the step `raid` then takes it in again."""
    half = lab.ssh(
        "node1", "mdadm --detail /dev/md1 | awk '/active sync/ {print $NF}' | tail -n 1"
    ).strip()
    lab.ssh("node1", "mdadm", "/dev/md1", "--fail", half)
    passed = told(lab, "health", wanted=2, words="/dev/md1")
    lab.ssh("node1", "mdadm", "/dev/md1", "--remove", half)
    passed += told(lab, "verify", "raid", wanted=5, words="/dev/md1")
    lab.wizard("--lab", "apply", "raid")
    lab.ssh("node1", "mdadm --wait /dev/md1 || :", timeout=600)
    return passed + told(lab, "verify", "raid", wanted=0, words="raid")


def database_ended(lab: Lab) -> int:
    """The database is down though the volume is open; `unlock` starts it."""
    guest(lab, "systemctl stop mariadb")
    passed = told(lab, "health", wanted=2, words="mariadb.service")
    passed += told(lab, "unlock", SHORT, wanted=0, words="open already")
    guest(lab, "systemctl is-active mariadb")
    return passed


ALL = (
    already_open,
    database_ended,
    half_pulled,
    mirror_down,
    disk_full,
    backup_host_down,
    unreachable,
)


def main() -> int:
    """On the lab of GANETI_WIZARD_LAB, after the build; the volume is open."""
    from wizard.lab.base.paths import default_lab_dir

    lab = Lab(default_lab_dir(), 0)
    passed = sum(accident(lab) for accident in ALL)
    print(f"failures: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
