"""A ledger in the instance's database, written from the backup host: what was acknowledged is noted
there, so that a lost or stale copy of the instance's disks shows.
"""

from __future__ import annotations

import shlex
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.acceptance.database import GUEST, guest
from tests.acceptance.lab import Lab

WITNESS = "backup"
CONFIG = "/etc/mysql/mariadb.conf.d/99-ledger.cnf"
OPEN_TO_WITNESS = f"""printf '[mysqld]\\nbind-address = 0.0.0.0\\n' >{CONFIG}
systemctl restart mariadb
mariadb -e "CREATE DATABASE IF NOT EXISTS ledger;
CREATE TABLE IF NOT EXISTS ledger.entry (id BIGINT PRIMARY KEY);
GRANT INSERT, SELECT ON ledger.* TO clerk@'%' IDENTIFIED BY 'drill-only'"
"""

CLIENT = f"mariadb --connect-timeout=4 -h {GUEST} -u clerk -pdrill-only"
WRITER = f"""#!/bin/bash
# One row after the other; a number is never used twice, so that a row whose answer was lost counts
# neither as kept nor as missing.
n=$(date +%s)000
while :; do
  n=$((n + 1))
  if timeout 8 {CLIENT} ledger -e "INSERT INTO entry VALUES ($n)" 2>/dev/null; then
    echo "$(date +%s.%N) $n" >>/var/lib/ledger
    sync /var/lib/ledger
  fi
  sleep 1
done
"""
UNIT = "[Service]\nExecStart=/usr/local/bin/clerk\n"


@dataclass(frozen=True)
class Entries:
    """What the clerk noted as acknowledged, and what the database lacks of it."""

    acknowledged: int
    lost: tuple[float, ...]
    """When each of the missing ones was acknowledged, in seconds since 1970."""
    longest_gap: float
    """Seconds between two acknowledged rows: the service's downtime as a client sees it."""

    @property
    def missing(self) -> int:
        """How many are missing."""
        return len(self.lost)


def open_ledger(lab: Lab, node: str = "node2") -> None:
    """Make it, and have the clerk begin. The database must be unlocked and up."""
    guest(lab, OPEN_TO_WITNESS, node)
    # What the image knew of the archive may be of no use any more.
    install = "DEBIAN_FRONTEND=noninteractive apt-get install -q -y mariadb-client"
    install = f"{{ apt-get update -q; {install}; }}"
    lab.ssh(WITNESS, f"command -v mariadb >/dev/null || {install}", timeout=900)
    files = (
        f"printf %s {shlex.quote(WRITER)} >/usr/local/bin/clerk; chmod 755 /usr/local/bin/clerk; "
        f"printf %s {shlex.quote(UNIT)} >/etc/systemd/system/clerk.service"
    )
    lab.ssh(
        WITNESS, f"{files}; rm -f /var/lib/ledger; systemctl daemon-reload; systemctl start clerk"
    )


def close_ledger(lab: Lab) -> Entries:
    """Have the clerk stop, and compare the notes with the database, which must be up."""
    lab.ssh(WITNESS, "systemctl stop clerk")
    text = lab.ssh(WITNESS, "cat /var/lib/ledger")
    # The last one is half a line where the witness lost its power meanwhile.
    notes = [line.split() for line in text.splitlines() if line.count(" ") == 1]
    kept = set(
        lab.ssh(WITNESS, f"{CLIENT} ledger -N -e 'SELECT id FROM entry'", timeout=120).split()
    )
    return compare([(float(moment), number) for moment, number in notes], kept)


def compare(notes: Sequence[tuple[float, str]], kept: Container[str]) -> Entries:
    """What was acknowledged, each with its moment, beside what the database has."""
    moments = [moment for moment, _ in notes]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    lost = tuple(moment for moment, number in notes if number not in kept)
    return Entries(len(notes), lost, max(gaps, default=0.0))
