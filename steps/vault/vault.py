"""An encrypted volume in each instance, and services that start only after it is unlocked (article,
row 16).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common import apt
from steps.common.facts.release import SYSTEM
from steps.common.versions import GUEST_CRYPTO
from steps.common.volume_layout import MAPPER, SCRIPT, mounts, paths, services
from steps.disks.facts.lvm import LVM
from steps.ganeti.cluster_checks import master_is_ready
from steps.ganeti.facts.ganeti import GANETI, Config, cluster
from steps.ganeti.facts.jobs import JOBS
from steps.vault import checks, disk, kept, luks, move, swap
from steps.vault.disk import Ground
from steps.vault.facts.protected import PROTECTED
from steps.vault.facts.volume import VOLUME
from wizard.answers import Answers, Vault, Volume
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done, on_nodes


def hosts(answers: Answers) -> Sequence[str]:
    """The nodes, the guests that get a volume, and those that are to have none."""
    guests = [volume.short for volume in (*answers.encrypted, *answers.vault.volumes)]
    return [*on_nodes(answers), *dict.fromkeys(guests)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """One volume for each instance."""
    return {"volumes": [volume.model_dump(mode="json") for volume in answers.encrypted]}


def grounds(answers: Answers, facts: Facts, config: Config) -> list[Ground]:
    """All wanted volumes whose instance is there."""
    found = (disk.ground(answers, facts, config, volume) for volume in answers.encrypted)
    return [one for one in found if one is not None]


def packages(answers: Answers, volume: Volume) -> tuple[str, ...]:
    """What the guest needs, by its Debian release."""
    suite = next(one.suite for one in answers.instance.wanted if one.name == volume.instance)
    return GUEST_CRYPTO.get(suite, GUEST_CRYPTO["trixie"])


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The instances are there; nothing foreign is in the way, and everything has room."""
    yield from checks.forgotten(answers)
    yield from kept.spared(answers, facts)
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    for volume in answers.encrypted:
        if config.instance(volume.instance) is None:
            what = f"there is no instance {volume.instance}"
            yield Finding(answers.master.short, what, "finish the step `instance`")
    for one in grounds(answers, facts, config):
        yield from apt.blockers(facts, one.host, packages(answers, one.volume))
        yield from checks.device(one, facts, readable=not list(_packages(answers, facts, one)))
        yield from checks.room(answers, facts, config, one)
        yield from kept.taken_back(one, facts)
        yield from move.conflicts(one, facts)
        if not one.formatted and not one.unread:
            yield from checks.unknown_services(one, facts)
        if (
            MAPPER in one.seen.mapped
            and not one.seen.content
            and SCRIPT in facts.of(one.host, PROTECTED).texts
        ):
            what = f"the opened volume /dev/mapper/{MAPPER} shows no file system, and it had one"
            mend = (
                f"e2fsck -b 32768 /dev/mapper/{MAPPER}; when the volume is new and empty: "
                f"rm {SCRIPT}"
            )
            yield Finding(one.host, what, mend)


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """First the device; when the guest sees it, everything else. A locked volume that is complete
    is left locked.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for one in grounds(answers, facts, config):
        first = list(disk.provide(answers, facts, one))
        yield from first
        if not first:
            yield from _within(answers, facts, config, one)


def _within(answers: Answers, facts: Facts, config: Config, one: Ground) -> Iterator[Command]:
    if one.unread:
        yield from _packages(answers, facts, one)
        return
    first = list(_open(answers, facts, one))
    yield from first
    if one.formatted and MAPPER not in one.seen.mapped and not complete(one, facts):
        return
    rest = list(move.install_files(one, facts))
    if MAPPER in one.seen.mapped or not one.formatted:
        rest += move.occupy(one, facts)
    rest += swap.plan(answers, facts, config, one)
    yield from rest
    if not first and not rest:
        yield from move.clean(one, facts)


def _open(answers: Answers, facts: Facts, one: Ground) -> Iterator[Command]:
    """Packages, header, key slots and file system. A locked volume that was once finished is not
    opened.
    """
    yield from _packages(answers, facts, one)
    if one.formatted and complete(one, facts):
        yield from luks.keys(one, luks.secret(one.host, new=False))
        return
    yield from luks.make(one)
    yield from luks.fill(one)


def _packages(answers: Answers, facts: Facts, one: Ground) -> Iterator[Command]:
    why = "LUKS, and fuser to name what keeps a volume busy"
    yield from apt.install(facts, one.host, packages(answers, one.volume), why, minutes=1)


def complete(one: Ground, facts: Facts) -> bool:
    """Whether a locked volume was once finished: our program is there, and every mount point waits,
    guarded.
    """
    seen = facts.of(one.host, PROTECTED)
    return SCRIPT in seen.texts and all(seen.place(path).guarded for path in mounts(one.volume))


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do; swap is encrypted; no data beside the volume; protected services only
    with the volume.
    """
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    yield from not_done(plan(answers, facts))
    for one in grounds(answers, facts, config):
        yield from swap.problems(answers, facts, config, one)
        yield from checks.unknown_services(one, facts)
        yield from _services(one, facts)


def _services(one: Ground, facts: Facts) -> Iterator[Finding]:
    seen = facts.of(one.host, PROTECTED)
    for name in services(one.volume):
        if MAPPER not in one.seen.mapped and seen.unit(name).active == "active":
            what = f"{name} runs while the volume is locked: it writes in the clear"
            yield Finding(
                one.host,
                what,
                f"systemctl stop {name}; find out what it wrote where; run this step",
            )
    for path in paths(one.volume):
        if (
            one.volume.copies == "destroy"
            and MAPPER not in one.seen.mapped
            and seen.place(path).aside
        ):
            what = f"{path}.unencrypted still holds the data from before the move, in the clear"
            yield Finding(
                one.host, what, f"ganeti-wizard unlock {one.guest.name}, then run this step"
            )


STEP = Step(
    id="vault",
    title="Encrypt the instance's data",
    reason=(
        "Whoever carries the servers off, or buys their old disks, must find nothing. The base "
        "system starts by itself and can be reached; the database and the billing start only "
        "after somebody gave the passphrase. A reboot and a failover lock the volume, so that "
        "somebody must unlock it; a live migration keeps it open, since the key moves along in "
        "memory."
    ),
    then=(
        "losetup -e AES256 /dev/loop1 /var/encrypt_file; mkfs -t ext2; mount -o "
        "loop=/dev/loop1,encryption=AES256"
    ),
    now=(
        "LUKS2 on a disk that DRBD copies below the cipher; data directories bind-mounted from "
        "it; services that refuse to start while it is locked; `ganeti-wizard unlock` and `lock`"
    ),
    plan=plan,
    verify=verify,
    section=Vault,
    facts=(SYSTEM, GANETI, JOBS, LVM, *apt.FACTS, VOLUME, PROTECTED),
    needs=("instance", "guest"),
    blockers=blockers,
    suggest=suggest,
    hosts=hosts,
    minutes=8,
)
