"""What dpkg and apt say: installed packages, half-done work, locks, free space, and whether the
mirror answers.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from steps.common.facts.texts import fields
from steps.common.facts.watcher import CRON, UNITS
from steps.common.versions import DEBIAN, release
from wizard.answers import Answers
from wizard.model.facts import Fact

_GLOBS = (
    "ganeti ganeti-* drbd-utils drbd-dkms drbd-module* drbd-reactor xen-system-* xen-hypervisor-* "
    "xen-utils-* qemu-system-x86 qemu-utils socat linux-image-* grub-pc grub-efi-amd64 lvm2 mdadm "
    "bridge-utils ifupdown cryptsetup e2fsprogs psmisc systemd-cryptsetup "
    "restic openssh-client openssh-server openssl mariadb-server mysql-server bacula-* "
    "cron logrotate iputils-ping inetutils-ping python3 udev locales tzdata tasksel "
    "systemd-timesyncd chrony ntp ntpsec openntpd dracut tiny-initramfs"
)


@dataclass(frozen=True)
class Package:
    """One package that dpkg knows. `state` is dpkg's abbreviation: what is wanted of it, what it
    is, "R" where it must be reinstalled: "ii" installed, "hi" on hold, "iU" or "iF" half-way.
    """

    name: str
    state: str
    version: str

    @property
    def installed(self) -> bool:
        """Whether its status is "install ok installed", or held at that."""
        return self.state in ("ii", "hi")

    @property
    def held(self) -> bool:
        """Whether it is on hold: apt changes nothing of it (apt-mark(8), hold)."""
        return self.state.startswith("h")


@dataclass(frozen=True)
class Packages:
    """The packages that matter here, by name."""

    known: tuple[Package, ...] = ()

    def get(self, name: str) -> Package:
        """A package, also when dpkg has never heard of it (state "un"); of one that is there for
        more than one architecture, what is installed.
        """
        named = [one for one in self.known if one.name == name]
        for one in (*filter(_is_installed, named), *named):
            return one
        return Package(name, "un", "")

    def lacking(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names among `names` that are not fully installed."""
        return tuple(name for name in names if not self.get(name).installed)


def _is_installed(package: Package) -> bool:
    return package.installed


def parse_packages(text: str) -> Packages:
    """Lines of state, package, version, separated by tabs (dpkg-query(1): db:Status-Abbrev)."""
    rows = [line.split("\t") for line in text.splitlines() if line.count("\t") == 2]
    return Packages(tuple(Package(name, state.strip(), version) for state, name, version in rows))


PACKAGES = Fact(
    name="packages",
    script=(
        "set -f; dpkg-query -W -f "
        f"'${{db:Status-Abbrev}}\\t${{Package}}\\t${{Version}}\\n' {_GLOBS}"
    ),
    parse=parse_packages,
)


@dataclass(frozen=True)
class Unfinished:
    """What an interrupted dpkg or apt left behind.

    `interrupted`: files in /var/lib/dpkg/updates, dpkg's journal, which only a stopped run leaves.
    `packages`: those of which `dpkg --audit` says that they are half-way. `lock`: pid and name of a
    process that holds a lock, or "".
    """

    interrupted: bool = False
    packages: tuple[str, ...] = ()
    lock: str = ""

    @property
    def broken(self) -> bool:
        """Whether `dpkg --configure -a` has something to do."""
        return self.interrupted or bool(self.packages)


_FOR_GOOD = re.compile(
    r"missing the (?:md5sums|list) control file|(?:not|n't) have an architecture"
    r"|illegal architecture|unknown foreign architecture"
)
"""What `dpkg --audit` says of a package at every look: neither dpkg nor apt has anything to finish
there (badstatinfos in dpkg's src/main/enquiry.c). The packages of vendors are often so.
"""


def parse_unfinished(text: str) -> Unfinished:
    """Read `updates:` and `lock:` lines, then the audit: paragraphs, each a sentence and below it,
    indented by one blank, the packages that it is about.
    """
    values = fields("\n".join(line for line in text.splitlines() if not line.startswith(" ")))
    listed: list[str] = []
    sentence = ""
    for line in text.splitlines():
        if not line.strip():
            sentence = ""
        elif not line.startswith(" "):
            sentence = f"{sentence} {line}"
        elif not _FOR_GOOD.search(sentence):
            listed.append(line.split()[0].partition(":")[0])
    return Unfinished(
        interrupted=values.get("updates", "0") not in ("", "0"),
        packages=tuple(dict.fromkeys(listed)),
        lock=values.get("lock", ""),
    )


UNFINISHED = Fact(
    name="unfinished",
    script=r"""echo "updates: $(ls /var/lib/dpkg/updates | grep -c .)"
for f in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
  i=$(stat -c %i "$f") || continue
  while read -r n kind mode access pid dev rest; do
    [ "${dev##*:}" = "$i" ] && [ "$kind" = POSIX ] || continue
    read -r c <"/proc/$pid/comm"
    echo "lock: $pid $c"
  done </proc/locks
done
dpkg --audit""",
    parse=parse_unfinished,
)


@dataclass(frozen=True)
class Apt:
    """Where packages would come from.

    `mirror` is "ok", "skipped" (nothing is to be installed) or what fetching the index of the first
    archive that does not answer said; `sources` counts the configured archives and suites; `pinned`
    are the packages that apt knows and may not install.
    """

    mirror: str = "skipped"
    sources: int = 0
    pinned: tuple[str, ...] = ()


def parse_apt(text: str) -> Apt:
    """Read the `sources:` and `mirror:` lines, then what `apt-cache policy` says."""
    head, _, policy = text.partition("== policy\n")
    values = fields(head)
    return Apt(
        mirror=values.get("mirror", "skipped"),
        sources=int(values.get("sources", "0") or 0),
        pinned=tuple(re.findall(_NO_CANDIDATE, policy, re.MULTILINE)),
    )


_NO_CANDIDATE = r"^(\S+):\n  Installed: .*\n  Candidate: \(none\)\n  Version table:\n     \S"
"""A package that has versions, none of which may be installed: every one has a priority below 0
(apt_preferences(5)).
"""


def _apt_script(answers: Answers, host: str) -> str:
    wanted = {
        name for one in DEBIAN for name in release(one).wanted_packages(answers.xen.hypervisor)
    }
    names = shlex.join(sorted(wanted))
    have = "installed " * len(wanted)
    return f"""cron=
for unit in {" ".join(UNITS)}; do [ -e "/lib/systemd/system/$unit" ] && cron=yes; done
have=$(dpkg-query -W -f '${{db:Status-Status}} ' {names})
[ "$have" = "{have}" ] && [ "$cron" ] && {{ echo "mirror: skipped"; exit; }}
{_PROBE}
echo '== policy'
apt-cache policy {names} {CRON}"""


_PROBE = r"""probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
one_line() { tr '\n' ' ' | tail -c 300; }
index="s/^'\([^']*InRelease\)' .*/\1/p"
uris=$(apt-get update --print-uris 2>"$probe/said" | sed -n "$index" | sort -u)
echo "sources: $(printf '%s\n' "$uris" | grep -c .)"
if [ -z "$uris" ]; then
  said=$(one_line <"$probe/said")
  echo "mirror: ${said:-no package source is configured}"
  exit
fi
try() {
  timeout 40 /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=15 \
    -o Acquire::https::Timeout=15 download-file "$1" "$probe/index" 2>&1
}
say=ok
for uri in $uris; do
  said=$(try "$uri") && continue
  # An older archive has its signature in a file of its own.
  case $said in
    *404*|*'not found'*|*'Not Found'*) said=$(try "${uri%InRelease}Release") && continue;;
  esac
  say=$said
  break
done
echo "mirror: $(printf '%s' "${say:-no answer}" | one_line)"
"""
"""Asks apt itself what it would fetch (apt-get(8), --print-uris): it leaves out stanzas that are
switched off and knows the archives that are a flat folder (sources.list(5)).
"""


APT = Fact(name="apt", script=_apt_script, parse=parse_apt)


@dataclass(frozen=True)
class Space:
    """Free space under the directories that packages land in."""

    rows: tuple[tuple[str, str, int], ...] = ()
    """Each directory, its mount point, and the MiB that are free there."""

    def short(self, need_mib: dict[str, int]) -> tuple[tuple[str, int, int], ...]:
        """Mount point, free and needed MiB where it does not suffice; needs on one file system add
        up.
        """
        free = {mount: mib for _, mount, mib in self.rows}
        need = dict.fromkeys(free, 0)
        for path, mount, _ in self.rows:
            need[mount] += need_mib.get(path, 0)
        return tuple(
            (mount, free[mount], need[mount]) for mount in free if free[mount] < need[mount]
        )


def parse_space(text: str) -> Space:
    """Read `df -Pm` of the four directories, in the order they were given: fourth column free,
    sixth mount.
    """
    rows = [line.split() for line in text.splitlines()[1:]]
    good = [row for row in rows if len(row) == 6 and row[3].isdigit()]
    return Space(
        tuple((path, row[5], int(row[3])) for path, row in zip(_PLACES, good, strict=False))
    )


_PLACES = ("/", "/usr", "/var", "/boot")
SPACE = Fact(name="space", script=f"df -Pm {' '.join(_PLACES)}", parse=parse_space)
