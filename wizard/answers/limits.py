"""What an address, a name or a size must be beyond its form, said the same in the JSON schema."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_NOBODYS = (
    ("is_unspecified", "stands for every address"),
    ("is_loopback", "is the machine's own (127.0.0.0/8)"),
    ("is_multicast", "is for groups (multicast)"),
    ("is_link_local", "is of no network (169.254.0.0/16)"),
    ("is_reserved", "belongs to nobody (240.0.0.0/4)"),
)
_DEVICES = (
    *("block", "bus", "char", "core", "cpu", "disk", "dma_heap", "dri", "drbd", "fd", "full"),
    *("fuse", "hpet", "hugepages", "initctl", "input", "kmsg", "kvm", "log", "loop-control"),
    *("mapper", "md", "mem", "mqueue", "net", "null", "nvram", "port", "ppp", "psaux", "ptmx"),
    *("pts", "random", "rfkill", "rtc", "shm", "snapshot", "snd", "stderr", "stdin", "stdout"),
    *("tty", "uhid", "uinput", "urandom", "usb", "userfaultfd", "vfio", "watchdog", "xen", "zero"),
)
VG_NAMES = (".", "..", *_DEVICES)
"""Names that vgcreate refuses: LVM's folder /dev/NAME would be another thing's (lvm(8), VALID
NAMES; "already exists in filesystem").
"""
LINK_NAMES = (".", "..", "lo", "all", "default")
"""Names that no bridge can have: the kernel's (dev_valid_name), the loopback's, sysctl's own."""


def host_address(address: IPv4Address) -> IPv4Address:
    """The address, if a machine can have it; raises ValueError."""
    for kind, words in _NOBODYS:
        if getattr(address, kind):
            raise ValueError(f"{address} {words}: no machine can have it")
    if int(address) >> 24 == 0:
        raise ValueError(f"{address} begins with 0: no machine can have it")
    return address


def _in_words(value: Any) -> Any:
    if isinstance(value, str | IPv4Address):
        return value
    raise ValueError("should be an address such as 192.168.0.1, in quotes")


HostIp = Annotated[
    IPv4Address,
    BeforeValidator(_in_words),
    AfterValidator(host_address),
    WithJsonSchema({"type": "string", "format": "ipv4"}),
]
"""An address that one machine can have."""


def some_address(text: str) -> str:
    """The text, if it is an address that a machine can have, or empty; raises ValueError."""
    if text:
        host_address(IPv4Address(text))
    return text


NoOrIp = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3})?$"),
    AfterValidator(some_address),
]
"""The same as text, or none."""


@dataclass(frozen=True)
class NoneOf:
    """These names are taken, by words that say by what."""

    names: tuple[str, ...]
    words: str

    def check(self, name: str) -> str:
        """The name; raises ValueError for one of those."""
        if name in self.names:
            raise ValueError(f"{name} {self.words}")
        return name

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "not": {"enum": list(self.names)}}


@dataclass(frozen=True)
class ZeroOr:
    """Zero, which stands for something of its own, or at least so much: what is rounded to zero
    would silently mean that as well.
    """

    least: float

    def check(self, value: float) -> float:
        """The value; raises ValueError between zero and the least."""
        if 0 < value < self.least:
            raise ValueError(f"should be 0, or at least {self.least:g}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "anyOf": [{"const": 0}, {"minimum": self.least}]}
