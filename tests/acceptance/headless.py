"""The same build without a screen: in each step the wizard is killed and its connections are cut, and it goes on."""

from __future__ import annotations

import sys

from steps import build
from tests.acceptance.accidents import disturb, table
from tests.acceptance.build import check_cluster
from tests.acceptance.lab import scratch


def main() -> int:
    """Run it."""
    lab = scratch("apply", 2701)
    try:
        lab.up("--backup")
        answers = lab.folder / "answers.toml"
        answers.write_text(lab.wizard("lab", "answers").stdout)
        base = ("--lab", "apply", "--answers", str(answers))
        rows = [disturb(lab, step.id, base) for step in build()]
        table(rows)
        lab.wizard(*base)
        passed = 1 + len(rows) + check_cluster(lab)
        assert "\n0 commands planned" in lab.wizard("--lab", "plan").stdout
        lab.wizard("--lab", "verify")
        passed += 2
        lab.table()
    finally:
        if "--keep" not in sys.argv:
            lab.wizard("lab", "destroy", ok=(0, 11))
    print(f"apply: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
