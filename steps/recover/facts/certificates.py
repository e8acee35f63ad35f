"""Ganeti's certificates on a node: until when they hold, and what noded's port must show.

They end after five years; then every call between the nodes fails while all machines are well.
"""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass

from wizard.model.facts import Fact


@dataclass(frozen=True)
class Certificates:
    """When each ends, in seconds since 1970, 0 where it cannot be read; `fingerprint` (SHA-256) of
    the cluster's certificate, the one that every node shows.
    """

    server: int = 0
    client: int = 0
    fingerprint: str = ""


def moment(text: str) -> int:
    """Seconds since 1970 of OpenSSL's "Nov 28 08:00:00 2031 GMT"; 0 where it is none."""
    try:
        return calendar.timegm(time.strptime(text.strip(), "%b %d %H:%M:%S %Y GMT"))
    except ValueError:
        return 0


def parse(text: str) -> Certificates:
    """Read `FILE notAfter=…` and `FILE sha256 Fingerprint=…`."""
    ends: dict[str, int] = {}
    fingerprint = ""
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        key, _, value = rest.partition("=")
        if key == "notAfter":
            ends[name] = moment(value)
        elif name == "server" and key.lower().endswith("fingerprint"):
            fingerprint = value.replace(":", "").strip().lower()
    return Certificates(ends.get("server", 0), ends.get("client", 0), fingerprint)


CERTIFICATES = Fact(
    name="ganeti-certificates",
    script=r"""cd /var/lib/ganeti || exit
for name in server client; do
  openssl x509 -in "$name.pem" -noout -enddate -fingerprint -sha256 | sed "s/^/$name /"
done""",
    parse=parse,
)
"""openssl-x509(1); the private key in the same file is not read out."""
