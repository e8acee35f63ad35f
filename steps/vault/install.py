"""Units, settings and the program that guard the volume, and services that wait for it."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.volume_layout import (
    CRYPTTAB,
    SCRIPT,
    TARGET,
    UNITS,
    files,
    mounts,
    services,
    unit,
    volume_entry,
    with_entry,
)
from steps.vault.disk import VaultVolume
from steps.vault.facts.protected import PROTECTED, Protected
from wizard.base.plain import lines_of
from wizard.model.facts import Facts
from wizard.model.step import Command
from wizard.model.undo import Undo
from wizard.model.write import write_file


def install_files(vault: VaultVolume, facts: Facts) -> Iterator[Command]:
    """Units, settings and the program; nothing starts by itself at boot that needs the volume."""
    protected = facts.of(vault.host, PROTECTED)
    changed = _differing(vault, protected)
    for path, text in changed.items():
        yield write_file(
            vault.host,
            path,
            text,
            _why(path),
            mode="755" if path == SCRIPT else "644",
            old=protected.texts.get(path, ""),
        )
    units = (TARGET, *map(unit, mounts(vault.volume)), *services(vault.volume))
    if changed or any(protected.unit(name).stale for name in units):
        yield systemctl(
            vault,
            "daemon-reload",
            why="systemd reads the units again",
            undo=Undo(("systemctl", "daemon-reload"), last=True),
        )
    for name in services(vault.volume):
        yield from _only_when_unlocked(vault, protected, name)


def _differing(vault: VaultVolume, protected: Protected) -> dict[str, str]:
    """The wanted text by path, where the guest has another or none."""
    expected = files(vault.volume, vault.uuid)
    crypttab = protected.texts.get(CRYPTTAB, "")
    entry = volume_entry(vault.volume, vault.uuid)
    if entry not in lines_of(crypttab):
        expected[CRYPTTAB] = with_entry(crypttab, "secure", entry)
    changed = {path: text for path, text in expected.items() if protected.texts.get(path) != text}
    if not protected.executable:
        changed.setdefault(SCRIPT, expected[SCRIPT])
    return changed


def _why(path: str) -> str:
    if path.endswith(".service.d/ganeti-wizard-protected.conf"):
        return "the service refuses to start, and says why, while the volume is locked"
    if path.startswith(UNITS):
        return "how the volume and what is on it are mounted: on request, never by itself at boot"
    return (
        "the guest's own program to unlock and lock, with its settings: it works without "
        "the wizard too"
    )


def _only_when_unlocked(vault: VaultVolume, protected: Protected, name: str) -> Iterator[Command]:
    """Neither the boot nor a connection starts a protected service."""
    service = protected.unit(name)
    if service.loaded and service.enabled:
        yield systemctl(
            vault,
            "disable",
            name,
            why=f"{name} no longer starts at boot, but when the volume was unlocked",
            undo=f"systemctl enable {name}",
        )
    for socket in service.sockets:
        if protected.unit(socket).enabled or protected.unit(socket).active == "active":
            yield systemctl(
                vault,
                "disable",
                "--now",
                socket,
                why=(
                    f"a connection to {socket} would start {name}, which the locked volume "
                    "does not allow"
                ),
                undo=f"systemctl enable {socket}",
            )


def systemctl(vault: VaultVolume, *words: str, why: str, undo: Undo | str) -> Command:
    """A call of systemctl in the guest that is over at once."""
    return Command(host=vault.host, argv=("systemctl", *words), why=why, undo=undo, minutes=0.05)
