"""Two well servers whose commands of planned work do what is known of the real ones.

It shows that work comes to its end, in which order, and what is refused; it proves no command.
"""

from __future__ import annotations

import json
import re

from tests.daily.scene import OPEN
from tests.sim import Answer, SimHost
from tests.steps.recover.accident import AFTER, NOW, SAME, Accident
from tests.steps.recover.replication import name_of, node_of
from tests.steps.recover.test_situations import ALONE
from tests.steps.recover.world import INSTANCE, IPS, World

REBOOTED = "7b5a4a7e-1b7f-4b86-8e21-222222222222"
FREE = 2516
"""MiB of memory that are free on a server without an instance."""


class Cluster(World):
    """inst1 runs on node2, node1 leads. `shadow` is whether Xen can copy what runs."""

    def __init__(self, *, shadow: bool = False) -> None:
        self.shadow = shadow
        self.room = FREE
        self.boots = 0
        super().__init__(Accident())

    def refresh(self) -> None:
        """Let both servers say what they could take in."""
        ability = "pv hvm shadow" if self.shadow else "pv gnttab-v1 gnttab-v2"
        for host in IPS:
            raw = self.accident.raw.get(host)
            if raw is not None:
                text = f"abilities: {ability}\nfree: {self.room}\n"
                if INSTANCE in raw["hypervisor"]:
                    text += f"domain: 256 {INSTANCE}\n"
                raw["room"] = text
        super().refresh()

    @property
    def home(self) -> str:
        """The short name of Ganeti's primary."""
        config = self.config()
        return name_of(config, config["instances"][0]["primary"])

    @property
    def exchanges(self) -> list[str]:
        """The commands that exchanged a primary, in order."""
        return [line for line in self.lines() if " failover " in line or " migrate " in line]

    @property
    def runs_once(self) -> bool:
        """Whether it runs where Ganeti has it, and nowhere else."""
        hosts = [host for host in IPS if INSTANCE in self.accident.raw[host]["hypervisor"]]
        return hosts == [self.home]

    @property
    def serves(self) -> bool:
        """Whether its volume is open."""
        return self.accident.raw["inst1"]["ciphers"] == OPEN

    def _agrees(self, host: str, guard: str) -> bool:
        asked = re.search(r"-o pnode (\S+)\)\" = (\S+) ]", guard)
        if asked is None:
            return super()._agrees(host, guard)
        assert asked[1] == INSTANCE
        assert re.search(r"for minor in 0 1; do grep -q ", guard)
        whole = "cs:Connected" in self.accident.raw[self.master]["drbd-states"]
        return whole and asked[2] == f"{self.home}.name.org"

    def _do(self, host: str, words: tuple[str, ...], text: str) -> int | None:
        match words:
            case ["gnt-instance", "migrate", *_, _]:
                self._migrate()
            case ["try-passphrase", "/dev/xvdc"]:
                assert text == "secret\n"
            case ["await", "ganeti-noded"]:
                self.accident.raw[host]["pulse"] = self._pulse(REBOOTED)
            case _:
                return super()._do(host, words, text)
        return None

    def _migrate(self) -> None:
        source = self.home
        target = next(host for host in IPS if host != source)
        uuid = node_of(self.config(), f"{target}.name.org")["uuid"]
        self.configure(lambda config: config["instances"][0].update(primary=uuid))
        self._stop(source)
        self.accident.raw[target]["hypervisor"] += f"\nguest: {INSTANCE}\n"
        self.drbd.connect(target)

    @staticmethod
    def _pulse(boot: str, system: str = "running") -> str:
        return re.sub("boot: .*", f"boot: {boot}", Accident.pulse(uptime=240, system=system))

    def reboot(self, host: str) -> None:
        """It was down, and boots: its hold is gone, its disks are down, no instance runs there."""
        self.boots += 1
        other = next(name for name in IPS if name != host)
        before = self.accident.raw[host]
        raw = Accident().raw[host]
        raw["ganeti"] = before["ganeti"]
        raw["lineage"] = before["lineage"]
        raw["hypervisor"] = raw["hypervisor"].replace(f"guest: {INSTANCE}\n", "")
        raw["pulse"] = self._pulse(REBOOTED, "starting")
        raw["ganeti-running"] = Accident.running(IPS[host], "noded", "confd")
        self.accident.raw[host] = raw
        self.accident.drbd(host, "")
        self.accident.generations(host, SAME, "1:1:0:1:0:0:0", attached=False)
        self.accident.drbd(other, ALONE).generations(other, AFTER, "1:1:1:0:0:0:0")
        self.refresh()

    def _run(self, sim: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Answer | None:
        if argv[:5] == ("gnt-job", "list", "--no-headers", "-o", "id"):
            # Somebody asks for the job that `job` made: it ends now.
            self.accident.raw[sim.name]["ganeti-jobs"] = "[]"
            self._instance("failover")
            self.refresh()
            return f"{argv[5]}\n"
        return super()._run(sim, argv, stdin)

    def job(self, host: str, op: str) -> None:
        """Let a job of somebody else hold the instance."""
        row = {"id": 91, "op": op, "status": "running", "instance": INSTANCE, "node": ""}
        self.accident.raw[host]["ganeti-jobs"] = json.dumps([{**row, "message": ""}])
        self.refresh()


__all__ = ["INSTANCE", "NOW", "Cluster"]
