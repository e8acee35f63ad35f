"""The same build without a screen: in each step the wizard is killed and its connections are cut,
and it goes on.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from steps import BUILD
from tests.acceptance.accidents import disturb, table
from tests.acceptance.build import check_cluster
from tests.acceptance.lab import Lab, standing

BUILD_IDS = tuple(BUILD)
"""The steps, in order."""
CLUSTER = "console"
"""The last of the steps that make the cluster and its instance."""
SECRETS = ("vault-inst1", "backup-inst1")
"""What the steps after it ask for; each is read from a private file."""


def passphrases(lab: Lab) -> tuple[str, ...]:
    """Options that name a file with a new word for each secret."""
    options: list[str] = []
    for key in SECRETS:
        file = lab.folder / key
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(f"canary-{secrets.token_hex(8)}\n")
        options += ["--secret", f"{key}={file}"]
    return tuple(options)


def write_answers(lab: Lab, resumed: bool, central: bool) -> Path:
    """The lab's own answers, or what the kept build has decided; with Bacula instead of restic when
    wanted.
    """
    path = lab.folder / "answers.toml"
    if resumed:
        lab.wizard("--lab", "answers", "export", str(path))
    else:
        path.write_text(lab.wizard("lab", "answers").stdout)
    if central:
        path.write_text(path.read_text().replace('kind = "simple"', 'kind = "central"', 1))
    return path


def main() -> int:
    """Run it; `--resume DIR --begin STEP` goes on in the lab that an earlier run kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on in the lab that an earlier run kept"
    )
    options.add_argument(
        "--begin",
        metavar="STEP",
        default="partition",
        help="with --resume: the first step disturbed",
    )
    options.add_argument(
        "--until",
        metavar="STEP",
        default=CLUSTER,
        choices=BUILD_IDS,
        help="the last step disturbed",
    )
    options.add_argument("--central", action="store_true", help="Bacula instead of restic")
    given = options.parse_args()
    with standing("apply", 2701, resume=given.resume, keep=given.keep) as lab:
        if not given.resume:
            lab.up("--backup")
        answers = write_answers(lab, given.resume is not None, given.central)
        base = ("--lab", "apply", "--answers", str(answers), *passphrases(lab))
        names = BUILD_IDS[BUILD_IDS.index(given.begin) : BUILD_IDS.index(given.until) + 1]
        rows = [disturb(lab, name, base) for name in names]
        table(rows)
        lab.wizard(*base, "--until", given.until)
        passed = 1 + len(rows)
        if BUILD_IDS.index(given.until) >= BUILD_IDS.index(CLUSTER):
            passed += check_cluster(lab, disks=2 if given.until == CLUSTER else 3)
        lab.table()
    print(f"apply: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
