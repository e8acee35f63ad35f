"""The frame of every drill: from the snapshot `finished`, an accident, the way back, and what must
hold whatever happened.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tests.acceptance.database import guest
from tests.acceptance.lab import ARTICLE, Lab
from tests.drills import command
from tests.drills.command import AtLine, Done, never
from tests.drills.judge import Allowed, Seen, judge, table
from tests.drills.ledger import WITNESS, close_ledger, open_ledger
from tests.drills.sampler import Sampler
from tests.drills.seat import Seat
from wizard.base.names import short

FINISHED = "finished"
"""Name of the snapshot: cluster, encrypted instance and ledger well, node1 the master."""
SETTLED = 600
"""Seconds after a boot for which `recover` calls a server still starting."""
LEFT_BEHIND = (
    "ls -d /var/lib/ganeti/watcher.pause /run/ganeti-wizard-recover 2>/dev/null; "
    "grep -n -- --no-voting /etc/default/ganeti; "
    "pgrep -a ganeti- | grep -e --no-voting; true"
)
"""On a node: traces of an accident that recovery must not leave."""
KERNEL_WORDS = "dmesg | grep -E 'drbd[0-9]+: (drbd_sync_handshake|self |peer |uuid_compare)'; true"
ANY = tuple(range(-64, 256))
"""Every exit code, for whom it is no fault."""


class DrillFailed(Exception):
    """A drill that cannot go on, and why."""


@dataclass
class Drill:
    """One drill on one lab; `wizard` runs the product as the operator would."""

    name: str
    lab: Lab
    sampler: Sampler = field(init=False)
    seat: Seat = field(init=False)
    """Where the operator sits."""
    begun: float = field(init=False)
    instance: str = ARTICLE.instance
    """The full name of the instance that the ledger is in."""
    allowed: Allowed = field(default_factory=Allowed)
    rows: list[tuple[str, str]] = field(default_factory=list)
    """What the drill itself has to say in its table."""
    wrong: list[str] = field(default_factory=list)
    """What did not come as it must."""
    done: list[Done] = field(default_factory=list)
    """Every command line of the operator, and of the hand at the rack."""
    by_keys: bool = False
    """Whether runbooks are carried out on the screens, not by `recover apply`."""
    at_line: AtLine = never
    """Kills `recover apply` at lines of its output."""
    _log: TextIO | None = None

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.lab, self.instance)
        self.seat = Seat(str(self.passphrase))
        self.begun = time.monotonic()

    @property
    def passphrase(self) -> Path:
        """The file that holds the volume's passphrase, beside the lab's folder."""
        return Path(f"{self.lab.folder}.passphrase")

    @property
    def state(self) -> Path:
        """The operator's state directory."""
        return self.lab.folder / "wizard"

    @property
    def results(self) -> Path:
        """Where tables and transcripts are kept."""
        return self.lab.folder / "drills"

    def begin(self) -> None:
        """Everything as it was saved, no server still starts, the clerk writes, samples come."""
        print(f"\n#### drill {self.name}", flush=True)
        self.results.mkdir(exist_ok=True)
        self._log = (self.results / f"{self.name}.log").open("w", encoding="utf-8")
        put_back(self.lab)
        for node in ARTICLE.nodes:
            self.until(f"[ $(cut -d. -f1 /proc/uptime) -ge {SETTLED} ]", node, SETTLED + 300)
        # The acceptance's own writer takes half of an emulated processor, and there is the clerk.
        guest(self.lab, "systemctl disable --now writer")
        self.lab.ssh(WITNESS, "systemctl stop clerk; rm -f /var/lib/ledger; systemctl start clerk")
        self.sampler.start()
        self.wait_for_entries(5)
        self.begun = time.monotonic()

    def renamed(self, instance: str) -> None:
        """The instance has another name from now on."""
        self.sampler.stop()
        self.instance = instance
        samples = self.sampler.samples
        self.sampler = Sampler(self.lab, instance, samples)
        self.sampler.start()

    def until(self, condition: str, node: str, seconds: float) -> None:
        """Until a shell's test holds on a node; raises DrillFailed when it never does."""
        end = time.monotonic() + seconds
        while self.lab.ssh(node, f"{{ {condition}; }} && echo yes || echo no").strip() != "yes":
            if time.monotonic() > end:
                raise DrillFailed(f"{node}: not so within {seconds:.0f} s: {condition}")
            time.sleep(10)

    def wait_for_entries(self, number: int, seconds: float = 600) -> None:
        """Until the clerk noted so many rows more."""
        counted = "cat /var/lib/ledger 2>/dev/null | wc -l"
        wanted = int(self.lab.ssh(WITNESS, counted)) + number
        until = time.monotonic() + seconds
        while int(self.lab.ssh(WITNESS, counted)) < wanted:
            if time.monotonic() > until:
                raise DrillFailed("no rows are acknowledged")
            time.sleep(3)

    def hand(self, *words: str) -> str:
        """A hand at the rack: a verb of the lab, which must end well; what it printed."""
        return self.run(("lab", *words), ok=(0,)).out

    def wizard(self, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """Run the product on this lab's build; what it printed."""
        return self.run(("--lab", *words), ok=ok).out

    def run(
        self,
        words: tuple[str, ...],
        *,
        ok: tuple[int, ...],
        at_line: AtLine = never,
        document: bool = False,
    ) -> Done:
        """Run ganeti-wizard; raises DrillFailed for an exit code that is none of these. Of a
        `document` nothing is shown, and what it has to complain of is not in it.
        """
        print(f"$ ganeti-wizard {' '.join(words)}", flush=True)
        ended = command.run(
            self.seat.argv(*words),
            self.lab.env,
            at_line=at_line,
            shown=not document,
            errors=not document,
        )
        done = Done(words, ended.rc, ended.lines, ended.seconds, ended.killed)
        self.keep(done)
        if done.rc not in ok and not done.killed:
            raise DrillFailed(f"{done.shown}, wanted one of {ok[:5]}")
        return done

    def keep(self, done: Done) -> None:
        """Something that the operator did goes into the table's count and the transcript."""
        self.done.append(done)
        if self._log is not None:
            at = time.monotonic() - self.begun
            self._log.write(f"#### {at:.0f} s: {done.shown}\n{done.out}\n")
            self._log.flush()

    @property
    def secret(self) -> tuple[str, str]:
        """The option that hands the passphrase to a verb."""
        return "--secret", f"vault-{short(self.instance)}={self.seat.passphrase}"

    def on(self, node: str, script: str, timeout: float = 300) -> str:
        """What a script says on a machine; raises SystemExit when it fails."""
        print(f"{node}# {script}", flush=True)
        return self.lab.ssh(node, script, timeout=timeout)

    def must(self, held: bool, what: str) -> None:
        """Note whether something came as it must; the drill goes on either way."""
        self.rows.append((what, "yes" if held else "NO"))
        if not held:
            self.wrong.append(what)

    def tell(self, label: str, value: str) -> None:
        """A row of the table."""
        self.rows.append((label, value))

    def end(self) -> bool:
        """What must hold after every drill; prints and keeps its table, returns whether it held."""
        took = time.monotonic() - self.begun
        self.wait_for_entries(5)
        health = self._health()
        entries = close_ledger(self.lab)
        self.sampler.stop()
        left = {}
        for node in ARTICLE.nodes:
            words = self.lab.ssh(node, LEFT_BEHIND).strip()
            if words:
                left[node] = words
        rows, wrong = judge(Seen(entries, self.sampler.samples, left, health), self.allowed)
        self.rows += rows
        self.wrong += wrong
        return self._close(took)

    def failed(self, error: BaseException) -> bool:
        """The table of a drill that ended in the middle; returns False."""
        self.sampler.stop()
        self.wrong.append(f"it could not go on: {error}")
        if self.done:
            last = self.done[-1]
            self.rows.append(("last command", last.shown))
            for line in last.out.splitlines()[-30:]:
                self.rows.append(("", line))
        return self._close(time.monotonic() - self.begun)

    def _close(self, took: float) -> bool:
        operator = [done for done in self.done if done.words[0] != "lab"]
        head = [
            ("result", "FAILED" if self.wrong else "passed"),
            ("wall time", f"{took:.0f} s"),
            ("commands of the operator", str(len(operator))),
        ]
        faults = [("WRONG", what) for what in self.wrong]
        text = table(self.name, [*head, *faults, *self.rows])
        print(f"\n{text}", flush=True)
        self._keep_kernel_words()
        (self.results / f"{self.name}.txt").write_text(text, encoding="utf-8")
        if self._log is not None:
            self._log.close()
        return not self.wrong

    def _keep_kernel_words(self) -> None:
        """Beside the table, what DRBD itself said of the copies on each node that answers."""
        for node in ARTICLE.nodes:
            try:
                words = self.lab.ssh(node, KERNEL_WORDS)
            except (SystemExit, OSError, subprocess.SubprocessError):
                continue
            (self.results / f"{self.name}.{node}.kernel").write_text(words, encoding="utf-8")

    def _health(self, seconds: float = 600) -> int:
        """The exit code of `health`, which may take some minutes to become good."""
        until = time.monotonic() + seconds
        while True:
            done = self.run(("--lab", "health"), ok=ANY)
            if done.rc <= 1 or time.monotonic() > until:
                return done.rc
            time.sleep(20)

    def to(self, node: str) -> None:
        """The instance is on that node, its volume open, and rows come."""
        self.on("node1", f"gnt-instance failover -f {self.instance}", timeout=1200)
        wait = f"gnt-instance list --no-headers -o pnode {self.instance} | grep -q '^{node}[.]'"
        self.until(wait, "node1", 60)
        self.until_up()
        self.wizard("unlock", short(self.instance), *self.secret)
        self.wait_for_entries(5)

    def until_up(self, seconds: float = 600) -> None:
        """Until ssh answers in the instance."""
        end = time.monotonic() + seconds
        while True:
            try:
                guest(self.lab, "true")
                return
            except SystemExit as error:
                if time.monotonic() > end:
                    raise DrillFailed("the instance did not come back") from error
                time.sleep(5)


def save_finished(lab: Lab) -> None:
    """Make the snapshot of a lab that `make acceptance` left, with the ledger open."""
    open_ledger(lab)
    lab.wizard("lab", "save", FINISHED)
    kept = _kept(lab.folder)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(lab.folder / "wizard", kept)


def put_back(lab: Lab) -> None:
    """The machines and the operator's own state, as they were saved."""
    lab.wizard("lab", "restore", FINISHED)
    shutil.rmtree(lab.folder / "wizard", ignore_errors=True)
    shutil.copytree(_kept(lab.folder), lab.folder / "wizard")


def _kept(folder: Path) -> Path:
    return folder / f"wizard.{FINISHED}"


Script = Callable[[Drill], None]
"""What happens in a drill between its begin and its end."""
