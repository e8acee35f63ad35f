"""Answers about encryption."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from wizard.answers.section import SUGGESTED, Fqdn, Section

GuestPath = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+$", max_length=200)]
"""A path in a guest that needs no quoting in shell scripts, units and tables."""
UnitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,200}$")]
_BASE = "bin boot dev etc lib lib64 proc root run sbin sys tmp usr var var/lib var/log var/cache var/lib/dpkg"
_NEVER_MOVED = frozenset(f"/{name}" for name in _BASE.split(" "))
"""Directories that the base system needs before anything is unlocked."""


class Volume(Section):
    """The encrypted volume of one instance (row 16)."""

    instance: Fqdn = Field("inst1.name.org", description="Full name of the instance")
    kind: Literal["disk", "file", "none"] = Field(
        "disk", description="Encrypted volume: a replicated disk of its own, a file as in the article, or none"
    )
    size_mib: int = Field(1024, ge=128, description="Its size in MiB")
    preset: Literal["mariadb", "utm5", "none"] = Field(
        "mariadb", description="Protected: the database, the billing UTM5 with its database, or only what follows"
    )
    services: list[UnitName] = Field(
        default_factory=list, description="Further protected services (systemd units, in the order of their start)"
    )
    paths: list[GuestPath] = Field(default_factory=list, description="Further directories that move to the volume")
    mount: GuestPath = Field("/var/secure", description="Where the volume is mounted")
    file: GuestPath = Field("/var/encrypt_file", description="The file that holds it, when it is in a file")
    swap: bool = Field(True, description="Encrypt the swap space, with a new random key at each boot")
    second: bool = Field(False, description="A second person gets a passphrase of their own")
    recovery: bool = Field(True, description="A recovery key, to be kept in a safe place")
    copies: Literal["destroy", "keep"] = Field(
        "destroy", description="What becomes of the unencrypted originals after the move (asked once more)"
    )

    @property
    def short(self) -> str:
        """The guest as a host: the instance's first label."""
        return self.instance.partition(".")[0]

    @model_validator(mode="after")
    def _movable(self) -> Volume:
        for path in (*self.paths, self.mount):
            if path in _NEVER_MOVED or path.startswith(("/dev/", "/proc/", "/run/", "/sys/")):
                raise ValueError(f"{path} belongs to the base system, which must start by itself")
        for path in self.paths:
            others = [other for other in (*self.paths, self.mount) if other != path]
            if path == self.mount or any(f"{path}/".startswith(f"{other}/") for other in others):
                raise ValueError(f"{path} lies within another path of the volume")
        return self


class Vault(Section):
    """Encryption (row 16)."""

    volumes: list[Volume] = Field(
        default_factory=list, description="Encrypted volumes", json_schema_extra={"ask": "list", **SUGGESTED}
    )
