"""Names and texts of an encrypted volume in a guest: what protects which service, as files for
systemd. Pure.

Sources: systemd.unit(5) (AssertPathIsMountPoint=, PartOf=), systemd.mount(5), systemd-escape(1),
crypttab(5).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from steps.common import units
from steps.common.files import template
from wizard.answers import Volume
from wizard.answers.vault import PRESETS
from wizard.base.plain import lines_of

DISK_NAME = "vault"
"""The disk's name in Ganeti."""
MAPPER = "secure"
"""The opened volume is /dev/mapper/secure."""
DEVICE = f"/dev/mapper/{MAPPER}"
TARGET = "ganeti-wizard-protected.target"
UNITS = units.FOLDER
DROP_IN = "ganeti-wizard-protected.conf"
SCRIPT = "/usr/local/sbin/protected-volume"
SETTINGS = "/etc/default/protected-volume"
CRYPTTAB = "/etc/crypttab"
ASIDE = ".unencrypted"
"""Added to the name of a directory whose content was moved to the volume, until it is destroyed."""
PART = ".being-copied"
"""Added to the name of a copy on the volume until it is whole."""


def services(volume: Volume) -> tuple[str, ...]:
    """All protected units in the order of their start, with their suffix."""
    return tuple(dict.fromkeys((*PRESETS[volume.preset][0], *named(volume))))


def named(volume: Volume) -> tuple[str, ...]:
    """The protected units that the operator named, with their suffix; the preset's may be missing,
    these may not.
    """
    return tuple(dict.fromkeys(map(_suffixed, volume.services)))


def _suffixed(name: str) -> str:
    return name if "." in name else f"{name}.service"


def paths(volume: Volume) -> tuple[str, ...]:
    """All directories that move to the volume."""
    return volume.moved


def mounts(volume: Volume) -> tuple[str, ...]:
    """All mount points: the volume's own, then those of the directories on it."""
    return (volume.mount, *paths(volume))


def file_uuid(instance_uuid: str, path: str) -> str:
    """The UUID of a volume in a file: made of the instance's, so that a stranger's is told from
    ours.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ganeti-wizard:{instance_uuid}:{path}"))


def escaped(path: str) -> str:
    """A path as part of a unit's name, as `systemd-escape --path` writes it."""
    inner = path.strip("/")
    signs = [
        "-"
        if c == "/"
        else c
        if c.isascii() and (c.isalnum() or c in ":_.")
        else f"\\x{ord(c):02x}"
        for c in inner
    ]
    return "".join(["\\x2e", *signs[1:]] if inner.startswith(".") else signs)


def unit(path: str) -> str:
    """The name of the mount unit for a mount point."""
    return f"{escaped(path)}.mount"


def script() -> str:
    """The program that opens and closes the volume in the guest."""
    return template("vault/protected-volume.sh")


def source(volume: Volume, luks_uuid: str) -> str:
    """Where the volume is, for crypttab and for the program."""
    return f"UUID={luks_uuid}" if volume.kind == "disk" else volume.file


def _settings(volume: Volume, luks_uuid: str) -> str:
    return (
        "# Written by ganeti-wizard (step vault) for protected-volume.\n"
        f'MAPPER={MAPPER}\nSOURCE="{source(volume, luks_uuid)}"\nMOUNT={volume.mount}\n'
        f'BINDS="{" ".join(paths(volume))}"\nSERVICES="{" ".join(services(volume))}"\n'
        f'NAMED="{" ".join(named(volume))}"\nTARGET={TARGET}\n'
    )


def _volume_unit(volume: Volume) -> str:
    fsck = f"systemd-fsck@{escaped(DEVICE)}.service"
    return (
        f"[Unit]\nDescription=The encrypted volume\nWants={fsck}\nAfter={fsck}\n\n"
        f"[Mount]\nWhat={DEVICE}\nWhere={volume.mount}\nType=ext4\nOptions=nodev\n"
    )


def _bind_unit(volume: Volume, path: str) -> str:
    base = unit(volume.mount)
    return (
        f"[Unit]\nDescription={path} on the encrypted volume\nRequires={base}\nAfter={base}\n\n"
        f"[Mount]\nWhat={volume.mount}{path}\nWhere={path}\nType=none\nOptions=bind\n"
    )


def _target(volume: Volume) -> str:
    every = " ".join(map(unit, mounts(volume)))
    wants = f"Wants={' '.join(services(volume))}\n" if services(volume) else ""
    return (
        "[Unit]\nDescription=Services that need the encrypted volume (start it by: "
        "protected-volume unlock)\n"
        f"Requires={every}\nAfter={every}\n{wants}"
    )


def _drop_in(volume: Volume, before: Sequence[str]) -> str:
    after = " ".join([*map(unit, mounts(volume)), *before])
    asserts = "".join(f"AssertPathIsMountPoint={path}\n" for path in mounts(volume))
    return (
        "# Written by ganeti-wizard (step vault): starts only while the encrypted volume "
        "is open and mounted.\n"
        f"# To open it: `ganeti-wizard unlock`, or `protected-volume unlock` here.\n"
        f"[Unit]\nAfter={after}\nPartOf={TARGET}\n{asserts}"
    )


def drop_in_path(name: str) -> str:
    """Where our addition to a service's unit is."""
    return f"{UNITS}/{name}.d/{DROP_IN}"


def files(volume: Volume, luks_uuid: str) -> dict[str, str]:
    """Every file of ours in the guest that is written as a whole, by path."""
    listed = services(volume)
    return {
        SCRIPT: script(),
        SETTINGS: _settings(volume, luks_uuid),
        f"{UNITS}/{unit(volume.mount)}": _volume_unit(volume),
        **{f"{UNITS}/{unit(path)}": _bind_unit(volume, path) for path in paths(volume)},
        f"{UNITS}/{TARGET}": _target(volume),
        **{
            drop_in_path(name): _drop_in(volume, listed[:place])
            for place, name in enumerate(listed)
        },
    }


def with_entry(text: str, name: str, line: str) -> str:
    """A crypttab with exactly one entry of that name."""
    kept = [old for old in lines_of(text) if (old.split() or [""])[0] != name]
    return "\n".join([*kept, line]) + "\n"


def volume_entry(volume: Volume, luks_uuid: str) -> str:
    """The line of crypttab: known by name, never opened by itself at boot."""
    return f"{MAPPER} {source(volume, luks_uuid)} none luks,noauto"
