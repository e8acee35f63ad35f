"""The package archives that the lab's machines may reach, by name, and the addresses that they have
on this machine.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterable
from queue import SimpleQueue
from urllib.parse import urlsplit

from wizard.lab.network.frames import Place

DEBIAN = "debian.org"
"""Every name in this domain is an archive: steps name Debian's own servers where a machine names
none.
"""

WEB_PORTS = (80, 443)
URL = re.compile(r"https?://[^\s\"';]+")


def places(*texts: str) -> list[str]:
    """`HOST` or `HOST:PORT` of every web address in these texts: sources.list, settings of apt."""
    found = []
    for url in URL.findall(" ".join(texts)):
        parts = urlsplit(url)
        place = parts.hostname or ""
        if parts.port is not None:
            place += f":{parts.port}"
        if place and place not in found:
            found.append(place)
    return found


class Archives:
    """The addresses of the archives as this machine resolves them, now and whenever a machine asks
    for one.

    Resolved by a thread of its own: a name server that is slow holds nobody up. What was once an
    archive's address stays one, since a content network gives other addresses from one minute to
    the next.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._ports: dict[str, set[int]] = {}
        for place in allowed:
            host, _, port = place.partition(":")
            self._ports.setdefault(host, set()).update([int(port)] if port else WEB_PORTS)
        self._reachable: set[Place] = set()
        self._wanted: SimpleQueue[str] = SimpleQueue()
        self._waiting: set[str] = set()
        threading.Thread(target=self._resolve_for_ever, daemon=True).start()
        for host in self._ports:
            self.look_up(host)

    def __contains__(self, place: object) -> bool:
        return place in self._reachable

    def look_up(self, name: str) -> None:
        """Have the addresses of an archive looked up; any other name is passed over.

        apt asks for `_http._tcp.HOST` first (apt-transport-http(1), its SRV records): that is
        HOST's archive too.
        """
        name = ".".join(label for label in name.split(".") if not label.startswith("_"))
        if name not in self._waiting and self._ports_of(name):
            self._waiting.add(name)
            self._wanted.put(name)

    def _ports_of(self, name: str) -> set[int]:
        ports = self._ports.get(name, set())
        if name == DEBIAN or name.endswith(f".{DEBIAN}"):
            return ports.union(WEB_PORTS)
        return ports

    def _resolve_for_ever(self) -> None:
        while True:
            name = self._wanted.get()
            ports = self._ports_of(name)
            for address in _addresses(name):
                self._reachable.update((address, port) for port in ports)
            self._waiting.discard(name)


def _addresses(name: str) -> list[bytes]:
    try:
        answers = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [socket.inet_aton(str(answer[4][0])) for answer in answers]
