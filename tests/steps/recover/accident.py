"""A whole cluster as it is looked at after an accident: recorded outputs, and what is added to them
by hand in the same form. Changes to it are the accidents.

node1 (192.168.0.111) is master, inst1 (192.168.0.114) runs on node2 (192.168.0.112).
"""

from __future__ import annotations

import json

from steps.recover.addresses import addresses
from steps.recover.doctor import DOCTOR
from tests.cases import answers_of
from tests.daily.scene import Scene as Recorded
from wizard.base.errors import ConnectionLost, Reach, Unreachable, WizardError
from wizard.model.facts import Facts
from wizard.model.recovery import HERE, Findings, Situation

NOW = 1795363730
BOOT = "6a5a4a7e-1b7f-4b86-8e21-111111111111"
KEYS = ("f2c80dff-7e9e-49bd-9f9b-4160ced4ab09.disk0", "fe117c8c-0af7-4188-b432-21c1fa513ff1.disk1")
MASTER = ("confd", "luxid", "noded", "rapi", "wconfd")
SAME = "1659B1A2C3D4D74C:0000000000000000:52F700000000A001:0000000000000004"
AFTER = "710A00000000B689:1659B1A2C3D4D74D:52F700000000A001:0000000000000004"
OTHER = "99990000000000A1:1659B1A2C3D4D74D:52F700000000A001:0000000000000004"
WRITABLE = (
    "/var/lib/ganeti / 2373880 210000 rw\n/var/log/ganeti / 2373880 210000 rw\n"
    "/root / 2373880 210000 rw\n/tmp /tmp 500000 100000 rw\n"
)
FINGERPRINT = ":".join(["AB"] * 32)


class Accident:
    """Raw facts by host, and errors of those that do not answer."""

    def __init__(self) -> None:
        self.answers = answers_of(
            {"backup": {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}}}
        )
        self.raw: dict[str, dict[str, str]] = Recorded().raw
        self.raw["inst1"]["pulse"] = self.pulse()
        self.missing: dict[str, WizardError] = {}
        self.cut: dict[str, WizardError] = {}
        self.silent: set[str] = set()
        for host, address in (("node1", "192.168.0.111"), ("node2", "192.168.0.112")):
            self.raw[host] |= self._node(host, address)
        self.raw["node1"]["ganeti-running"] = self.running("192.168.0.111", *MASTER, cluster=True)
        self.generations("node1", SAME, "1:1:0:1:0:0:0")
        self.generations("node2", SAME.replace("D74C", "D74D"), "1:1:1:1:0:0:0")
        self.raw["backup"] = {
            "pulse": self.pulse(),
            "configuration-copies": "node1-20261122T160000Z-20.tar.gz\n== takeover\n",
        }
        self.raw[HERE] = {}

    def _node(self, host: str, address: str) -> dict[str, str]:
        return {
            "pulse": self.pulse(),
            "recovery-hold": "",
            "paused-instances": "",
            "split-kept": f"{NOW}\n",
            "ganeti-running": self.running(address, "noded"),
            "drbd-states": self.raw[host]["replicas"].partition("== show")[0],
            "lineage": f"mtime: {NOW - 4000}\noffline:\nrelease: 3.0.2\npause: \n== takeover\n",
            "ganeti-stalled": self.stalled(),
            "read-errors": "member vda1 0 0\nmember vdb1 0 0\n",
            "boot_disks": "/dev/vda dos no yes\n/dev/vdb dos no yes\n",
            "boot-loader": "esp: \n",
            "ganeti-certificates": self.certificates(),
            "configuration-copies": "node1-20261122T160000Z-20.tar.gz\n== takeover\n",
            "writable": WRITABLE,
            "history": f"boot: {NOW - 900000}.000001 node kernel: x\n== drbd\n",
        }

    @staticmethod
    def stalled(*jobs: dict[str, object], dead: tuple[str, ...] = (), tries: int = 0) -> str:
        """The text of the fact; `tries` are the watcher's to start inst1."""
        tried = [{"name": "inst1.name.org", "tries": tries}] if tries else []
        return json.dumps({"jobs": jobs, "dead": dead, "tried": tried})

    @staticmethod
    def pulse(uptime: float = 90000, now: int = NOW, system: str = "running") -> str:
        """The text of the fact."""
        return f"uptime: {uptime}\nboot: {BOOT}\nblocked: 0\nnow: {now}\nsystem: {system}\n"

    @staticmethod
    def running(address: str, *daemons: str, cluster: bool = False, vote: str = "-") -> str:
        """The text of the fact; names as the kernel has them, 15 characters."""
        lines = [f"daemon: {('ganeti-' + name)[:15]} {vote}" for name in daemons]
        held = ["127.0.0.1/8", f"{address}/24", *(["192.168.0.113/32"] if cluster else [])]
        lines += [f"2: xenbr0    inet {ip} scope global xenbr0" for ip in held]
        return "\n".join(lines) + "\n"

    @staticmethod
    def certificates(ends: str = "Nov 21 16:00:00 2031 GMT", fingerprint: str = FINGERPRINT) -> str:
        """The text of the fact."""
        text = ""
        for name in ("server", "client"):
            text += f"{name} notAfter={ends}\n{name} sha256 Fingerprint={fingerprint}\n"
        return text

    def generations(self, host: str, ids: str, flags: str, *, attached: bool = True) -> Accident:
        """Give both copies on a node these identifiers."""
        row = {"attached": attached, "gi": f"{ids}:{flags}", "group": "xenvg"}
        rows = [{**row, "volume": key} for key in KEYS]
        self.raw[host]["drbd-generations"] = json.dumps(rows)
        return self

    def drbd(self, host: str, states: str) -> Accident:
        """Give both minors on a node these states; "" takes them down."""
        lines = ["version: 8.4.11 (api:1/proto:86-101)", "srcversion: F73C670A7EC572DB9CF3E5B"]
        for minor in (0, 1):
            lines.append(
                f" {minor}: cs:{states} C r-----" if states else f" {minor}: cs:Unconfigured"
            )
            lines.append("    ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:64")
        self.raw[host]["drbd-states"] = "\n".join(lines) + "\n"
        return self

    def down(self, host: str, reach: Reach = Reach.TIMEOUT) -> Accident:
        """Let a host not answer the wizard, nor anybody else unless it was reached somehow."""
        self.raw.pop(host, None)
        error = Unreachable(f"{host} port 22 cannot be reached", where=host, reach=reach)
        self.missing[host] = error
        if not reach.answered:
            self.silent.add(host)
        return self

    def hang(self, host: str, *facts: str) -> Accident:
        """Let these facts of a host not arrive."""
        for fact in facts:
            self.raw[host].pop(fact)
        what = f"it answers, and did not say in time: {', '.join(facts)}"
        self.cut[host] = ConnectionLost(what, where=host)
        return self

    def elsewhere(self) -> Accident:
        """Let the program run on node1 itself."""
        given = {"name": "node1.name.org", "ip": "192.168.0.111", "ssh": {"local": True}}
        other = {"name": "node2.name.org", "ip": "192.168.0.112"}
        backup = {"host": {"name": "backup.name.org", "ip": "192.168.0.150"}}
        self.answers = answers_of({"nodes": [given, other], "backup": backup})
        del self.raw[HERE]
        return self

    def change(self, host: str, fact: str, old: str, new: str) -> Accident:
        """Replace a text in a fact; it must be there."""
        assert old in self.raw[host][fact], f"{old!r} is not in {fact} of {host}"
        self.raw[host][fact] = self.raw[host][fact].replace(old, new)
        return self

    def _presence(self, place: str) -> str:
        """What a place hears: everybody but those that are silent."""
        silent = set()
        if not any(
            "192.168.0.113" in texts.get("ganeti-running", "") for texts in self.raw.values()
        ):
            silent.add("cluster")
        if not any("guest: inst1" in texts.get("hypervisor", "") for texts in self.raw.values()):
            silent.add("inst1")
        silent |= self.silent
        node = place in ("node1", "node2")
        rounds = 3 if self.silent else 1
        lines = ["arp-able"] if node else []
        for number in range(rounds):
            lines.append(f"reading {number + 1} {NOW - 20 + 5 * number}")
            for one in addresses(self.answers, place):
                quiet = one.owner in silent
                lines.append(f"ping {one.ip} {'no' if quiet else 'ok'}")
                if node and not quiet:
                    lines.append(f"arp {one.ip} aa:00:42:00:00:{one.ip[-2:]}")
                for port in one.ports:
                    lines.append(f"port {one.ip} {port} {'silent' if quiet else 'open'}")
        for one in addresses(self.answers, place):
            if 1811 in one.ports and one.owner not in silent:
                lines.append(f"certificate {one.ip} {FINGERPRINT}")
        return "\n".join([*lines, f"end {NOW - 1}"]) + "\n"

    @property
    def facts(self) -> Facts:
        """As gathered."""
        raw = {host: dict(texts) for host, texts in self.raw.items()}
        for host in raw:
            if host != "inst1" and host not in self.cut:
                raw[host].setdefault("presence", self._presence(host))
        return Facts(raw, self.missing, self.cut)

    @property
    def findings(self) -> Findings:
        """What the doctor makes of it."""
        arrived = dict.fromkeys(self.raw, float(NOW))
        return DOCTOR.judge(self.answers, self.facts, arrived, float(NOW))

    @property
    def situations(self) -> list[str]:
        """The ids, in order."""
        return [situation.id for situation in self.findings.situations]

    def situation(self, identity: str) -> Situation:
        """The situation of that id."""
        for situation in self.findings.situations:
            if situation.id == identity:
                return situation
        raise AssertionError(f"not found: {identity}, but {self.situations}")
