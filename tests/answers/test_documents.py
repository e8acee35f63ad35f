"""The answers file: what is right comes back, what is wrong is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.answers import Answers, reading
from wizard.answers.documents import read, schema, write
from wizard.base.errors import AnswersError

NODES = (
    "version = 1\n[bridge]\nprefix = 24\n[[nodes]]\nname='a.org'\nip='10.0.0.1'\n"
    "[[nodes]]\nname='b.org'\nip='10.0.0.2'\n[hosts]\n"
)
WRONG = {
    "a number for an address": ("version = 1\n[hosts]\ncluster_ip = 5", "should be an address"),
    "a size that is rounded to nothing": (
        "version = 1\n[partition]\nsize_gib = 0.0001",
        r"partition\.size_gib: should be 0, or at least 1",
    ),
    "a size without an end": (
        "version = 1\n[partition]\nsize_gib = 1e300",
        r"partition\.size_gib: .*less than or equal to 1000000",
    ),
    "addresses for groups": (
        "version = 1\n[cluster]\nmac_prefix = '01:00:5e'",
        r"cluster\.mac_prefix: .*is for groups",
    ),
    "a network": (f"{NODES}cluster_ip = '10.0.0.0'", "is the network 10.0.0.0/24"),
    "a broadcast address": (f"{NODES}cluster_ip = '10.0.0.255'", "its broadcast address"),
    "another network": (
        f"{NODES}cluster_ip = '10.0.1.2'",
        r"10\.0\.1\.2 of cluster1\.org is not in the servers' network 10\.0\.0\.0/24",
    ),
    "an instance in another network": (
        f"{NODES}[[instance.wanted]]\nip = '10.0.1.2'\nprimary = 'b'\nsecondary = 'a'",
        r"10\.0\.1\.2 of inst1\.name\.org is not in the servers' network",
    ),
    "a number in quotes": ("version = 1\n[bridge]\nprefix = '24'", r"prefix: should be a whole"),
    "a yes for true": ("version = 1\n[guest]\nstandard = 'yes'", "should be true or false"),
    "a version that is true": ("version = true", "version True is not known"),
    "deep": (f"version = 1\nx = {'[' * 100_000}", "not valid TOML"),
    "a number of 5,000 digits": (f"version = 1\nx = {'9' * 5000}", "not valid TOML"),
    "unknown field": ("version = 1\n[lvm]\nvgname = 'x'", r"lvm\.vgname: there is no such field"),
    "wrong value": (
        "version = 1\n[bridge]\nprefix = 99",
        r"bridge\.prefix: .*less than or equal to 30 \(it is 99\)",
    ),
    "deep tables": (f"version = 1\nx = {'{a=' * 3000}1{'}' * 3000}", "nested too deeply"),
    "a deep name": (f"version = 1\n[{'.'.join('a' * 900)}]\nx = 1", "nested too deeply"),
    "a key twice": (
        "version = 1\n[raid]\n\ndevice = '/dev/md1'\ndevice = '/dev/md2'",
        "device stands a second time in line 5, first in line 4: keep one",
    ),
    "a key twice, with more lines": (
        "version = 1\n[backup]\nfolders = [\n]\nat = '02:30'\nfolders = [\n  '/srv',\n]",
        "folders stands a second time in line 6, first in line 3",
    ),
    "the version twice": ("version = 1\nversion = 1", "version stands a second time in line 2"),
    "a section twice": (
        "version = 1\n[raid]\n[lvm]\n[raid] # again",
        r"\[raid\] stands a second time in line 4, first in line 2",
    ),
    "a key of another section is no second one": (
        "version = 1\n[lvm]\nvg = 'a'\n[instance]\nvg = 'b'\nvg = 'c'",
        "vg stands a second time in line 6, first in line 5",
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


@pytest.mark.parametrize("ip", ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.5"])
@pytest.mark.parametrize(
    "place",
    [
        "[hosts]\ncluster_ip = '{}'",
        "[[nodes]]\nname='a.org'\nip='{}'\n[[nodes]]\nname='b.org'\nip='10.0.0.2'",
        "[[instance.wanted]]\nip = '{}'",
        "[backup.host]\nname = 'backup.name.org'\nip = '{}'",
        "[guest]\ngateway = '{}'",
        "[guest]\nnameservers = ['{}']",
    ],
)
def test_an_address_that_no_machine_can_have(place: str, ip: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"version = 1\n{place.format(ip)}")
    with pytest.raises(AnswersError, match="no machine can have it"):
        read(path)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("bridge.name", (".", "..", "-x", "lo", "all", "", "x" * 14, "a/b", "a b")),
        ("lvm.vg", (".", "..", "-x", "snapshot", "mapper", "null", "", "a/b", "x" * 128)),
    ],
)
def test_a_name_that_is_taken(field: str, names: tuple[str, ...], tmp_path: Path) -> None:
    section, _, key = field.partition(".")
    path = tmp_path / "a.toml"
    for name in names:
        path.write_text(f"version = 1\n[{section}]\n{key} = '{name}'")
        with pytest.raises(AnswersError, match=rf"{section}\.{key}: "):
            read(path)


@pytest.mark.parametrize(
    "text",
    [
        "[guest]\nroot_password = 'hunter2'",
        "[[nodes]]\nname='a.org'\nip='10.0.0.1'\npassword = 'hunter2'",
        "root_password = 'hunter2'",
        "[backup]\npassword_file = 'hunter2'",
        "[vault]\npassphrase = 'hunter2'",
    ],
)
def test_a_secret_in_a_wrong_place_is_not_repeated(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"version = 1\n{text}")
    with pytest.raises(AnswersError) as caught:
        read(path)
    assert "hunter2" not in str(caught.value) and "pass" in str(caught.value)


def test_what_is_no_file_is_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large"
    large.write_bytes(b"#" * (reading.LARGEST + 1))
    for path, words in (
        (pipe, "(nobody writes into this pipe|the field version is missing)"),
        (Path("/dev/zero"), "no file"),
        (tmp_path, "no file"),
        (large, "these are no answers"),
    ):
        with pytest.raises(AnswersError, match=words):
            read(path)


def test_a_pipe_with_answers_is_read(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"version = 1\n[lvm]\nvg = 'other'\n")
    os.close(write_end)
    assert read(Path(f"/dev/fd/{read_end}")).lvm.vg == "other"
    os.close(read_end)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("\ufeffversion = 1\n".encode(), ""),
        ("version = 1\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        ("version = 1\n".encode("utf-16-le"), "bytes of 0, as UTF-16 has them"),
        ("version = 1\n".encode("utf-16-be"), "bytes of 0, as UTF-16 has them"),
        ("version = 1\n".encode("utf-32"), "save it as UTF-8"),
        (b"version = 1\n# \xe4\n", r"cannot be read: line 2 is not UTF-8"),
    ],
)
def test_encodings(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(data)
    if not words:
        assert read(path) == Answers()
        return
    with pytest.raises(AnswersError, match=words):
        read(path)


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
