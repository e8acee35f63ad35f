"""Where the lab's machines get their packages: from wherever this machine gets its own."""

import subprocess

from wizard.base.errors import LabError

SUITE = "bookworm"
COMPONENT = "main"
CARRIED_OPTIONS = ("Acquire::Check-", "Acquire::http::Proxy", "Acquire::https::Proxy")
"""Settings of this machine's apt that a guest behind it needs as well."""


def _output(argv: list[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, encoding="utf-8", check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(f"{argv[0]} does not work here: {error}", where="this machine") from error


def parse_targets(text: str) -> list[str]:
    """sources.list lines from `apt-get indextargets` output, one 'URI RELEASE' a line.

    A host of another release lends its mirrors' addresses; the suite is always the lab's own.
    """
    lines: list[str] = []
    for row in text.splitlines():
        uri, _, release = row.strip().partition(" ")
        if not uri or not release or "backports" in release:
            continue
        suffix = next((end for end in ("-updates", "-security") if release.endswith(end)), "")
        line = f"deb {uri.rstrip('/')} {SUITE}{suffix} {COMPONENT}"
        if line not in lines:
            lines.append(line)
    return lines


def sources() -> list[str]:
    """The guests' sources.list lines; raises LabError when apt here knows no Debian mirror."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"]
    lines = parse_targets(
        _output([*query, "Created-By: Packages", "Origin: Debian", f"Component: {COMPONENT}"])
    )
    if not lines:
        raise LabError(
            "apt knows no Debian mirror",
            where="this machine",
            mend="run `apt-get update` as root; the lab's machines use the same mirrors",
        )
    return lines


def carried_options() -> str:
    """The apt.conf lines that the guests take over from this machine, empty when there are none."""
    dump = _output(["apt-config", "dump", "--no-empty", "--format", '%f "%v";%n', "Acquire"])
    return "".join(f"{line}\n" for line in dump.splitlines() if line.startswith(CARRIED_OPTIONS))
