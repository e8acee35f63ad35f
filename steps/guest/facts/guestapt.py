"""Where a guest gets its packages from, and whether it can; the same of a node, for defaults."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.aptsources import debian_archive, sources, web_address
from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers, GuestSetup
from wizard.model.facts import Fact

SOURCES = "/etc/apt/sources.list"
PROXY = "/etc/apt/apt.conf.d/80ganeti-wizard-proxy"
FALLBACK = ("http://deb.debian.org/debian", "http://deb.debian.org/debian-security")
"""Debian's own archives, when a node names none."""


@dataclass(frozen=True)
class GuestApt:
    """A guest's package sources.

    `sources` are pairs of archive and suite; `proxy` the text of our proxy file ("" without one).
    `reached` holds by archive "ok" or what fetching its index said. `standard` counts the packages
    of tasksel's task `standard` that are not installed; None when that is not known: no tasksel, no
    package lists, not asked.
    """

    sources: tuple[tuple[str, str], ...] = ()
    proxy: str = ""
    reached: Mapping[str, str] = field(default_factory=dict)
    standard: int | None = None


def parse(text: str) -> GuestApt:
    """Read `reached: ARCHIVE SAYING` and `standard: N` lines, then the files after "== files"."""
    head, _, tail = text.partition("== files\n")
    texts = sections(tail)
    proxy = texts.pop(PROXY, "")
    reached: dict[str, str] = {}
    for line in head.splitlines():
        words = line.split(" ", 2)
        if words[0] == "reached:" and len(words) == 3:
            reached[words[1]] = words[2]
    standard = fields(head).get("standard", "")
    return GuestApt(
        sources=sources(texts),
        proxy=proxy,
        reached=reached,
        standard=int(standard) if standard.isdigit() else None,
    )


_COUNT_TASK = """if [ -x /usr/bin/tasksel ] && ls /var/lib/apt/lists/*_Packages* >/dev/null; then
  echo "standard: $(tasksel --task-packages standard | grep -c .)"
fi"""
_FIRST_SOURCE = (
    "set -- $(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' "
    "'Created-By: Packages' | grep '^http' | grep -v '/$' | head -n 1)"
)
"""By apt itself, which leaves out what is switched off; a flat archive has no suite."""
_SOURCE_FILES = (
    "/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources"
)


def _suite(answers: Answers, host: str) -> str:
    for guest in answers.guests:
        if guest.short == host:
            return guest.suite
    return ""


def _archives(setup: GuestSetup, suite: str) -> str:
    """The shell command that makes "$@" the archives to try, each with its suite."""
    words: list[str] = []
    for archive, name in ((setup.mirror, suite), (setup.security, f"{suite}-security")):
        if archive:
            words += (archive, name)
    return f"set -- {shlex.join(words)}" if words else _FIRST_SOURCE


def _script(answers: Answers, host: str) -> str:
    setup = answers.guest
    suite = _suite(answers, host)
    if not suite:
        return ":"
    proxy = shlex.join(("-o", f"Acquire::http::Proxy={setup.proxy}")) if setup.proxy else ""
    return f"""{_archives(setup, suite)}
try() {{
  timeout 60 /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=15 \\
    -o Acquire::https::Timeout=15 {proxy} download-file "$1" "$2" 2>&1
}}
while [ $# -gt 1 ]; do
  probe=$(mktemp -d)
  say=$(try "${{1%/}}/dists/$2/InRelease" "$probe/index") && say=ok
  [ "$say" = ok ] || say=$(printf '%s\\n' "$say" | sed -n 's/^E: //p')
  echo "reached: $1 $(printf '%s' "${{say:-no answer}}" | tr '\\n' ' ' | tail -c 300)"
  rm -rf "$probe"; shift 2
done
{_COUNT_TASK if setup.standard else ":"}
echo '== files'
{files(f"{PROXY} {_SOURCE_FILES}")}"""


GUEST_APT = Fact(name="guest-apt", script=_script, parse=parse)
"""apt-helper fetches one small file of each archive; tasksel(8) names what its task still lacks.

While nothing is decided, the first archive that the guest has is tried.
"""


@dataclass(frozen=True)
class Home:
    """What a guest may take from its node: archives, proxy, time zone, name servers, gateway by
    bridge.
    """

    mirror: str = ""
    security: str = ""
    proxy: str = ""
    zone: str = ""
    nameservers: tuple[str, ...] = ()
    gateway: str = ""


def parse_home(text: str) -> Home:
    """Read `key: value` lines, then the files after "== files"."""
    head, _, tail = text.partition("== files\n")
    values = fields(head)
    texts = sections(tail)
    # What a node asks on itself answers nobody else.
    nameservers = [
        address
        for address in values.get("nameservers", "").split()
        if not address.startswith(("127.", "::1"))
    ]
    return Home(
        mirror=debian_archive(texts),
        security=debian_archive(texts, "-security"),
        proxy=web_address(values.get("proxy", "")),
        zone=values.get("zone", "").partition("zoneinfo/")[2],
        nameservers=tuple(nameservers),
        gateway=values.get("gateway", ""),
    )


def _home_script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    bridge = shlex.quote(answers.bridge.name)
    return f"""echo "zone: $(readlink /etc/localtime)"
quoted='s/^Acquire::http::Proxy "\\(.*\\)";$/\\1/p'
echo "proxy: $(apt-config dump Acquire::http::Proxy | sed -n "$quoted")"
asked='s/^nameserver[[:space:]]*//p'
all=$(cat /etc/resolv.conf /run/systemd/resolve/resolv.conf | sed -n "$asked")
echo "nameservers: $(printf '%s' "$all" | tr '\\n' ' ')"
via='s/^default via \\([0-9.]*\\).*/\\1/p'
echo "gateway: $(ip -4 route show default dev {bridge} | sed -n "$via" | head -n 1)"
echo '== files'
{files(_SOURCE_FILES)}"""


HOME = Fact(name="guest-home", script=_home_script, parse=parse_home)
"""sources.list(5), apt-config(8), resolv.conf(5), and the bridge's default route of a node."""
