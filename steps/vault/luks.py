"""The LUKS header, its key slots and the file system in it.

Passphrases go as lines on standard input and never by `--key-file=-`: cryptsetup reads a line
without its newline then, as a terminal gives it, so what was set here opens at a console too; a key
file's newline would be part of the key (cryptsetup(8), notes on passphrase processing).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import DEVICE, DISK_NAME, MAPPER
from steps.vault.disk import Ground
from steps.vault.facts.volume import HEADER_DIGEST, HEADER_MARK, Block
from wizard.model.step import Command, Danger, Kind, Prompt

HEADER = ("--luks2-metadata-size", "16k", "--luks2-keyslots-size", "4064k", "--offset", "8192")
"""4 MiB in place of 16: room for 16 key slots, and a copy that fits everywhere."""
SLOTS = {"second": "1", "recovery": "2"}
MAKE_FS = """blkid -p "$1" >/dev/null && { echo "something is on $1 already; nothing was written"; exit 1; }
exec mkfs.ext4 -q -m 1 -L secure "$1" """  # noqa: E501
TAKE = """umask 077; f=$(mktemp -u /run/header.XXXXXX); trap 'rm -f "$f"' EXIT
cryptsetup luksHeaderBackup "$1" --header-backup-file "$f" >&2 || exit
base64 "$f"; echo "sha256 $(sha256sum <"$f" | cut -d' ' -f1)" """
MARK = f"""set -e; mkdir -p "$(dirname "$2")"
echo "$({HEADER_DIGEST} | cut -d' ' -f1) $(date -u +%FT%TZ)" >"$2.new"
mv "$2.new" "$2" """


def pbkdf_kib(memory_kib: int) -> int:
    """Memory for argon2id in KiB: a quarter of the guest's, so that unlocking cannot run it out of
    memory; 32 MiB at least, 1 GiB at most (what cryptsetup takes by itself).
    """
    return max(32 << 10, min(1 << 20, memory_kib // 4 >> 10 << 10))


def secret(host: str, *, new: bool) -> Prompt:
    """The passphrase of a guest's volume."""
    return Prompt(f"vault-{host}", f"Passphrase of {host}'s encrypted volume", new=new)


def slot_secret(host: str, name: str) -> Prompt:
    """The further passphrase for a key slot."""
    label = {"second": "The second person's passphrase", "recovery": "The recovery key"}[name]
    return Prompt(f"vault-{host}-{name}", f"{label} for {host}'s encrypted volume", new=True)


def foreign(one: Ground) -> Block | None:
    """The device, when something is on it that is not ours."""
    block = one.block
    return block if block is not None and block.type and block.uuid != one.uuid else None


def make(one: Ground) -> Iterator[Command]:
    """Format, open and fill what is not; a volume that some key slot opens is never formatted
    again.
    """
    if one.block is None:
        return
    ask = secret(one.host, new=not one.formatted)
    if not one.formatted:
        yield from _format(one, one.block, ask)
    yield from keys(one, ask)
    if MAPPER not in one.seen.mapped:
        yield Command(
            host=one.host,
            argv=("cryptsetup", "open", "--type", "luks2", one.block.path, MAPPER),
            prompts=(ask,),
            why=f"opens the volume as {DEVICE}, and proves the passphrase",
            undo=f"cryptsetup close {MAPPER}",
            minutes=0.1,
        )


def _format(one: Ground, block: Block, ask: Prompt) -> Iterator[Command]:
    if foreign(one) is not None:
        yield Command(
            host=one.host,
            argv=("wipefs", "--all", block.path),
            danger=Danger.DESTROY,
            confirm=f"{one.host}:{block.path}",
            unless=one.header_copy,
            why=(
                f"{block.path} is Ganeti's new disk for the volume, and the remains of a "
                "former one show through"
            ),
            risk=f"what is on {block.path} ({block.type}) can no longer be found",
            undo="none",
        )
    memory, ours = pbkdf_kib(one.seen.memory_kib), block.uuid == one.uuid
    yield Command(
        host=one.host,
        argv=(
            *(
                "cryptsetup",
                "luksFormat",
                "--batch-mode",
                "--type",
                "luks2",
                "--uuid",
                one.uuid,
                "--label",
                DISK_NAME,
            ),
            *(
                "--key-slot",
                "0",
                "--pbkdf",
                "argon2id",
                "--pbkdf-memory",
                str(memory),
                *HEADER,
                block.path,
            ),
        ),
        prompts=(ask,),
        danger=Danger.DESTROY if ours else Danger.CHANGE,
        confirm=f"{one.host}:{block.path}" if ours else "",
        unless=one.header_copy,
        why=(
            f"the encrypted volume; guessing one passphrase costs {memory >> 10} MiB and "
            "seconds of work"
        ),
        risk="a forgotten passphrase cannot be recovered by anybody"
        + (
            f"; {block.path} has a header of ours without a key slot: what was behind it "
            "is gone for good" * ours
        ),
        undo=f"cryptsetup erase {block.path}",
        minutes=0.2,
    )


def keys(one: Ground, ask: Prompt) -> Iterator[Command]:
    """The key slots that are wanted and not there, and the header's copy after any change."""
    added = list(_add_keys(one, ask))
    yield from added
    yield from _keep_header(one, changed=bool(added) or not one.formatted)


def _add_keys(one: Ground, ask: Prompt) -> Iterator[Command]:
    for name, slot in SLOTS.items():
        if (
            one.block is None
            or not getattr(one.volume, name)
            or (one.formatted and slot in one.block.slots)
        ):
            continue
        yield Command(
            host=one.host,
            argv=(
                *(
                    "cryptsetup",
                    "luksAddKey",
                    "--batch-mode",
                    "--key-slot",
                    slot,
                    "--pbkdf",
                    "argon2id",
                ),
                *("--pbkdf-memory", str(pbkdf_kib(one.seen.memory_kib)), one.block.path),
            ),
            prompts=(ask, slot_secret(one.host, name)),
            why={
                "second": (
                    "a second person can open the volume, and loses that without the first "
                    "one changing theirs"
                ),
                "recovery": "a key for the safe, for the day when nobody knows the passphrase",
            }[name],
            undo=f"cryptsetup luksKillSlot {one.block.path} {slot}",
            minutes=0.2,
        )


def fill(one: Ground) -> Iterator[Command]:
    """The file system, when the opened volume is empty."""
    if one.block is None or (one.formatted and (MAPPER not in one.seen.mapped or one.seen.content)):
        return
    yield Command(
        host=one.host,
        argv=("sh", "-c", MAKE_FS, "make-file-system", DEVICE),
        kind=Kind.UNIT,
        why="a file system within the cipher",
        risk="none: refused when anything is there",
        undo="none needed",
        title=f"mkfs.ext4 {DEVICE}, when it is empty",
        minutes=0.2,
    )


def _keep_header(one: Ground, *, changed: bool) -> Iterator[Command]:
    if one.block is None or not (changed or one.block.digest != one.seen.taken):
        return
    name = one.header_copy
    yield Command(
        host=one.host,
        argv=("sh", "-c", TAKE, "take-header", one.block.path),
        keep=name,
        danger=Danger.READ,
        why=(
            "a damaged header is a lost volume; its copy goes into the wizard's state "
            "directory, mode 600"
        ),
        risk=(
            "the copy opens the volume together with any passphrase that was valid when it "
            "was taken"
        ),
        undo=f"rm {name} in the state directory",
        title=f"cryptsetup luksHeaderBackup {one.block.path}, kept as {name}",
        minutes=0.2,
    )
    yield Command(
        host=one.host,
        argv=("sh", "-c", MARK, "mark-header", one.block.path, HEADER_MARK),
        why="remembers which header was taken, so that a later change is noticed",
        undo=f"rm {HEADER_MARK}",
        title=f"note in {HEADER_MARK} that the header was taken",
    )
