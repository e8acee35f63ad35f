"""Where a machine has its packages from, by the files that apt reads (sources.list(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wizard.base.plain import lines_of

_ONE_LINE = re.compile(
    r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>(?:\[[^\]]*\]|[^\s\[])+)\s+(?P<suite>\S+)\s+(?P<parts>\S.*)"
)
"""The label of a disc in cdrom:[LABEL]/ may hold blanks (apt-cdrom(8))."""
_OFF = ("no", "false", "without", "off", "disable", "0")
"""What apt takes for a no (StringToBool in apt-pkg/contrib/strutl.cc)."""
_WEB = re.compile(r"https?://[A-Za-z0-9._~:/\[\]-]{1,190}")
_DEBIANS_OWN = re.compile(r"https?://(?:[a-z0-9.-]+\.)?debian\.org(?:[:/].*)?")
_PLAIN_SUITE = re.compile(r"[a-z]+")


class Source(NamedTuple):
    """An archive with one suite of it, and the components that are used."""

    uri: str
    suite: str
    components: tuple[str, ...]


def web_address(uri: str) -> str:
    """An address that another machine, too, can be told to fetch from; "" for any other.

    What a machine reaches by a file, a disc or a list of mirrors (cdrom:, file:, mirror+file:), or
    by a password, is its own affair, and "DIRECT" is none at all (apt.conf(5)).
    """
    return uri if _WEB.fullmatch(uri) else ""


def _stanzas(text: str) -> Iterator[Source]:
    """Each source in a file of apt's newer form, sources.list(5), deb822."""
    for stanza in re.split(r"\n[ \t]*\n", _without_comments(text)):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", []) or _is_off(fields):
            continue
        components = tuple(fields.get("components", ()))
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                # A path in place of a suite is a flat folder.
                if not suite.endswith("/"):
                    yield Source(uri, suite, components)


def _is_off(fields: Mapping[str, list[str]]) -> bool:
    match fields.get("enabled"):
        case [first, *_]:
            return first.lower() in _OFF
    return False


def _without_comments(text: str) -> str:
    kept = []
    for line in text.split("\n"):
        if not line.startswith("#"):
            kept.append(line)
    return "\n".join(kept)


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


def _lines(text: str) -> Iterator[Source]:
    for line in lines_of(text):
        row = _ONE_LINE.match(line.strip())
        if row is None:
            continue
        components, _, _comment = row["parts"].partition("#")
        yield Source(row["uri"], row["suite"], tuple(components.split()))


def sources(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Archive and suite of every binary package source that is switched on, in order. Those with a
    password are left out, and so are flat folders, which have no suite.
    """
    found = []
    for one in _all(texts):
        has_password = "@" in one.uri
        if not has_password:
            found.append((one.uri, one.suite))
    return tuple(found)


def _all(texts: Mapping[str, str]) -> list[Source]:
    listed: list[Source] = []
    for path, text in texts.items():
        if path.endswith(".sources"):
            listed += _stanzas(text)
        elif path.endswith(".list"):
            listed += _lines(text)
    return listed


def debian_archive(texts: Mapping[str, str], ending: str = "") -> str:
    """The archive that a machine has Debian from, or with the ending "-security" Debian's security
    updates; "" when there is none that another machine could be told, or nobody can tell which.

    Others have suites of Debian's names as well (Docker and Zabbix a "bookworm", Grafana a
    "stable"), and their files may come before Debian's own. Debian's archive is on one of its own
    hosts, or has the suite's updates beside the suite; one that is alone is taken for it, too.
    """
    listed = _usable_elsewhere(texts)
    suites = {(one.uri.rstrip("/"), one.suite) for one in listed}
    found: list[str] = []
    for one in listed:
        release = one.suite.removesuffix(ending)
        is_plain = _PLAIN_SUITE.fullmatch(release) is not None
        if one.suite != release + ending or not is_plain:
            continue
        updates = (one.uri.rstrip("/"), f"{release}-updates")
        if updates in suites or _DEBIANS_OWN.fullmatch(one.uri):
            return one.uri
        found.append(one.uri)
    is_alone = len(set(found)) == 1
    return found[0] if is_alone else ""


def _usable_elsewhere(texts: Mapping[str, str]) -> list[Source]:
    """The sources with Debian's component "main" that another machine could be told."""
    found = []
    for one in _all(texts):
        if "main" in one.components and web_address(one.uri):
            found.append(one)
    return found
