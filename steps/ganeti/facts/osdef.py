"""How ganeti-instance-debootstrap is set up on a node, and where the node itself gets its packages
from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import files, sections
from wizard.model.step import Fact

SETTINGS = "/etc/default/ganeti-instance-debootstrap"
CONFIG = "/etc/ganeti/instance-debootstrap"
HOOKS = f"{CONFIG}/hooks"
VARIANTS = f"{CONFIG}/variants.list"
CACHE = "/var/cache/ganeti-instance-debootstrap"
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+\S")
_PROXY = re.compile(r'^Acquire::http::Proxy "([^"]+)";', re.MULTILINE)


@dataclass(frozen=True)
class OsDef:
    """Texts by path; `executable` are the hooks that may run; `caches` the names of prepared
    systems.

    `mirror` is the archive of the node's first plain Debian source, "" when there is none; `proxy`
    apt's, "" when there is none or when it carries a password (which must not be copied into
    another file).
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    executable: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    mirror: str = ""
    proxy: str = ""

    @property
    def installed(self) -> bool:
        """Whether the package has put its settings there."""
        return SETTINGS in self.texts

    @property
    def hooks(self) -> Mapping[str, str]:
        """The hooks by name."""
        return {
            path.rpartition("/")[2]: text
            for path, text in self.texts.items()
            if path.startswith(f"{HOOKS}/")
        }


def _stanzas(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for stanza in re.split(r"\n\s*\n", text):
        pairs = re.findall(r"^(Types|URIs|Suites):\s*(.*)$", stanza, re.MULTILINE)
        fields = {name: value.split() for name, value in pairs}
        if "deb" in fields.get("Types", []):
            found += [
                (uri, suite) for uri in fields.get("URIs", []) for suite in fields.get("Suites", [])
            ]
    return found


def sources(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Archive and suite of every binary package source, in order; those with a password are left
    out.
    """
    found: list[tuple[str, str]] = []
    for path, text in texts.items():
        if path.endswith(".sources"):
            found += _stanzas(text)
        elif path.endswith(".list"):
            found += [
                (row[1], row[2])
                for line in text.splitlines()
                if (row := _ONE_LINE.match(line.strip()))
            ]
    return tuple((uri, suite) for uri, suite in found if "@" not in uri)


def mirror_of(texts: Mapping[str, str]) -> str:
    """The archive of the first source whose suite is a plain release, not one of its updates
    (sources.list(5)).
    """
    return next((uri for uri, suite in sources(texts) if re.fullmatch(r"[a-z]+", suite)), "")


def parse(text: str) -> OsDef:
    """Read the files, then after "== node" stat's "MODE NAME" lines, cache names and apt's proxy."""  # noqa: E501
    head, _, tail = text.partition("== node\n")
    texts = sections(head.removesuffix("\n"))
    modes = re.findall(r"^([0-7]{3,4}) (\S+)$", tail, re.MULTILINE)
    proxy = _PROXY.search(tail)
    apt = {path: body for path, body in texts.items() if path.startswith("/etc/apt/")}
    return OsDef(
        texts={path: body for path, body in texts.items() if path not in apt},
        executable=tuple(
            sorted(name.rpartition("/")[2] for mode, name in modes if int(mode[-3]) & 1)
        ),
        caches=tuple(sorted(re.findall(r"^cache (\S+)$", tail, re.MULTILINE))),
        mirror=mirror_of(apt),
        proxy=proxy.group(1) if proxy and "@" not in proxy.group(1) else "",
    )


OSDEF = Fact(
    name="osdef",
    script=f"""{files(f"{SETTINGS} {VARIANTS} {CONFIG}/variants/*.conf {HOOKS}/* /etc/apt/sources.list")} \
  /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources
echo; echo '== node'
stat -c '%a %n' {HOOKS}/*
for f in {CACHE}/cache-*.tar; do [ -f "$f" ] && echo "cache ${{f##*/}}"; done
apt-config dump Acquire::http::Proxy""",  # noqa: E501
    parse=parse,
)
