"""Files that another program writes anew: a change in one of them does not last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from steps.network.facts.owners import CLOUD_INIT, Owners
from steps.network.stanzas import MAIN
from wizard.base.plain import lines_of
from wizard.model.step import Finding

_SAYS_SO = re.compile(
    r"\b(?:auto-?generated|generated|managed|maintained|controlled|written|created|rendered)\b",
    re.IGNORECASE,
)
_PROGRAMS = {
    "ansible": "Ansible",
    "puppet": "Puppet",
    "chef": "Chef",
    "salt": "Salt",
    "saltstack": "Salt",
    "cfengine": "CFEngine",
    "netplan": "netplan",
    "networkmanager": "NetworkManager",
    "openmediavault": "openmediavault",
    "proxmox": "Proxmox VE",
    "pve": "Proxmox VE",
    "virtualmin": "Virtualmin",
    "webmin": "Webmin",
    "yunohost": "YunoHost",
    "foreman": "Foreman",
}
"""Programs that name themselves in a comment of the file, by the word they use."""
CLOUD_OFF = "/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"


def owner(path: str, text: str) -> str:
    """The program that writes a file, by the file's name and its comments; "" for nobody known."""
    if CLOUD_INIT in path.rpartition("/")[2]:
        return CLOUD_INIT
    for line in lines_of(text):
        if not line.lstrip().startswith("#"):
            continue
        if CLOUD_INIT in line.lower():
            return CLOUD_INIT
        words = re.findall(r"[a-z]+", line.lower())
        named = [_PROGRAMS[word] for word in words if word in _PROGRAMS]
        if named and _SAYS_SO.search(line):
            return named[0]
    return ""


def findings(
    host: str, owners: Owners, files: Mapping[str, str], changed: Iterable[str], bridge: str
) -> Iterator[Finding]:
    """The files among the changed ones that somebody else writes, each with what to do first."""
    for path in changed:
        program = owner(path, files.get(path, ""))
        if program == CLOUD_INIT:
            if owners.cloud_init_may_write:
                yield _cloud_init(host, path)
        elif program:
            yield Finding(
                host,
                what=f"{path} is written by {program}, which would overwrite the bridge",
                mend=f"let {program} make the bridge {bridge} with the node's address, and look "
                "again: it is then taken as it is",
            )


def _cloud_init(host: str, path: str) -> Finding:
    mend = (
        f"write `network: {{config: disabled}}` into {CLOUD_OFF}, so that cloud-init leaves the "
        "network alone from now on, and look again"
    )
    if path != MAIN:
        mend += f" ({path} stays as it is until then)"
    return Finding(host, what=f"cloud-init writes {path} anew, without the bridge", mend=mend)
