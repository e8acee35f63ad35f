"""GRUB boots Xen with a fixed amount of memory for dom0 (article, row 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.platform.facts.boot import BOOT, RUNNING
from steps.platform.facts.grub import BOOT_DISKS, GRUB_FILES, GRUB_MENU, OURS, BootDisk, Entry, Menu
from steps.platform.facts.xen import HYPERVISOR, capped
from wizard.answers import Answers, Grub
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step, write_file

XEN_MIB = 128
"""MiB kept for the hypervisor and its tables per guest; at start it took 43 MiB of 4095 in the lab.
"""


def wanted_text(dom0_mem_mib: int) -> str:
    """Our own file in grub.d: sourced last, keeps every other Xen option that the operator has set."""  # noqa: E501
    return f"""# Written by ganeti-wizard: boot Xen by default, with a fixed amount of memory for dom0.
# Other options in GRUB_CMDLINE_XEN_DEFAULT are kept.
XEN_OVERRIDE_GRUB_DEFAULT=1
GRUB_DEFAULT=$(printf "$(gettext "%s, with Xen hypervisor")" "$GRUB_DISTRIBUTOR GNU/Linux")
gw_kept=
for gw_option in $GRUB_CMDLINE_XEN_DEFAULT; do
    case $gw_option in dom0_mem=*) ;; *) gw_kept="$gw_kept$gw_option " ;; esac
done
GRUB_CMDLINE_XEN_DEFAULT="${{gw_kept}}dom0_mem={dom0_mem_mib}M,max:{dom0_mem_mib}M"
"""  # noqa: E501


def dom0_mem(entry: Entry | None) -> str:
    """The last dom0_mem value of an entry's hypervisor line: the one that Xen takes; "" without
    one.
    """
    words = entry.xen.split() if entry else []
    found = [word.removeprefix("dom0_mem=") for word in words if word.startswith("dom0_mem=")]
    return found[-1] if found else ""


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Memory must suffice for dom0 and for every instance that a node may have to run."""
    if answers.xen.hypervisor != "xen-pvm":
        return
    for node in answers.nodes:
        host = node.short
        if not facts.of(host, GRUB_FILES) or not facts.of(host, GRUB_MENU).entries:
            yield Finding(
                host,
                "GRUB is not set up (/etc/default/grub, /boot/grub/grub.cfg)",
                "install grub-pc",
            )
        elif not facts.of(host, BOOT).hypervisors:
            yield Finding(
                host, "no Xen hypervisor lies under /boot", "carry out the step `packages` first"
            )
        yield from _memory(answers, facts, host)


def total_mib(facts: Facts, host: str) -> int:
    """The machine's memory in MiB: what Xen says, else what Linux has (a little less than is built
    in).
    """
    return facts.of(host, HYPERVISOR).total_mib or facts.of(host, RUNNING).memory_mib


def _memory(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    total, own = total_mib(facts, host), answers.grub.dom0_mem_mib
    guests = sum(
        one.memory_mib for one in answers.instance.wanted if host in (one.primary, one.secondary)
    )
    if total and total < own + guests + XEN_MIB:
        yield Finding(
            host,
            f"{total} MiB of memory do not hold dom0 ({own}), the instances that may run here "
            f"({guests}) and Xen itself ({XEN_MIB})",
            "ask for less memory for dom0 or the instances, or build more in",
        )


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """Our file, then the menu made anew, then GRUB on each disk of the mirror that lacks it."""
    for node in answers.nodes:
        host = node.short
        if answers.xen.hypervisor == "xen-pvm":
            yield from _menu(host, answers.grub.dom0_mem_mib, facts)
        for disk in facts.of(host, BOOT_DISKS):
            if not disk.grub and _takes_grub(disk):
                yield _install(host, disk.name)


def _menu(host: str, size: int, facts: Facts) -> Iterator[Command]:
    differs = facts.of(host, GRUB_FILES).get(OURS) != wanted_text(size)
    if differs:
        yield write_file(
            host,
            OURS,
            wanted_text(size),
            why=(
                f"Xen boots by default and dom0 gets {size} MiB, no more and no less: the "
                "rest is for instances"
            ),
            undo=f"rm {OURS} and run update-grub",
        )
    if differs or not capped(dom0_mem(facts.of(host, GRUB_MENU).boots), size):
        yield Command(
            host,
            ("update-grub",),
            why="write the boot menu anew from these settings",
            risk="the next start uses this menu",
            undo=f"rm {OURS}; update-grub",
            kind=Kind.UNIT,
            minutes=0.5,
        )
    yield from once_again(host, facts.of(host, GRUB_MENU), size)


def once_again(host: str, menu: Menu, size: int, stage: int = 0) -> Iterator[Command]:
    """Forget an entry that was asked for at the next start when it is not Xen with the wanted
    memory.
    """
    if menu.next and not capped(dom0_mem(menu.upcoming), size):
        yield Command(
            host,
            ("grub-editenv", "-", "unset", "next_entry"),
            why=(
                f"the next start would take `{menu.next}`; on a mirrored root GRUB cannot "
                "forget it by itself"
            ),
            undo=f"grub-reboot '{menu.next}'",
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
        undo="none needed",
        kind=Kind.UNIT,
        minutes=0.3,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The default entry boots Xen with the wanted memory (for KVM: does not boot Xen)."""
    for node in answers.nodes:
        host, menu = node.short, facts.of(node.short, GRUB_MENU)
        entry = menu.upcoming
        title = " > ".join(entry.path) if entry else "nothing"
        if answers.xen.hypervisor != "xen-pvm":
            if entry and entry.xen:
                yield Finding(
                    host,
                    f"GRUB boots Xen by default ({title}), and instances are to run under KVM",
                    f"rm -f {OURS}; apt-get purge 'xen-hypervisor-*'; update-grub",
                )
        elif entry is None or not entry.xen:
            yield Finding(
                host,
                f"GRUB boots {title} by default, which is not Xen",
                "look for GRUB_DEFAULT in /etc/default/grub and /etc/default/grub.d, then "
                "run update-grub",
            )
        elif not capped(dom0_mem(entry), answers.grub.dom0_mem_mib):
            yield Finding(
                host,
                f"the default entry {title} gives dom0 {dom0_mem(entry) or 'all memory'}",
                "look for dom0_mem in GRUB_CMDLINE_XEN in /etc/default/grub.d, then run "
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
