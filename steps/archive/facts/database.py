"""What a database server holds and what stands in the way of moving its tables, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LEDGER = "gw_ledger"
LEDGER_COLUMNS = (
    *("name", "rows_before", "sum_before", "counted", "rows_after", "sum_after", "checked"),
    *("bytes", "sha256", "place_1", "copied_1", "place_2", "copied_2"),
)
_PLAIN_NAME = re.compile(r"[0-9A-Za-z_$][0-9A-Za-z_$-]*")
READER = "gw_archive"
"""The locked account in whose name the views read: it may do nothing else."""


def is_plain(name: str) -> bool:
    """Whether a table's name reads as itself in SQL, in a shell, and as a file's name on another
    machine.

    The server allows every character in a name, and whoever may make a table chooses it.
    """
    return bool(_PLAIN_NAME.fullmatch(name))


class Odd(NamedTuple):
    """A column of an odd make; the module `oddities` says which are told."""

    name: str
    type: str
    """Such as "float"."""
    charset: str
    """Of a text."""
    made: str
    """VIRTUAL or STORED where it is generated, SEQUENCE where its default takes from one."""
    expression: str
    """What generates it."""


@dataclass(frozen=True)
class Relation:
    """A table or a view."""

    schema: str
    name: str
    kind: str = ""
    engine: str = ""
    bytes: int = 0
    """Of data and indexes."""
    written: int = 0
    """In Unix seconds, 0 when the server does not know: InnoDB forgets it when it restarts."""
    columns: tuple[str, ...] = ()
    """In order."""
    hidden: tuple[str, ...] = ()
    """Columns that SELECT * leaves out."""
    odd: tuple[Odd, ...] = ()
    options: str = ""
    """Of a table that is partitioned or lies in a folder of its own."""
    definer: str = ""
    """Of a view: in whose name it reads."""
    text: str = ""
    """Of a view: its SELECT, as the server keeps it."""

    @property
    def is_table(self) -> bool:
        """Whether it is a plain table; a view, a sequence or a table with history is none."""
        return self.kind == "BASE TABLE"

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.kind == "VIEW"


class ForeignKey(NamedTuple):
    """A table whose rows refer to rows of its parent."""

    schema: str
    table: str
    parent_schema: str
    parent: str


class Writer(NamedTuple):
    """A program in the server that writes to a table by its name."""

    kind: str
    """An event, trigger, procedure or function."""
    schema: str
    name: str
    table: str


class Trigger(NamedTuple):
    """A trigger and the table that sets it off."""

    schema: str
    table: str
    name: str


@dataclass(frozen=True)
class Entry:
    """What the ledger says of one table: exact count and CHECKSUM TABLE before and after the move
    (-1: not yet), and its copies. Times in Unix seconds, 0 for never.
    """

    name: str
    rows_before: int = -1
    sum_before: int = -1
    counted: int = 0
    rows_after: int = -1
    sum_after: int = -1
    checked: int = 0
    bytes: int = 0
    sha256: str = ""
    place_1: str = ""
    copied_1: int = 0
    place_2: str = ""
    copied_2: int = 0

    @property
    def is_counted_after(self) -> bool:
        """Whether it was counted after its move."""
        return self.rows_after >= 0

    @property
    def is_unchanged(self) -> bool:
        """Whether both counts, and both checksums, are the same."""
        before = (self.rows_before, self.sum_before)
        return before == (self.rows_after, self.sum_after)


@dataclass(frozen=True)
class Room:
    """A folder for dumps, there already or not."""

    free: int = 0
    """In bytes."""
    encrypted: bool = False
    """Whether its disk is (dm-crypt)."""


@dataclass(frozen=True)
class Database:
    """A database server, the archive in it, and the folders around it."""

    error: str = ""
    """What the client said when it could not ask."""
    version: str = ""
    account: str = ""
    read_only: bool = False
    most_rows: int = -1
    """More rows the server gives to no query that does not ask for them, a dump's included; -1 when
    it gives all.
    """
    replica: bool = False
    """Whether it takes over what another server writes, or is set up to do so."""
    galera: bool = False
    """Whether it is one of a Galera cluster."""
    lowercase: bool = False
    """Whether it keeps names of schemas and tables in small letters (lower_case_table_names=1)."""
    now: int = 0
    """The server's clock, in Unix seconds."""
    today: str = ""
    """The server's date, as in ISO 8601."""
    may: frozenset[str] = frozenset()
    """The account's privileges on all schemas."""
    grants: bool = False
    """Whether it may pass them on."""
    schemas: frozenset[str] = frozenset()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    """By `schema.name`."""
    references: tuple[ForeignKey, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    writers: tuple[Writer, ...] = ()
    """Those that name a table of the database."""
    long: Mapping[int, int] = field(default_factory=dict)
    """Transactions by connection, with the seconds they have been open."""
    reader: bool = False
    """Whether the account `READER` exists."""
    reads: frozenset[tuple[str, str]] = frozenset()
    """What it may do, as (schema, privilege)."""
    ledger: Mapping[str, Entry] = field(default_factory=dict)
    has_ledger: bool = False
    strangers: tuple[str, ...] = ()
    """Names in the ledger that the wizard never entered: they are not plain."""
    listed: tuple[tuple[str, int], ...] = ()
    """UTM5's own list, as (table, end in Unix seconds)."""
    list_error: str = ""
    encrypted: bool = False
    """Whether the server's data lie on an encrypted disk."""
    volume: str = ""
    """Where an encrypted volume is mounted; "" when none is open."""
    folders: Mapping[str, Room] = field(default_factory=dict)
    """Those in which dumps wait or may wait."""
    kept: Mapping[str, int] = field(default_factory=dict)
    """The files in them, unfinished ones too, with their bytes."""
    age_error: str = ""
    """What age said when it cannot encrypt for the recipients."""

    def of(self, schema: str, name: str) -> Relation | None:
        """The table or view of that name."""
        return self.relations.get(f"{schema}.{name}")

    def entry(self, name: str) -> Entry:
        """What the ledger says of a table; an empty entry for one that it does not know."""
        return self.ledger.get(name, Entry(name))
