"""The checkpoint: reboot into the hypervisor, go on only if everything works (article, row 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.disks.facts.lvmconf import LVM_FILTER
from steps.disks.facts.md import MD
from steps.platform.facts.alive import ALIVE
from steps.platform.facts.boot import BOOT, RUNNING
from steps.platform.facts.grub import GRUB_MENU, Menu
from steps.platform.facts.xen import HYPERVISOR, capped
from steps.platform.grub import boots_xen, once_again
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Danger, Finding, Kind, Step

TOLERANCE = 0.10
"""How far dom0's memory may be from what was asked for."""
_LOOK = (
    "watch the console during the start; look at GRUB_DEFAULT in /etc/default/grub and grub.d, at "
    "`grub-editenv list` (next_entry, saved_entry) and at which disk the firmware starts from"
)


def needed(answers: Answers, facts: Facts, host: str) -> str:
    """Why the host must reboot; "" when it runs what it should."""
    if answers.xen.hypervisor != "xen-pvm":
        return _kvm(facts, host)
    xen = facts.of(host, HYPERVISOR)
    if not xen.dom0:
        missed = " although its menu says so" if _missed(facts, host) else ""
        return f"it does not run under Xen{missed}"
    wanted = answers.grub.dom0_mem_mib
    if not xen.silent and not capped(xen.dom0_mem, wanted):
        return f"Xen was started with dom0_mem={xen.dom0_mem or 'unlimited'}, not {wanted}M"
    return ""


def _kvm(facts: Facts, host: str) -> str:
    running = facts.of(host, RUNNING).kernel
    newest = facts.of(host, BOOT).newest
    if facts.of(host, HYPERVISOR).dom0:
        return "it runs under Xen, and instances are to run under KVM"
    entry = facts.of(host, GRUB_MENU).upcoming
    if entry is not None and not entry.xen and entry.kernel == running:
        # An older one is the menu's default: a start would end where it began.
        return ""
    if newest and running and running != newest.version:
        return f"it runs kernel {running}, and {newest.version} is installed"
    return ""


def _missed(facts: Facts, host: str) -> bool:
    """Whether the host has started since the menu was written, and yet not into the menu's Xen
    entry.
    """
    menu = facts.of(host, GRUB_MENU)
    says_xen = menu.boots is not None and bool(menu.boots.xen)
    # Without a menu the time is 0, and no start can have missed it.
    return says_xen and facts.of(host, RUNNING).booted > menu.written > 0


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
                what=f"instances run here: {', '.join(guests)}",
                mend="move them to another node (gnt-instance failover NAME) or shut them down "
                "(gnt-instance shutdown NAME)",
            )
        entry = facts.of(host, GRUB_MENU).boots
        xen = answers.xen.hypervisor == "xen-pvm"
        if xen and not boots_xen(entry, answers.grub.dom0_mem_mib):
            title = entry.title if entry else "nothing"
            yield Finding(
                host,
                what=f"GRUB would boot {title}, not Xen with the wanted dom0_mem",
                step="grub",
            )


def _silent(facts: Facts, host: str) -> Iterator[Finding]:
    if facts.of(host, HYPERVISOR).silent:
        yield Finding(
            host,
            what="Xen's tools gave no answer (xl info, xl list), so its options and guests are "
            "unknown",
            mend="look again when the host is less busy; then `systemctl status xen xenstored`",
        )


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """All hosts side by side; the one that the wizard runs on when the others are back."""
    for node in answers.nodes:
        host = node.short
        why = needed(answers, facts, host)
        if not why:
            continue
        # All hosts in the first stage, the wizard's own in the second.
        stage = int(node.ssh.local)
        yield from _menu_again(answers, facts, host, stage)
        risk = (
            "nothing on this host answers until it is up again; a host that does not come back "
            "needs its console"
        )
        if node.ssh.local:
            risk += "; the wizard itself runs here and must be started again afterwards"
        yield Command(
            host,
            ("systemctl", "reboot"),
            why=why,
            danger=Danger.OUTAGE,
            risk=risk,
            undo="none needed: the next start takes what the boot menu says then (step grub)",
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
            missed = _missed(facts, host)
            yield Finding(
                host,
                what=f"{why} ({_next_start(facts.of(host, GRUB_MENU))})",
                mend=_LOOK if missed else "",
                step="" if missed else THIS_STEP,
            )
        elif answers.xen.hypervisor == "xen-pvm":
            yield from _memory(answers, facts, host)
        yield from _storage(answers, facts, host)
        yield from _network(answers, facts, host)


def _next_start(menu: Menu) -> str:
    entry = menu.upcoming
    return f"GRUB's next start takes {entry.title}" if entry else "GRUB has no menu"


def _memory(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    present = facts.of(host, HYPERVISOR).dom0_mib
    wanted = answers.grub.dom0_mem_mib
    if abs(present - wanted) > TOLERANCE * wanted:
        yield Finding(
            host,
            what=f"dom0 has {present} MiB of memory, not about {wanted}",
            mend="look at `xl list`; autoballoon must be off in /etc/xen/xl.conf",
            step="xen",
        )


def _storage(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    for array in facts.of(host, MD).volumes:
        if not array.active:
            yield Finding(
                host,
                what=f"{array.path} is not running",
                mend=f"mdadm --run {array.path}; cat /proc/mdstat",
            )
        elif array.degraded and array.action not in ("recover", "resync"):
            yield Finding(
                host,
                what=f"{array.path} lacks {array.degraded} of its {array.raid_disks} members",
                mend=f"mdadm --detail {array.path}; then `mdadm {array.path} --re-add` the "
                "missing partition",
            )
    groups = {volume.vg for volume in facts.of(host, LVM_FILTER).volumes}
    if answers.lvm.vg not in groups:
        yield Finding(
            host,
            what=f"the volume group {answers.lvm.vg} is not there",
            mend="pvs; cat /proc/mdstat; is the array registered in /etc/mdadm/mdadm.conf?",
            step="raid",
        )


def _network(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    alive = facts.of(host, ALIVE)
    bridge = answers.bridge.name
    address = str(answers.node(host).ip)
    if not alive.has(bridge, address):
        yield Finding(
            host,
            what=f"the bridge {bridge} does not carry {address}",
            mend=f"ifup {bridge}; look at /etc/network/interfaces",
            step="bridge",
        )
    for silent in alive.silent:
        yield Finding(
            host,
            what=f"{silent} does not answer a ping from here",
            mend="look at cables, bridge and firewall",
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
