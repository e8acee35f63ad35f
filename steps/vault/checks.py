"""What stands in the way of an encrypted volume: other people's data, a lost header, too little
room, wrong names.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import DISK_NAME, MAPPER, SCRIPT, SETTINGS, named
from steps.disks.facts.lvm import LVM
from steps.ganeti.facts.ganeti import Config
from steps.ganeti.ganeti_options import META_MIB
from steps.vault.disk import Ground
from steps.vault.facts.protected import PROTECTED
from steps.vault.facts.volume import HEADER_MARK, Block, luks_uuid
from steps.vault.luks import foreign
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Finding


def forgotten(answers: Answers) -> Iterator[Finding]:
    """Instances that came after the volumes were decided: none stays readable because nobody was
    asked.
    """
    decided = {volume.instance for volume in answers.vault.volumes}
    for one in answers.instance.wanted:
        if decided and one.name not in decided:
            what = f"{one.name} has no encrypted volume, and nobody decided that it needs none"
            yield Finding(
                one.short,
                what,
                "add one for it to the answer `volumes`; kind `none` when it needs none",
            )


def device(one: Ground, facts: Facts, *, readable: bool) -> Iterator[Finding]:
    """Whether the device can hold the volume, or holds it; `readable` is whether the guest can read
    LUKS headers.
    """
    opened = one.seen.mapped.get(MAPPER)
    if opened is not None and luks_uuid(opened) != one.uuid:
        yield Finding(
            one.host,
            f"/dev/mapper/{MAPPER} is another volume ({opened})",
            f"cryptsetup close {MAPPER}",
        )
    if one.block is not None and one.unread and readable:
        what = f"the header of the encrypted volume on {one.block.path} cannot be read"
        mend = (
            f"cryptsetup luksDump {one.block.path}; a copy: {one.header_copy} of the state "
            "directory"
        )
        yield Finding(one.host, what, f"{mend}; luksHeaderRestore")
    block, still = foreign(one), opened is not None and luks_uuid(opened) == one.uuid
    if _lost(one) and (still or _made(one, facts)) and not _adopted(one, facts):
        yield _keep_out(one)
    elif block is not None and block.type == "crypto_LUKS":
        yield _stranger(one, block)
    elif (
        block is None
        and one.disk is not None
        and one.block is not None
        and one.block.size < one.disk.size_mib << 20
    ):
        what = (
            f"{one.block.path} has {one.block.size >> 20} MiB, and Ganeti's disk has "
            f"{one.disk.size_mib}"
        )
        yield Finding(one.host, what, "the names of the disks do not fit: lsblk; gnt-instance info")
    elif one.block is not None and one.volume.kind == "file":
        yield from _file(one, one.block)


def _stranger(one: Ground, block: Block) -> Finding:
    what = f"{block.path} holds an encrypted volume that was not made for it (UUID {block.uuid})"
    away = "choose another file" if one.volume.kind == "file" else f"wipefs -a {block.path}"
    return Finding(
        one.host,
        what,
        f"when it is yours: cryptsetup luksUUID --uuid {one.uuid} {block.path}; else {away}",
    )


def _lost(one: Ground) -> bool:
    """Whether no header of ours with a key slot is to be seen, though the guest sees all that there
    is.
    """
    if one.block is not None:
        return not one.formatted and not one.unread
    return one.volume.kind == "file" or one.disk is None


def _adopted(one: Ground, facts: Facts) -> bool:
    """Whether the guest's own settings name the volume that is there: it came here with the guest,
    as by an import.
    """
    settings = facts.of(one.host, PROTECTED).texts.get(SETTINGS, "")
    block = foreign(one)
    return block is not None and block.type == "crypto_LUKS" and block.uuid in settings


def _made(one: Ground, facts: Facts) -> bool:
    """Whether the guest bears signs of a volume that was once made: our program, or the mark of a
    kept header.
    """
    return SCRIPT in facts.of(one.host, PROTECTED).texts or bool(one.seen.taken)


def _keep_out(one: Ground) -> Finding:
    new = f"rm -f {SCRIPT} {HEADER_MARK}"
    if one.block is None:
        place, moved = f"Ganeti's disk `{DISK_NAME}`", ""
        if one.volume.kind == "file":
            place, moved = (
                one.volume.file,
                f", and move {one.header_copy} of the state directory elsewhere",
            )
        what = f"an encrypted volume was made here once, and {place} is not there any more"
        mend = f"bring it back; when it is gone for good and a new one is wanted: {new}{moved}"
    else:
        what = (
            f"an encrypted volume was made here once, and {one.block.path} has "
            f"{_instead(one, one.block)}"
        )
        mend = (
            f"cryptsetup luksHeaderRestore {one.block.path} --header-backup-file COPY, where "
            f"COPY is {one.header_copy} of the state directory, brought here; when it is truly "
            f"new and empty: {new}, and move that copy elsewhere"
        )
    if MAPPER in one.seen.mapped:
        mend = (
            "it is still open: neither lock nor restart anything, back up its data first; "
            f"then {mend}"
        )
    return Finding(one.host, what, mend)


def _instead(one: Ground, block: Block) -> str:
    if block.uuid == one.uuid:
        return "a header without any key slot"
    return (
        f"another volume's header (UUID {block.uuid})"
        if block.type == "crypto_LUKS"
        else "no header of it any more"
    )


def _file(one: Ground, block: Block) -> Iterator[Finding]:
    """A file that is neither the volume nor one that was only reserved for it."""
    if block.uuid == one.uuid:
        return
    if not block.spare:
        what = f"{block.path} is a file with other content ({block.type or 'of no known kind'})"
        yield Finding(one.host, what, "choose another file, or move that one elsewhere")
    elif block.size != one.volume.size_mib << 20:
        what = (
            f"{block.path} was reserved with {block.size >> 20} MiB, and {one.volume.size_mib} "
            "are wanted"
        )
        yield Finding(one.host, what, f"rm {block.path}: it is empty")


def room(answers: Answers, facts: Facts, config: Config, one: Ground) -> Iterator[Finding]:
    """There is room for the file in the guest, or for the disk on both nodes."""
    size = one.volume.size_mib
    if one.volume.kind == "file":
        free = one.seen.free_kib >> 10
        if one.block is None and free < size + 64:
            what = f"{free} MiB are free for {one.volume.file}, which is to take {size} MiB"
            yield Finding(one.host, what, "make it smaller, or choose a disk of its own")
        return
    if one.disk is not None:
        return
    standing = next(item for item in answers.instance.wanted if item.name == one.guest.name)
    for name in (standing.primary, standing.secondary):
        group = facts.of(name, LVM).vg(config.vg)
        if group is None or group.free >> 20 < size + META_MIB:
            free = group.free >> 20 if group else 0
            what = (
                f"the volume group {config.vg} has {free} MiB free; the disk takes "
                f"{size + META_MIB} MiB"
            )
            yield Finding(name, what, "make it smaller, or the volume group larger")


def unknown_services(one: Ground, facts: Facts) -> Iterator[Finding]:
    """Services that the operator named and the guest has not: a wrong name would leave the right
    one unprotected.

    Those of a preset may come later.
    """
    seen = facts.of(one.host, PROTECTED)
    for name in named(one.volume):
        if name in seen.units and not seen.unit(name).loaded:
            what = f"{name} is to be protected, and systemd has no such unit here"
            yield Finding(
                one.host, what, "install it first, or correct its name in the answer `volumes`"
            )
