"""The LUKS header, its key slots and the file system in it.

Passphrases go as lines on standard input and never by `--key-file=-`: cryptsetup reads a line
without its newline then, as a terminal gives it, so what was set here opens at a console too; a key
file's newline would be part of the key (cryptsetup(8), notes on passphrase processing).
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import DEVICE, DISK_NAME, MAPPER
from steps.vault.disk import VaultVolume
from steps.vault.facts.volume import HEADER_DIGEST, HEADER_MARK, Block
from wizard.model.step import Command, Danger, Kind, Prompt

HEADER = ("--luks2-metadata-size", "16k", "--luks2-keyslots-size", "4064k", "--offset", "8192")
"""4 MiB in place of 16: room for 16 key slots, and a copy that fits everywhere."""
SLOTS = {"second": "1", "recovery": "2"}
"""The key slot of each further passphrase, by the answer that wants it; 0 is the first one's."""
# blkid(8) ends with 2 where it finds nothing, with 8 for signatures that contradict each other.
# It ends with 2 for what it cannot read, too.
MAKE_FS = """\
head -c 1048576 "$1" >/dev/null || { echo "$1 cannot be read; nothing was written"; exit 1; }
rc=0; blkid -p "$1" >/dev/null || rc=$?
[ "$rc" = 2 ] || { echo "something is on $1 already; nothing was written"; exit 1; }
exec mkfs.ext4 -q -m 1 -L secure "$1" """
TAKE = """umask 077; f=$(mktemp -u /run/header.XXXXXX); trap 'rm -f "$f"' EXIT
cryptsetup luksHeaderBackup "$1" --header-backup-file "$f" >&2 || exit
base64 "$f"; echo "sha256 $(sha256sum <"$f" | cut -d' ' -f1)" """
MARK = f"""set -e; mkdir -p "$(dirname "$2")"
echo "$({HEADER_DIGEST} | cut -d' ' -f1) $(date -u +%FT%TZ)" >"$2.new"
mv "$2.new" "$2" """

PBKDF_MIN_KIB = 32 << 10
PBKDF_MAX_KIB = 1 << 20
"""1 GiB, what cryptsetup takes by itself."""


def pbkdf_kib(memory_kib: int) -> int:
    """Memory for argon2id in KiB: a quarter of the guest's, in whole MiB, so that unlocking cannot
    run it out of memory; 32 MiB at least, 1 GiB at most.
    """
    quarter = memory_kib // 4 >> 10 << 10
    return max(PBKDF_MIN_KIB, min(PBKDF_MAX_KIB, quarter))


def secret(host: str, *, new: bool) -> Prompt:
    """The passphrase of a guest's volume."""
    return Prompt(f"vault-{host}", f"Passphrase of {host}'s encrypted volume", new=new)


def keys_of_secrets(host: str) -> tuple[str, ...]:
    """The keys of all secrets that a guest's volume may want."""
    return (f"vault-{host}", f"vault-{host}-second", f"vault-{host}-recovery")


def slot_secret(host: str, name: str) -> Prompt:
    """The further passphrase for a key slot."""
    label = {"second": "The second person's passphrase", "recovery": "The recovery key"}[name]
    return Prompt(f"vault-{host}-{name}", f"{label} for {host}'s encrypted volume", new=True)


def foreign(vault: VaultVolume) -> Block | None:
    """The device, when something is on it that is not ours."""
    block = vault.block
    if block is None or not block.type or block.uuid == vault.uuid:
        return None
    return block


def make(vault: VaultVolume) -> Iterator[Command]:
    """Format, open and fill what is not; a volume that some key slot opens is never formatted
    again.
    """
    if vault.block is None:
        return
    passphrase = secret(vault.host, new=not vault.formatted)
    if not vault.formatted:
        yield from _format(vault, vault.block, passphrase)
    yield from keys(vault, passphrase)
    if not vault.is_open:
        yield Command(
            host=vault.host,
            argv=("cryptsetup", "open", "--type", "luks2", vault.block.path, MAPPER),
            prompts=(passphrase,),
            why=f"opens the volume as {DEVICE}, and proves the passphrase",
            undo=f"cryptsetup close {MAPPER}",
            minutes=0.1,
        )


def _format(vault: VaultVolume, block: Block, passphrase: Prompt) -> Iterator[Command]:
    if foreign(vault) is not None:
        yield Command(
            host=vault.host,
            argv=("wipefs", "--all", block.path),
            danger=Danger.DESTROY,
            confirm=f"{vault.host}:{block.path}",
            unless=vault.header_copy,
            why=(
                f"{block.path} is Ganeti's new disk for the volume, and the remains of a "
                "former one show through"
            ),
            risk=f"what is on {block.path} ({block.type}) can no longer be found",
            undo="none: what showed through can no longer be found",
        )
    yield _luks_format(vault, block, passphrase)


def _luks_format(vault: VaultVolume, block: Block, passphrase: Prompt) -> Command:
    memory_kib = pbkdf_kib(vault.seen.memory_kib)
    danger = Danger.CHANGE
    confirm = ""
    risk = "a forgotten passphrase cannot be recovered by anybody"
    if block.uuid == vault.uuid:
        danger = Danger.DESTROY
        confirm = f"{vault.host}:{block.path}"
        risk += (
            f"; {block.path} has a header of ours without a key slot: what was behind it "
            "is gone for good"
        )
    return Command(
        host=vault.host,
        argv=(
            *("cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2"),
            *("--uuid", vault.uuid, "--label", DISK_NAME, "--key-slot", "0"),
            *("--pbkdf", "argon2id", "--pbkdf-memory", str(memory_kib), *HEADER, block.path),
        ),
        prompts=(passphrase,),
        danger=danger,
        confirm=confirm,
        unless=vault.header_copy,
        why=(
            f"the encrypted volume; guessing one passphrase costs {memory_kib >> 10} MiB and "
            "seconds of work"
        ),
        risk=risk,
        undo=f"none: what {block.path} held is overwritten",
        minutes=0.2,
    )


def keys(vault: VaultVolume, passphrase: Prompt) -> Iterator[Command]:
    """The key slots that are wanted and not there, and the header's copy after any change."""
    added = list(_add_keys(vault, passphrase))
    yield from added
    yield from _keep_header(vault, changed=bool(added) or not vault.formatted)


def _add_keys(vault: VaultVolume, passphrase: Prompt) -> Iterator[Command]:
    block = vault.block
    if block is None:
        return
    reasons = {
        "second": (
            "a second person can open the volume, and loses that without the first "
            "one changing theirs"
        ),
        "recovery": "a key for the safe, for the day when nobody knows the passphrase",
    }
    memory_kib = pbkdf_kib(vault.seen.memory_kib)
    for name, slot in SLOTS.items():
        is_there = vault.formatted and slot in block.slots
        if is_there or not getattr(vault.volume, name):
            continue
        yield Command(
            host=vault.host,
            argv=(
                *("cryptsetup", "luksAddKey", "--batch-mode", "--key-slot", slot),
                *("--pbkdf", "argon2id", "--pbkdf-memory", str(memory_kib), block.path),
            ),
            prompts=(passphrase, slot_secret(vault.host, name)),
            why=reasons[name],
            undo=f"cryptsetup luksKillSlot {block.path} {slot}, while another one opens",
            minutes=0.2,
        )


def fill(vault: VaultVolume) -> Iterator[Command]:
    """The file system, when the opened volume is empty."""
    if vault.block is None:
        return
    if vault.formatted and (vault.seen.content or not vault.is_open):
        return
    yield Command(
        host=vault.host,
        argv=("sh", "-c", MAKE_FS, "make-file-system", DEVICE),
        kind=Kind.UNIT,
        why="a file system within the cipher",
        risk="none: refused when anything is there",
        undo="none needed",
        title=f"mkfs.ext4 {DEVICE}, when it is empty",
        minutes=0.2,
    )


def _keep_header(vault: VaultVolume, *, changed: bool) -> Iterator[Command]:
    block = vault.block
    if block is None:
        return
    if not changed and block.digest == vault.seen.taken:
        return
    copy = vault.header_copy
    yield Command(
        host=vault.host,
        argv=("sh", "-c", TAKE, "take-header", block.path),
        keep=copy,
        danger=Danger.READ,
        why=(
            "a damaged header is a lost volume; its copy goes into the wizard's state "
            "directory, mode 600"
        ),
        risk=(
            "the copy opens the volume together with any passphrase that was valid when it "
            "was taken"
        ),
        undo=f"none needed: {copy} in the state directory is one more copy",
        title=f"cryptsetup luksHeaderBackup {block.path}, kept as {copy}",
        minutes=0.2,
    )
    yield Command(
        host=vault.host,
        argv=("sh", "-c", MARK, "mark-header", block.path, HEADER_MARK),
        why="remembers which header was taken, so that a later change is noticed",
        undo="none needed: a note of which header was taken",
        title=f"note in {HEADER_MARK} that the header was taken",
    )
