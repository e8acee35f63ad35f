"""How ganeti-instance-debootstrap is set up on a node, and where the node itself gets its packages
from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.aptsources import debian_archive, web_address
from steps.common.facts.texts import files, sections
from wizard.model.facts import Fact

SETTINGS = "/etc/default/ganeti-instance-debootstrap"
CONFIG = "/etc/ganeti/instance-debootstrap"
HOOKS = f"{CONFIG}/hooks"
VARIANTS = f"{CONFIG}/variants.list"
CACHE = "/var/cache/ganeti-instance-debootstrap"
_PROXY = re.compile(r'^Acquire::http::Proxy "(.+)";$', re.MULTILINE)
_MODE = re.compile(r"^([0-7]{3,4}) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class OsDef:
    """Texts by path; `executable` are the hooks that may run.

    `mirror` is the archive that the node has Debian from, `proxy` apt's; "" when there is none, or
    none that a guest could be told (`web_address`).
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    executable: tuple[str, ...] = ()
    mirror: str = ""
    proxy: str = ""

    @property
    def installed(self) -> bool:
        """Whether the package has put its settings there."""
        return SETTINGS in self.texts

    @property
    def hooks(self) -> Mapping[str, str]:
        """The hooks by name."""
        folder = f"{HOOKS}/"
        hooks = {}
        for path, text in self.texts.items():
            if path.startswith(folder):
                hooks[path.removeprefix(folder)] = text
        return hooks


def _executable(tail: str) -> list[str]:
    """The names of those files that root may run, out of stat's lines "MODE PATH"."""
    names = []
    for mode, path in _MODE.findall(tail):
        owner_bits = int(mode[-3])
        if owner_bits & 1:
            names.append(path.rpartition("/")[2])
    return sorted(names)


def parse(text: str) -> OsDef:
    """Read the files, then after "== node" stat's "MODE NAME" lines and apt's proxy."""
    head, _, tail = text.partition("== node\n")
    ours: dict[str, str] = {}
    apt: dict[str, str] = {}
    for path, body in sections(head.removesuffix("\n")).items():
        kept = apt if path.startswith("/etc/apt/") else ours
        kept[path] = body
    proxy = _PROXY.search(tail)
    return OsDef(
        texts=ours,
        executable=tuple(_executable(tail)),
        mirror=debian_archive(apt),
        proxy=web_address(proxy[1]) if proxy else "",
    )


_OWN_FILES = f"{SETTINGS} {VARIANTS} {CONFIG}/variants/*.conf {HOOKS}/*"
_APT_FILES = (
    "/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources"
)
OSDEF = Fact(
    name="osdef",
    script=f"""{files(f"{_OWN_FILES} {_APT_FILES}")}
echo; echo '== node'
stat -c '%a %n' {HOOKS}/*
apt-config dump Acquire::http::Proxy""",
    parse=parse,
)
