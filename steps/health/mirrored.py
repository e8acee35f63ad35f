"""Check of what the mirror of the system does not cover."""

from __future__ import annotations

from collections.abc import Iterator

from steps.health.facts.unmirrored import UNMIRRORED, Unmirrored
from steps.health.look import Look
from wizard.base.names import clause
from wizard.model.verdicts import Level, Verdict


def mirrored(look: Look) -> Iterator[Verdict]:
    """A node that is mirrored survives either disk: it runs on, and starts again."""
    seen = {node.short: look.facts.of(node.short, UNMIRRORED) for node in look.seen}
    wrong: list[Verdict] = []
    for host, found in seen.items():
        if found.swaps:
            wrong.append(_swap(host, found))
        if len(found.efi) == 1:
            wrong.append(_efi(host, found))
    yield from wrong
    if not wrong and any(found.mirrored for found in seen.values()):
        yield Verdict("mirrored", "", Level.OK, what="no node depends on one disk alone")


def _swap(host: str, found: Unmirrored) -> Verdict:
    names = clause(found.swaps, "is swap on no mirror", "are swap on no mirror")
    first = found.swaps[0]
    return Verdict(
        "mirrored",
        host,
        Level.WARNING,
        what=f"{names}, unlike the system: when that disk fails, programs that are swapped out die "
        "with it",
        mend=f"swapoff {first}, and take it out of /etc/fstab; or put it on a mirror of both disks",
    )


def _efi(host: str, found: Unmirrored) -> Verdict:
    (only,) = found.efi
    return Verdict(
        "mirrored",
        host,
        Level.WARNING,
        what=f"{only} is the only EFI partition, while the system is mirrored: without that disk "
        "the server does not start",
        mend="make a partition of that size and type on the other disk, copy it there with dd, and "
        "enter it: efibootmgr --create --disk DISK --part NUMBER --loader "
        r"'\EFI\debian\grubx64.efi'",
    )
