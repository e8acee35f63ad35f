"""The DRBD module with the options that Ganeti asks for (article, row 9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from steps.common import units
from steps.common.facts.release import SYSTEM, release_of
from steps.platform.facts.drbd import DRBD_MODULE, DRBD_OPTIONS, LOAD, MODPROBE, Module
from wizard.answers import Answers, Drbd
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step, not_done
from wizard.model.undo import Undo
from wizard.model.write import write_file

COPIES = "disable_sendpage"
SENDS = f"/sys/module/drbd/parameters/{COPIES}"
"""May be written while the module is in use (drivers/block/drbd/drbd_main.c)."""
COPY = f"echo 1 >{SENDS}"
_TRUE = re.compile(r"([1yYtT].*|[oO][nN].*)?")
"""How modprobe.d may say yes (lib/kstrtox.c in the kernel; a name alone is yes too)."""
UNLOAD = '[ ! -d "$1" ] || exec rmmod drbd'
"""The kernel refuses it while a minor is in use (rmmod(8))."""


def wanted_options(answers: Answers, facts: Facts, host: str) -> dict[str, str]:
    """The module's options by name.

    Under Xen what is written belongs to the instance. When the other server loses its power, DRBD
    closes connections that still had to send some of it, and since Linux 6.1.84 nothing ends them
    (tcp: properly terminate timers for kernel sockets, 151c9c724d05). The instance's pages would
    stay in use, and its end hang for ever, with the whole of Xen's tools on that server.
    """
    wanted = {
        "minor_count": str(answers.drbd.minor_count),
        "usermode_helper": release_of(facts, host).usermode_helper,
    }
    if answers.xen.hypervisor == "xen-pvm":
        wanted[COPIES] = "1"
    return wanted


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A module that Ganeti does not know, options set elsewhere, or a module in use with other
    options.
    """
    for node in answers.nodes:
        host = node.short
        if not facts.of(host, SYSTEM).supported:
            yield Finding(host, what="this Debian release is not supported", step="packages")
            continue
        module = facts.of(host, DRBD_MODULE)
        yield from _versions(host, module, release_of(facts, host).drbd_series)
        yield from _elsewhere(answers, facts, host)
        if module.minors and not _right(module, wanted_options(answers, facts, host)):
            used = ", ".join(str(minor) for minor in module.minors)
            yield Finding(
                host,
                what=f"the module runs with minor_count={module.minor_count} "
                f"usermode_helper={module.usermode_helper} and cannot be loaded anew while "
                f"minors are in use ({used})",
                mend="move the instances to another node and deactivate their disks, or `drbdsetup "
                "down resourceN` for each N that belongs to no instance",
            )


def _versions(host: str, module: Module, series: str) -> Iterator[Finding]:
    """The module that runs, else the one that the next start would load in its place."""
    if not module.version and not module.available:
        yield Finding(
            host,
            what="the running kernel has no DRBD module",
            mend="use Debian's linux-image-amd64 (not -cloud-) and reboot into it",
        )
        return
    for version in (module.version, module.available):
        if version and not version.startswith(f"{series}."):
            yield _other_series(host, module, version, series)
            return


def _other_series(host: str, module: Module, version: str, series: str) -> Finding:
    when = "" if version == module.version or not module.loaded else "from the next start on "
    return Finding(
        host,
        what=f"{when}the DRBD module is version {version} ({module.path}), and Ganeti works with "
        f"{series} only",
        mend="apt-get purge drbd-dkms, or, where it was built by hand, remove that file and run "
        "depmod; then `rmmod drbd` or reboot: the kernel's own module is 8.4",
    )


def _elsewhere(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Options that another file than ours sets to something else, and lines that forbid the module
    (systemd-modules-load.service(8) passes over what is on a deny list).
    """
    options = facts.of(host, DRBD_OPTIONS)
    for name, value in wanted_options(answers, facts, host).items():
        for path, other in options.others(name):
            if other != value and not (name == COPIES and _TRUE.fullmatch(other)):
                yield Finding(
                    host,
                    what=f"{path} sets {name}={other} for the module drbd, and {name}={value} is "
                    "needed",
                    mend=f"take that option out of {path}",
                )
    for path, line in options.forbidden:
        yield Finding(
            host,
            what=f"{path} says `{line}`: at the next start the module would not be loaded, and no "
            "instance could start",
            mend=f"take that line out of {path}, then update-initramfs -u",
        )


def _right(module: Module, wanted: dict[str, str]) -> bool:
    """Whether the module was loaded with the options that count at loading only."""
    count = str(module.minor_count) == wanted["minor_count"]
    return module.loaded and count and module.usermode_helper == wanted["usermode_helper"]


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """Options and loading at boot as files, then the module as it runs now."""
    for node in answers.nodes:
        host = node.short
        wanted = wanted_options(answers, facts, host)
        options = facts.of(host, DRBD_OPTIONS)
        written = {name: options.value(name) for name in wanted}
        if written != wanted:
            yield _write_options(host, wanted)
        if not options.loads:
            yield write_file(
                host,
                LOAD,
                "drbd\n",
                why="the module is loaded at every start, before Ganeti asks for it",
            )
        yield from _reload(host, facts.of(host, DRBD_MODULE), wanted)
        yield from _copying(host, facts.of(host, DRBD_MODULE), wanted)
        if facts.of(host, DRBD_MODULE).starters:
            yield units.disable(
                host,
                "drbd.service",
                "Debian's own service would bring up disks by drbd.conf; Ganeti alone does that",
                was=facts.of(host, DRBD_MODULE).service,
                risk="stops DRBD devices that are configured in /etc/drbd.d",
                kind=Kind.UNIT,
            )


def _write_options(host: str, wanted: dict[str, str]) -> Command:
    line = " ".join(f"{name}={value}" for name, value in wanted.items())
    return write_file(
        host,
        MODPROBE,
        "# Written by ganeti-wizard: Ganeti drives DRBD by itself and wants no helper to "
        "interfere.\n"
        f"options drbd {line}\n",
        why=f"room for {wanted['minor_count']} replicated disks; gnt-cluster init refuses "
        f"another helper than {wanted['usermode_helper']}",
    )


def _reload(host: str, module: Module, wanted: dict[str, str]) -> Iterator[Command]:
    if _right(module, wanted):
        return
    if module.loaded:
        yield Command(
            host,
            ("rmmod", "drbd"),
            why=f"it was loaded with minor_count={module.minor_count} "
            f"usermode_helper={module.usermode_helper or 'none'}, and options count at "
            "loading only",
            risk="the kernel refuses it while a minor is in use",
            undo=Undo(("modprobe", "drbd"), "modprobe drbd, by the former options", last=True),
        )
    yield Command(
        host,
        ("modprobe", "drbd"),
        why="load the module with these options",
        undo=Undo(("sh", "-c", UNLOAD, "unload", "/sys/module/drbd"), "rmmod drbd"),
    )


def _copying(host: str, module: Module, wanted: dict[str, str]) -> Iterator[Command]:
    """The module as it runs, where it need not be loaded anew."""
    if COPIES in wanted and _right(module, wanted) and not module.copies:
        yield Command(
            host,
            ("sh", "-c", COPY),
            why="it sends out of an instance's own memory: after the other server lost its power, "
            "an instance that is stopped here would hang for ever",
            undo=Undo(("sh", "-c", f"echo 0 >{SENDS}"), f"echo 0 >{SENDS}"),
            title=COPY,
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The loaded module has the right version and options, and will have them after a reboot."""
    yield from not_done(plan(answers, facts))


STEP = Step(
    id="drbd",
    title="Load the replication module",
    reason=(
        "DRBD mirrors an instance's disks to the other node. The module takes its options only "
        "when it is loaded, so they are set before the first disk exists: how many disks it may "
        "hold, that nobody but Ganeti drives it, and under Xen that it copies what it sends."
    ),
    then=(
        "apt-get install drbd8-modules-2.6.26-2-xen-686 drbd8-utils; drbd minor_count=64 "
        "in /etc/modules; modprobe"
    ),
    now=(
        "/etc/modprobe.d/drbd.conf: options drbd minor_count=128 usermode_helper=/bin/true "
        "disable_sendpage=1; modprobe drbd"
    ),
    section=Drbd,
    facts=(SYSTEM, DRBD_MODULE, DRBD_OPTIONS),
    needs=("packages", "reboot"),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=0.2,
)
