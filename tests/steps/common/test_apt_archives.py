"""From which archive a server has Debian, among all that people add to their sources."""

from __future__ import annotations

import pytest

from steps.common.facts.aptsources import debian_archive, sources
from steps.ganeti.facts.osdef import parse as parse_osdef
from steps.guest.facts.guestapt import parse_home

DEBIAN_13 = """Types: deb
URIs: http://deb.debian.org/debian/
Suites: trixie trixie-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.debian.org/debian-security/
Suites: trixie-security
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
LOCAL = (
    "deb http://mirror.example.org/debian bookworm main\n"
    "deb http://mirror.example.org/debian bookworm-updates main\n"
    "deb http://mirror.example.org/debian-security bookworm-security main\n"
)
CLOUD = """Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: bookworm bookworm-updates bookworm-backports
Components: main

Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: bookworm-security
Components: main
"""
CDROM = (
    "deb cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_ - Official amd64 DVD Binary-1 with firmware "
    "20230610-10:23]/ bookworm contrib main non-free-firmware\n"
)
DOCKER = (
    "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] "
    "https://download.docker.com/linux/debian   trixie stable\n"
)
ZABBIX = "deb https://repo.zabbix.com/zabbix/7.0/debian bookworm main\n"
GRAFANA = "deb [signed-by=/etc/apt/keyrings/grafana.gpg] https://apt.grafana.com stable main\n"
TRUSTED = "deb [trusted=yes allow-insecure=yes] http://packages.example.org/own bookworm main\n"
INLINE_KEY = """Types: deb
URIs: https://download.example.org/linux/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEYxtEQxYJKwYBBAHaRw8BAQdAAAAA
 Suites: bookworm-security
 -----END PGP PUBLIC KEY BLOCK-----
"""


def texts(*files: str) -> dict[str, str]:
    """Files in apt's folder, as the look lists them: those of one line a source come first."""
    named = {}
    for number, text in enumerate(files):
        ending = "sources" if text.startswith("Types:") else "list"
        named[f"/etc/apt/sources.list.d/{number}.{ending}"] = text
    return dict(sorted(named.items(), key=lambda item: item[0].endswith("sources")))


@pytest.mark.parametrize(
    ("files", "archive", "security"),
    [
        (
            [DEBIAN_13],
            "http://deb.debian.org/debian/",
            "http://security.debian.org/debian-security/",
        ),
        ([DOCKER, DEBIAN_13], "http://deb.debian.org/debian/", None),
        ([ZABBIX, GRAFANA, DEBIAN_13], "http://deb.debian.org/debian/", None),
        ([ZABBIX, GRAFANA, TRUSTED, LOCAL], "http://mirror.example.org/debian", None),
        ([INLINE_KEY, DEBIAN_13], "http://deb.debian.org/debian/", None),
        ([LOCAL], "http://mirror.example.org/debian", "http://mirror.example.org/debian-security"),
        ([CDROM, LOCAL], "http://mirror.example.org/debian", None),
        ([CDROM], "", ""),
        ([CLOUD], "", ""),
        ([CLOUD, ZABBIX, GRAFANA], "", ""),
        ([TRUSTED], "http://packages.example.org/own", ""),
        ([TRUSTED, GRAFANA], "", ""),
        # andsens/build-debian-cloud #52: the security archive stood first
        (
            [
                "deb http://security.debian.org/ squeeze/updates main\n"
                "deb http://http.debian.net/debian squeeze main\n"
                "deb http://http.debian.net/debian squeeze-updates main\n"
            ],
            "http://http.debian.net/debian",
            "",
        ),
        (
            ["deb http://archive.debian.org/debian buster main\n"],
            *["http://archive.debian.org/debian", ""],
        ),
        (["deb http://deb.debian.org/debian bookworm contrib\n"], "", ""),
        (["deb http://debian.org.example.net/x bookworm main\n" + TRUSTED], "", ""),
        (
            [
                "Types: deb\nURIs: http://a.example.org/debian http://b.example.org/debian\n"
                "Suites: bookworm bookworm-updates\nComponents: main\nTrusted: yes\n"
            ],
            "http://a.example.org/debian",
            "",
        ),
    ],
)
def test_debians_own_archive_is_found_among_others(
    files: list[str], archive: str, security: str | None
) -> None:
    assert debian_archive(texts(*files)) == archive
    if security is not None:
        assert debian_archive(texts(*files), "-security") == security


def test_the_label_of_a_disc_is_one_word() -> None:
    ((uri, suite),) = sources(texts(CDROM))
    assert uri.startswith("cdrom:[Debian") and uri.endswith("]/") and suite == "bookworm"


@pytest.mark.parametrize(
    ("said", "proxy"),
    [
        ("http://cache.example.org:3142/", "http://cache.example.org:3142/"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        ("DIRECT", ""),
        ("false", ""),
        ("http://user:word@cache.example.org:3142/", ""),
        ("socks5h://127.0.0.1:9050", ""),
        ('http://x"; touch /tmp/x; "', ""),
        ("http://x/$(reboot)", ""),
        ("http://x/`reboot`", ""),
        ("http://x/\u241b]52;c;x\u2407", ""),
    ],
)
def test_a_proxy_is_taken_over_where_a_guest_could_be_told_it(said: str, proxy: str) -> None:
    line = f'Acquire::http::Proxy "{said}";\n'
    assert parse_osdef(f"\n== node\n{line}").proxy == proxy
    assert parse_home(f"proxy: {said}\n== files\n").proxy == proxy


@pytest.mark.parametrize("hostile", ["$(reboot)", "`id`", '";id;"', "\u202e", "@|sh", "\\x"])
def test_an_archive_that_is_no_plain_address_is_told_to_nobody(hostile: str) -> None:
    address = f"http://deb.debian.org/{hostile}"
    assert not debian_archive(texts(f"deb {address} bookworm main\n"))
    assert not debian_archive(texts(f"Types: deb\nURIs: {address}\nSuites: x\nComponents: main\n"))
