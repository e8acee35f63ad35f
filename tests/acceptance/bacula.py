"""After the build: the same database by Bacula as well, with its Director on the backup host, and
restored by it.
"""

from __future__ import annotations

import json
import sys

from tests.acceptance.database import ROWS, TABLES, guest
from tests.acceptance.lab import Lab

RECORD = "cat /var/lib/ganeti-wizard/{}.json"
STILL = len(TABLES) - 1
"""Tables that nobody writes to; the writer fills the other one."""


def restored(lab: Lab, kind: str) -> None:
    """The last restore test was of this kind of backup and found every table of the billing, and
    its rows.
    """
    record = json.loads(guest(lab, RECORD.format("restore-test")))
    print(f"restore test of the {kind} backup: {record}", flush=True)
    assert record["ok"] is True and record["kind"] == kind, record
    assert record["tables"] >= len(TABLES) and record["rows"] > ROWS * STILL, record
    assert record["files"] > 0 and record["compared"] > 0, record


def main() -> int:
    """On the lab of GANETI_WIZARD_LAB, after the build; the volume is open. The answers stay at the
    central backup.
    """
    from wizard.lab.base.paths import default_lab_dir

    lab = Lab(default_lab_dir(), 0)
    restored(lab, "simple")
    answers = lab.folder / "central.toml"
    lab.wizard("--lab", "answers", "export", str(answers))
    answers.write_text(answers.read_text().replace('kind = "simple"', 'kind = "central"', 1))
    for step in ("bacula", "restoretest"):
        lab.wizard("--lab", "apply", step, "--answers", str(answers))
        again = lab.wizard("--lab", "plan", step, "--answers", str(answers))
        assert "0 commands planned" in again.stdout
    restored(lab, "central")
    print(guest(lab, RECORD.format("backup")), flush=True)
    lab.table()
    print("bacula: 6 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
