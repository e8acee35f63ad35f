"""What TOML can hold and answers cannot; and what a message about it repeats."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from wizard.answers import Answers
from wizard.answers.documents import loads, read
from wizard.base.errors import AnswersError

SECRET = "hunter2"


def _told(text: str) -> str:
    with pytest.raises(AnswersError) as caught:
        loads(f"version = 1\n{text}", "a.toml")
    assert caught.value.mend
    return caught.value.what


@pytest.mark.parametrize("value", ["2020-01-01", "2020-01-01T02:30:00Z", "2020-01-01 02:30:00"])
@pytest.mark.parametrize("place", ["[lvm]\nvg = {}", "[backup]\nfolders = [{}]", "x = {{y = {}}}"])
def test_a_date_is_no_text(place: str, value: str) -> None:
    assert "is a date or a time, and should be text" in _told(place.format(value))


def test_a_time_is_no_text() -> None:
    assert _told("[backup]\nat = 02:30:00").startswith("backup.at: is a date or a time")
    assert loads("version = 1\n[backup]\nat = '02:30'", "a.toml").backup.at == "02:30"


@pytest.mark.parametrize("number", [f"0x{'f' * 9000}", f"0b1{'0' * 64}", f"-{1 << 64}"])
@pytest.mark.parametrize("place", ["[partition]\nsize_gib = {}", "x = [{}]"])
def test_a_number_beyond_64_bits(place: str, number: str) -> None:
    assert "the number is too large" in _told(place.format(number))
    with pytest.raises(AnswersError, match="version: the number is too large"):
        loads(f"version = {number}", "a.toml")


@pytest.mark.parametrize(
    "text",
    [
        f"{'.'.join('a' * 400_000)} = 1",
        f"[{' . '.join(['a'] * 200_000)}]\nx = 1",
        "x = {" + ".".join(['"a"'] * 200_000) + " = 1}",
        f"[{'.'.join('a' * 60)}]\nx = 1",
    ],
    ids=["name", "section", "quoted", "sixty"],
)
def test_a_name_of_very_many_parts_ends(text: str) -> None:
    assert "nested too deeply" in _told(text)


@pytest.mark.parametrize("text", [f"# {'a' * 900_000}", '# "' * 300_000, "# a." * 200_000])
def test_a_long_comment_is_none_of_these(text: str) -> None:
    assert loads(f"version = 1\n{text}", "a.toml") == Answers()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[briges]\nname = 'x'", "briges: there is no such field; did you mean bridge?"),
        ("[lvm]\nvgname = 'x'", "lvm.vgname: there is no such field; there are: vg"),
        (
            "[[nodes]]\nname='a.org'\nip='10.0.0.1'\nssh={prot=1}",
            "nodes.0.ssh.prot: there is no such field; did you mean port?",
        ),
        ("[backup]\nfoldres = []", "did you mean folders?"),
        ("[backup.host]\nnam = 'x'", "did you mean name?"),
        ("zzzzzz = 1", "zzzzzz: there is no such field"),
    ],
)
def test_the_field_that_was_meant(text: str, words: str) -> None:
    assert words in _told(text)


@pytest.mark.parametrize(
    "text",
    [
        f"nodes = '{SECRET}'",
        f"lvm = '{SECRET}'",
        f"[backup]\nhost = '{SECRET}'",
        f"[archive]\nrecipients = ['AGE-SECRET-KEY-1{SECRET}']",
        f"[backup]\npath = 'rest:https://me:{SECRET}@host/x'",
        f"[instance]\narchive = 'http://me:{SECRET}@host/debian'",
        f"[guest]\nlocales = ['$6$salt${SECRET}']",
        f"[[nodes]]\nname='''-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}'''\nip='10.0.0.1'",
    ],
)
def test_what_looks_like_a_secret_is_not_repeated(text: str) -> None:
    assert SECRET not in _told(text)


@pytest.mark.parametrize("name", ["a\\nganeti-wizard: fine", "\\u001b[2J", "\\u202eabc", ""])
def test_a_name_stays_within_its_line(name: str) -> None:
    told = _told(f'"{name}" = 1')
    assert "\n" not in told and "\x1b" not in told and "there is no such field" in told


def test_very_many_wrong_fields_are_told_in_short() -> None:
    told = _told("".join(f"k{number} = 1\n" for number in range(3000)))
    assert told.endswith("and 2980 more") and len(told) < 2000
    assert len(_told(f"{'k' * 100_000} = 1")) < 200


def test_the_version_as_text() -> None:
    with pytest.raises(AnswersError, match="the version is text") as caught:
        loads("version = '1'", "a.toml")
    assert "`version = 1`" in caught.value.mend
    with pytest.raises(AnswersError, match="version 2020-01-01 is not known"):
        loads("version = 2020-01-01", "a.toml")


def test_standard_input_by_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"version = 1\n[lvm]\nvg = 'other'\n")
    os.close(write_end)
    was = os.dup(0)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    try:
        os.dup2(read_end, 0)
        assert read(Path("-")).lvm.vg == "other"
    finally:
        os.dup2(was, 0)
        os.close(was)
        os.close(read_end)


@pytest.mark.parametrize("name", ["http://x/a.toml", "https://x/a.toml", "file:///etc/a.toml"])
def test_a_web_address_is_no_file(name: str) -> None:
    with pytest.raises(AnswersError, match="no such file") as caught:
        read(Path(name))
    assert "fetch" in caught.value.mend
