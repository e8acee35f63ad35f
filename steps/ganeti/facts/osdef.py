"""How ganeti-instance-debootstrap is set up on a node, and where the node itself gets its packages
from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import files, sections
from wizard.model.facts import Fact

SETTINGS = "/etc/default/ganeti-instance-debootstrap"
CONFIG = "/etc/ganeti/instance-debootstrap"
HOOKS = f"{CONFIG}/hooks"
VARIANTS = f"{CONFIG}/variants.list"
CACHE = "/var/cache/ganeti-instance-debootstrap"
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+\S")
_OFF = ("no", "false", "without", "off", "disable", "0")
"""What apt takes for a no (StringToBool in apt-pkg/contrib/strutl.cc)."""
_PROXY = re.compile(r'^Acquire::http::Proxy "([^"]+)";', re.MULTILINE)
_MODE = re.compile(r"^([0-7]{3,4}) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class OsDef:
    """Texts by path; `executable` are the hooks that may run.

    `mirror` is the archive of the node's first plain Debian source, "" when there is none; `proxy`
    apt's, "" when there is none or when it carries a password (which must not be copied into
    another file).
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


def _stanzas(text: str) -> Iterator[tuple[str, str]]:
    """Archive and suite of each source in a file of apt's newer form, sources.list(5), deb822."""
    for stanza in re.split(r"\n[ \t]*\n", _without_comments(text)):
        fields = _fields(stanza)
        is_off = fields.get("enabled", [])[:1]
        if "deb" not in fields.get("types", []) or (is_off and is_off[0].lower() in _OFF):
            continue
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                if not suite.endswith("/"):
                    yield uri, suite


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


def _fields(stanza: str) -> dict[str, list[str]]:
    """The words of each field by its name in small letters; a line that begins with a blank goes on
    with the field above it (deb822(5)).
    """
    fields: dict[str, list[str]] = {}
    words: list[str] = []
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            words += line.split()
            continue
        name, sign, value = line.partition(":")
        words = value.split()
        if sign:
            fields[name.strip().lower()] = words
    return fields


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if row := _ONE_LINE.match(line.strip()):
            yield row["uri"], row["suite"]


def sources(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Archive and suite of every binary package source that is switched on, in order. Those with a
    password are left out, and so are flat folders, which have no suite.
    """
    pairs: list[tuple[str, str]] = []
    for path, text in texts.items():
        if path.endswith(".sources"):
            pairs += _stanzas(text)
        elif path.endswith(".list"):
            pairs += _lines(text)
    return tuple((uri, suite) for uri, suite in pairs if "@" not in uri)


def mirror_of(texts: Mapping[str, str]) -> str:
    """The archive of the first source whose suite is a plain release, not one of its updates
    (sources.list(5)).
    """
    for uri, suite in sources(texts):
        if re.fullmatch(r"[a-z]+", suite):
            return uri
    return ""


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
        mirror=mirror_of(apt),
        proxy=proxy[1] if proxy and "@" not in proxy[1] else "",
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
