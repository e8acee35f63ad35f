"""The answers document as TOML: read with messages a person can act on, written, and its JSON schema."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wizard.answers import Answers
from wizard.errors import AnswersError


def explain(error: ValidationError) -> str:
    """One line per wrong field: where it is and what is wrong with it."""
    lines = []
    for one in error.errors(include_url=False):
        place = ".".join(str(part) for part in one["loc"]) or "the document"
        text = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            text = "there is no such field"
        elif one["type"] != "value_error" and not isinstance(one["input"], dict | list):
            text = f"{text} (it is {one['input']!r})"
        lines.append(f"{place}: {text}")
    return "; ".join(lines)


def read(path: Path) -> Answers:
    """Read an answers file; raises AnswersError that names the field and the mend."""
    where, mend = str(path), "`ganeti-wizard answers schema` lists the fields"
    try:
        data = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise AnswersError("no such file", where=where, mend="check the name given to --answers") from error
    except (OSError, UnicodeDecodeError) as error:
        raise AnswersError(f"cannot be read: {error}", where=where) from error
    except tomllib.TOMLDecodeError as error:
        raise AnswersError(f"not valid TOML: {error}", where=where, mend=mend) from error
    version = data.get("version")
    if version != 1:
        told = "the field version is missing" if version is None else f"version {version} is not known to this wizard"
        raise AnswersError(told, where=where, mend="write `version = 1` at its top")
    try:
        answers = Answers.model_validate(data)
    except ValidationError as error:
        raise AnswersError(explain(error), where=where, mend=mend) from error
    if strangers := unknown_hosts(answers):
        shorts = ", ".join(node.short for node in answers.nodes)
        raise AnswersError("; ".join(strangers), where=where, mend=f"use the nodes' short names: {shorts}")
    return answers


def unknown_hosts(answers: Answers) -> list[str]:
    """What is answered for a host that is no node, and would be passed over without a word."""
    shorts = {node.short for node in answers.nodes}
    given = {"partition.disks": set(answers.partition.disks), "bridge.device": set(answers.bridge.device)}
    return [f"{place}.{host}: there is no such node" for place, hosts in given.items() for host in hosts - shorts]


def write(answers: Answers) -> str:
    """The document as TOML. Undecided fields are left out, but for volumes, which are written as they will be.

    Consent to overwrite disks is left out too: it holds for one run, and is written into a file by hand.
    """
    import tomli_w

    data: dict[str, Any] = json.loads(answers.model_dump_json(exclude=answers.undecided))
    data["partition"].pop("erase")
    if "volumes" not in answers.vault.model_fields_set:
        data.setdefault("vault", {})["volumes"] = [volume.model_dump(mode="json") for volume in answers.encrypted]
    return tomli_w.dumps(data)


def schema() -> str:
    """The JSON schema of the document."""
    return json.dumps(Answers.model_json_schema(), indent=1) + "\n"
