"""Answers about the servers and the way to them."""

from __future__ import annotations

from pydantic import Field

from wizard.answers.limits import HostIp, NoOrIp
from wizard.answers.section import HostName, Named, Section
from wizard.base.names import short


class Ssh(Section):
    """How to reach a node."""

    host: str = Field("", description="Address or name for ssh; empty means the node's own address")
    port: int = Field(22, ge=1, le=65535, description="ssh port")
    user: str = Field("root", description="Login name: root, or one who may run sudo -n")
    key: str = Field(
        "",
        description="Private key file; empty means the wizard's own key, then the agent",
        json_schema_extra={"like": "file"},
    )
    local: bool = Field(False, description="The wizard runs on this node itself")


class Node(Named):
    """One server of the cluster."""

    name: HostName = Field(description="Full host name")
    ip: HostIp = Field(description="Address on the cluster network")
    secondary_ip: NoOrIp = Field(
        "",
        description="Second address, for replication, of a cluster that was made with one "
        "(gnt-cluster init --secondary-ip); the build makes none",
        json_schema_extra={"ask": "never"},
    )
    ssh: Ssh = Field(default_factory=Ssh)

    @property
    def short(self) -> str:
        """The name's first label: the key for this node wherever answers are per node, and the
        host's name.
        """
        return short(self.name)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses that it is known by, that of the cluster network first."""
        return (str(self.ip), self.secondary_ip) if self.secondary_ip else (str(self.ip),)
