"""A billing database in the instance: a writer that notes each committed row, and a count of what
survived.
"""

from __future__ import annotations

import shlex
import time

from tests.acceptance.lab import Lab

SHORT = "inst1"
GUEST = "192.168.0.114"
INTO_GUEST = (
    "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 "
    "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
    f"root@{GUEST}"
)
"""From a node into the guest; a command that follows is run by the guest's shell."""
TABLES = ("calls", "payments", "sessions_2024", "sessions_2025")
ROWS = 500
"""Rows in each table when the wizard comes to encrypt them."""

WRITER = """#!/bin/bash
# Commits a row after the other; notes each number outside of the database once its commit was
# answered.
n=$(tail -n 1 /var/lib/written 2>/dev/null); n=${n:-0}
while :; do
  n=$((n + 1))
  row="REPLACE INTO calls (id, note) VALUES ($((100000 + n)), 'written')"
  mariadb billing -e "$row" 2>/dev/null || { sleep 1; n=$((n - 1)); continue; }
  echo "$n" >>/var/lib/written; sync /var/lib/written
  sleep 2
done
"""
UNIT = "[Service]\nExecStart=/usr/local/bin/writer\n[Install]\nWantedBy=multi-user.target\n"


def guest(lab: Lab, script: str, node: str = "node2", timeout: float = 1800) -> str:
    """The output of a script in the guest, by ssh from a node that the hooks let in."""
    return lab.ssh(node, f"{INTO_GUEST} {shlex.quote(script)}", timeout=timeout)


def install(lab: Lab) -> None:
    """the billing's database is installed in the instance, and a writer begins"""
    print(
        guest(
            lab,
            "DEBIAN_FRONTEND=noninteractive apt-get install -q -y mariadb-server 2>&1 | tail -3",
        ),
        flush=True,
    )
    for table in TABLES:
        columns = "id INT PRIMARY KEY, note VARCHAR(40)"
        make = f"CREATE TABLE IF NOT EXISTS {table} ({columns}) ENGINE=InnoDB"
        fill = f"REPLACE INTO {table} SELECT seq, CONCAT('row ', seq) FROM seq_1_to_{ROWS}"
        guest(
            lab, f'mariadb -e "CREATE DATABASE IF NOT EXISTS billing; USE billing; {make}; {fill}"'
        )
    guest(
        lab,
        f"printf %s {shlex.quote(WRITER)} >/usr/local/bin/writer; chmod 755 /usr/local/bin/writer",
    )
    guest(
        lab,
        f"printf %s {shlex.quote(UNIT)} >/etc/systemd/system/writer.service; "
        "systemctl enable --now writer",
    )


def missing(lab: Lab) -> tuple[int, int]:
    """How many rows the writer noted as committed, and how many of them the database lacks."""
    noted = int(guest(lab, "sort -n /var/lib/written | tail -n 1"))
    count = f"SELECT COUNT(*) FROM billing.calls WHERE id BETWEEN 100001 AND {100000 + noted}"
    there = int(guest(lab, f"mariadb -N -e '{count}'"))
    return noted, noted - there


def wait_up(lab: Lab, seconds: float = 600) -> None:
    """Until ssh answers in the guest."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            guest(lab, "true")
            return
        except SystemExit:
            time.sleep(5)
    raise AssertionError("the guest did not come back")
