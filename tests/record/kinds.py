"""What must not be recorded, and what stands in its place: the one list of how a secret looks.

A pattern's group `value` is what is replaced, wherever else it stands in what is recorded. UUIDs of
file systems and arrays, private addresses and other contents of files are kept.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address

MakeUp = Callable[[str, int], str]
"""From a value and its number among those of its kind: what stands in its place."""


@dataclass(frozen=True)
class Kind:
    """One kind of thing; `secret` when it opens something, else it tells a machine from others."""

    name: str
    pattern: re.Pattern[str]
    make_up: MakeUp
    secret: bool = False
    wanted: Callable[[str], bool] = bool
    """Whether a value that fits the pattern is one."""


def _serial(value: str, number: int) -> str:
    return f"SERIAL{number:03d}"


def _wwn(value: str, number: int) -> str:
    digits = re.sub(r"^(0x|naa\.|eui\.)", "", value)
    return value[: len(value) - len(digits)] + f"{number:0{len(digits)}x}"


def _is_wwn(value: str) -> bool:
    """Not an address in the kernel's memory, nor all zeros."""
    return not value.startswith("0xffff") and value.strip("0x.nauei") != ""


def _mac(value: str, number: int) -> str:
    """The maker's half is kept: Ganeti's prefix is one."""
    return f"{value[:8]}:00:{number // 256:02x}:{number % 256:02x}"


def _is_mac(value: str) -> bool:
    return value.lower() not in ("ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")


def _hex(value: str, number: int) -> str:
    return f"{number:0{len(value)}x}"


def _uuid(value: str, number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _is_public(value: str) -> bool:
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _address(value: str, number: int) -> str:
    """A network for tests (RFC 2544, RFC 3849), one each; the host's part is kept for IPv4."""
    address = ip_address(value)
    if isinstance(address, IPv4Address):
        return f"198.18.{number % 256}.{value.rpartition('.')[2]}"
    return str(IPv6Address(f"2001:db8:0:{number:x}::1"))


def _link_local(value: str, number: int) -> str:
    return f"fe80::{number:x}"


def _blob(value: str, number: int) -> str:
    """A public key of the same kind and length; its first 19 letters say the kind."""
    letters = b64encode(sha256(f"made up {number}".encode()).digest()).decode().rstrip("=")
    body = value[19:].rstrip("=")
    return (
        value[:19]
        + (letters * (len(body) // len(letters) + 1))[: len(body)]
        + "=" * (len(value[19:]) - len(body))
    )


def _private_key(value: str, number: int) -> str:
    return f"\nmade up {number}\n"


def _hash(value: str, number: int) -> str:
    """The method stays to be seen: `$6$`."""
    return f"${value.split('$')[1]}$made.up${number}"


def _mysql_hash(value: str, number: int) -> str:
    return f"*{number:040X}"


def _word(value: str, number: int) -> str:
    return f"made-up-{number}"


_NO_PASSWORD = frozenset(
    {"yes", "no", "true", "false", "none", "on", "off", "x", "set", "locked", "empty"}
)


def _is_password(value: str) -> bool:
    """Not a setting of that name, nor the file that holds it."""
    says_nothing = value.lower() in _NO_PASSWORD or not re.search("[A-Za-z0-9]", value)
    return not says_nothing and not value.startswith(("/", "$", "made-up"))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.MULTILINE | re.IGNORECASE)


_NAMED = (
    r"(?:^|[\s\"'{,])[\w.-]*(?:password|passwd|passphrase|secret|token|private[_-]?key)"
    r"[\"']?[ \t]*[=:][ \t]*[\"']?(?P<value>[^\s\"';,}]+)"
)
SECRETS = (
    Kind(
        "private key",
        _pattern(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<value>[\s\S]*?)-----END "),
        _private_key,
        secret=True,
        wanted=lambda value: "made up" not in value,
    ),
    Kind(
        "password hash",
        _pattern(r"(?P<value>\$(?:[156y7]|gy|2[abxy]|argon2\w*)\$[./A-Za-z0-9$,=+-]{20,})"),
        _hash,
        secret=True,
    ),
    Kind("password hash", _pattern(r"(?P<value>\*[0-9A-F]{40})\b"), _mysql_hash, secret=True),
    Kind("password", _pattern(_NAMED), _word, secret=True, wanted=_is_password),
    Kind("password", _pattern(r"shared-secret\s+\"(?P<value>[^\"]+)\""), _word, secret=True),
    Kind("password", _pattern(r"://[^/\s:@]+:(?P<value>[^/\s@]+)@"), _word, secret=True),
)
IDENTITIES = (
    Kind("serial", _pattern(r"\"serial\":\s*\"(?P<value>[^\"\s]{3,})\""), _serial),
    Kind("serial", _pattern(r"\bSERIAL(?:_SHORT)?=\"?(?P<value>[^\"\s]{3,})"), _serial),
    Kind(
        "WWN", _pattern(r"\b(?P<value>(?:0x|naa\.|eui\.)[0-9a-f]{16,32})\b"), _wwn, wanted=_is_wwn
    ),
    Kind(
        "MAC",
        _pattern(r"(?<![0-9a-f:])(?P<value>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?![0-9a-f:])"),
        _mac,
        wanted=_is_mac,
    ),
    Kind("machine id", _pattern(r"(?<![0-9a-f-])(?P<value>[0-9a-f]{32})(?![0-9a-f-])"), _hex),
    Kind("machine id", _pattern(r"\bproduct_uuid\W+(?P<value>[0-9a-f-]{36})"), _uuid),
    Kind(
        "public key",
        _pattern(r"(?<![A-Za-z0-9+/])(?P<value>AAAA[A-Za-z0-9+/]{40,}={0,2})"),
        _blob,
    ),
    Kind(
        "address",
        _pattern(r"(?<![\w.:-])(?P<value>\d{1,3}(?:\.\d{1,3}){3})(?![\w.-])"),
        _address,
        wanted=_is_public,
    ),
    Kind(
        "address",
        _pattern(r"(?<![\w.:])(?P<value>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])"),
        _address,
        wanted=_is_public,
    ),
    Kind("address", _pattern(r"\b(?P<value>fe80::[0-9a-f:]+)"), _link_local),
)
