"""The machines of an accident, which the commands of a recovery change as the real ones do.

What each command does is what was seen of it, or stands in its source: that proves no runbook, and
shows that one comes to its end, in which order, and what it refuses.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.daily.scene import LOCKED, OPEN
from tests.papers import archive, is_report
from tests.sim import Answer, SimHost
from tests.steps.recover import daemons
from tests.steps.recover.accident import AFTER, MASTER, NOW, SAME, Accident
from tests.steps.recover.replication import MINORS, Replication, name_of, node_of, peer_of
from tests.steps.recover.test_situations import ALONE
from wizard.hosts.host import Result
from wizard.model.recovery import HERE
from wizard.model.step import REFUSED
from wizard.remote import unit

INSTANCE = "inst1.name.org"
IPS = {"node1": "192.168.0.111", "node2": "192.168.0.112"}
_PROGRAM = re.compile(r"kill -TERM 0' TERM\n(.*) &\nchild=\$!", re.DOTALL)
_LISTENING = re.compile(r"command -v arping .* done; true", re.S)


class Killed(BaseException):
    """The program is gone in the middle of a command."""


class World:
    """An accident and a simulated host for each of its machines."""

    def __init__(self, accident: Accident) -> None:
        self.accident = accident
        self.drbd = Replication(accident)
        self.ran: list[tuple[str, str]] = []
        """Host and words of each command that was begun, in order, its guard left out."""
        self.refused: list[str] = []
        self.fails: dict[str, int] = {}
        """By a part of its line, the exit code of a command that does nothing."""
        self.before: Callable[[str, str], None] = lambda host, line: None
        """Called before a command works: it may raise, or change the accident."""
        self.dies: Callable[[str], str] = lambda line: ""
        """Whether the program is killed "before" or "after" this command did its work."""
        self.rcs: dict[str, int] = {}
        self.reports: dict[str, str] = {}
        """By host and path, the copies of reports that were written there."""
        self._one = threading.RLock()
        self.hosts: dict[str, SimHost] = {}
        for host in ("node1", "node2", "backup", "inst1", HERE):
            self.hosts[host] = SimHost(host, on_run=self._run)
        self.refresh()

    def refresh(self) -> None:
        """Let every host say what the accident has by now."""
        facts = self.accident.facts
        for name, host in self.hosts.items():
            host.down = facts.missing.get(name)
            host.texts = facts.raw.get(name, {})

    def lines(self, *, without: str = "") -> list[str]:
        """The commands that were run, as "host: words"."""
        return [f"{host}: {line}" for host, line in self.ran if not without or without not in line]

    def _run(self, sim: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Answer | None:
        host = sim.name
        own = self._unit(host, argv, stdin)
        if own is not None:
            return own
        if argv[:2] == ("gnt-job", "list"):
            return "success\n"
        if argv[3:4] == ("follow",) and argv[1] == "-c" and "gnt-job" in " ".join(argv):
            return ""
        rc = self.carry_out(host, argv, (stdin or b"").decode())
        if rc == 0 and any("sha256sum" in word for word in argv):
            return archive()
        if rc == 0 and "--print-jobid" in argv:
            return "7\n"
        return Result(rc, "", "", 0.0)

    def _unit(self, host: str, argv: tuple[str, ...], stdin: bytes | None) -> str | None:
        """The wizard's own scripts around a unit; what it runs is done when it is started."""
        if argv[:2] != ("sh", "-c") or len(argv) < 5:
            return None
        if argv[3] == "start" and argv[4] == unit.DIRECTORY and stdin is not None:
            program = _PROGRAM.search(stdin.decode())
            assert program is not None
            rc = self.carry_out(host, tuple(shlex.split(program[1])), "")
            self.rcs[argv[5]] = rc
            return "running\n"
        if argv[3] == "look":
            return f"ended {self.rcs[argv[5]]}\n" if argv[5] in self.rcs else "absent\n"
        if argv[3] in ("follow", "forget") and "gw-" in " ".join(argv[4:]):
            return ""
        return None

    def carry_out(self, host: str, argv: tuple[str, ...], text: str) -> int:
        """Do what a command does, if its guard agrees; its exit code. Hosts work side by side."""
        with self._one:
            return self._carry_out(host, argv, text)

    def _carry_out(self, host: str, argv: tuple[str, ...], text: str) -> int:
        if argv[:2] == ("sh", "-c") and argv[3] == "guarded":
            if not self._agrees(host, argv[2]):
                self.refused.append(shlex.join(argv[4:]))
                return REFUSED
            argv = argv[4:]
        words = argv[3:] if argv[:2] == ("sh", "-c") else argv
        # How long a report is differs from run to run: it is one command all the same.
        line = shlex.join(words[:2] if is_report(words) else words)
        self.ran.append((host, line))
        self.before(host, line)
        dies = self.dies(line)
        if dies == "before":
            raise Killed
        for part, rc in self.fails.items():
            if part in line:
                return rc
        rc = self._do(host, words, text) or 0
        self.refresh()
        if dies == "after":
            raise Killed
        return rc

    def _agrees(self, host: str, guard: str) -> bool:
        """What a guard says: of silence by the accident, of all else in a real shell."""
        if "for ip in" in guard and not ("-o pnode" in guard and self._quiet(guard)):
            return self._quiet(guard)
        home = name_of(self.config(), self.config()["instances"][0]["primary"])
        return self.drbd.agrees(host, _LISTENING.sub("true", guard), home)

    def _quiet(self, guard: str) -> bool:
        """Whether none of the addresses in a guard's loop answers."""
        found = re.search(r"for ip in ([\d. ]+);", guard)
        assert found is not None, guard
        dead = {IPS.get(host) for host in self.accident.silent}
        return set(found[1].split()) <= {*dead, "192.168.0.113", "192.168.0.114"}

    def _do(self, host: str, words: tuple[str, ...], text: str) -> int | None:
        raw = self.accident.raw[host]
        match words:
            case ["hold", _]:
                raw["recovery-hold"] = f"{text}\n== marks\nowner\n"
            case ["touch", path]:
                raw["recovery-hold"] += f"{Path(path).name}\n"
            case ["freeze", _]:
                now = re.search(r"^now: (\d+)", raw["pulse"], re.MULTILINE)
                told = f"pause: {int(now[1] if now else NOW) + 7200}\npause by: us"
                raw["lineage"] = re.sub(r"pause: .*(\npause by: us)*", told, raw["lineage"])
            case ["rm", "-f", _]:
                raw["lineage"] = re.sub(r"pause: .*(\npause by: us)*", "pause: ", raw["lineage"])
            case ["rm", "-r", _]:
                raw["recovery-hold"] = ""
            case ["write-file", path, *_] if is_report(words):
                self.reports[f"{host}:{path}"] = text
            case ["write-file", _, *_]:
                fact = "lineage" if host in IPS else "configuration-copies"
                head, sign, _ = raw[fact].partition("== takeover\n")
                raw[fact] = head + sign + text
            case ["xl", "pause", name]:
                raw["paused-instances"] += f"{name}\n"
            case ["gnt-node", "modify", *_, name]:
                self.configure(lambda config: node_of(config, name).update(offline=True))
            case ["twice", "gnt-node", "add", *_, name]:
                self._readd(name)
            case ["xl", "destroy", _] | ["stop-by-hand", _]:
                self._stop(host)
            case ["secondary", minor]:
                assert INSTANCE not in raw["hypervisor"]
                self.drbd.change(host, minor, "ro:Primary/", "ro:Secondary/")
            case ["disconnect", minor]:
                self.drbd.change(host, minor, "WFConnection", "StandAlone")
            case ["drbdsetup", "invalidate", minor]:
                self.drbd.invalidate(host, minor)
            case ["drbdmeta", minor, *_, "invalidate"]:
                assert not self.drbd.states(host, minor)
                self.drbd.invalidate(host, minor)
            case ["lvcreate", "-s", "-l", "100%ORIGIN", "-n", name, volume]:
                return self._snapshot(host, name, volume)
            case ["gnt-instance", action, *_, _]:
                return self._instance(action)
            case ["gnt-cluster", "master-failover", *flags]:
                self._lead(host, voted=not flags)
            case [program, "start", daemon, *flags] if program.endswith("daemon-util"):
                daemons.started(raw, daemon, voted="--no-voting" not in flags)
            case ["restart", *_]:
                daemons.restarted(raw, IPS[host])
            case ["forget-killed", *_]:
                daemons.forgotten(raw)
            case [program, "unlock"] if program.endswith("protected-volume"):
                if text == "secret\n":
                    raw["ciphers"] = OPEN
            case _:
                pass
        return None

    def _snapshot(self, host: str, name: str, volume: str) -> int:
        if name in self.drbd.kept:
            return 5
        minor = next(minor for minor in MINORS if f".disk{minor}_" in volume)
        self.drbd.kept[name] = self.drbd.data[host][minor]
        self.accident.raw[host]["split-kept"] += (
            f"  {name}|134217728|0.00|{volume.partition('/')[0]}\n"
        )
        return 0

    def configure(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the configuration on every node that answers and knows its master."""
        for host in IPS:
            if host not in self.accident.raw:
                continue
            stored = json.loads(self.accident.raw[host]["ganeti"])
            if stored["ssconf"]["master_node"] != [f"{self.master}.name.org"]:
                continue
            change(stored["config"])
            stored["config"]["serial"] += 1
            self.accident.raw[host]["ganeti"] = json.dumps(stored)

    @property
    def master(self) -> str:
        """The node whose daemons lead; else the one that the first answering node names."""
        for host in IPS:
            if "luxid" in self.accident.raw.get(host, {}).get("ganeti-running", ""):
                return host
        host = next(host for host in IPS if host in self.accident.raw)
        stored = json.loads(self.accident.raw[host]["ganeti"])
        return str(stored["ssconf"]["master_node"][0]).partition(".")[0]

    def config(self) -> dict[str, Any]:
        """The master's configuration."""
        stored = json.loads(self.accident.raw[self.master]["ganeti"])
        config: dict[str, Any] = stored["config"]
        return config

    def _lead(self, host: str, *, voted: bool) -> None:
        former = self.master
        for other in IPS:
            if other not in self.accident.raw:
                continue
            stored = json.loads(self.accident.raw[other]["ganeti"])
            stored["ssconf"]["master_node"] = [f"{host}.name.org"]
            config = stored["config"]
            config["master"] = node_of(config, f"{host}.name.org")["uuid"]
            config["serial"] += 1
            self.accident.raw[other]["ganeti"] = json.dumps(stored)
        if former in self.accident.raw:
            running = self.accident.running(IPS[former], "noded", "confd")
            self.accident.raw[former]["ganeti-running"] = running
        vote = "-" if voted else "unvoted"
        names = [name for name in MASTER if name != "confd"]
        running = self.accident.running(IPS[host], *names, cluster=True, vote=vote)
        self.accident.raw[host]["ganeti-running"] = running

    def _instance(self, action: str) -> int:
        """An order of Ganeti's; its exit code. An instance that was stopped counts as running."""
        config = self.config()
        primary = name_of(config, config["instances"][0]["primary"])
        if action == "activate-disks":
            self.drbd.connect(primary)
            return 0
        if action == "shutdown":
            self._stop(primary)
            for host in IPS:
                if not self._in_use(host):
                    self.drbd.down(host)
            return 0
        if action == "failover":
            if not self._can_be_left(primary):
                return 1
            target = peer_of(primary)
            uuid = node_of(config, f"{target}.name.org")["uuid"]
            self.configure(lambda known: known["instances"][0].update(primary=uuid))
            self._stop(primary)
            primary = target
        self.start_instance(primary)
        return 0

    def _in_use(self, host: str) -> bool:
        raw = self.accident.raw.get(host)
        return raw is None or INSTANCE in raw["hypervisor"]

    def _can_be_left(self, primary: str) -> bool:
        """Whether a failover begins: it asks the other copy while Ganeti has the disks active, and
        wants all disks down afterwards.
        """
        if primary not in self.accident.raw:
            return True
        if INSTANCE in self.accident.raw[peer_of(primary)]["hypervisor"]:
            return False
        states = [self.drbd.states(primary, minor) for minor in MINORS]
        return all(not state or state.startswith("Connected") for state in states)

    def _stop(self, host: str) -> None:
        if host in self.accident.raw:
            raw = self.accident.raw[host]
            raw["hypervisor"] = raw["hypervisor"].replace(f"guest: {INSTANCE}\n", "")
            raw["paused-instances"] = raw["paused-instances"].replace(f"{INSTANCE}\n", "")

    def start_instance(self, host: str) -> None:
        """It runs there from now on, its volume locked."""
        if not self._in_use(host):
            self.accident.raw[host]["hypervisor"] += f"\nguest: {INSTANCE}\n"
        self.accident.raw["inst1"] = {**Accident().raw["inst1"], "ciphers": LOCKED}
        if all(node in self.accident.raw for node in IPS):
            self.drbd.connect(host)
        else:
            self.accident.drbd(host, ALONE).generations(host, AFTER, "1:1:1:0:0:0:0")

    def _readd(self, name: str) -> None:
        self.configure(lambda config: node_of(config, name).update(offline=False))
        host = name.partition(".")[0]
        stored = json.loads(self.accident.raw[self.master]["ganeti"])
        stored["daemons"] = ["ganeti-noded"]
        self.accident.raw[host]["ganeti"] = json.dumps(stored)

    def power_on(self, host: str) -> None:
        """A node that was silent is up again, its daemons started as far as they come alone."""
        fresh = Accident()
        self.accident.silent.discard(host)
        self.accident.missing.pop(host)
        raw = fresh.raw[host]
        raw["hypervisor"] = raw["hypervisor"].replace(f"guest: {INSTANCE}\n", "")
        raw["pulse"] = fresh.pulse(uptime=240)
        raw["ganeti-running"] = fresh.running(IPS[host], "noded")
        self.accident.raw[host] = raw
        self.accident.drbd(host, "")
        flags = "1:1:0:1:0:0:0"
        self.accident.generations(host, SAME, flags, attached=False)
        self.refresh()

    def later(self) -> None:
        """Every boot is long ago."""
        for host in IPS:
            self.accident.raw[host]["pulse"] = Accident.pulse()
        self.refresh()
