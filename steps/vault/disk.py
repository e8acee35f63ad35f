"""The device under the cipher: a disk that Ganeti adds to the instance, or a file in the guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from steps.common.facts.release import hypervisor_of, release_of
from steps.common.sizes import MIB
from steps.common.volume_layout import DISK_NAME, MAPPER, file_uuid
from steps.ganeti.acting import master_host
from steps.ganeti.facts.ganeti import Config, Guest, InstanceDisk
from steps.ganeti.under_way import await_ssh, followed
from steps.vault.facts.volume import FILE_IDENTITY, FILE_MARK, VOLUME, Block, VolumeSeen
from wizard.answers import Answers, Volume
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Kind

WORK = (
    "OP_INSTANCE_SET_PARAMS",
    "OP_INSTANCE_REBOOT",
    "OP_INSTANCE_STARTUP",
    "OP_INSTANCE_SHUTDOWN",
)
"""Ganeti's jobs after which an instance's disks, or what it sees of them, are others."""
RESERVE = f"""set -e; mkdir -p "$(dirname "$3")"; umask 077; mkdir -p "$(dirname "$1")"
[ ! -e "$1" ] || {{ echo "$1 is there already; nothing was written"; exit 1; }}
rm -f "$1.gw-new"; fallocate -l "$2" "$1.gw-new"; chmod 600 "$1.gw-new"; \
sync "$1.gw-new"; mv -nT "$1.gw-new" "$1"
{FILE_IDENTITY} "$1" >"$3.new"; sync "$3.new"; mv "$3.new" "$3" """


@dataclass(frozen=True)
class VaultVolume:
    """One wanted volume with what is known of it."""

    volume: Volume
    guest: Guest
    host: str
    seen: VolumeSeen
    uuid: str
    """The LUKS header's, which it has or will have; "" while Ganeti has no disk for it."""
    disk: InstanceDisk | None = None
    """Ganeti's disk; None while it is to be added, or when the volume is in a file."""
    block: Block | None = None
    """The device as the guest sees it; None while it does not."""

    @property
    def header_copy(self) -> str:
        """Where the state directory has the copy of its header."""
        return f"headers/{self.guest.name}-{self.uuid}.luks"

    @property
    def formatted(self) -> bool:
        """Whether it has a LUKS header of ours that some passphrase opens."""
        return self.block is not None and self.block.uuid == self.uuid and bool(self.block.slots)

    @property
    def unread(self) -> bool:
        """Whether there is a header of ours, and nobody can tell yet what opens it."""
        return self.block is not None and self.block.uuid == self.uuid and self.block.unread

    @property
    def is_open(self) -> bool:
        """Whether /dev/mapper has an open volume of its name; which one, the UUID there says."""
        return MAPPER in self.seen.mapped


def path_of(answers: Answers, facts: Facts, number: int) -> str:
    """The device of an instance's disk by its number: /dev/xvdc is disk 2 (Ganeti names them in
    order).
    """
    prefix = hypervisor_of(answers, facts, master_host(answers, facts)).disk_prefix
    return f"/dev/{prefix}{ascii_lowercase[number]}"


def vault_volume(
    answers: Answers, facts: Facts, config: Config, volume: Volume
) -> VaultVolume | None:
    """What is known of a volume; None when its instance is not there."""
    guest = config.instance(volume.instance)
    if guest is None:
        return None
    host = volume.short
    seen = facts.of(host, VOLUME)
    if volume.kind == "file":
        uuid = file_uuid(guest.uuid, volume.file)
        return VaultVolume(volume, guest, host, seen, uuid, block=seen.block(volume.file))
    for number, disk in enumerate(config.disks_of(guest)):
        if disk.name == DISK_NAME:
            # The header carries the UUID that Ganeti gave the disk: so it is told from the remains
            # of another volume under any device name.
            block = seen.by_uuid(disk.uuid) or seen.block(path_of(answers, facts, number))
            return VaultVolume(volume, guest, host, seen, disk.uuid, disk, block)
    return VaultVolume(volume, guest, host, seen, uuid="")


def provide(answers: Answers, facts: Facts, vault: VaultVolume) -> Iterator[Command]:
    """Whatever is needed until the guest sees the device."""
    master = master_host(answers, facts)
    under_way = followed(answers, facts, vault.guest.name, *WORK)
    if under_way:
        yield under_way
        yield _await_ssh(answers, master, vault)
    elif vault.volume.kind == "file":
        if vault.block is None:
            yield _make_file(vault)
    elif vault.disk is None:
        yield _add(answers, facts, vault)
        if not hypervisor_of(answers, facts, master).hotplug:
            yield from _restart(answers, master, vault)
    elif vault.block is None:
        yield from _restart(answers, master, vault)


def _add(answers: Answers, facts: Facts, vault: VaultVolume) -> Command:
    master = master_host(answers, facts)
    hotplug: tuple[str, ...] = ()
    if hypervisor_of(answers, facts, master).hotplug:
        hotplug = release_of(facts, master).hotplug
    name = vault.guest.name
    size_mib = vault.volume.size_mib
    return Command(
        host=master,
        argv=(
            *("gnt-instance", "modify", *SUBMIT, *hotplug),
            *("--disk", f"add:size={size_mib}M,name={DISK_NAME}", name),
        ),
        kind=Kind.JOB,
        why=(
            "a disk of its own for the encrypted volume; DRBD copies it below the cipher, "
            "so the standby has it too"
        ),
        risk="takes disk space on both nodes; the job ends when both have every block",
        undo=(
            f"gnt-instance shutdown {name}; gnt-instance modify --disk {DISK_NAME}:remove {name}, "
            "which destroys what is on it"
        ),
        minutes=1 + size_mib / 1024,
    )


def _restart(answers: Answers, master: str, vault: VaultVolume) -> Iterator[Command]:
    yield Command(
        host=master,
        argv=("gnt-instance", "reboot", "--type=full", *SUBMIT, vault.guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why=(
            "Xen shows a new disk only to an instance that Ganeti starts anew; a reboot "
            "from within is not enough"
        ),
        risk=(
            f"{vault.guest.name} and its services are away for as long as it takes to shut "
            "down and boot"
        ),
        undo="none needed",
        minutes=3,
    )
    yield _await_ssh(answers, master, vault)


def _await_ssh(answers: Answers, master: str, vault: VaultVolume) -> Command:
    name = vault.guest.name
    instance = next(item for item in answers.instance.wanted if item.name == name)
    return await_ssh(master, str(instance.ip), f"{name} has booted when its ssh server answers")


def _make_file(vault: VaultVolume) -> Command:
    file = vault.volume.file
    size_mib = vault.volume.size_mib
    return Command(
        host=vault.host,
        argv=("sh", "-c", RESERVE, "make-file", file, str(size_mib * MIB), FILE_MARK),
        kind=Kind.UNIT,
        why="the file that holds the encrypted volume, with all its blocks reserved",
        risk="takes that much room on the instance's system disk",
        undo=f"rm {file}, as long as no volume was made in it",
        title=f"reserve {size_mib} MiB in {file}",
        minutes=0.1,
    )
