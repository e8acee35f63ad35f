"""Check of what the mirror of the system does not cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steps.health.facts.unmirrored import UNMIRRORED, EfiPartition, Unmirrored
from steps.health.look import Look
from wizard.base.names import clause, together
from wizard.model.verdicts import Level, Verdict

_COPY = (
    "copy it there with dd, and enter it: efibootmgr --create --disk DISK --part NUMBER --loader "
    r"'\EFI\debian\grubx64.efi'"
)


def mirrored(look: Look) -> Iterator[Verdict]:
    """A node that is mirrored survives either disk: it runs on, and starts again."""
    seen = {node.short: look.facts.of(node.short, UNMIRRORED) for node in look.seen}
    wrong: list[Verdict] = []
    for host, found in seen.items():
        if found.swaps:
            wrong.append(_swap(host, found))
        wrong.extend(_loaders(host, found.efi))
    yield from wrong
    if not wrong and any(found.mirrored for found in seen.values()):
        yield Verdict("mirrored", "", Level.OK, what="no node depends on one disk alone")


def _swap(host: str, found: Unmirrored) -> Verdict:
    names = clause(found.swaps, "is swap on no mirror", "are swap on no mirror")
    first = found.swaps[0]
    return _warning(
        host,
        f"{names}, unlike the system: when that disk fails, programs that are swapped out die "
        "with it",
        f"swapoff {first}, and take it out of /etc/fstab; or put it on a mirror of both disks",
    )


def _loaders(host: str, partitions: tuple[EfiPartition, ...]) -> Iterator[Verdict]:
    """EFI partitions on one disk alone; or on both, and the firmware starts from one disk only."""
    if not partitions:
        return
    entered = [partition for partition in partitions if partition.entered]
    if len(_disks(partitions)) == 1:
        only = clause(
            _paths(partitions), "is the only EFI partition", "are the only EFI partitions"
        )
        yield _warning(
            host,
            f"{only}, while the system is mirrored: without that disk the server does not start",
            f"make a partition of that size and type on the other disk, {_COPY}",
        )
    elif len(_disks(entered)) == 1:
        others = [other for other in partitions if other.disk != entered[0].disk]
        yield _warning(
            host,
            f"the firmware has entries for {together(_paths(entered))} alone, none for "
            f"{together(_paths(others))}: without {entered[0].disk} the server may not start",
            f"unless it holds the loader already, {_COPY}",
        )


def _disks(partitions: Sequence[EfiPartition]) -> set[str]:
    return {partition.disk for partition in partitions}


def _paths(partitions: Sequence[EfiPartition]) -> list[str]:
    return [partition.path for partition in partitions]


def _warning(host: str, what: str, mend: str) -> Verdict:
    return Verdict("mirrored", host, Level.WARNING, what=what, mend=mend)
