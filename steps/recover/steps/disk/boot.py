"""Let the server start from either disk: GRUB, or the EFI partition, on the new one too."""

from __future__ import annotations

from collections.abc import Iterator

from steps.disks.facts.disk import Part
from steps.platform.facts.grub import BOOT_DISKS
from steps.platform.grub import loaders
from steps.recover.facts.loader import LOADER, Loader
from steps.recover.scene import Scene
from steps.recover.steps.common import recovery_step
from steps.recover.storage.replacement import Target, target
from wizard.model.accident import Case
from wizard.model.step import Command, Finding, Kind, Step, not_done

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
"""Partition type of an EFI system partition (UEFI specification, 5.3.3)."""
FAT = "vfat"
COPY_ESP = r"""set -e; from=$1 to=$2 disk=$3 number=$4
sync; dd if="$from" of="$to" bs=4M conv=fsync status=none || { wipefs --all "$to"; exit 1; }
command -v efibootmgr >/dev/null || exit 0
efibootmgr --quiet --create --disk "$disk" --part "$number" --label 'Debian (other disk)' \
  --loader '\EFI\debian\grubx64.efi'"""
"""efibootmgr(8); Debian's loader lies there on every machine that it was installed on by EFI."""
DEBCONF = "grub-pc grub-pc/install_devices multiselect {}\n"


def hosts(case: Case, scene: Scene) -> list[str]:
    """The server that a disk was chosen in; where nothing is to be chosen any more, all."""
    chosen = target(case, scene)
    return [chosen.host] if chosen is not None else scene.answering


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """GRUB where it is missing, then the list of grub-pc; or the EFI partition's copy."""
    for host in hosts(case, scene):
        loader = scene.read(host, LOADER) or Loader()
        if loader.efi:
            yield from _efi(target(case, scene), loader)
            continue
        yield from loaders(host, scene.read(host, BOOT_DISKS) or ())
        yield from _list(scene, host, loader)


def wanted(scene: Scene, host: str, loader: Loader) -> tuple[str, ...]:
    """grub-pc's list as it should be; () where it need not be touched: nobody ever made one, or all
    of it is right.
    """
    devices = [disk.name for disk in scene.read(host, BOOT_DISKS) or ()]
    now = [loader.device(name) for name in loader.listed]
    if not loader.listed or not devices or sorted(now) == sorted(devices):
        return ()
    return tuple(loader.lasting(device) for device in devices)


def _list(scene: Scene, host: str, loader: Loader) -> Iterator[Command]:
    names = wanted(scene, host, loader)
    if names:
        text = ", ".join(names)
        yield Command(
            host,
            ("debconf-set-selections",),
            "an upgrade of grub-pc writes GRUB on the disks of its list: the lost one is in it, or "
            "the new one is not",
            undo=f"the same with {', '.join(loader.listed)}",
            stdin=DEBCONF.format(text),
            title=f"grub-pc/install_devices: {text}",
            stage=1,
        )


def unstarted(chosen: Target | None) -> tuple[Part, Part] | None:
    """The good disk's EFI partition and the place for its copy, where that is none yet."""
    if chosen is None or chosen.disk is None:
        return None
    for disk in chosen.now.disks:
        for part in disk.parts:
            if disk == chosen.disk or part.type.upper() != ESP or part.content != FAT:
                continue
            for place in chosen.disk.parts:
                alike = place.number == part.number and place.size == part.size
                if alike and place.content != FAT:
                    return part, place
    return None


def _efi(chosen: Target | None, loader: Loader) -> Iterator[Command]:
    pair = unstarted(chosen)
    if pair is None or chosen is None or chosen.disk is None:
        return
    part, place = pair
    words = (part.path, place.path, chosen.disk.path, str(place.number))
    yield Command(
        chosen.host,
        ("sh", "-c", COPY_ESP, "copy-esp", *words),
        f"{chosen.disk.path} holds one half of the system and no EFI partition to start it",
        risk=f"overwrites {place.path}, which is empty",
        undo=f"wipefs --all {place.path}",
        kind=Kind.UNIT,
        title=f"copy the EFI partition {part.path} to {place.path}, and tell the firmware of it",
        minutes=0.5,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each disk starts the server."""
    for host in hosts(case, scene):
        loader = scene.read(host, LOADER)
        if loader is None:
            yield Finding(host, "does not say how it starts", mend="look again")
        elif loader.efi and not loader.esp:
            what = "no EFI partition is mounted: it was on the lost disk alone"
            mend = "make one on each disk (mkfs.vfat), mount it on /boot/efi, then grub-install"
            yield Finding(host, what, mend=mend)
    yield from not_done(plan(case, scene))


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "boot",
        "Let the server start from either disk",
        "A mirror keeps the data; what starts the machine lies outside of it, on each disk.",
        "grub-install NEW, and grub-pc's list of disks; or a copy of the EFI partition",
        plan=plan,
        verify=verify,
        minutes=0.5,
    )
