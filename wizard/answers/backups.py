"""Answers about backups (row 17)."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from wizard.answers.limits import host_address
from wizard.answers.section import LABEL, SUGGESTED, Section
from wizard.answers.servers import Ssh
from wizard.base.names import short


class BackupHost(Section):
    """The machine that keeps the backups; no name means that there is none."""

    name: Annotated[
        str, StringConstraints(pattern=rf"^({LABEL}(\.{LABEL})+)?$", max_length=253)
    ] = Field("", description="Full name of the backup host, in another place than the servers")
    ip: Annotated[str, StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3})?$")] = Field(
        "", description="Its address, as the instances and the servers reach it"
    )
    ssh: Ssh = Field(default_factory=Ssh, json_schema_extra={"ask": "never"})

    @property
    def short(self) -> str:
        """The name's first label: its name as a host of the build; "" when there is none."""
        return short(self.name)

    @model_validator(mode="after")
    def _whole(self) -> BackupHost:
        if bool(self.name) != bool(self.ip):
            raise ValueError("a backup host needs both a name and an address")
        if self.ip:
            host_address(IPv4Address(self.ip))
        return self


Folder = Annotated[
    str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]*[A-Za-z0-9._-]$", max_length=200)
]
"""An absolute path without blanks: it stands in settings that a shell reads."""


class Backup(Section):
    """Backups of the instances (row 17)."""

    kind: Literal["none", "simple", "central"] = Field(
        "simple",
        description="simple: restic over sftp; central: Bacula; none: somebody else sees to it",
    )
    host: BackupHost = Field(default_factory=BackupHost)
    path: Folder = Field(
        "/srv/backup", description="Folder on the backup host for repositories or volumes"
    )
    encrypted_place: bool = Field(
        False, description="Refuse to begin unless that folder lies on an encrypted disk (dm-crypt)"
    )
    director: Literal["install", "print"] = Field(
        "install",
        description=(
            "central: install Director and Storage there, or write their resources for a "
            "Director you have"
        ),
    )
    director_name: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,126}$")
    ] = Field(
        "gw-dir", description="central: the Director's own name; the instances admit no other"
    )
    at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = Field(
        "02:30", description="Time of day of the backup, on the instance's clock"
    )
    folders: list[Folder] = Field(
        default_factory=lambda: ["/etc", "/root", "/home", "/var/secure"],
        min_length=1,
        description=(
            "Folders of the instance to back up, without other file systems in them; "
            "missing ones are left out"
        ),
        json_schema_extra=SUGGESTED,
    )
    database: bool = Field(
        True, description="Dump MariaDB or MySQL before each backup, where there is one then"
    )
    work: Folder = Field(
        "/var/lib/bacula",
        description=(
            "Folder of the instance for the dump and restore tests; on the encrypted "
            "volume where there is one"
        ),
        json_schema_extra=SUGGESTED,
    )
    password_file: Folder = Field(
        "/etc/ganeti-wizard/backup.password",
        description=(
            "simple: where the instance keeps the repository's password; on the locked "
            "volume, no backup runs"
        ),
        json_schema_extra=SUGGESTED,
    )
    keep_daily: int = Field(7, ge=1, le=366, description="Daily backups kept")
    keep_weekly: int = Field(5, ge=0, le=520, description="Weekly backups kept")
    keep_monthly: int = Field(12, ge=0, le=240, description="Monthly backups kept")
