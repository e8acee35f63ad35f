"""The checkpoint: reboot into the hypervisor, and go on only if everything works (article, row 8)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.disks.facts.lvmconf import LVM_FILTER
from steps.disks.facts.md import MD
from steps.platform.facts.alive import ALIVE
from steps.platform.facts.boot import BOOT, RUNNING
from steps.platform.facts.grub import GRUB_MENU, Menu
from steps.platform.facts.xen import HYPERVISOR, capped
from steps.platform.grub import dom0_mem, once_again
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Danger, Finding, Kind, Step

TOLERANCE = 0.10
"""How far dom0's memory may be from what was asked for."""
_LOOK = (
    "watch the console during the start; look at GRUB_DEFAULT in /etc/default/grub and grub.d, at "
    "`grub-editenv list` (next_entry, saved_entry) and at which disk the firmware starts from"
)


def needed(answers: Answers, facts: Facts, host: str) -> str:
    """Why the host must reboot; "" when it runs what it should."""
    below = facts.of(host, HYPERVISOR)
    if answers.xen.hypervisor != "xen-pvm":
        return _kvm(facts, host)
    if not below.dom0:
        missed = " although its menu says so" if _missed(facts, host) else ""
        return f"it does not run under Xen{missed}"
    if not below.silent and not capped(below.dom0_mem, answers.grub.dom0_mem_mib):
        return (
            f"Xen was started with dom0_mem={below.dom0_mem or 'unlimited'}, not "
            f"{answers.grub.dom0_mem_mib}M"
        )
    return ""


def _kvm(facts: Facts, host: str) -> str:
    running, newest = facts.of(host, RUNNING).kernel, facts.of(host, BOOT).newest
    if facts.of(host, HYPERVISOR).dom0:
        return "it runs under Xen, and instances are to run under KVM"
    if newest and running and running != newest.version:
        return f"it runs kernel {running}, and {newest.version} is installed"
    return ""


def _missed(facts: Facts, host: str) -> bool:
    """Whether the host has started since the menu was written, and yet not into the menu's Xen
    entry.
    """
    menu, running = facts.of(host, GRUB_MENU), facts.of(host, RUNNING)
    return bool(menu.boots and menu.boots.xen) and running.booted > menu.written > 0


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """No reboot into a menu that would not start Xen, nor one that stops instances."""
    for node in answers.nodes:
        host = node.short
        yield from _silent(facts, host)
        if not needed(answers, facts, host):
            continue
        guests = facts.of(host, HYPERVISOR).guests
        if guests:
            yield Finding(
                host,
                f"instances run here: {', '.join(guests)}",
                "move them to another node (gnt-instance failover NAME) or shut them down "
                "(gnt-instance shutdown NAME)",
            )
        entry = facts.of(host, GRUB_MENU).boots
        xen = answers.xen.hypervisor == "xen-pvm"
        if xen and (
            entry is None or not entry.xen or not capped(dom0_mem(entry), answers.grub.dom0_mem_mib)
        ):
            yield Finding(
                host,
                f"GRUB would boot {' > '.join(entry.path) if entry else 'nothing'}, not "
                "Xen with the wanted dom0_mem",
                "carry out the step `grub` first",
            )


def _silent(facts: Facts, host: str) -> Iterator[Finding]:
    if facts.of(host, HYPERVISOR).silent:
        yield Finding(
            host,
            "Xen's tools gave no answer (xl info, xl list), so its options and guests are unknown",
            "look again when the host is less busy; then `systemctl status xen xenstored`",
        )


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """All hosts side by side; the one that the wizard runs on when the others are back."""
    for node in answers.nodes:
        host = node.short
        why = needed(answers, facts, host)
        if not why:
            continue
        stage = int(node.ssh.local)
        yield from _menu_again(answers, facts, host, stage)
        yield Command(
            host,
            ("systemctl", "reboot"),
            why=why,
            danger=Danger.OUTAGE,
            risk=(
                "nothing on this host answers until it is up again; a host that does not "
                "come back needs its console"
            )
            + (
                "; the wizard itself runs here and must be started again afterwards"
                if node.ssh.local
                else ""
            ),
            undo="in GRUB's menu, `Advanced options` starts the node without Xen",
            kind=Kind.REBOOT,
            stage=stage,
            minutes=3,
        )


def _menu_again(answers: Answers, facts: Facts, host: str, stage: int) -> Iterator[Command]:
    if answers.xen.hypervisor != "xen-pvm":
        return
    yield from once_again(host, facts.of(host, GRUB_MENU), answers.grub.dom0_mem_mib, stage)
    if _missed(facts, host) and not facts.of(host, HYPERVISOR).dom0:
        yield Command(
            host,
            ("update-grub",),
            why="the last start did not take the menu's Xen entry: write the menu anew",
            undo="none needed",
            kind=Kind.UNIT,
            stage=stage,
            minutes=0.5,
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Everything that the next steps stand on works after the start."""
    for node in answers.nodes:
        host = node.short
        why = needed(answers, facts, host)
        if why:
            mend = _LOOK if _missed(facts, host) else "run this step again"
            yield Finding(host, f"{why} ({_default(facts.of(host, GRUB_MENU))})", mend)
        elif answers.xen.hypervisor == "xen-pvm":
            yield from _memory(answers, facts, host)
        yield from _storage(answers, facts, host)
        yield from _network(answers, facts, host)


def _default(menu: Menu) -> str:
    return (
        f"GRUB's next start takes {' > '.join(menu.upcoming.path)}"
        if menu.upcoming
        else "GRUB has no menu"
    )


def _memory(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    has, wanted = facts.of(host, HYPERVISOR).dom0_mib, answers.grub.dom0_mem_mib
    if abs(has - wanted) > TOLERANCE * wanted:
        yield Finding(
            host,
            f"dom0 has {has} MiB of memory, not about {wanted}",
            "look at `xl list`; autoballoon must be off in /etc/xen/xl.conf (step `xen`)",
        )


def _storage(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    for array in facts.of(host, MD).arrays:
        if not array.active:
            yield Finding(
                host, f"{array.path} is not running", f"mdadm --run {array.path}; cat /proc/mdstat"
            )
        elif array.degraded and array.action not in ("recover", "resync"):
            yield Finding(
                host,
                f"{array.path} lacks {array.degraded} of its {array.raid_disks} members",
                f"mdadm --detail {array.path}; then `mdadm {array.path} --re-add` the "
                "missing partition",
            )
    if answers.lvm.vg not in {one.vg for one in facts.of(host, LVM_FILTER).volumes}:
        yield Finding(
            host,
            f"the volume group {answers.lvm.vg} is not there",
            "pvs; cat /proc/mdstat; is the array registered in /etc/mdadm/mdadm.conf (step "
            "`raid`)?",
        )


def _network(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    alive, bridge = facts.of(host, ALIVE), answers.bridge.name
    if not alive.has(bridge, str(answers.node(host).ip)):
        yield Finding(
            host,
            f"the bridge {bridge} does not carry {answers.node(host).ip}",
            f"ifup {bridge}; look at /etc/network/interfaces (step `bridge`)",
        )
    for address in alive.silent:
        yield Finding(
            host,
            f"{address} does not answer a ping from here",
            "look at cables, bridge and firewall",
        )


STEP = Step(
    id="reboot",
    title="Reboot, and go on only if everything works",
    reason=(
        "The article stops here: the system must come up under Xen with its mirrors, its volume "
        "group and its network before anything is built on it. What does not survive a restart "
        "now would not survive one at night."
    ),
    then="reboot; go on only if everything works",
    now=(
        "systemctl reboot on all nodes at once (the wizard's own node last); then every "
        "part is looked at again"
    ),
    facts=(RUNNING, BOOT, HYPERVISOR, GRUB_MENU, MD, LVM_FILTER, ALIVE),
    needs=("raid", "bridge", "lvm", "xen", "grub"),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=4,
)
