"""A lab pair from blank disks: partition and raid for real, the power cord pulled, and all still
right afterwards.
"""

from __future__ import annotations

import re
import sys
import time

from tests.acceptance.lab import Row, standing

STEPS = ("partition", "raid")


def main() -> int:
    """Run it; exit 0 only when every command ended as wanted and the mirrors are whole after the
    power cut.
    """
    passed = 0
    with standing("smoke", 2401) as lab:
        lab.up()
        for step in STEPS:
            lab.wizard("--lab", "apply", step)
            passed += 1
        again = lab.wizard("--lab", "plan", "raid")
        assert "0 commands planned" in again.stdout
        passed += 1
        for node in ("node1", "node2"):
            lab.wizard("lab", "kill", node)
        begun = time.monotonic()
        for node in ("node1", "node2"):
            lab.wizard("lab", "boot", node)
        lab.rows.append(
            Row("both booted after the power cut", time.monotonic() - begun, "ssh answers")
        )
        for step in STEPS:
            lab.wizard("--lab", "verify", step)
            passed += 1
        for node in ("node1", "node2"):
            mdstat = lab.ssh(node, "cat", "/proc/mdstat")
            assert re.search(
                r"^md1 : active (\(auto-read-only\) )?raid1 .*\n.*\[UU\]", mdstat, re.M
            ), mdstat
            passed += 1
        lab.table()
    print(f"smoke: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
