"""The answers document as TOML: read with messages a person can act on, written, and its JSON
schema.
"""

from __future__ import annotations

import json
import re
import reprlib
import tomllib
from collections.abc import Iterable
from ipaddress import AddressValueError
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from wizard.answers import (
    Answers,
    Archive,
    Backup,
    BackupHost,
    Cluster,
    Phone,
    Raid,
    archives,
    backups,
    building,
    guests,
    limits,
    vault,
)
from wizard.answers.fields import is_secret, meant
from wizard.answers.reading import STANDARD_INPUT, text_of, toml_wrong
from wizard.answers.section import ANY_NAME, FULL_NAME
from wizard.answers.toml_text import is_deep, shown, unfit
from wizard.base.errors import AnswersError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WEB_ADDRESS = re.compile(r"(?:https?|ftp|file|ssh):/")
VERSION = 1
"""Version of the document's form."""


def pattern_of(kind: Any) -> str:
    """The regular expression of an annotated type, or of a field that bears one itself."""
    constraints = getattr(kind, "metadata", None) or get_args(kind)
    return next(str(one.pattern) for one in constraints if getattr(one, "pattern", None))


_NAME_WANTED = "a full name in small letters, such as node1.name.org"
WANTED = {
    FULL_NAME: _NAME_WANTED,
    ANY_NAME: _NAME_WANTED,
} | {
    pattern_of(kind): words
    for kind, words in (
        (
            BackupHost.model_fields["name"],
            "a full name in small letters, such as backup.name.org, or empty",
        ),
        (Raid.model_fields["device"], "/dev/md with one to three digits, such as /dev/md1"),
        (building.LvmName, "at most 127 letters, digits and _ . + -, with no - at its beginning"),
        (building.Suite, "the name of a Debian release, such as bookworm"),
        (building.NetDevice, "at most 13 letters, digits and _ . -, with no - at its beginning"),
        (
            Cluster.model_fields["mac_prefix"],
            "three pairs out of 0 to 9 and a to f, such as aa:00:42, the first an even number: "
            "an odd one is for groups (multicast)",
        ),
        (guests.LocaleName, "the name of a locale, such as de_DE.UTF-8"),
        (guests.ZoneName, "the name of a time zone, such as Europe/Berlin, or empty"),
        (
            guests.Archive,
            "a web address such as http://deb.debian.org/debian, without a password in it, "
            "or empty",
        ),
        (limits.NoOrIp, "an address such as 192.168.0.1, or empty"),
        (guests.Ip, "an address such as 192.168.0.1"),
        (guests.PublicKey, "a line out of a .pub file, such as ssh-ed25519 AAAAC3… you@home"),
        (
            vault.GuestPath,
            "a path such as /srv/data, of letters, digits and _ . + -, no . + - or end "
            "after a slash",
        ),
        (vault.UnitName, "the name of a systemd unit, such as mariadb.service"),
        (
            backups.Folder,
            "a path such as /srv/backup, of letters, digits and _ . -, no slash at the end",
        ),
        (
            Backup.model_fields["director_name"],
            "at most 127 letters, digits and . _ : -, a letter or digit first",
        ),
        (Backup.model_fields["at"], "a time of day in four digits, such as 02:30"),
        (archives.SqlName, "at most 55 letters, digits and _ $ -"),
        (Archive.model_fields["target"], "at most 55 letters, digits and _ $ -, or empty"),
        (
            archives.Place,
            "a folder on another machine, such as root@host.name.org:/srv/archive, or empty",
        ),
        (
            archives.Recipient,
            "a public key of age, age1 with 58 letters and digits, as age-keygen prints it",
        ),
        (Phone.model_fields["number"], "3 to 30 digits, blanks and + ( ) / . -"),
    )
}
"""What each regular expression of the document wants, in words."""

SAID = {
    "json_invalid": "is damaged, or nested too deeply ({error})",
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "too_short": "needs at least {min_length}, and has {actual_length}",
    "too_long": "takes at most {max_length}",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "int_type": "should be a whole number",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "string_type": "should be text",
    "bool_type": "should be true or false",
}
"""Pydantic's errors in the operator's words, by their type; the others are plain enough."""

_SHORT = reprlib.Repr()
_SHORT.maxstring = 60
_MOST = 20
"""Wrong fields that are told at once."""
_NO_SECTION = ("model_type", "model_attributes_type", "list_type", "tuple_type", "dict_type")
"""A single value in the place of a section: it may be anything, a password as well."""


def plain(error: ErrorDetails) -> str:
    """What is wrong with one field, as an operator would say it."""
    text = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch" and (wanted := WANTED.get(context["pattern"])):
        return f"should be {wanted}"
    if isinstance(context.get("error"), AddressValueError):
        return f"{text.rpartition(' in ')[2]} is not a valid IPv4 address"
    return SAID[error["type"]].format_map(context) if error["type"] in SAID else text


def told(error: ErrorDetails) -> str:
    """The same with the value that is wrong, unless that is a section or the text names it."""
    text = plain(error)
    if error["type"] == "extra_forbidden":
        near = meant(error["loc"])
        return f"{text}; {near}" if near else text
    section = isinstance(error["input"], dict | list) or error["type"] in _NO_SECTION
    bare = error["type"] in ("value_error", "json_invalid") or section
    bare = bare or is_secret(error["loc"], error["input"])
    return text if bare else f"{text} (it is {_SHORT.repr(error['input'])})"


def explain(error: ValidationError) -> str:
    """One line per wrong field: where it is and what is wrong with it."""
    return _in_short(
        f"{'.'.join(map(shown, one['loc'])) or 'the document'}: {told(one)}"
        for one in error.errors(include_url=False)
    )


def _in_short(lines: Iterable[str]) -> str:
    """The first of very many."""
    found = list(lines)
    more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return "; ".join(found[:_MOST]) + more


def read(path: Path) -> Answers:
    """Read an answers file; raises AnswersError that names the field and the mend."""
    where = "standard input" if path == STANDARD_INPUT else str(path)
    try:
        text = text_of(path)
    except FileNotFoundError as error:
        mend = "check its name"
        if _WEB_ADDRESS.match(where):
            mend = "this is a web address: fetch what is there, and name the file"
        raise AnswersError("no such file", where=where, mend=mend) from error
    except OSError as error:
        raise AnswersError(
            f"cannot be read: {error.strerror}",
            where=where,
            mend="name a file with answers; `ganeti-wizard answers export FILE` writes one",
        ) from error
    return loads(text, where)


def loads(text: str, where: str) -> Answers:
    """Understand the text of an answers file, which `where` names; raises AnswersError."""
    mend = "`ganeti-wizard answers schema` lists the fields"
    try:
        if is_deep(text):
            raise RecursionError
        data = tomllib.loads(text)
        # A version that is no number has words of its own.
        odd = not isinstance(data.get("version"), int)
        wrong = unfit({name: data[name] for name in data if name != "version" or not odd})
    except (ValueError, RecursionError) as error:
        # Beside what is no TOML: numbers of thousands of digits, nesting without an end.
        what = f"not valid TOML: {toml_wrong(text, error)}"
        raise AnswersError(what, where=where, mend=mend) from error
    if wrong:
        raise AnswersError(_in_short(wrong), where=where, mend=mend)
    if data.get("version") != VERSION or type(data["version"]) is not int:
        what, todo = _other_version(data.get("version"))
        raise AnswersError(what, where=where, mend=todo)
    try:
        # As JSON and strictly, so that a file is right just when the schema says so: no number in
        # quotes, no yes for true.
        answers = Answers.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise AnswersError(explain(error), where=where, mend=mend) from error
    except RecursionError as error:
        raise AnswersError("nested too deeply", where=where, mend=mend) from error
    if strangers := unknown_hosts(answers):
        shorts = ", ".join(node.short for node in answers.nodes)
        raise AnswersError(
            "; ".join(strangers), where=where, mend=f"use the nodes' short names: {shorts}"
        )
    return answers


def saved_wrong(text: str, error: ValidationError) -> tuple[str, str]:
    """What is wrong with the answers that the program itself saved, and the mend.

    What a newer program saved is never to be removed: it is all that somebody decided.
    """
    try:
        version = json.loads(text).get("version")
    except (ValueError, AttributeError, RecursionError):
        version = None
    if isinstance(version, int) and version > VERSION:
        return (
            f"version {_SHORT.repr(version)}: a newer ganeti-wizard saved these answers",
            "keep the file, and update this program",
        )
    return explain(error), (
        "correct it; if a newer ganeti-wizard saved it, keep it and update this program; damaged, "
        "move it away and give the answers anew"
    )


def _other_version(version: object) -> tuple[str, str]:
    if isinstance(version, int) and version > VERSION:
        return (
            f"version {_SHORT.repr(version)}: a newer ganeti-wizard wrote this file",
            "use that newer version of the program",
        )
    if version == str(VERSION):
        return "the version is text, and should be a number", f"write `version = {VERSION}`"
    what = (
        "the field version is missing"
        if version is None
        else f"version {shown(version)} is not known to this wizard"
    )
    return what, f"write `version = {VERSION}` at its top"


def unknown_hosts(answers: Answers) -> list[str]:
    """What is answered for a host that is no node, and would be passed over without a word."""
    shorts = {node.short for node in answers.nodes}
    given = {
        "partition.disks": set(answers.partition.disks),
        "bridge.device": set(answers.bridge.device),
    }
    return [
        f"{place}.{host}: there is no such node"
        for place, hosts in given.items()
        for host in hosts - shorts
    ]


def write(answers: Answers) -> str:
    """The document as TOML. Undecided fields are left out, but for volumes, which are written as
    they will be.

    Consent to overwrite disks is left out too: it holds for one run, and is written into a file by
    hand.
    """
    import tomli_w

    data: dict[str, Any] = json.loads(answers.model_dump_json(exclude=answers.undecided))
    data["partition"].pop("erase")
    if "volumes" not in answers.vault.model_fields_set:
        data.setdefault("vault", {})["volumes"] = [
            volume.model_dump(mode="json") for volume in answers.encrypted
        ]
    return tomli_w.dumps(data)


def schema() -> str:
    """The JSON schema of the document."""
    document = Answers.model_json_schema()
    # A value in the program has the version by itself; a file says it.
    document["required"] = ["version", *document.get("required", [])]
    return json.dumps(document, indent=1) + "\n"
