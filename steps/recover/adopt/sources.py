"""What answers are made of, gathered from servers or out of a copy of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.recover.adopt.configuration import Known
from wizard.answers import Answers, Ssh


@dataclass(frozen=True)
class Sources:
    """One cluster's configuration, and what else is known of it."""

    known: Known
    origin: str
    """Where the configuration is from, for people."""
    kit: Answers | None = None
    """The answers of the build, where a server has them."""
    ways: Mapping[str, Ssh] = field(default_factory=dict)
    """By the full name of a node, how it was reached just now."""
    other: Ssh = field(default_factory=Ssh)
    """How the other nodes are reached: account, port and key."""
    resolved: Mapping[str, str] = field(default_factory=dict)
    """Addresses of instances that Ganeti was not told, by full name."""
    prefix: int = 0
    """Length of the prefix of the servers' network, as seen on one; 0 unknown."""
    mirror: str = ""
    """The array below the volume group; "" unknown."""
    backup_ip: str = ""
    backup_name: str = ""
