"""The hypervisor's settings and the kernel that guests boot (article, row 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steps.common import initramfs
from steps.common.back import as_it_was
from steps.common.edit import assign, assigned, with_lines
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.common.files import put, template
from steps.common.versions import Hypervisor
from steps.platform.facts.boot import BOOT, version_key
from steps.platform.facts.xen import HOOKS, MODULES, XEN_FILES, XENDOMAINS, XL_CONF
from wizard.answers import Answers, Xen
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind, Step, not_done
from wizard.model.undo import Undo
from wizard.model.write import write_file


@dataclass(frozen=True)
class Setting:
    """One setting in a file of shell-like assignments."""

    path: str
    key: str
    value: str
    written: str
    """The value as it is written, with its quotes."""
    why: str


SETTINGS = (
    Setting(
        XL_CONF,
        key="autoballoon",
        value="off",
        written='"off"',
        why="dom0 keeps its memory; Ganeti counts on the rest for instances",
    ),
    Setting(
        XENDOMAINS,
        key="XENDOMAINS_SAVE",
        value="",
        written="",
        why="Ganeti alone stops instances: saved memory images would bypass it",
    ),
    Setting(
        XENDOMAINS,
        key="XENDOMAINS_RESTORE",
        value="false",
        written="false",
        why="Ganeti alone starts instances, on one node only",
    ),
)
"""What Ganeti's installation guide asks for under "Xen settings"."""


_LEADS_TO = """now=$(readlink "$1" || :)
  case $now in "$former") ;; "$2"*) now=$left ;; esac; printf %s "$now\""""
"""Our hook follows each kernel upgrade with the link: it is ours whatever version it leads to."""
_LEAD_BACK = """\
if [ ! -e "${1%/*}/$former" ]; then echo "$former is no longer there: $1 stays" >&2; exit 1; fi
ln -sfn -- "$former" "$1\""""


def hook_text() -> str:
    """The kernel hook that the wizard installs, from its own assets."""
    return template("zz-ganeti-guest-kernel")


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Guests need a kernel with an initramfs; the settings need the hypervisor's own files."""
    for node in answers.nodes:
        host = node.short
        if not facts.of(host, SYSTEM).supported:
            yield Finding(host, what="this Debian release is not supported", step="packages")
            continue
        if facts.of(host, BOOT).newest is None:
            yield Finding(
                host,
                what="no kernel under /boot has an initramfs",
                mend="apt-get install linux-image-amd64, or `update-initramfs -c -k all`",
            )
        for path in _settings_of(answers):
            if path not in facts.of(host, XEN_FILES):
                yield Finding(host, what=f"{path} is missing", step="packages")


def _settings_of(answers: Answers) -> tuple[str, ...]:
    return (XL_CONF, XENDOMAINS) if answers.xen.hypervisor == "xen-pvm" else ()


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """Settings first, then what the initramfs needs, then the links to it."""
    for node in answers.nodes:
        host = node.short
        for path in _settings_of(answers):
            yield from _settings(host, path, facts.of(host, XEN_FILES)[path])
        yield from _hooks(host, facts.of(host, XEN_FILES))
        chosen = hypervisor_of(answers, facts, host)
        yield from _initramfs(host, chosen, facts)
        yield from _links(host, chosen, facts)


def _settings(host: str, path: str, text: str) -> Iterator[Command]:
    new = text
    reasons = []
    for setting in SETTINGS:
        if setting.path == path and assigned(text, setting.key) != setting.value:
            new = assign(new, setting.key, setting.written)
            reasons.append(f"{setting.key}={setting.written}: {setting.why}")
    if reasons:
        yield write_file(
            host,
            path,
            new,
            why="; ".join(reasons),
            old=text,
        )


def _hooks(host: str, files: dict[str, str]) -> Iterator[Command]:
    for path in HOOKS:
        yield from put(
            host,
            path,
            hook_text(),
            "after a kernel upgrade the guests' links must follow, on every node alike",
            now=files.get(path),
            mode="755",
        )


def _initramfs(host: str, chosen: Hypervisor, facts: Facts) -> Iterator[Command]:
    text = facts.of(host, XEN_FILES).get(MODULES, "")
    missing = initramfs.missing(text, chosen.modules)
    boot = facts.of(host, BOOT)
    if missing:
        yield write_file(
            host,
            MODULES,
            with_lines(text, missing),
            why=(
                "guests boot from the node's initramfs: it must hold the drivers of their disk "
                "and network card, and what opens an encrypted volume, since a guest has no "
                "other modules of a kernel that came after it"
            ),
            old=text,
        )
    if (missing or boot.stale(MODULES)) and boot.newest:
        yield Command(
            host,
            initramfs.update(boot.newest.version),
            why="build the initramfs anew with these modules",
            risk="the node boots from this file too; when it cannot be written the old one stays",
            undo=initramfs.undo(boot.newest.version),
            kind=Kind.UNIT,
            minutes=1,
        )


def _links(host: str, chosen: Hypervisor, facts: Facts) -> Iterator[Command]:
    boot = facts.of(host, BOOT)
    if boot.newest is None:
        return
    version = boot.newest.version
    targets = {
        chosen.kernel: f"vmlinuz-{version}",
        chosen.initrd: f"initrd.img-{version}",
    }
    for link, target in targets.items():
        former = boot.link(link)
        if former != target:
            yield Command(
                host,
                ("ln", "-sfn", target, link),
                why="a fixed name for the kernel that guests boot: the cluster's settings name it",
                undo=_former_link(link, target, former),
            )


def _former_link(link: str, target: str, former: str) -> Undo:
    act = _LEAD_BACK if former else 'rm "$1"'
    shown = f"let {link} lead to {former} again" if former else f"remove {link}"
    kind, _, _ = target.partition("-")
    return as_it_was(_LEADS_TO, act, link, f"{kind}-", left=target, former=former, title=shown)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Settings in force, modules listed and built in, links to an existing kernel, the same on all
    nodes.
    """
    yield from not_done(plan(answers, facts))
    yield from _unlike(answers, facts)


def _unlike(answers: Answers, facts: Facts) -> Iterator[Finding]:
    versions = {}
    for node in answers.nodes:
        newest = facts.of(node.short, BOOT).newest
        if newest:
            versions[node.short] = newest.version
    first = versions.get(answers.first.short)
    for host, version in versions.items():
        if first and version != first:
            yield Finding(
                host,
                what=f"guests would boot kernel {version} here and {first} on "
                f"{answers.first.short}",
                mend=_same_kernel({host: version, answers.first.short: first}),
            )


def _same_kernel(versions: dict[str, str]) -> str:
    """How two nodes come to one kernel. The newer one may be of backports, or of another flavour:
    then no upgrade of the other node brings it.
    """
    older, newer = sorted(versions, key=lambda host: version_key(versions[host]))
    package = f"linux-image-{versions[newer]}"
    return (
        f"apt-get update && apt-get install linux-image-amd64 on {older}; where that does not "
        f"bring it, apt-get install {package} there (from the archive that {newer} has it from), "
        f"or apt-get purge {package} on {newer}"
    )


STEP = Step(
    id="xen",
    title="Set up the hypervisor and the guests' kernel",
    reason=(
        "The article switches live relocation on and lets Xen make the bridge. Today there is no "
        "xend: dom0's memory is fixed, nothing but Ganeti starts or stops guests, and both nodes "
        "hold the kernel that guests boot. Debian's Xen is built without shadow paging, so a "
        "planned move is a short stop and start on the other node; instances under KVM move "
        "while they run."
    ),
    then=(
        "/etc/xen/xend-config.sxp: (xend-relocation-server yes) (network-script "
        "network-bridge) (dom0-min-mem 0)"
    ),
    now=(
        'xl.conf: autoballoon="off"; xendomains: no save, no restore; '
        "/boot/vmlinuz-3-xenU, /boot/initrd-3-xenU"
    ),
    section=Xen,
    facts=(SYSTEM, BOOT, XEN_FILES),
    needs=("packages",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=2,
)
