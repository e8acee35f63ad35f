"""Made-up steps and hosts for the screens: small, with each kind of question, danger, outcome."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from steps import stocktaking
from tests.screens.servers import INVENTORY
from tests.sim import Answer, SimHost
from tests.waiting import pass_gate
from wizard.answers import Answers, Bridge, Instances, Lvm, Partition
from wizard.hosts.host import Result
from wizard.model.facts import Fact, Facts
from wizard.model.step import Choice, Command, Danger, Finding, Step
from wizard.run.session import Session
from wizard.state.store import Store

FLAGS = Fact("flags", "cat /flags", lambda text: frozenset(text.split()))
DISKS = {
    "QM0{}1": ("sda  10.0 GiB  QEMU HARDDISK  root mirror, 8.0 GiB free", ""),
    "QM0{}2": ("sdb  10.0 GiB  QEMU HARDDISK  root mirror, 8.0 GiB free", ""),
    "WD-{}77": ("sdc  18.0 GiB  WDC WD2000", "it holds an ext4 file system"),
}


def _wrong(answers: Answers, facts: Facts, flag: str) -> Iterator[Finding]:
    for host in facts.hosts:
        if flag not in facts.of(host, FLAGS):
            yield Finding(host, f"{flag} is missing", "apply the step")


def _serials(host: str) -> list[Choice]:
    number = host[-1]
    return [
        Choice(serial.format(number), label, refused) for serial, (label, refused) in DISKS.items()
    ]


def _plan_partition(answers: Answers, facts: Facts) -> Iterator[Command]:
    for host in facts.hosts:
        if "partition" in facts.of(host, FLAGS):
            continue
        for serial in answers.partition.disks.get(host, []):
            yield Command(
                host,
                ("sfdisk", "--append", f"/dev/disk/by-id/ata-{serial}"),
                "a second partition for the data, beside the root mirror's",
                danger=Danger.DESTROY,
                risk=f"everything on the free part of {serial} is lost",
                undo=f"sfdisk --delete /dev/disk/by-id/ata-{serial} 2",
                confirm=serial,
            )
        yield Command(host, ("set-flag", "partition"), "tell the kernel", stage=1)


def _suggest_disks(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    return {
        "disks": {host: [c.value for c in _serials(host) if not c.refused] for host in facts.hosts}
    }


def _choose_disks(answers: Answers, facts: Facts) -> Mapping[str, Mapping[str, tuple[Choice, ...]]]:
    return {"disks": {host: tuple(_serials(host)) for host in facts.hosts}}


PARTITION = Step(
    id="partition",
    title="A second partition on each disk",
    reason="The first partitions hold the system's mirror; the rest of each disk becomes the data "
    "mirror.\n"
    "Both arrays must come out the same size, since DRBD mirrors one onto the other.",
    then="fdisk /dev/hda    # hda2, about 5 GB, type fd\nfdisk /dev/hdb",
    now="sfdisk appends one partition of the same size on every disk, aligned, by serial",
    section=Partition,
    facts=(FLAGS,),
    suggest=_suggest_disks,
    choices=_choose_disks,
    plan=_plan_partition,
    verify=lambda a, f: _wrong(a, f, "partition"),
)


def _plan_lvm(answers: Answers, facts: Facts) -> Iterator[Command]:
    for host in facts.hosts:
        if "lvm" not in facts.of(host, FLAGS):
            yield Command(
                host,
                ("pvcreate", "/dev/md1"),
                "LVM keeps its volumes on the data mirror",
                undo="pvremove /dev/md1",
            )
            yield Command(
                host,
                ("vgcreate", answers.lvm.vg, "/dev/md1"),
                "one name on every node, as Ganeti wants it",
                undo=f"vgremove {answers.lvm.vg}",
            )
            yield Command(host, ("set-flag", "lvm"), "mark it")


def _full(answers: Answers, facts: Facts) -> Iterator[Finding]:
    for host in facts.hosts:
        if "full" in facts.of(host, FLAGS):
            yield Finding(
                host,
                "the file system / has 12 MiB free, 200 MiB are needed",
                "remove what is not needed there",
            )


LVM = Step(
    id="lvm",
    title="Volume group on the data mirror",
    reason=(
        "Ganeti cuts the instances' disks out of one volume group of the same name on every node."
    ),
    then="pvcreate /dev/md1\nvgcreate xenvg /dev/md1",
    now="pvcreate and vgcreate, unless facts show that they exist",
    section=Lvm,
    facts=(FLAGS,),
    needs=("partition",),
    blockers=_full,
    plan=_plan_lvm,
    verify=lambda a, f: _wrong(a, f, "lvm"),
)


def _plan_bridge(answers: Answers, facts: Facts) -> Iterator[Command]:
    for host in facts.hosts:
        if "bridge" not in facts.of(host, FLAGS):
            device = answers.bridge.device.get(host, "?")
            yield Command(
                host,
                ("set-flag", "bridge", device),
                f"put {device} under {answers.bridge.name}",
                danger=Danger.OUTAGE,
                risk="the network is away for some seconds",
            )


BRIDGE = Step(
    id="bridge",
    title="The bridge for the instances",
    reason="Instances reach the network over a bridge.",
    then="(nothing: xend made it)",
    now="a bridge in /etc/network/interfaces",
    section=Bridge,
    facts=(FLAGS,),
    needs=("lvm",),
    choices=lambda a, f: {
        "device": {
            h: (Choice("eth0", "eth0 up"), Choice("eth1", "eth1 down", "it has no link"))
            for h in f.hosts
        }
    },
    suggest=lambda a, f: {"device": dict.fromkeys(f.hosts, "eth0")},
    plan=_plan_bridge,
    verify=lambda a, f: _wrong(a, f, "bridge"),
)


def _plan_instance(answers: Answers, facts: Facts) -> Iterator[Command]:
    host = answers.first.short
    if "instance" not in facts.of(host, FLAGS):
        for one in answers.instance.wanted:
            yield Command(
                host,
                ("gnt-instance", "add", "-n", f"{one.primary}:{one.secondary}", one.name),
                "the billing's home",
            )
        yield Command(host, ("set-flag", "instance"), "mark it")


INSTANCE = Step(
    id="instance",
    title="The first instance",
    reason=(
        "It runs on the node that is not the master: if node1 dies, the billing goes on untouched."
    ),
    then="gnt-instance add -t drbd …",
    now="gnt-instance add, as a job",
    section=Instances,
    facts=(FLAGS,),
    plan=_plan_instance,
    verify=lambda a, f: (
        Finding(h, "no instance", "apply") for h in f.hosts[:1] if "instance" not in f.of(h, FLAGS)
    ),
)
STEPS = (PARTITION, LVM, BRIDGE, INSTANCE)


class Machines:
    """Simulated hosts for a session, and what shall go wrong with them."""

    def __init__(self) -> None:
        self.made: dict[str, SimHost] = {}
        self.flags: dict[str, set[str]] = {}
        self.answers: dict[tuple[str, str], Answer] = {}
        self.gates: dict[str, threading.Event] = {}
        self.at_gate: set[tuple[str, str]] = set()
        """Hosts, each with the program that stands, or stood, before a gate there."""
        self.passwords: list[dict[str, str]] = []
        self.down: dict[str, Any] = {}
        self.same = False
        self.self_on = ""

    def hoist(self, host: str, *flags: str, down: bool = False) -> None:
        """Set or drop flags behind the wizard's back."""
        now = self.flags.setdefault(host, set())
        self.flags[host] = now - set(flags) if down else now | set(flags)
        if host in self.made:
            self.made[host].texts["flags"] = " ".join(sorted(self.flags[host]))

    def on_run(self, host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> Answer | None:
        """Answer a command: flags are set, gates are waited for, planned answers are given."""
        if "machine-id" in argv[-1]:
            return "one" if self.same else host.name
        if (gate := self.gates.get(argv[0])) is not None:
            self.at_gate.add((host.name, argv[0]))
            pass_gate(gate)
        if (host.name, argv[0]) in self.answers:
            return self.answers.pop((host.name, argv[0]))
        if argv[0] == "set-flag":
            self.hoist(host.name, argv[1])
        return Result(0, f"{argv[0]}: all well\n", "", 0.0)

    def __call__(
        self, answers: Answers, store: Store, passwords: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A MakeHosts."""
        self.passwords.append({name: secret.reveal() for name, secret in passwords.items()})
        for number, node in enumerate(answers.nodes, 1):
            texts = {
                k: t.replace("{name}", node.short).replace("{n}", str(number))
                for k, t in INVENTORY.items()
            }
            texts["flags"] = " ".join(sorted(self.flags.get(node.short, ())))
            self.made[node.short] = SimHost(
                node.short,
                texts,
                self.on_run,
                is_self=node.short == self.self_on,
                down=self.down.get(node.short),
            )
        return dict(self.made)


def session(folder: Path, machines: Machines, steps: tuple[Step, ...] = STEPS) -> Session:
    """An open session on simulated hosts."""
    made = Session(Store(folder), steps, machines, inventory=stocktaking())
    made.open()
    return made
