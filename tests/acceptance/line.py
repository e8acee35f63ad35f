"""Line mode on a pair of real machines, from the first login to the mirror, in both of its
dialogues, each on blank disks.

The first login is an operator's: by root's password, host keys unknown. `--play` drives the same
over recorded machines, where nothing is contacted and no key is unknown.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from steps import BUILD, build
from tests.acceptance.lab import Lab, Row, standing
from tests.acceptance.operator import PATIENCE, python
from tests.screens.line.typist import CTRL_D, ENTER, ESC, F1, F3, F4, Typist
from wizard.base.exits import Exit
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import ROOT_PASSWORD

PORTS = 2801
HEADS = [f"{number}/{len(BUILD)} {step.title}" for number, step in enumerate(build()[:3], 1)]
"""What line mode says above partition, raid, and the step where it is left."""
NODES = ("node1", "node2")
BLANK = "blank"
"""Name of the lab's snapshot from before anything was done to it."""
CLEAR = "\x15"
"""Removes what stands in a line."""
ASK = "Change any of these answers?"
FURTHER = "asks for further commands"
OUTCOMES = ("DONE: verified", FURTHER, "FAILED", "UNCHANGED", "STALE", "not agreed", "What now?")


@dataclass(frozen=True)
class Way:
    """One of the two dialogues: how it is chosen, and how things beside the answers are wanted."""

    option: str
    help: str
    log: str
    health: str
    back: str


WAYS = {
    "prompts": Way("--line", F1, F3, F4, ESC),
    "plain": Way("--plain", f"?{ENTER}", f"?log{ENTER}", f"?health{ENTER}", f"?back{ENTER}"),
}


@dataclass(frozen=True)
class Stage:
    """The machines of one dialogue: the lab, or none for recorded ones; and the state directory."""

    state: Path
    lab: Lab | None = None

    def start(self, way: Way, *first: str) -> Typist:
        """The program on a terminal of its own; `first` are options of its first run."""
        if self.lab is None:
            argv = [sys.executable, "-m", "tests.play", "--seconds", "0"]
            return Typist([*argv, way.option, "--state", str(self.state)], {})
        # What this machine's operator has of keys and known hosts must not help.
        alone = {**self.lab.env, "HOME": str(self.state.parent), "SSH_AUTH_SOCK": ""}
        argv = python(way.option, "--state", str(self.state), *first)
        return Typist(argv, alone, patience=PATIENCE)

    def begin(self, way: Way) -> Typist:
        """The first run: the servers' addresses are known, and no key that opens them."""
        if self.lab is None:
            return self.start(way)
        answers = self.lab.folder / "by-password.toml"
        lines = self.lab.wizard("lab", "answers").stdout.splitlines(keepends=True)
        answers.write_text("".join(line for line in lines if not line.startswith("key = ")))
        return self.start(way, "--answers", str(answers))


@dataclass
class Clock:
    """How long each part of a dialogue took."""

    way: str
    rows: list[Row] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def note(self, part: str) -> None:
        """This part is over."""
        now = time.monotonic()
        self.rows.append(Row(f"{self.way}: {part}", now - self.since, "done"))
        self.since = now
        print(f"{time.strftime('%H:%M:%S')} {self.rows[-1].what}", flush=True)


def fingerprints(lab: Lab) -> set[str]:
    """Those of the machines' host keys, as the lab made them."""
    made = set()
    for line in LabPaths(lab.folder).known_hosts.read_text().splitlines():
        key = base64.b64decode(line.split()[2])
        digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
        made.add(f"SHA256:{digest.rstrip('=')}")
    return made


def log_in(line: Typist, stage: Stage) -> None:
    """By password; the fingerprints are compared before they are accepted."""
    line.answers("Change them?", ENTER)
    for node in NODES:
        line.answers(f"Password of {node} for the first login", f"{ROOT_PASSWORD}{ENTER}")
    if stage.lab is not None:
        said = line.sees("Have you compared the fingerprints")
        shown = set(re.findall(r"SHA256:[A-Za-z0-9+/]+", said))
        assert len(shown) == len(NODES) and shown <= fingerprints(stage.lab), shown
        line.types(f"y{ENTER}")
    line.sees("connected to all servers")


def choose_disks(line: Typist) -> None:
    """The questions of the first step: the disks as they are suggested, and a size that is wrong
    before it is right.
    """
    line.answers(ASK, f"y{ENTER}")
    for node in NODES:
        line.answers(f"{node}: disks", ENTER)
    line.answers("on the smallest disk", f"{CLEAR}much{ENTER}")
    line.sees("should be a number")
    line.types(f"{CLEAR}0{ENTER}")


def carry_out(line: Typist) -> None:
    """Run what is planned until the step is verified. Nothing on blank disks wants a word typed."""
    while True:
        line.answers("commands. What now?", ENTER)
        line.answers("Run it now?", f"y{ENTER}")
        line.sees("a second one cuts them)")
        outcome, _ = line.sees_one_of(*OUTCOMES)
        if outcome == OUTCOMES[0]:
            return
        assert outcome == FURTHER, f"{outcome}:{line}"


def look_around(line: Typist, way: Way) -> None:
    """At the second step: help, a log, the cluster's health, and back to the step before."""
    line.answers(ASK, way.help)
    line.sees("How to undo")
    line.answers(ASK, way.log)
    line.answers("Which one", ENTER)
    line.answers("How many lines of its end", ENTER)
    line.answers(ASK, way.health)
    line.sees("looking at all hosts")
    line.answers(ASK, way.back)
    line.sees(f"{HEADS[0]}: done")
    line.answers("It is done. What now?", ENTER)
    line.sees(HEADS[1])


def build_mirror(stage: Stage, name: str, clock: Clock) -> Typist:
    """From the login to the mirror; leaves at the third step."""
    way = WAYS[name]
    line = stage.begin(way)
    log_in(line, stage)
    clock.note("first login")
    line.sees(HEADS[0])
    choose_disks(line)
    carry_out(line)
    clock.note("partition")
    line.sees(HEADS[1])
    look_around(line, way)
    clock.note("help, log, health, back")
    line.answers(ASK, ENTER)
    carry_out(line)
    clock.note("raid")
    line.sees(HEADS[2])
    leave(line)
    return line


def come_back(stage: Stage, name: str) -> Typist:
    """A new run: it finds both steps done, and nobody is asked for a password."""
    line = stage.start(WAYS[name])
    line.answers("Go on with the same servers?", ENTER)
    line.sees("connected to all servers")
    line.sees(f"{HEADS[0]}: DONE")
    line.sees(f"{HEADS[1]}: DONE")
    line.sees(HEADS[2])
    leave(line)
    return line


def drive(stage: Stage, name: str) -> list[Row]:
    """One dialogue, left and come back to; what each part took."""
    clock = Clock(WAYS[name].option)
    first = build_mirror(stage, name, clock)
    second = come_back(stage, name)
    clock.note("left and resumed")
    for line in (first, second):
        print(line, flush=True)
        check_terminal(line, name)
    return clock.rows


def leave(line: Typist) -> None:
    """Ctrl-D at the next step's first question."""
    line.answers(ASK, CTRL_D)
    line.sees("Left; nothing is lost")
    code = line.ends()
    assert code == Exit.PENDING, code


def check_terminal(line: Typist, name: str) -> None:
    """What the terminal got: no password; in the plain dialogue no command, and no broken word."""
    assert ROOT_PASSWORD not in line.raw
    if name == "prompts":
        assert "\x1b[" in line.raw
        return
    assert "\x1b" not in line.raw
    wide = [row for row in line.raw.splitlines() if len(row) > 80 and " " in row.strip()]
    assert not wide, wide


def check_machines(lab: Lab, state: Path) -> int:
    """The mirror is whole on both machines, and nothing is left to do; returns checks passed."""
    planned = lab.wizard("--state", str(state), "plan", "raid")
    assert "0 commands planned" in planned.stdout
    for node in NODES:
        mdstat = lab.ssh(node, "cat", "/proc/mdstat")
        print(f"{node}:\n{mdstat}", flush=True)
        whole = r"^md1 : active (\(auto-read-only\) )?raid1 .*\n.*\[UU\]"
        assert re.search(whole, mdstat, re.M), mdstat
    return 1 + len(NODES)


def on_lab(lab: Lab, names: list[str], *, resumed: bool) -> int:
    """Both dialogues, one after the other on the same blank machines; returns checks passed."""
    if not resumed:
        lab.up()
        lab.wizard("lab", "save", BLANK)
    passed = 0
    for name in names:
        if resumed or name != names[0]:
            lab.wizard("lab", "restore", BLANK)
        home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=lab.folder))
        stage = Stage(home / "state", lab)
        lab.rows += drive(stage, name)
        passed += 1 + check_machines(lab, stage.state)
    lab.table()
    return passed


def on_play(names: list[str]) -> int:
    """The same over recorded machines; returns checks passed."""
    for name in names:
        with tempfile.TemporaryDirectory(prefix="gw-line-") as folder:
            drive(Stage(Path(folder) / "state"), name)
    return len(names)


def main() -> int:
    """Run it; exit 0 only when both dialogues came through and the mirrors are whole."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--play", action="store_true", help="over recorded machines, no lab")
    options.add_argument("--keep", action="store_true", help="leave the machines running")
    options.add_argument(
        "--resume",
        type=Path,
        metavar="DIR",
        help="the lab that an earlier run kept, put back to its blank disks first",
    )
    options.add_argument("--only", choices=list(WAYS), help="this dialogue alone")
    given = options.parse_args()
    names = [given.only] if given.only else list(WAYS)
    if given.play:
        passed = on_play(names)
    else:
        with standing("line", PORTS, resume=given.resume, keep=given.keep) as lab:
            passed = on_lab(lab, names, resumed=given.resume is not None)
    print(f"line mode: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
