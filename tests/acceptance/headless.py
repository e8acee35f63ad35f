"""The same build without a screen: in each step the wizard is killed and its connections are cut, and it goes on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from steps import BUILD_IDS
from tests.acceptance.accidents import disturb, table
from tests.acceptance.build import check_cluster
from tests.acceptance.lab import Lab, scratch

CLUSTER = "console"
"""The last of the steps that make the cluster and its instance."""


def main() -> int:
    """Run it; `--resume DIR --begin STEP` goes on in the lab that an earlier run kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument("--resume", type=Path, metavar="DIR", help="go on in the lab that an earlier run kept")
    options.add_argument("--begin", metavar="STEP", default="partition", help="with --resume: the first step disturbed")
    given = options.parse_args()
    lab = Lab(given.resume, 2701) if given.resume else scratch("apply", 2701)
    try:
        if not given.resume:
            lab.up("--backup")
        answers = lab.folder / "answers.toml"
        answers.write_text(lab.wizard("lab", "answers").stdout)
        base = ("--lab", "apply", "--answers", str(answers))
        names = BUILD_IDS[BUILD_IDS.index(given.begin) : BUILD_IDS.index(CLUSTER) + 1]
        rows = [disturb(lab, name, base) for name in names]
        table(rows)
        lab.wizard(*base, "--until", CLUSTER)
        passed = 1 + len(rows) + check_cluster(lab)
        lab.table()
    finally:
        if not given.keep:
            lab.wizard("lab", "destroy", ok=(0, 11))
    print(f"apply: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
