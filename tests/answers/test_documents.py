"""The answers file: what is right comes back, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.answers import Answers
from wizard.answers.documents import read, schema, write
from wizard.base.errors import AnswersError

WRONG = {
    "unknown field": ("version = 1\n[lvm]\nvgname = 'x'", r"lvm\.vgname: there is no such field"),
    "wrong value": (
        "version = 1\n[bridge]\nprefix = 99",
        r"bridge\.prefix: .*less than or equal to 30 \(it is 99\)",
    ),
    "not TOML": ("version = 1\n[lvm", "not valid TOML"),
    "no version": ("[lvm]\nvg = 'x'", "the field version is missing"),
    "newer version": (
        "version = 2",
        r"version 2: a newer ganeti-wizard wrote this file\n.*use that newer version",
    ),
    "version in words": (
        "version = 'one'",
        "version one is not known to this wizard\n.*write `version = 1`",
    ),
    "endless": (
        "version = 1\n[partition]\nsize_gib = inf",
        r"partition\.size_gib: .*finite number \(it is inf\)",
    ),
    "no number": (
        "version = 1\n[partition]\nsize_gib = nan",
        r"partition\.size_gib: .*finite number",
    ),
    "address twice": (
        "version = 1\n[hosts]\ncluster_ip = '192.168.0.111'",
        r"192\.168\.0\.111 is used twice",
    ),
    "short name of a node": (
        "version = 1\n[[nodes]]\nname = 'node1'\nip = '10.0.0.1'\n[[nodes]]\nname = "
        "'b.org'\nip = '10.0.0.2'",
        r"nodes\.0\.name",
    ),
    "disks of an unknown host": (
        "version = 1\n[partition.disks]\nnodeX = ['A', 'B']",
        r"partition\.disks\.nodeX: there is no such node\n.*short names: node1, node2",
    ),
    "card of a host by its full name": (
        "version = 1\n[bridge.device]\n'node1.name.org' = 'ens4'",
        r"bridge\.device\.node1\.name\.org: there is no such node",
    ),
    "same host": (
        "version = 1\n[[nodes]]\nname='a.org'\nip='10.0.0.1'\nssh={host='x'}\n"
        "[[nodes]]\nname='b.org'\nip='10.0.0.2'\nssh={host='x'}\n"
        "[[instance.wanted]]\nprimary='b'\nsecondary='a'",
        "the same host twice: x",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str, tmp_path: Path) -> None:
    text, message = WRONG[name]
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(AnswersError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_absent(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match="no such file") as caught:
        read(tmp_path / "none.toml")
    assert caught.value.mend == "check its name"


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(write(Answers()))
    again = read(path)
    assert again.model_dump(exclude={"vault"}) == Answers().model_dump(exclude={"vault"})
    assert again.encrypted == Answers().encrypted and len(again.encrypted) == 1


def test_no_volume_stays_no_volume(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(write(Answers.model_validate({"vault": {"volumes": []}})))
    assert not read(path).encrypted


def test_schema_names_every_section() -> None:
    assert all(f'"{name}"' in schema() for name in Answers.model_fields)
