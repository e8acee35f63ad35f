"""Answers about encryption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from wizard.answers.section import SUGGESTED, AnyName, Section
from wizard.base.names import short

GuestPath = Annotated[
    str, StringConstraints(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+$", max_length=200)
]
"""A path in a guest that needs no quoting in shell scripts, units and tables."""
UnitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,200}$")]
_BASE = (
    *("/bin", "/boot", "/dev", "/lib", "/lib64", "/proc", "/root/.ssh", "/run", "/sbin", "/sys"),
    *(
        "/etc/default",
        "/etc/ganeti-wizard",
        "/etc/network",
        "/etc/pam.d",
        "/etc/ssh",
        "/etc/systemd",
    ),
    *("/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/usr/share"),
    *("/var/lib/apt", "/var/lib/dpkg", "/var/lib/ganeti-wizard", "/var/lib/systemd"),
)
"""Directories that the base system, and whoever is to unlock it, need before anything is unlocked.
"""
_SHARED = frozenset({"/tmp", "/var/cache", "/var/log", "/var/tmp"})
"""Directories of the base system whose parts may move, but not they themselves."""
_MARIADB = ("mariadb.service",), ("/var/lib/mysql",)
_UTM5 = ("utm5_core.service", "utm5_radius.service", "utm5_rfw.service"), ("/netup/utm5",)
PRESETS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mariadb": _MARIADB,
    "utm5": (_MARIADB[0] + _UTM5[0], _MARIADB[1] + _UTM5[1]),
    "none": ((), ()),
}
"""Units, in the order of their start, and directories. UTM5's three daemons are named as its
programs under /netup/utm5/bin; where its packages bring init scripts instead of units, systemd
makes units of the same names.
"""


def within(path: str, other: str) -> bool:
    """Whether a path is another one or lies in it."""
    return f"{path}/".startswith(f"{other}/")


class Volume(Section):
    """The encrypted volume of one instance (row 16)."""

    instance: AnyName = Field("inst1.name.org", description="Full name of the instance")
    kind: Literal["disk", "file", "none"] = Field(
        "disk",
        description=(
            "Encrypted volume: a replicated disk of its own, a file as in the article, or none"
        ),
    )
    size_mib: int = Field(1024, ge=128, description="Its size in MiB")
    preset: Literal["mariadb", "utm5", "none"] = Field(
        "mariadb",
        description=(
            "Protected: the database, the billing UTM5 with its database, or only what follows"
        ),
    )
    services: list[UnitName] = Field(
        default_factory=list,
        description="Further protected services (systemd units, in the order of their start)",
    )
    paths: list[GuestPath] = Field(
        default_factory=list, description="Further directories that move to the volume"
    )
    mount: GuestPath = Field("/var/secure", description="Where the volume is mounted")
    file: GuestPath = Field(
        "/var/encrypt_file", description="The file that holds it, when it is in a file"
    )
    swap: bool = Field(
        True, description="Encrypt the swap space, with a new random key at each boot"
    )
    second: bool = Field(False, description="A second person gets a passphrase of their own")
    recovery: bool = Field(True, description="A recovery key, to be kept in a safe place")
    copies: Literal["destroy", "keep"] = Field(
        "destroy",
        description="What becomes of the unencrypted originals after the move (asked once more)",
    )

    @property
    def short(self) -> str:
        """The guest as a host: the instance's first label."""
        return short(self.instance)

    @property
    def moved(self) -> tuple[str, ...]:
        """All directories that move to the volume: the preset's, then the operator's."""
        return tuple(dict.fromkeys((*PRESETS[self.preset][1], *self.paths)))

    @model_validator(mode="after")
    def _movable(self) -> Volume:
        every = (*self.moved, self.mount)
        for path in every:
            if path in _SHARED or any(within(path, one) or within(one, path) for one in _BASE):
                raise ValueError(f"{path} belongs to the base system, which must start by itself")
        for place, path in enumerate(every):
            for other in (*every[:place], *every[place + 1 :]):
                if within(path, other):
                    raise ValueError(f"{path} lies within another path of the volume, {other}")
        held = next(
            (path for path in every if self.kind == "file" and within(self.file, path)), None
        )
        if held:
            raise ValueError(
                f"the file {self.file} would lie in the volume that it holds, by {held}"
            )
        return self


class Vault(Section):
    """Encryption (row 16)."""

    volumes: list[Volume] = Field(
        default_factory=list,
        description="Encrypted volumes",
        json_schema_extra={"ask": "list", **SUGGESTED},
    )
