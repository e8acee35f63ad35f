"""What stands in the way of an encrypted volume: other people's data, a lost header, too little
room, wrong names.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import DISK_NAME, MAPPER, SCRIPT, SETTINGS, named
from steps.disks.facts.lvm import LVM
from steps.ganeti.facts.ganeti import Config
from steps.ganeti.ganeti_options import META_MIB
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED
from steps.vault.facts.volume import HEADER_MARK, UNREADABLE, Block, luks_uuid
from steps.vault.luks import foreign
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding

SPARE_MIB = 64
"""What stays free beside a volume in a file, for the system."""


def forgotten(answers: Answers) -> Iterator[Finding]:
    """Instances that came after the volumes were decided: none stays readable because nobody was
    asked.
    """
    decided = {volume.instance for volume in answers.vault.volumes}
    if not decided:
        return
    for instance in answers.instance.wanted:
        if instance.name not in decided:
            yield Finding(
                instance.short,
                what=(
                    f"{instance.name} has no encrypted volume, and nobody decided that it "
                    "needs none"
                ),
                mend="add one for it to the answer `volumes`; kind `none` when it needs none",
            )


def device(vault: VaultVolume, facts: Facts, *, readable: bool) -> Iterator[Finding]:
    """Whether the device can hold the volume, or holds it; `readable` is whether the guest can read
    LUKS headers.
    """
    opened = vault.seen.mapped.get(MAPPER)
    ours_is_open = opened is not None and luks_uuid(opened) == vault.uuid
    if opened is not None and not ours_is_open:
        yield Finding(
            vault.host,
            what=f"/dev/mapper/{MAPPER} is another volume ({opened})",
            mend=f"cryptsetup close {MAPPER}",
        )
    block = vault.block
    if block is not None and block.type == UNREADABLE:
        yield Finding(
            vault.host,
            what=f"{block.path} cannot be read: nobody knows what is on it",
            mend="look again; when it stays so: dmesg here, gnt-instance info and gnt-cluster "
            "verify-disks on the master",
        )
        return
    if block is not None and vault.unread and readable:
        yield Finding(
            vault.host,
            what=f"the header of the encrypted volume on {block.path} cannot be read",
            mend=(
                f"cryptsetup luksDump {block.path}; a copy: {vault.header_copy} of the state "
                "directory; luksHeaderRestore"
            ),
        )
    once_made = ours_is_open or _made(vault, facts)
    stranger = foreign(vault)
    if _lost(vault) and once_made and not _adopted(vault, facts):
        yield _keep_out(vault)
    elif stranger is not None and stranger.type == "crypto_LUKS":
        yield _stranger(vault, stranger)
    elif block is not None:
        yield from _size_and_content(vault, block)


def _size_and_content(vault: VaultVolume, block: Block) -> Iterator[Finding]:
    disk = vault.disk
    if disk is not None and foreign(vault) is None and block.size < disk.size_mib << 20:
        yield Finding(
            vault.host,
            what=(
                f"{block.path} has {block.size >> 20} MiB, and Ganeti's disk has {disk.size_mib}"
            ),
            mend="the names of the disks do not fit: lsblk; gnt-instance info",
        )
    elif vault.volume.kind == "file":
        yield from _file(vault, block)


def _stranger(vault: VaultVolume, block: Block) -> Finding:
    away = "choose another file"
    if vault.volume.kind != "file":
        away = f"wipefs -a {block.path}"
    return Finding(
        vault.host,
        what=(
            f"{block.path} holds an encrypted volume that was not made for it (UUID {block.uuid})"
        ),
        mend=f"when it is yours: cryptsetup luksUUID --uuid {vault.uuid} {block.path}; else {away}",
    )


def _lost(vault: VaultVolume) -> bool:
    """Whether no header of ours with a key slot is to be seen, though the guest sees all that there
    is.
    """
    if vault.block is not None:
        return not vault.formatted and not vault.unread
    return vault.volume.kind == "file" or vault.disk is None


def _adopted(vault: VaultVolume, facts: Facts) -> bool:
    """Whether the guest's own settings name the volume that is there: it came here with the guest,
    as by an import.
    """
    settings = facts.of(vault.host, PROTECTED).texts.get(SETTINGS, "")
    stranger = foreign(vault)
    return stranger is not None and stranger.type == "crypto_LUKS" and stranger.uuid in settings


def _made(vault: VaultVolume, facts: Facts) -> bool:
    """Whether the guest bears signs of a volume that was once made: our program, or the mark of a
    kept header.
    """
    return SCRIPT in facts.of(vault.host, PROTECTED).texts or bool(vault.seen.taken)


def _keep_out(vault: VaultVolume) -> Finding:
    """A volume that was made once and cannot be seen: nothing is formatted in its place."""
    made_anew = f"rm -f {SCRIPT} {HEADER_MARK}"
    if vault.block is not None:
        what = (
            f"an encrypted volume was made here once, and {vault.block.path} has "
            f"{_instead(vault, vault.block)}"
        )
        mend = (
            f"cryptsetup luksHeaderRestore {vault.block.path} --header-backup-file COPY, where "
            f"COPY is {vault.header_copy} of the state directory, brought here; when it is truly "
            f"new and empty: {made_anew}, and move that copy elsewhere"
        )
    else:
        place = f"Ganeti's disk `{DISK_NAME}`"
        if vault.volume.kind == "file":
            # A file made anew has the same UUID, and a kept header of that forbids to format it.
            place = vault.volume.file
            made_anew += f", and move {vault.header_copy} of the state directory elsewhere"
        what = f"an encrypted volume was made here once, and {place} is not there any more"
        mend = f"bring it back; when it is gone for good and a new one is wanted: {made_anew}"
    if vault.is_open:
        mend = (
            "it is still open: neither lock nor restart anything, back up its data first; "
            f"then {mend}"
        )
    return Finding(vault.host, what, mend)


def _instead(vault: VaultVolume, block: Block) -> str:
    """What is where the volume's header was."""
    if block.uuid == vault.uuid:
        return "a header without any key slot"
    if block.type == "crypto_LUKS":
        return f"another volume's header (UUID {block.uuid})"
    return "no header of it any more"


def _file(vault: VaultVolume, block: Block) -> Iterator[Finding]:
    """A file that is neither the volume nor one that was only reserved for it."""
    if block.uuid == vault.uuid:
        return
    size_mib = vault.volume.size_mib
    if not block.spare:
        yield Finding(
            vault.host,
            what=f"{block.path} is a file with other content ({block.type or 'of no known kind'})",
            mend="choose another file, or move that one elsewhere",
        )
    elif block.size != size_mib << 20:
        yield Finding(
            vault.host,
            what=(
                f"{block.path} was reserved with {block.size >> 20} MiB, and {size_mib} are wanted"
            ),
            mend=f"rm {block.path}: it is empty",
        )


def room(answers: Answers, facts: Facts, config: Config, vault: VaultVolume) -> Iterator[Finding]:
    """There is room for the file in the guest, or for the disk on both nodes."""
    if vault.volume.kind == "file":
        yield from _room_for_file(vault)
    elif vault.disk is None:
        yield from _room_for_disk(answers, facts, config, vault)


def _room_for_file(vault: VaultVolume) -> Iterator[Finding]:
    size_mib = vault.volume.size_mib
    free_mib = vault.seen.free_kib >> 10
    if vault.block is None and free_mib < size_mib + SPARE_MIB:
        yield Finding(
            vault.host,
            what=(
                f"{free_mib} MiB are free for {vault.volume.file}, which is to take {size_mib} MiB"
            ),
            mend="make it smaller, or choose a disk of its own",
        )


def _room_for_disk(
    answers: Answers, facts: Facts, config: Config, vault: VaultVolume
) -> Iterator[Finding]:
    name = vault.guest.name
    instance = next(item for item in answers.instance.wanted if item.name == name)
    needed_mib = vault.volume.size_mib + META_MIB
    for node in (instance.primary, instance.secondary):
        group = facts.of(node, LVM).vg(config.vg)
        free_mib = group.free >> 20 if group else 0
        if free_mib < needed_mib:
            yield Finding(
                node,
                what=(
                    f"the volume group {config.vg} has {free_mib} MiB free; the disk takes "
                    f"{needed_mib} MiB"
                ),
                mend="make it smaller, or the volume group larger",
            )


def unknown_services(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    """Services that the operator named and the guest has not: a wrong name would leave the right
    one unprotected.

    Those of a preset may come later.
    """
    protected = facts.of(vault.host, PROTECTED)
    for name in named(vault.volume):
        # A unit that was not looked at yet is not unknown.
        if name in protected.units and not protected.unit(name).loaded:
            yield Finding(
                vault.host,
                what=f"{name} is to be protected, and systemd has no such unit here",
                mend="install it first, or correct its name in the answer `volumes`",
            )


def other_names(vault: VaultVolume, facts: Facts) -> Iterator[Finding]:
    """Services that the operator named by an alias, as mysql.service is one of MariaDB's: systemctl
    refuses to disable a unit by it (systemctl(1), enable).
    """
    protected = facts.of(vault.host, PROTECTED)
    for name in named(vault.volume):
        own = protected.unit(name).id
        if protected.unit(name).loaded and own not in ("", name):
            yield Finding(
                vault.host,
                what=f"{name} is another name of {own}: systemd switches nothing off by it",
                mend=f"name {own} in the answer `volumes`, unless its preset has it already",
            )
