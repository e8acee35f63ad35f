"""Secrets for a run without a screen: `--secret KEY=FILE`, a private file with one line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.own_files import at_home, open_file
from wizard.base.secrets import Secret

if TYPE_CHECKING:
    from wizard.run.keyring import Keyring


LARGEST = 65536
"""Bytes of a secret; what is longer is another file, given by mistake."""


def read_all(given: Iterable[str]) -> dict[str, Secret]:
    """The secrets by key; raises WizardError when one cannot be used as it is."""
    given = list(given)
    _refuse_two(given)
    return dict(_read(one) for one in given)


def lend(keyring: Keyring, given: Iterable[str]) -> None:
    """Let commands take these secrets; raises WizardError at once when one cannot be used as it is.

    Each is read again from its file when a step wants it, and forgotten when that step ends.
    """
    for one in given:
        key, _ = _read(one)
        keyring.lend(key, partial(_again, one))


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise WizardError for a key that nothing asks for: mostly a name mistyped, and the secret
    would be missed much later.
    """
    keys = sorted(set(known))
    given = list(given)
    _refuse_two(given)
    for one in given:
        key, sign, _ = one.partition("=")
        if sign and key and key not in keys:
            raise WizardError(
                f"nothing asks for a secret {key[:80]!r}",
                mend=f"the keys are: {', '.join(keys) or 'none here'}",
                code=Exit.USAGE,
            )


def _refuse_two(given: Iterable[str]) -> None:
    """Raise WizardError for a key that stands twice with different files: which one is meant is not
    known.
    """
    files: dict[str, str] = {}
    for one in given:
        key, _, name = one.partition("=")
        if files.setdefault(key, name) != name:
            raise WizardError(
                f"--secret has two files for {key[:80]!r}",
                mend="name the one that is meant",
                code=Exit.USAGE,
            )


def _again(given: str) -> Secret:
    return _read(given)[1]


def _read(given: str) -> tuple[str, Secret]:
    key, sign, name = given.partition("=")
    if not sign or not key or not name:
        raise WizardError(
            "--secret wants KEY=FILE",
            mend="the plan names the keys of its secrets",
            code=Exit.USAGE,
        )
    text = _text(key, name)
    line = text.removesuffix("\n")
    if not line or "\n" in line or "\r" in line or "\0" in line:
        raise WizardError(
            f"the secret {key} must be one line, and not an empty one",
            where=name,
            mend="write the secret alone into the file, with or without an end of line",
            code=Exit.USAGE,
        )
    return key, Secret(line)


def _text(key: str, name: str) -> str:
    """What stands in the file; nothing of it is in any error."""
    path = at_home(Path(name))
    try:
        with os.fdopen(open_file(path), "rb") as file:
            _check(path, os.fstat(file.fileno()))
            data = file.read(LARGEST + 1)
        if len(data) <= LARGEST:
            return data.decode()
        what, mend = f"is longer than {LARGEST} bytes", "write the secret alone into the file"
    except UnicodeDecodeError:
        what, mend = "is not UTF-8", "save the file as UTF-8"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        mend = "write it into a file of yours with mode 600, and name that: --secret KEY=FILE"
    raise WizardError(f"the secret {key} {what}", where=name, mend=mend, code=Exit.USAGE)


def _check(path: Path, about: os.stat_result) -> None:
    """A file of the operator that nobody else can open."""
    if about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise WizardError(
            "a file with a secret must be yours and closed to all others",
            where=str(path),
            mend=f"chown {os.geteuid()} {path}; chmod 600 {path}",
            code=Exit.USAGE,
        )
