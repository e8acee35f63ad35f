"""GRUB boots Xen with a fixed amount of memory for dom0 (article, row 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.common.back import as_it_was
from steps.common.files import put
from steps.platform.facts.boot import BOOT, RUNNING
from steps.platform.facts.grub import BOOT_DISKS, GRUB_FILES, GRUB_MENU, OURS, BootDisk, Entry, Menu
from steps.platform.facts.xen import HYPERVISOR, capped
from steps.platform.grub_settings import overridden, without_entry
from wizard.answers import Answers, Grub
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step
from wizard.model.undo import Undo

XEN_MIB = 128
"""MiB kept for the hypervisor and its tables per guest; at start it took 43 MiB of 4095 in the lab.
"""


def wanted_text(dom0_mem_mib: int) -> str:
    """Our own file in grub.d: sourced last, it keeps every other Xen option of the operator's."""
    return f"""\
# Written by ganeti-wizard: boot Xen by default, with a fixed amount of memory for dom0.
# Other options in GRUB_CMDLINE_XEN_DEFAULT are kept.
XEN_OVERRIDE_GRUB_DEFAULT=1
GRUB_DEFAULT=$(printf "$(gettext "%s, with Xen hypervisor")" "$GRUB_DISTRIBUTOR GNU/Linux")
gw_kept=
for gw_option in $GRUB_CMDLINE_XEN_DEFAULT; do
    case $gw_option in dom0_mem=*) ;; *) gw_kept="$gw_kept$gw_option " ;; esac
done
GRUB_CMDLINE_XEN_DEFAULT="${{gw_kept}}dom0_mem={dom0_mem_mib}M,max:{dom0_mem_mib}M"
"""


def boots_xen(entry: Entry | None, dom0_mib: int) -> bool:
    """Whether a menu entry boots Xen and gives dom0 this much memory, no more and no less."""
    return entry is not None and capped(entry.dom0_mem, dom0_mib)


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Memory must suffice for dom0 and for every instance that a node may have to run."""
    if answers.xen.hypervisor != "xen-pvm":
        return
    for node in answers.nodes:
        host = node.short
        if not facts.of(host, GRUB_FILES) or not facts.of(host, GRUB_MENU).entries:
            yield Finding(
                host,
                what="GRUB is not set up (/etc/default/grub, /boot/grub/grub.cfg)",
                mend=f"install {_loader_package(facts, host)}",
            )
        elif not facts.of(host, BOOT).hypervisors:
            yield Finding(host, what="no Xen hypervisor lies under /boot", step="packages")
        yield from _unsigned(facts, host)
        if not boots_xen(facts.of(host, GRUB_MENU).boots, answers.grub.dom0_mem_mib):
            yield from overridden(facts, host)
            yield from without_entry(facts, host)
        yield from _memory(answers, facts, host)


def _loader_package(facts: Facts, host: str) -> str:
    """Debian's package of GRUB for this firmware: the other one takes the right one away."""
    return "grub-efi-amd64" if facts.of(host, RUNNING).efi else "grub-pc"


def _unsigned(facts: Facts, host: str) -> Iterator[Finding]:
    """Debian signs GRUB and the kernel, not Xen. With Secure Boot GRUB refuses Xen, and the module
    that would load it (grub-core/kern/efi/sb.c): the server would stand at GRUB's error.
    """
    if facts.of(host, RUNNING).secure_boot and not facts.of(host, HYPERVISOR).dom0:
        yield Finding(
            host,
            what="Secure Boot is on, and Debian's Xen is not signed: after the next start the "
            "server would stand at an error of GRUB and not come back",
            mend="switch Secure Boot off in the firmware's set-up, or choose KVM "
            "(xen.hypervisor), which needs no change there",
        )


def total_mib(facts: Facts, host: str) -> int:
    """The machine's memory in MiB: what Xen says, else what Linux has (a little less than is built
    in).
    """
    return facts.of(host, HYPERVISOR).total_mib or facts.of(host, RUNNING).memory_mib


def _memory(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    total = total_mib(facts, host)
    own = answers.grub.dom0_mem_mib
    guests = 0
    for instance in answers.instance.wanted:
        # When the other node is gone, all of them run here.
        if host in (instance.primary, instance.secondary):
            guests += instance.memory_mib
    if total and total < own + guests + XEN_MIB:
        yield Finding(
            host,
            what=f"{total} MiB of memory do not hold dom0 ({own}), the instances that may run here "
            f"({guests}) and Xen itself ({XEN_MIB})",
            mend="ask for less memory for dom0 or the instances, or build more in",
        )


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """Our file, then the menu made anew, then GRUB on each disk of the mirror that lacks it."""
    for node in answers.nodes:
        host = node.short
        if answers.xen.hypervisor == "xen-pvm":
            yield from _menu(host, answers.grub.dom0_mem_mib, facts)
        yield from loaders(host, facts.of(host, BOOT_DISKS))


def loaders(host: str, disks: tuple[BootDisk, ...]) -> Iterator[Command]:
    """GRUB on each disk under /boot that lacks it and has room for it."""
    for disk in disks:
        if not disk.grub and _takes_grub(disk):
            yield _install(host, disk.name)


def _menu(host: str, size: int, facts: Facts) -> Iterator[Command]:
    text = wanted_text(size)
    present = facts.of(host, GRUB_FILES).get(OURS)
    menu = facts.of(host, GRUB_MENU)
    yield from put(
        host,
        OURS,
        text,
        f"Xen boots by default and dom0 gets {size} MiB, no more and no less: the rest is for "
        "instances",
        now=present,
    )
    if present != text or not boots_xen(menu.boots, size):
        yield Command(
            host,
            ("update-grub",),
            why="write the boot menu anew from these settings",
            risk="the next start uses this menu",
            undo=Undo(("update-grub",), last=True, unit=True),
            kind=Kind.UNIT,
            minutes=0.5,
        )
    yield from once_again(host, menu, size)


def once_again(host: str, menu: Menu, size: int, stage: int = 0) -> Iterator[Command]:
    """Forget an entry that was asked for at the next start when it is not Xen with the wanted
    memory.
    """
    if menu.next and not boots_xen(menu.upcoming, size):
        yield Command(
            host,
            ("grub-editenv", "-", "unset", "next_entry"),
            why=(
                f"the next start would take `{menu.next}`; on a mirrored root GRUB cannot "
                "forget it by itself"
            ),
            undo=as_it_was(
                "grub-editenv - list | sed -n 's/^next_entry=//p'",
                'grub-editenv - set "next_entry=$former"',
                left="",
                former=menu.next,
                title=f"let the next start take `{menu.next}` again",
            ),
            stage=stage,
        )


def _takes_grub(disk: BootDisk) -> bool:
    return disk.label == "dos" or disk.bios_boot


def _install(host: str, disk: str) -> Command:
    return Command(
        host,
        ("grub-install", "--target=i386-pc", disk),
        why=(
            f"{disk} holds one half of the root mirror and no boot loader: alone it would not start"
        ),
        risk=f"overwrites the boot sector of {disk}, not its partitions",
        undo="none needed: one more disk that can start the machine does no harm",
        kind=Kind.UNIT,
        minutes=0.3,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The default entry boots Xen with the wanted memory (for KVM: does not boot Xen)."""
    for node in answers.nodes:
        menu = facts.of(node.short, GRUB_MENU)
        entry = menu.upcoming
        if answers.xen.hypervisor == "xen-pvm":
            yield from _boots_other(node.short, menu, answers.grub.dom0_mem_mib)
        elif entry and entry.xen:
            yield Finding(
                node.short,
                what=f"GRUB boots Xen by default ({entry.title}), and instances are to run under "
                "KVM",
                mend=f"rm -f {OURS}; apt-get purge 'xen-hypervisor-*'; update-grub",
            )


def _boots_other(host: str, menu: Menu, dom0_mib: int) -> Iterator[Finding]:
    entry = menu.upcoming
    if not any(each.xen for each in menu.entries):
        yield Finding(
            host,
            what="GRUB's menu has no entry that starts Xen",
            mend="it has one for each kernel whose /boot/config-… has CONFIG_XEN_DOM0=y (Debian's "
            "-cloud- kernels have not: apt-get install linux-image-amd64), made by "
            "/etc/grub.d/20_linux_xen, which must be executable; then run update-grub",
        )
    elif entry is None or not entry.xen:
        title = entry.title if entry else "nothing"
        yield Finding(
            host,
            what=f"GRUB boots {title} by default, which is not Xen",
            mend="look for GRUB_DEFAULT in /etc/default/grub and /etc/default/grub.d, then "
            "run update-grub",
        )
    elif not boots_xen(entry, dom0_mib):
        memory = entry.dom0_mem or "all memory"
        yield Finding(
            host,
            what=f"the default entry {entry.title} gives dom0 {memory}",
            mend="look for dom0_mem in GRUB_CMDLINE_XEN in /etc/default/grub.d, then run "
            f"update-grub ({OURS})",
        )


STEP = Step(
    id="grub",
    title="Boot the hypervisor, with memory for dom0 set apart",
    reason=(
        "Without a limit dom0 takes all memory and gives it back unwillingly when an instance "
        "starts. The article caps it at 256 MB; Debian, DRBD and Ganeti of today need 1 GiB at "
        "the least, 1.5 is a good start."
    ),
    then="menu.lst: # xenhopt=dom0_mem=256M; update-grub",
    now='GRUB_CMDLINE_XEN_DEFAULT="… dom0_mem=1536M,max:1536M" in /etc/default/grub.d; update-grub',
    section=Grub,
    facts=(RUNNING, BOOT, HYPERVISOR, GRUB_FILES, GRUB_MENU, BOOT_DISKS),
    needs=("packages", "xen"),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=1,
)
