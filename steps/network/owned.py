"""Files that another program writes anew: a change in one of them does not last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from steps.common.facts.packages import PACKAGES
from steps.network.facts.net import NETWORK
from steps.network.facts.owners import CLOUD_INIT, Owners
from steps.network.stanzas import MAIN
from wizard.answers import Node
from wizard.base.plain import lines_of
from wizard.model.facts import Facts
from wizard.model.step import Finding

_SAYS_SO = re.compile(
    r"\b(?:auto-?generated|generated|managed|maintained|controlled|written|created|rendered)\b",
    re.IGNORECASE,
)
_ANYBODYS = re.compile(
    r"\bauto(?:matically)?[- ]?(?:generated|created|written|managed)"
    r"|\b(?:generated|managed|maintained|controlled|written|created) (?:by|from)\b"
    r"|\b(?:generated|rewritten|overwritten) (?:at|on|upon) (?:each|every) boot\b"
    r"|\b(?:do not|don't) (?:edit|modify)\b"
    r"|\bchanges\b.*\b(?:lost|overwritten|discarded|persist)\b",
    re.IGNORECASE,
)
"""What programs put above files that they write anew, as Linode's Network Helper and DebOps do."""
_SOMEBODY = "another program"
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
    "univention": "Univention",
    "linode": "Linode's Network Helper",
    "debops": "DebOps",
    "cumulus": "Cumulus",
    "solusvm": "SolusVM",
    "vzctl": "vzctl",
    "dietpi": "DietPi",
}
"""Programs that name themselves in a comment of the file, by the word they use."""
CLOUD_OFF = "/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"


def owner(path: str, text: str) -> str:
    """The program that writes a file, by the file's name and its comments, or that some program
    does; "" for nobody known.
    """
    comments = [line for line in lines_of(text) if line.lstrip().startswith("#")]
    if CLOUD_INIT in path.rpartition("/")[2]:
        return CLOUD_INIT
    for line in comments:
        if CLOUD_INIT in line.lower():
            return CLOUD_INIT
        words = re.findall(r"[a-z]+", line.lower())
        named = [_PROGRAMS[word] for word in words if word in _PROGRAMS]
        if named and _SAYS_SO.search(line):
            return named[0]
    # A sentence may go on in the next line.
    whole = " ".join(line.lstrip("# \t").rstrip() for line in comments)
    return _SOMEBODY if _ANYBODYS.search(whole) else ""


def other_ifupdown(facts: Facts, node: Node) -> str:
    """The program that has taken ifupdown's place; "" for none."""
    owners = facts.of(node.short, NETWORK).owners
    if facts.of(node.short, PACKAGES).get("ifupdown2").installed or owners.ifupdown2:
        return "ifupdown2"
    return "ifupdown-ng" if owners.ifupdown_ng else ""


def findings(
    host: str, owners: Owners, files: Mapping[str, str], changed: Iterable[str], bridge: str
) -> Iterator[Finding]:
    """The files among the changed ones that somebody else writes, each with what to do first."""
    for path in changed:
        program = owner(path, files.get(path, ""))
        target = _leads_to(owners, path)
        if program == CLOUD_INIT:
            if owners.cloud_init_may_write:
                yield _cloud_init(host, path)
        elif program == _SOMEBODY:
            yield Finding(
                host,
                what=f"a comment in {path} says that a program writes the file, or that nobody is "
                "to edit it: the bridge may be overwritten",
                mend=f"have that program make the bridge {bridge}, or stop it and take the comment "
                "out, and look again",
            )
        elif program:
            yield Finding(
                host,
                what=f"{path} is written by {program}, which would overwrite the bridge",
                mend=f"let {program} make the bridge {bridge} with the node's address, and look "
                "again: it is then taken as it is",
            )
        if target:
            yield Finding(
                host,
                what=f"{path} lies behind a symbolic link to {target}, which would be replaced",
                mend="put the file itself in the place of the link, or change what the link is for",
            )


def _leads_to(owners: Owners, path: str) -> str:
    links = dict(owners.links)
    return links.get(path) or links.get(path.rpartition("/")[0], "")


def _cloud_init(host: str, path: str) -> Finding:
    mend = (
        f"write `network: {{config: disabled}}` into {CLOUD_OFF}, so that cloud-init leaves the "
        "network alone from now on, and look again"
    )
    if path != MAIN:
        mend += f" ({path} stays as it is until then)"
    return Finding(host, what=f"cloud-init writes {path} anew, without the bridge", mend=mend)
