"""Secrets for a run without a screen: `--secret KEY=FILE`, a private file with one line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.secrets import Secret

if TYPE_CHECKING:
    from wizard.run.keyring import Keyring


LARGEST = 65536
"""Bytes of a secret; what is longer is another file, given by mistake."""


def read_all(given: Iterable[str]) -> dict[str, Secret]:
    """The secrets by key; raises WizardError when one cannot be used as it is."""
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
    for one in given:
        key, sign, _ = one.partition("=")
        if sign and key and key not in keys:
            raise WizardError(
                f"nothing asks for a secret {key[:80]!r}",
                mend=f"the keys are: {', '.join(keys) or 'none here'}",
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
    try:
        path = Path(name).expanduser()
        with path.open("rb") as file:
            _check(path, os.fstat(file.fileno()))
            data = file.read(LARGEST + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        raise WizardError(
            f"the secret {key} cannot be read: {error}", where=name, code=Exit.USAGE
        ) from error
    if len(data) > LARGEST:
        raise WizardError(
            f"the secret {key} is longer than {LARGEST} bytes",
            where=name,
            mend="write the secret alone into the file",
            code=Exit.USAGE,
        )
    line = text.removesuffix("\n")
    if not line or "\n" in line or "\r" in line or "\0" in line:
        raise WizardError(
            f"the secret {key} must be one line, and not an empty one",
            where=name,
            mend="write the secret alone into the file, with or without an end of line",
            code=Exit.USAGE,
        )
    return key, Secret(line)


def _check(path: Path, about: os.stat_result) -> None:
    """A regular file of the operator that nobody else can open."""
    if not stat.S_ISREG(about.st_mode):
        raise WizardError(
            "this is no file, and a secret is read from a file",
            where=str(path),
            mend="write it into a file of yours with mode 600",
            code=Exit.USAGE,
        )
    if about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise WizardError(
            "a file with a secret must be yours and closed to all others",
            where=str(path),
            mend=f"chown {os.geteuid()} {path}; chmod 600 {path}",
            code=Exit.USAGE,
        )
