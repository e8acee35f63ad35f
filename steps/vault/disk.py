"""The device under the cipher: a disk that Ganeti adds to the instance, or a file in the guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from steps.common.facts.release import hypervisor_of, release_of
from steps.common.sizes import MIB
from steps.common.volume_layout import DISK_NAME, file_uuid
from steps.ganeti.facts.ganeti import Config, Disk, Guest
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
RESERVE = f"""set -e; mkdir -p "$(dirname "$3")"; umask 077; mkdir -p "$(dirname "$1")"
[ ! -e "$1" ] || {{ echo "$1 is there already; nothing was written"; exit 1; }}
rm -f "$1.gw-new"; fallocate -l "$2" "$1.gw-new"; chmod 600 "$1.gw-new"; sync "$1.gw-new"; mv -nT "$1.gw-new" "$1"
{FILE_IDENTITY} "$1" >"$3.new"; sync "$3.new"; mv "$3.new" "$3" """  # noqa: E501


@dataclass(frozen=True)
class Ground:
    """One wanted volume with what is known of it: the LUKS header's UUID that it has or will have,
    and its device.

    `disk` is Ganeti's, None while it is to be added or when the volume is in a file; `block` is the
    device as the guest sees it, None while it does not.
    """

    volume: Volume
    guest: Guest
    host: str
    seen: VolumeSeen
    uuid: str
    disk: Disk | None = None
    block: Block | None = None

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


def path_of(answers: Answers, facts: Facts, number: int) -> str:
    """The device of an instance's disk by its number: /dev/xvdc is disk 2 (Ganeti names them in
    order).
    """
    prefix = hypervisor_of(answers, facts, answers.master.short).disk_prefix
    return f"/dev/{prefix}{ascii_lowercase[number]}"


def ground(answers: Answers, facts: Facts, config: Config, volume: Volume) -> Ground | None:
    """What is known of a volume; None when its instance is not there.

    The header of a volume on a disk carries the UUID that Ganeti gave the disk, so that it is told
    from the remains of another volume under any device name.
    """
    guest = config.instance(volume.instance)
    if guest is None:
        return None
    host, seen = volume.short, facts.of(volume.short, VOLUME)
    if volume.kind == "file":
        uuid = file_uuid(guest.uuid, volume.file)
        return Ground(volume, guest, host, seen, uuid, block=seen.block(volume.file))
    disks = config.disks_of(guest)
    number = next((place for place, disk in enumerate(disks) if disk.name == DISK_NAME), len(disks))
    if number == len(disks):
        return Ground(volume, guest, host, seen, "")
    disk = disks[number]
    block = seen.by_uuid(disk.uuid) or seen.block(path_of(answers, facts, number))
    return Ground(volume, guest, host, seen, disk.uuid, disk, block)


def provide(answers: Answers, facts: Facts, one: Ground) -> Iterator[Command]:
    """Whatever is needed until the guest sees the device."""
    under_way = followed(answers, facts, one.guest.name, *WORK)
    if under_way:
        yield under_way
        yield _await_ssh(answers, one)
    elif one.volume.kind == "file":
        if one.block is None:
            yield _make_file(one)
    elif one.disk is None:
        yield _add(answers, facts, one)
        if not hypervisor_of(answers, facts, answers.master.short).hotplug:
            yield from _restart(answers, one)
    elif one.block is None:
        yield from _restart(answers, one)


def _add(answers: Answers, facts: Facts, one: Ground) -> Command:
    release = release_of(facts, answers.master.short)
    hot = release.hotplug if hypervisor_of(answers, facts, answers.master.short).hotplug else ()
    return Command(
        host=answers.master.short,
        argv=(
            *("gnt-instance", "modify", *SUBMIT, *hot),
            *("--disk", f"add:size={one.volume.size_mib}M,name={DISK_NAME}", one.guest.name),
        ),
        kind=Kind.JOB,
        why=(
            "a disk of its own for the encrypted volume; DRBD copies it below the cipher, "
            "so the standby has it too"
        ),
        risk="takes disk space on both nodes; the job ends when both have every block",
        undo=(
            f"gnt-instance shutdown {one.guest.name}; gnt-instance modify --disk "
            f"{DISK_NAME}:remove {one.guest.name}"
        ),
        minutes=1 + one.volume.size_mib / 1024,
    )


def _restart(answers: Answers, one: Ground) -> Iterator[Command]:
    yield Command(
        host=answers.master.short,
        argv=("gnt-instance", "reboot", "--type=full", *SUBMIT, one.guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why=(
            "Xen shows a new disk only to an instance that Ganeti starts anew; a reboot "
            "from within is not enough"
        ),
        risk=(
            f"{one.guest.name} and its services are away for as long as it takes to shut "
            "down and boot"
        ),
        undo="none needed",
        minutes=3,
    )
    yield _await_ssh(answers, one)


def _await_ssh(answers: Answers, one: Ground) -> Command:
    address = str(next(item.ip for item in answers.instance.wanted if item.name == one.guest.name))
    return await_ssh(answers, address, f"{one.guest.name} has booted when its ssh server answers")


def _make_file(one: Ground) -> Command:
    return Command(
        host=one.host,
        argv=(
            "sh",
            "-c",
            RESERVE,
            "make-file",
            one.volume.file,
            str(one.volume.size_mib * MIB),
            FILE_MARK,
        ),
        kind=Kind.UNIT,
        why="the file that holds the encrypted volume, with all its blocks reserved",
        risk="takes that much room on the instance's system disk",
        undo=f"rm {one.volume.file}",
        title=f"reserve {one.volume.size_mib} MiB in {one.volume.file}",
        minutes=0.1,
    )
