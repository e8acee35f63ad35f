"""Ganeti, DRBD's tools and the hypervisor from Debian's archive (article, row 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.common import apt
from steps.common.facts.packages import APT, PACKAGES, SPACE, UNFINISHED
from steps.common.facts.release import SYSTEM, hypervisor_of, release_of
from steps.common.facts.watcher import WATCHER
from steps.common.versions import DEBIAN, OTHER_PING, PING
from steps.platform import cron
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """What makes an installation impossible, or would leave a cluster that cannot work."""
    for node in answers.nodes:
        host = node.short
        system = facts.of(host, SYSTEM)
        if not system.supported:
            yield Finding(
                host,
                what=f"{system.name or 'an unknown system'} with Ganeti "
                f"{system.ganeti or 'not installed'} is not supported",
                mend=f"install Debian {' or '.join(DEBIAN)} on it",
            )
            continue
        if system.arch != "amd64":
            yield Finding(
                host,
                what=f"the architecture is {system.arch or 'unknown'}",
                mend="use a 64-bit PC server (amd64)",
            )
        yield from _drbd9(host, facts)
        yield from _early_boot(host, facts)
        yield from cron.blockers(facts, host)
        if _work(answers, facts, host):
            yield from _obstacles(answers, facts, host)
    yield from _unlike(answers, facts)


def _drbd9(host: str, facts: Facts) -> Iterator[Finding]:
    for package in facts.of(host, PACKAGES).known:
        if package.installed and package.name.startswith(("drbd-dkms", "drbd-module")):
            yield Finding(
                host,
                what=f"{package.name} {package.version} is installed, and Ganeti knows DRBD only "
                "up to 8.4",
                mend=f"apt-get purge {package.name}, then reboot, so that the kernel's own module "
                "is used",
            )


OTHER_EARLY_BOOTS = ("dracut", "tiny-initramfs")
"""What makes the initramfs in the place of initramfs-tools and reads none of its files: instances,
which boot the node's, would lack the drivers of their disk (the packages' Provides and Conflicts).
"""


def _early_boot(host: str, facts: Facts) -> Iterator[Finding]:
    for name in OTHER_EARLY_BOOTS:
        if facts.of(host, PACKAGES).get(name).installed:
            yield Finding(
                host,
                what=f"{name} makes the initramfs here, and does not read /etc/initramfs-tools: "
                "instances, which boot the node's, would not find their disk",
                mend=f"apt-get install initramfs-tools, which takes the place of {name}, then "
                "update-initramfs -c -k all, and a reboot to see that the server starts by it",
            )


def _obstacles(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    yield from apt.at_work(facts, host)
    lacking = _lacking(answers, facts, host)
    if not lacking:
        return
    yield from apt.on_hold(facts, host, lacking)
    pinned = [name for name in lacking if name in facts.of(host, APT).pinned]
    if pinned:
        yield Finding(
            host,
            what=f"apt may install no version of {', '.join(pinned)}: their priority is below 0",
            mend="change the Pin-Priority in /etc/apt/preferences or /etc/apt/preferences.d "
            f"(apt_preferences(5)), until `apt-cache policy {pinned[0]}` names a candidate",
        )
    mirror = facts.of(host, APT).mirror
    if mirror not in ("ok", "skipped"):
        yield Finding(
            host,
            what=f"the package mirror cannot be reached ({mirror})",
            mend="mend the network, the proxy or /etc/apt/sources.list, until `apt-get update` "
            "runs without errors; a proxy that the environment alone has (http_proxy) reaches no "
            "service: set Acquire::http::Proxy in /etc/apt/apt.conf.d",
        )
    need = dict(hypervisor_of(answers, facts, host).space_mib)
    for mount, free, wanted in facts.of(host, SPACE).short(need):
        yield Finding(
            host,
            what=f"{free} MiB are free on {mount}, and the packages need {wanted} MiB there",
            mend="make room: `apt-get clean`, old kernels (`apt-get autoremove`), or a larger "
            "file system",
        )


def _unlike(answers: Answers, facts: Facts) -> Iterator[Finding]:
    releases = {node.short: facts.of(node.short, SYSTEM).debian for node in answers.nodes}
    first = answers.first.short
    for host, debian in releases.items():
        if debian != releases[first]:
            yield Finding(
                host,
                what=f"Debian {debian or '?'} runs here and Debian {releases[first] or '?'} on "
                f"{first}",
                mend="all nodes need the same release: upgrade the older one first",
            )


def _lacking(answers: Answers, facts: Facts, host: str) -> tuple[str, ...]:
    packages = facts.of(host, PACKAGES)
    wanted = []
    for name in release_of(facts, host).wanted_packages(answers.xen.hypervisor):
        if name != PING or not packages.get(OTHER_PING).installed:
            wanted.append(name)
    return packages.lacking(tuple(wanted)) + cron.lacking(facts, host)


def _work(answers: Answers, facts: Facts, host: str) -> bool:
    return facts.of(host, UNFINISHED).broken or bool(_lacking(answers, facts, host))


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """Finish what an earlier run left half-done, then install what is missing."""
    for node in answers.nodes:
        host = node.short
        yield from apt.repair(facts, host)
        lacking = _lacking(answers, facts, host)
        if lacking:
            yield apt.update(
                host,
                "fetch the lists of available packages, so that no outdated version is asked for",
            )
            yield apt.fetch(
                host,
                lacking,
                "Ganeti manages the cluster, drbd-utils drive the replication, the rest "
                "makes guests run",
                risk="adds boot entries; Ganeti's services stay down until the cluster exists",
                undo="apt-get purge",
                minutes=3,
            )
        yield from cron.plan(facts, host)


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every package fully installed, nothing half-done, one version of Ganeti on all nodes."""
    for node in answers.nodes:
        host = node.short
        for name in _lacking(answers, facts, host):
            state = facts.of(host, PACKAGES).get(name).state
            yield Finding(
                host,
                what=f"{name} is not fully installed (dpkg says {state})",
                step=THIS_STEP,
            )
        if facts.of(host, UNFINISHED).broken:
            yield Finding(host, what="dpkg has unfinished work", step=THIS_STEP)
        yield from cron.verify(facts, host)
    yield from _versions(answers, facts)


def _versions(answers: Answers, facts: Facts) -> Iterator[Finding]:
    first = facts.of(answers.first.short, SYSTEM).ganeti
    for node in answers.nodes[1:]:
        own = facts.of(node.short, SYSTEM).ganeti
        if own and first and own != first:
            yield Finding(
                node.short,
                what=f"Ganeti {own} is installed here and {first} on {answers.first.short}; "
                "nodes must not differ",
                mend=f"{_release(facts, node.short, 'ganeti')}apt-get update && apt-get install "
                "--only-upgrade 'ganeti*' on the older one",
            )
        yield from _hypervisors(answers, facts, node.short)


def _release(facts: Facts, host: str, name: str) -> str:
    """What must come before an upgrade of a package that is on hold on this host: apt keeps it back
    else without an error.
    """
    return f"apt-mark unhold {name} on {host}; " if facts.of(host, PACKAGES).get(name).held else ""


def _hypervisors(answers: Answers, facts: Facts, host: str) -> Iterator[Finding]:
    """Guests do not move by live migration between different versions of Xen or QEMU (Ganeti's
    issue 1683).
    """
    first = answers.first.short
    for package in facts.of(host, PACKAGES).known:
        other = facts.of(first, PACKAGES).get(package.name)
        both = package.installed and other.installed
        if _is_hypervisor(package.name) and both and package.version != other.version:
            yield Finding(
                host,
                what=f"{package.name} is {package.version} here and {other.version} on {first}; "
                "instances may not move",
                mend=f"{_release(facts, host, package.name)}apt-get update && apt-get install "
                f"--only-upgrade {package.name} on the older one, and reboot it",
            )


def _is_hypervisor(package: str) -> bool:
    if package == "qemu-system-x86":
        return True
    return package.startswith("xen-hypervisor-") and package.endswith("-amd64")


STEP = Step(
    id="packages",
    title="Install Ganeti, DRBD's tools and the hypervisor",
    reason=(
        "The same packages in the same versions on every node: each of them must be able to run "
        "what the others run. The article installs them by hand on both; half-finished "
        "installations are found and finished first."
    ),
    then="apt-get install ganeti",
    now=(
        "apt-get update; apt-get install ganeti ganeti-instance-debootstrap drbd-utils "
        "xen-system-amd64 socat logrotate iputils-ping; cron, where nothing else runs Ganeti's "
        "watcher"
    ),
    facts=(SYSTEM, PACKAGES, UNFINISHED, APT, SPACE, WATCHER),
    needs=("hosts",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=5,
)
