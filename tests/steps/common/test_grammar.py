"""What another machine may be told: each kind of word by its grammar, and nothing else."""

from __future__ import annotations

import pytest

from steps.common.grammar import path, pem, public_key, uuid
from steps.common.times import elapsed
from wizard.base.errors import WizardError
from wizard.model.step import Command

BODY = "AAAAC3NzaC1lZDI1NTE5AAAAIGQ8Mm5OGrMckpB+X3yRrtXIwWgw2wlJSlHToT3Aak/N"


@pytest.mark.parametrize("text", ["", "/var/secure", "/srv/a.b_c+d-e/.x", "/1"])
def test_paths_that_read_as_themselves(text: str) -> None:
    assert path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '/var/secure"\n@|sh',
        '/x";@|id',
        "|id",
        "@/etc/shadow",
        "<file",
        "/a b",
        "/a/../etc",
        "/./a",
        "/a'",
        "/a$(id)",
        "/a`id`",
        "/a;b",
        "/a\\b",
        "/a\n",
        "/",
        "//",
        "/a/",
        "relative",
        "/größe",
        "/a\u2028b",
        "/a%u",
        "/" + "x" * 256,
    ],
)
def test_other_paths_are_told_to_nobody(text: str) -> None:
    with pytest.raises(WizardError, match="told to no other machine"):
        path(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        (f"ssh-ed25519 {BODY}", f"ssh-ed25519 {BODY}"),
        (f"ssh-ed25519 {BODY} root@node1", f"ssh-ed25519 {BODY} root@node1"),
        (f"ssh-ed25519 {BODY} Müller's PC; id", f"ssh-ed25519 {BODY}"),
        (f"ssh-rsa {BODY}== x", f"ssh-rsa {BODY}== x"),
    ],
)
def test_keys_of_ssh(text: str, told: str) -> None:
    assert public_key(text) == told


@pytest.mark.parametrize(
    "text",
    [
        f'command="id" ssh-ed25519 {BODY}',
        f"cert-authority ssh-ed25519 {BODY}",
        f",pty ssh-ed25519 {BODY}",
        f"* ssh-ed25519 {BODY}",
        f"ssh-ed25519 {BODY}\nssh-ed25519 {BODY}",
        f"ssh-ed25519 {BODY} x\nssh-rsa {BODY}",
        f"ssh-ed25519  {BODY}",
        f"ssh-ed25519 {BODY}; id",
        "ssh-ed25519",
        "ssh-ed25519 key",
        f"ssh-unknown {BODY}",
    ],
)
def test_other_keys_are_told_to_nobody(text: str) -> None:
    with pytest.raises(WizardError, match="told to no other machine"):
        public_key(text)


def test_uuids() -> None:
    known = "e967c190-b40c-404d-8ca0-b7edac0ab308"
    assert uuid(known) == known
    for text in ("", "../../../etc/cron.d/x", f"{known}/..", known.upper(), f"{known}\n", "x"):
        with pytest.raises(WizardError, match="not a UUID"):
            uuid(text)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "headers/../../x", "a//b", ".", "a\nb"])
def test_no_command_keeps_a_file_outside_of_the_state_directory(name: str) -> None:
    with pytest.raises(ValueError, match="no file in the state directory"):
        Command("node1", ("true",), "why", keep=name)
    with pytest.raises(ValueError, match="no file in the state directory"):
        Command("node1", ("true",), "why", unless=name)


def _pem(kind: str, body: str = "TUlJRQ==\n") -> str:
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"


def test_pem() -> None:
    assert pem("", "CERTIFICATE", "inst1") == ""
    assert pem(_pem("CERTIFICATE"), "CERTIFICATE", "inst1") == _pem("CERTIFICATE")


@pytest.mark.parametrize(
    "text",
    [
        _pem("CMS"),
        _pem("CERTIFICATE") * 2,
        _pem("CERTIFICATE") + "@|id\n",
        "[ req ]\n" + _pem("CERTIFICATE"),
        _pem("CERTIFICATE", "TUlJ;id\n"),
        _pem("CERTIFICATE", ""),
        _pem("CERTIFICATE").replace("\n", "\r\n"),
        "text",
    ],
)
def test_other_blocks_are_told_to_nobody(text: str) -> None:
    with pytest.raises(WizardError, match="told to no other machine") as told:
        pem(text, "CERTIFICATE", "inst1")
    assert told.value.where == "inst1"


@pytest.mark.parametrize(
    ("now", "then", "age"),
    [(10, 5, 5), (5, 5, 0), (100, 160, 0), (0, 3600, None), (5, 2**40, None)],
)
def test_what_is_still_to_come_has_no_age(now: int, then: int, age: int | None) -> None:
    assert elapsed(now, then) == age
