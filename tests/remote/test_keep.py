"""Output that is kept as a file: whole or not at all, private, the older one beside it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from tests.sim import SimHost
from wizard.base.errors import WizardError
from wizard.hosts.host import Result
from wizard.remote import keep

CONTENT = bytes(range(256)) * 3000


def sent(content: bytes) -> str:
    body = base64.encodebytes(content).decode()
    return f"{body}sha256 {hashlib.sha256(content).hexdigest()}\n"


def host(text: str, rc: int = 0) -> SimHost:
    return SimHost("inst1", on_run=lambda *_: Result(rc, text, "", 0.0))


def test_it_is_kept_whole_and_private(tmp_path: Path) -> None:
    path, told = tmp_path / "headers" / "one.luks", list[str]()
    assert keep.run(host(sent(CONTENT)), ("take",), None, path, told.append) == 0
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert not any(base64.b64encode(CONTENT).decode()[:60] in text for text in told), (
        "the content is not logged"
    )
    keep.run(host(sent(b"newer")), ("take",), None, path, told.append)
    assert path.read_bytes() == b"newer" and path.with_name("one.luks.old").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "text", ["", "sha256 \n", sent(CONTENT)[: len(sent(CONTENT)) // 2], sent(CONTENT)[80:], "%%%"]
)
def test_a_torn_file_does_not_replace_a_good_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.luks"
    path.write_bytes(b"good")
    with pytest.raises(WizardError):
        keep.run(host(text), ("take",), None, path, lambda _: None)
    assert path.read_bytes() == b"good"


def test_a_failure_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    assert keep.run(host("no such device\n", 4), ("take",), None, tmp_path / "x", told.append) == 4
    assert told == ["no such device\n"] and not (tmp_path / "x").exists()


def test_what_was_kept_forbids_to_overwrite_its_original(tmp_path: Path) -> None:
    path = tmp_path / "headers" / "one.luks"
    keep.forbid(host(""), path)
    keep.write(path, CONTENT)
    with pytest.raises(WizardError, match=r"not run: .*one\.luks was kept"):
        keep.forbid(host(""), path)
