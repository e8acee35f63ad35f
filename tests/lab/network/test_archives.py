"""Which names are archives, and that their addresses are learnt when a machine asks for them."""

from __future__ import annotations

import socket

import pytest

from tests.waiting import until
from wizard.lab.network import archives
from wizard.lab.network.archives import Archives, places

ADDRESS = "203.0.113.80"


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """What the name server here answers."""
    known: dict[str, list[bytes]] = {}
    monkeypatch.setattr(archives, "_addresses", lambda name: known.get(name, []))
    return known


def wait_for(found: Archives, address: str, port: int) -> None:
    """Until the address is known."""
    until(lambda: (socket.inet_aton(address), port) in found, f"{address}, port {port}")


def test_hosts_and_ports_of_web_addresses() -> None:
    sources = (
        "deb [signed-by=/x] http://deb.example.net/debian bookworm main\ndeb "
        "https://deb.example.net/x y z\n"
    )
    proxy = 'Acquire::http::Proxy "http://10.1.2.3:3142/";\n'
    assert places(sources, proxy) == ["deb.example.net", "10.1.2.3:3142"]
    assert places("deb file:/srv/mirror bookworm main\n") == []


def test_archives_are_known_from_the_start(resolved: dict[str, list[bytes]]) -> None:
    resolved["deb.example.net"] = [socket.inet_aton(ADDRESS)]
    resolved["10.1.2.3"] = [socket.inet_aton("10.1.2.3")]
    found = Archives(["deb.example.net", "10.1.2.3:3142"])
    wait_for(found, ADDRESS, 80)
    wait_for(found, ADDRESS, 443)
    wait_for(found, "10.1.2.3", 3142)
    assert (socket.inet_aton("10.1.2.3"), 80) not in found


@pytest.mark.parametrize(
    "name", ["deb.example.net", "_http._tcp.deb.example.net", "ftp.xx.debian.org"]
)
def test_a_machine_that_asks_for_an_archive_may_go_there(
    name: str, resolved: dict[str, list[bytes]]
) -> None:
    found = Archives(["deb.example.net"])
    resolved[name.removeprefix("_http._tcp.")] = [socket.inet_aton(ADDRESS)]
    while (socket.inet_aton(ADDRESS), 80) not in found:
        found.look_up(name)


def test_another_name_leads_nowhere(resolved: dict[str, list[bytes]]) -> None:
    resolved.update(
        {name: [socket.inet_aton("192.0.2.66")] for name in ("example.net", "notdebian.org")}
    )
    resolved["debian.org"] = [socket.inet_aton(ADDRESS)]
    found = Archives([])
    for name in ("example.net", "notdebian.org", "debian.org"):
        found.look_up(name)
    wait_for(found, ADDRESS, 80)
    assert (socket.inet_aton("192.0.2.66"), 80) not in found
