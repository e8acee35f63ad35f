"""Moments in words: in UTC, since two machines of a cluster may have different zones."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: int) -> str:
    """Seconds since 1970 as people read them; a time that no clock can show stays a number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
