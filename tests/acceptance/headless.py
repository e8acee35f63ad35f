"""The same build without a screen: `apply --answers` from blank disks, then nothing left to do."""

from __future__ import annotations

import sys

from tests.acceptance.build import check_cluster
from tests.acceptance.lab import scratch


def main() -> int:
    """Run it."""
    lab = scratch("apply", 2701)
    try:
        lab.up()
        answers = lab.folder / "answers.toml"
        answers.write_text(lab.wizard("lab", "answers").stdout)
        lab.wizard("--lab", "apply", "--answers", str(answers))
        passed = 1 + check_cluster(lab)
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
