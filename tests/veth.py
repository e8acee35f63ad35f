"""A machine behind a cable that can be pulled: a network namespace of its own and a veth pair (root
is needed).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

NAMESPACE, OUTER, INNER = (f"gw{letter}{os.getpid() % 100000}" for letter in "noi")
OUR, THEIRS, NOBODYS = "198.51.100.1", "198.51.100.2", "198.51.100.3"
"""Addresses for documentation (RFC 5737), in one network of eight."""


def ip(*argv: str) -> None:
    """Run ip(8); raises CalledProcessError."""
    subprocess.run(["ip", *argv], check=True, capture_output=True)


def mend() -> None:
    """Put the cable in again."""
    ip("-n", NAMESPACE, "link", "set", INNER, "up")


def cut() -> None:
    """Pull the cable: nothing arrives, and nobody is told."""
    ip("-n", NAMESPACE, "link", "set", INNER, "down")


@contextmanager
def neighbour() -> Iterator[None]:
    """While it lasts somebody in NAMESPACE has THEIRS, and we have OUR."""
    ip("netns", "add", NAMESPACE)
    try:
        ip("link", "add", OUTER, "type", "veth", "peer", "name", INNER, "netns", NAMESPACE)
        ip("addr", "add", f"{OUR}/29", "dev", OUTER)
        ip("link", "set", OUTER, "up")
        ip("-n", NAMESPACE, "addr", "add", f"{THEIRS}/29", "dev", INNER)
        mend()
        yield
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
        subprocess.run(["ip", "link", "del", OUTER], check=False, capture_output=True)
