"""An encrypted volume in each instance, and services that start only after it is unlocked (article,
row 16).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.common import apt
from steps.common.facts.release import SYSTEM
from steps.common.versions import GUEST_CRYPTO
from steps.common.volume_layout import ASIDE, MAPPER, SCRIPT, mounts, paths, services
from steps.disks.facts.lvm import LVM
from steps.ganeti.acting import alone, cluster, master_host, master_is_ready
from steps.ganeti.facts.ganeti import GANETI, Config
from steps.ganeti.facts.jobs import JOBS
from steps.ganeti.ways import CAREFUL
from steps.vault import checks, disk, install, kept, luks, move, swap
from steps.vault.conflicts import conflicts
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED
from steps.vault.facts.volume import VOLUME
from wizard.answers import Answers, Vault, Volume
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step, not_done, on_nodes


def hosts(answers: Answers) -> Sequence[str]:
    """The nodes, the guests that get a volume, and those that are to have none."""
    guests = [volume.short for volume in (*answers.encrypted, *answers.vault.volumes)]
    return [*on_nodes(answers), *dict.fromkeys(guests)]


def suggest(answers: Answers, facts: Facts) -> Mapping[str, Any]:
    """One volume for each instance."""
    return {"volumes": [volume.model_dump(mode="json") for volume in answers.encrypted]}


def vault_volumes(answers: Answers, facts: Facts, config: Config) -> Iterator[VaultVolume]:
    """All wanted volumes whose instance is there."""
    for volume in answers.encrypted:
        vault = disk.vault_volume(answers, facts, config, volume)
        if vault is not None:
            yield vault


def packages(answers: Answers, volume: Volume) -> tuple[str, ...]:
    """What the guest needs, by its Debian release."""
    instance = next(item for item in answers.instance.wanted if item.name == volume.instance)
    return GUEST_CRYPTO.get(instance.suite, GUEST_CRYPTO["trixie"])


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
            yield Finding(
                master_host(answers, facts),
                what=f"there is no instance {volume.instance}",
                step="instance",
            )
    for vault in vault_volumes(answers, facts, config):
        yield from apt.blockers(facts, vault.host, packages(answers, vault.volume))
        readable = not list(_packages(answers, facts, vault))
        yield from checks.device(vault, facts, readable=readable)
        if alone(facts, config):
            yield from _not_now(answers, facts, vault)
        else:
            yield from checks.room(answers, facts, config, vault)
        yield from kept.taken_back(vault, facts)
        yield from conflicts(vault, facts)
        yield from checks.other_names(vault, facts)
        if not vault.formatted and not vault.unread:
            yield from checks.unknown_services(vault, facts)
        yield from _file_system_gone(vault, facts)


def _not_now(answers: Answers, facts: Facts, vault: VaultVolume) -> Iterator[Finding]:
    """Beside a node that is away no disk is added, and nothing is started anew."""
    master = master_host(answers, facts)
    device = list(disk.provide(answers, facts, vault))
    if any(command.host == master for command in device):
        yield Finding(
            master,
            what=f"a node is out of service: {vault.guest.name} gets no disk and no restart now",
            mend=CAREFUL,
        )


def _file_system_gone(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    was_finished = SCRIPT in facts.of(vault.host, PROTECTED).texts
    if was_finished and vault.is_open and not vault.seen.content:
        yield Finding(
            vault.host,
            what=f"the opened volume /dev/mapper/{MAPPER} shows no file system, and it had one",
            mend=(
                f"e2fsck -b 32768 /dev/mapper/{MAPPER}; when the volume is new and empty: "
                f"rm {SCRIPT}"
            ),
        )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """First the device; when the guest sees it, everything else. A locked volume that is complete
    is left locked.
    """
    config = cluster(answers, facts)
    if config is None:
        return
    for vault in vault_volumes(answers, facts, config):
        device = list(disk.provide(answers, facts, vault))
        yield from device
        if not device:
            yield from _within(answers, facts, config, vault)


def _within(
    answers: Answers, facts: Facts, config: Config, vault: VaultVolume
) -> Iterator[Command]:
    """What the guest itself does."""
    if vault.unread:
        # cryptsetup comes first: only it can tell what opens the header.
        yield from _packages(answers, facts, vault)
        return
    opening = list(_open(answers, facts, vault))
    yield from opening
    stays_locked = vault.formatted and not vault.is_open
    if stays_locked and not complete(vault, facts):
        # Opened by the commands above; the rest is planned from what the guest shows then.
        return
    rest = list(install.install_files(vault, facts))
    if not stays_locked:
        rest += move.occupy(vault, facts)
    rest += swap.plan(answers, facts, config, vault)
    yield from rest
    if not opening and not rest:
        # Originals are destroyed in a plan of their own, when all else was seen to be done.
        yield from move.clean(vault, facts)


def _open(answers: Answers, facts: Facts, vault: VaultVolume) -> Iterator[Command]:
    """Packages, header, key slots and file system. A locked volume that was once finished is not
    opened.
    """
    yield from _packages(answers, facts, vault)
    if vault.formatted and complete(vault, facts):
        yield from luks.keys(vault, luks.secret(vault.host, new=False))
        return
    yield from luks.make(vault)
    yield from luks.fill(vault)


def _packages(answers: Answers, facts: Facts, vault: VaultVolume) -> Iterator[Command]:
    why = "LUKS, and fuser to name what keeps a volume busy"
    yield from apt.install(facts, vault.host, packages(answers, vault.volume), why, minutes=1)


def complete(vault: VaultVolume, facts: Facts) -> bool:
    """Whether a locked volume was once finished: our program is there, and every mount point waits,
    guarded.
    """
    protected = facts.of(vault.host, PROTECTED)
    if SCRIPT not in protected.texts:
        return False
    return all(protected.place(path).guarded for path in mounts(vault.volume))


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to do; swap is encrypted; no data beside the volume; protected services only
    with the volume.
    """
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    yield from not_done(plan(answers, facts))
    for vault in vault_volumes(answers, facts, config):
        yield from swap.problems(answers, facts, config, vault)
        yield from checks.unknown_services(vault, facts)
        if not vault.is_open:
            yield from _in_the_clear(vault, facts)


def _in_the_clear(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    """What is written or lies outside of a locked volume."""
    protected = facts.of(vault.host, PROTECTED)
    for name in services(vault.volume):
        if protected.unit(name).active == "active":
            yield Finding(
                vault.host,
                what=f"{name} runs while the volume is locked: it writes in the clear",
                mend=f"systemctl stop {name}; find out what it wrote where",
                step=THIS_STEP,
            )
    if vault.volume.copies != "destroy":
        return
    for path in paths(vault.volume):
        if protected.place(path).aside:
            yield Finding(
                vault.host,
                what=f"{path}{ASIDE} still holds the data from before the move, in the clear",
                mend=f"ganeti-wizard unlock {vault.guest.name}",
                step=THIS_STEP,
            )


def _secrets(answers: Answers) -> list[str]:
    keys: list[str] = []
    for guest in answers.guests:
        keys += luks.keys_of_secrets(guest.short)
    return keys


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
    may_miss=on_nodes,
    secrets=_secrets,
    minutes=8,
)
