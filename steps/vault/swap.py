"""Encrypted swap: a new random key at each boot.

Without a header the disk has nothing to be told by, and its name may change; a swap under a random
key on the wrong disk destroys that. So a file system of 1 MiB with a label stays at the disk's
beginning, crypttab names the label, and the swap begins behind it (crypttab(5), offset=).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steps.common.volume_layout import CRYPTTAB, volume_entry, with_entry
from steps.ganeti.facts.ganeti import Config
from steps.vault.disk import VaultVolume, path_of
from steps.vault.facts.protected import FSTAB, PROTECTED
from steps.vault.facts.volume import UNREADABLE, Block
from wizard.answers import Answers
from wizard.base.plain import lines_of
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Kind
from wizard.model.write import write_file

LABEL = "cryptswap"
DEVICE = f"/dev/mapper/{LABEL}"
# offset= counts sectors of 512 bytes: 2048 of them are the file system of 1 MiB.
ENTRY = f"{LABEL} LABEL={LABEL} /dev/urandom swap,plain,offset=2048,cipher=aes-xts-plain64,size=512"
LINE = f"{DEVICE} none swap sw 0 0"
PREPARE = f"""set -e; disk=$1
head -c 1048576 "$disk" >/dev/null || {{ echo "$disk cannot be read"; exit 1; }}
held=$(ls "/sys/class/block/${{disk##*/}}/holders" 2>/dev/null) || :
[ -z "$held" ] || {{ echo "$disk is in use by $held"; exit 1; }}
rc=0; kind=$(blkid -p -s TYPE -o value "$disk") || rc=$?
[ "$rc" != 2 ] || [ "$(head -c 1048576 "$disk" | tr -d '\\000' | wc -c)" = 0 ] || kind=unknown
case $rc:$kind in 0:swap|2:) ;; *) echo "$disk holds something else"; exit 1 ;; esac
! grep -q "^$disk " /proc/swaps || swapoff "$disk"
dd if=/dev/zero of="$disk" bs=1M count=$(($(blockdev --getsize64 "$disk") >> 20)) \
conv=fsync status=none
mkfs.ext2 -q -F -b 1024 -L {LABEL} "$disk" 1024
udevadm trigger --action=change --settle "$disk" || :"""
OPEN = f"systemctl daemon-reload; systemctl start systemd-cryptsetup@{LABEL} && swapon {DEVICE}"


def disk(answers: Answers, facts: Facts, config: Config, vault: VaultVolume) -> Block | None:
    """The guest's swap disk, found by Ganeti's name for it; None when there is none or encryption
    is not wanted.
    """
    names = [disk.name for disk in config.disks_of(vault.guest)]
    if not vault.volume.swap or "swap" not in names:
        return None
    return vault.seen.block(path_of(answers, facts, names.index("swap")))


def fstab(text: str, block: Block) -> str:
    """The table with the encrypted swap in place of the plain one; other swaps stay."""
    ours = {block.path, f"UUID={block.uuid}", "LABEL=swap", DEVICE}
    kept = []
    for line in lines_of(text):
        match line.split():
            case [source, _, "swap", *_] if source in ours:
                continue
        kept.append(line)
    return "\n".join([*kept, LINE]) + "\n"


def plan(answers: Answers, facts: Facts, config: Config, vault: VaultVolume) -> Iterator[Command]:
    """Turn the plain swap disk into an encrypted one."""
    block = disk(answers, facts, config, vault)
    if block is None or LABEL in vault.seen.swaps or not prepared_or_free(block):
        return
    # The tables come before the disk is overwritten: only until then the old line can be told by
    # the swap's UUID.
    yield from _tables(vault, facts.of(vault.host, PROTECTED).texts, block)
    if block.label != LABEL:
        yield Command(
            host=vault.host,
            argv=("sh", "-c", PREPARE, "prepare-swap", block.path),
            kind=Kind.UNIT,
            why=(
                "memory that was swapped out lay on the disk in the clear: it is "
                "overwritten, and the disk labelled"
            ),
            risk=(
                "what is swapped out now must find room in memory, or this fails, and the "
                "disk stays as it is"
            ),
            undo=f"mkswap -L swap {block.path}, and the old line in {FSTAB}",
            title=f"swapoff, overwrite and label {block.path}",
            minutes=0.2,
        )
    yield Command(
        host=vault.host,
        argv=("sh", "-c", OPEN),
        why="from now on, without a reboot",
        undo=f"swapoff {DEVICE}",
        title=f"open the encrypted swap and use it: swapon {DEVICE}",
        minutes=0.1,
    )


def _tables(vault: VaultVolume, texts: Mapping[str, str], block: Block) -> Iterator[Command]:
    crypttab = with_entry(texts.get(CRYPTTAB, ""), "secure", volume_entry(vault.volume, vault.uuid))
    if ENTRY not in lines_of(crypttab):
        yield write_file(
            vault.host,
            CRYPTTAB,
            with_entry(crypttab, LABEL, ENTRY),
            "a random key at each boot",
            old=crypttab,
        )
    expected = fstab(texts.get(FSTAB, ""), block)
    if expected != texts.get(FSTAB, ""):
        yield write_file(
            vault.host,
            FSTAB,
            expected,
            "the encrypted swap takes the plain one's place",
            old=texts.get(FSTAB, ""),
        )


def prepared_or_free(block: Block) -> bool:
    """Whether the disk is swap, empty, or labelled as ours.

    Swap under somebody else's random key leaves no signature: what is on the disk, or stands on it,
    tells.
    """
    if block.label == LABEL:
        return True
    return block.type in ("swap", "") and not block.held and not block.filled


def _has(block: Block) -> str:
    if block.type == UNREADABLE:
        return "cannot be read"
    if block.held:
        return f"is in use by {block.held}"
    return f"holds {block.type or 'something of no known kind'}"


def problems(
    answers: Answers, facts: Facts, config: Config, vault: VaultVolume
) -> Iterator[Finding]:
    """The swap disk holds something else."""
    block = disk(answers, facts, config, vault)
    if block is not None and not prepared_or_free(block):
        yield Finding(
            vault.host,
            what=f"the swap disk {block.path} {_has(block)}, and is left alone",
            mend="find out whose it is, or answer that swap is not to be encrypted",
        )
