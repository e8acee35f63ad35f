"""From blank disks to an encrypted, backed-up instance, by keys alone, killed nine times and left
once on the way.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from screens.shared.questions import questions
from steps import build
from tests.acceptance.database import install
from tests.acceptance.finished import prove
from tests.acceptance.lab import ARTICLE, Lab, Names, Row, standing
from tests.acceptance.operator import Accident, Operator, python

ACCIDENTS = {
    "raid": [Accident(2.0, Operator.kill)],
    "reboot": [Accident(6.0, Operator.quit_and_return)],
    "node": [Accident(20.0, Operator.kill)],
    "guest": [Accident(10.0, Operator.kill)],
    "vault": [
        Accident(10.0, Operator.kill, "--disk"),
        Accident(1.0, Operator.kill, "luksFormat"),
        Accident(2.0, Operator.kill, "stop the services and move"),
    ],
    "backup": [Accident(20.0, Operator.kill)],
    "restoretest": [Accident(40.0, Operator.kill)],
    "configbackup": [Accident(5.0, Operator.kill)],
}
"""What happens during which step."""


def commands(journal: Path) -> Counter[str]:
    """How many commands each step ran to their end, by the journal."""
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    return Counter(record["step"] for record in records if record["kind"] in ("end", "looked"))


def asked() -> int:
    """How many questions the forms of all steps ask, the lists with one element each."""
    forms = [questions(step.section) for step in build() if step.section is not None]
    every = [question for form in forms for question in form]
    return len(every) + sum(len(questions(question.item)) for question in every if question.item)


def passphrase(lab: Lab) -> str:
    """The volume's passphrase, kept beside the lab's folder (which is searched for it), for a run
    that resumes.
    """
    file = Path(f"{lab.folder}.passphrase")
    if not file.exists():
        file.touch(0o600)
        file.write_text(f"canary-{secrets.token_hex(8)}")
    return file.read_text()


def check_cluster(lab: Lab, names: Names = ARTICLE, disks: int = 2) -> int:
    """What the finished cluster must show; returns the number of checks that passed."""
    first, second = names.nodes
    verify = lab.ssh(first, "gnt-cluster", "verify", "--error-codes")
    print(verify)
    assert "ERROR" not in verify, verify
    where = lab.ssh(
        first, "gnt-instance", "list", "--no-headers", "--separator=:", "-o", "name,pnode,status"
    )
    assert where.strip() == f"{names.instance}:{second}.{names.domain}:running", where
    guests = ""
    for node in names.nodes:
        drbd = lab.ssh(node, "cat", "/proc/drbd")
        print(f"{node}:\n{drbd}")
        live = [line for line in drbd.splitlines() if re.match(r"\s*\d+: cs:", line)]
        assert len(live) == disks and all(
            "cs:Connected" in one and "ds:UpToDate/UpToDate" in one for one in live
        ), drbd
        listed = lab.ssh(node, "xl", "list")
        print(listed)
        guests += listed
    assert guests.count(names.instance) == 1, guests
    return 5


def main() -> int:
    """Run it; exit 0 only when the cluster stands as wanted and nothing is left to do."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on in the lab that an earlier run kept"
    )
    options.add_argument(
        "--without",
        action="append",
        default=[],
        choices=list(ACCIDENTS),
        help="spare this accident",
    )
    given = options.parse_args()
    passed = 0
    with standing("acc", 2501, resume=given.resume, keep=given.keep) as lab:
        if not given.resume:
            lab.up("--backup")
        begun = time.monotonic()
        operator = Operator(python("--lab"), lab.env)
        operator.accidents = {step: list(happening) for step, happening in ACCIDENTS.items()}
        operator.before = {"vault": partial(install, lab)}
        operator.passphrase = passphrase(lab)
        for step in given.without:
            operator.accidents.pop(step)
        operator.build()
        operator.terminal.press("^Q")
        operator.terminal.press("Tab", "Enter")
        counts = commands(lab.folder / "wizard" / "journal.jsonl")
        for step, seconds in operator.seconds.items():
            lab.rows.append(Row(f"step {step}", seconds, "done", counts[step]))
        took = time.monotonic() - begun
        print(
            f"{took:.0f} s, {operator.keys} keys, {operator.dialogs} dialogs; {asked()} "
            "questions left as suggested",
            flush=True,
        )
        passed += 1 + check_cluster(lab, disks=3)
        answers = lab.folder / "answers.toml"
        lab.wizard("--lab", "answers", "export", str(answers))
        planned = lab.wizard("--lab", "plan", "--answers", str(answers))
        assert "\n0 commands planned" in planned.stdout
        lab.wizard("--lab", "verify")
        passed += 2 + prove(lab, operator.passphrase)
        lab.table()
    print(f"acceptance: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
