"""What the operator decides about the inside of the guests."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from wizard.answers.limits import NoOrIp, some_address
from wizard.answers.section import SUGGESTED, Section

LocaleName = Annotated[
    str, StringConstraints(pattern=r"^(C|[a-z]{2,3}(_[A-Z]{2})?)(\.[A-Za-z0-9-]+)?(@[a-z]+)?$")
]
"""A name of locale(7), as /usr/share/i18n/SUPPORTED lists it."""
ZoneName = Annotated[str, StringConstraints(pattern=r"^$|^[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+)*$")]
"""A file under /usr/share/zoneinfo; empty while nothing is decided."""
Archive = Annotated[
    str, StringConstraints(pattern=r"^$|^https?://[A-Za-z0-9._~:/\[\]-]+$", max_length=200)
]
"""A web address without user and password, which other users of the guest could read."""
Ip = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"), AfterValidator(some_address)
]
PublicKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]{40,}( [^\n,]*)?$", max_length=4000
    ),
]


class GuestSetup(Section):
    """Inside the instances (row 15)."""

    mirror: Archive = Field("", description="Debian archive; empty: the node's own")
    security: Archive = Field(
        "", description="Archive of the security updates; empty: the node's own"
    )
    proxy: Archive = Field(
        "",
        description="HTTP proxy for apt, if the guests reach no archive without one",
        json_schema_extra=SUGGESTED,
    )
    gateway: NoOrIp = Field(
        "", description="Gateway of the instances; empty: the node's own on the bridge"
    )
    nameservers: list[Ip] = Field(
        default_factory=list,
        description="Name servers of the instances, with commas; none: the node's own",
    )
    locale: LocaleName = Field(
        "en_US.UTF-8", description="Language of the system", json_schema_extra={"like": "locale"}
    )
    locales: list[LocaleName] = Field(
        default_factory=list,
        description="Further languages, with commas",
        json_schema_extra={"like": "locale"},
    )
    timezone: ZoneName = Field(
        "", description="Time zone; empty: the node's own", json_schema_extra={"like": "zone"}
    )
    standard: bool = Field(
        True, description="Install the task `standard`: manual pages and the usual small tools"
    )
    root_keys: list[PublicKey] = Field(
        default_factory=list, description="Further public ssh keys for root, with commas"
    )
    root_password: bool = Field(
        False, description="Give root a password for the console (asked before the run)"
    )
