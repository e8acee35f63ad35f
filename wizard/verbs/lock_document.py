"""Who else changes a host, as the JSON of `health` and `recover diagnose` has it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from wizard.model.verdicts import Lock


class LockDocument(BaseModel):
    """Somebody else who changes a host just now."""

    model_config = ConfigDict(extra="forbid")
    host: str = Field(description="Short name of the server or backup host")
    who: str = Field(description="Account and machine, or `unreadable`")
    doing: str = Field(description="What is done, `step raid`, or `unreadable`")
    since: str = Field(
        "",
        description="When it was taken, by this machine's clock: ISO 8601, UTC; empty or left "
        "out where the host does not say",
    )
    heard: str = Field(
        "",
        description="When its owner was last heard of, likewise; it is once a minute",
    )
    what: str = Field(description="All of it in words, as who would change the host is told")


def lock_document(lock: Lock) -> LockDocument:
    """The same as a document."""
    return LockDocument(
        host=lock.host,
        who=lock.who,
        doing=lock.doing,
        since=moment(lock.since),
        heard=moment(lock.heard),
        what=lock.what,
    )


def moment(seconds: float | None) -> str:
    """A time since 1970 as ISO 8601; "" where it is not known."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
