"""Where a guest gets its packages from, and whether it can; the same of a node, for defaults."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.common.facts.texts import fields, files, sections
from steps.ganeti.facts.osdef import sources
from wizard.answers import Answers
from wizard.model.step import Fact

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
    rows = [line.split(" ", 2)[1:] for line in head.splitlines() if line.startswith("reached: ")]
    standard = fields(head).get("standard", "")
    return GuestApt(
        sources=sources({path: body for path, body in texts.items() if path != PROXY}),
        proxy=texts.get(PROXY, ""),
        reached={row[0]: row[1] for row in rows if len(row) == 2},
        standard=int(standard) if standard.isdigit() else None,
    )


def _script(answers: Answers, host: str) -> str:
    guest = answers.guest
    suite = next((one.suite for one in answers.guests if one.short == host), "")
    if not suite:
        return ":"
    archives = [(guest.mirror, suite), (guest.security, f"{suite}-security")]
    pairs = shlex.join(word for uri, name in archives if uri for word in (uri, name))
    option = shlex.join(("-o", f"Acquire::http::Proxy={guest.proxy}")) if guest.proxy else ""
    standard = """if [ -x /usr/bin/tasksel ] && ls /var/lib/apt/lists/*_Packages* >/dev/null; then
  echo "standard: $(tasksel --task-packages standard | grep -c .)"
fi"""
    own = (
        "set -- $(sed -n 's/^deb \\(http[^ ]*\\) \\([^ ]*\\) .*/\\1 \\2/p' "
        "/etc/apt/sources.list | head -n 1)"
    )
    return f"""{f"set -- {pairs}" if pairs else own}
while [ $# -gt 1 ]; do
  probe=$(mktemp -d)
  say=$(timeout 60 /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=15 \
    -o Acquire::https::Timeout=15 {option} download-file "${{1%/}}/dists/$2/InRelease" "$probe/index" 2>&1) && say=ok
  [ "$say" = ok ] || say=$(printf '%s\\n' "$say" | sed -n 's/^E: //p')
  echo "reached: $1 $(printf '%s' "${{say:-no answer}}" | tr '\\n' ' ' | tail -c 300)"
  rm -rf "$probe"; shift 2
done
{standard if guest.standard else ":"}
echo '== files'
{files(f"{SOURCES} {PROXY} /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources")}"""  # noqa: E501


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
    """Read `key: value` lines, then the files after "== files"; a proxy with a password is not
    taken over.
    """
    head, _, tail = text.partition("== files\n")
    values, pairs = fields(head), sources(sections(tail))
    proxy = values.get("proxy", "")
    return Home(
        mirror=next((uri for uri, suite in pairs if suite.isalpha()), ""),
        security=next((uri for uri, suite in pairs if suite.endswith("-security")), ""),
        proxy="" if "@" in proxy else proxy,
        zone=values.get("zone", "").partition("zoneinfo/")[2],
        nameservers=tuple(
            one
            for one in values.get("nameservers", "").split()
            if not one.startswith(("127.", "::1"))
        ),
        gateway=values.get("gateway", ""),
    )


def _home_script(answers: Answers, host: str) -> str:
    if host not in [node.short for node in answers.nodes]:
        return ":"
    bridge = shlex.quote(answers.bridge.name)
    return f"""echo "zone: $(readlink /etc/localtime)"
echo "proxy: $(apt-config dump Acquire::http::Proxy | sed -n 's/^Acquire::http::Proxy "\\(.*\\)";$/\\1/p')"
all=$(cat /etc/resolv.conf /run/systemd/resolve/resolv.conf | sed -n 's/^nameserver[[:space:]]*//p')
echo "nameservers: $(printf '%s' "$all" | tr '\\n' ' ')"
echo "gateway: $(ip -4 route show default dev {bridge} | sed -n 's/^default via \\([0-9.]*\\).*/\\1/p' | head -n 1)"
echo '== files'
{files("/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources")}"""  # noqa: E501


HOME = Fact(name="guest-home", script=_home_script, parse=parse_home)
"""sources.list(5), apt-config(8), resolv.conf(5), and the bridge's default route of a node."""
