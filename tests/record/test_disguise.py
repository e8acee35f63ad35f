"""What must not be recorded is replaced, everywhere the same; all else stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.cases import STEPS
from tests.record.case import disguise
from tests.record.disguise import disguised, stand_ins, values
from tests.record.kinds import SECRETS

pytestmark = pytest.mark.slow

BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAI" + "b4Q/x+" * 7 + "b"
SHA512 = "$6$saltsalt$" + "aB3./" * 17 + "x"
UUID = "e2676924-c96e-4515-b7a0-d56a7142f8d8"


def alone(text: str) -> str:
    """One text by itself."""
    return disguised(text, stand_ins([text]))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('"serial": "S3Z8NB0K"', '"serial": "SERIAL001"'),
        ('NAME="sda" SERIAL="S3Z8NB0K"', 'NAME="sda" SERIAL="SERIAL001"'),
        ('"wwn": "0x5002538d40f1a2b3"', '"wwn": "0x0000000000000001"'),
        ("link/ether 3c:ec:ef:12:34:56", "link/ether 3c:ec:ef:00:00:01"),
        ("inet6 fe80::3eec:efff:fe12:3456/64", "inet6 fe80::1/64"),
        ("0123456789abcdef0123456789abcdef\n", f"{1:032x}\n"),
        ("inet 8.8.4.4/24", "inet 198.18.1.4/24"),
        ("inet6 2a01:4f8:c0c:1::2/64", "inet6 2001:db8:0:1::1/64"),
        (f"root:{SHA512}:19000:", "root:$6$made.up$1:19000:"),
        ("IDENTIFIED BY '*" + "0AF9" * 10 + "'", f"IDENTIFIED BY '*{1:040X}'"),
        ('Password = "q7w8e9"', 'Password = "made-up-1"'),
        ("RESTIC_PASSWORD=q7w8e9", "RESTIC_PASSWORD=made-up-1"),
        ('shared-secret "q7w8e9";', 'shared-secret "made-up-1";'),
        ("http://joe:q7w8e9@proxy:3128", "http://joe:made-up-1@proxy:3128"),
    ],
)
def test_replaced(text: str, left: str) -> None:
    assert alone(text) == left


def test_keys() -> None:
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1\nrZXktdjEA\n-----END OPENSSH"
    assert alone(private) == ("-----BEGIN OPENSSH PRIVATE KEY-----\nmade up 1\n-----END OPENSSH")
    public = alone(f"ssh-ed25519 {BLOB} root@node1")
    kind, blob, comment = public.split()
    assert (kind, comment) == ("ssh-ed25519", "root@node1")
    assert len(blob) == len(BLOB) and blob[:19] == BLOB[:19] and blob != BLOB


@pytest.mark.parametrize(
    "text",
    [
        "inet 192.168.0.111/24 10.0.2.11 127.0.0.1 ff02::1 ::1",
        f"UUID={UUID} e2676924:c96e4515:b7a0d56a:7142f8d8",
        "ether ff:ff:ff:ff:ff:ff 00:00:00:00:00:00",
        "password: yes\nPASSWORD=/etc/ganeti-wizard/backup.password\nPasswordAuthentication no",
        "ii \tmdadm\t4.2-5\nffffffff81000000 0xffff800000000000",
        '"serial": null, "serial": ""',
    ],
)
def test_kept(text: str) -> None:
    assert alone(text) == text


def test_a_value_is_the_same_in_all_texts_and_answers() -> None:
    raw = {
        "node1": {"disks": '"serial": "S3Z8NB0K"'},
        "node2": {"links": "/dev/disk/by-id/ata-S3Z8NB0K-part2 S3Z8NB0KX"},
    }
    answers, shown = disguise({"disks": ["S3Z8NB0K"]}, raw, {"example.com": "name.org"})
    assert answers == {"disks": ["SERIAL001"]}
    assert shown["node2"]["links"] == "/dev/disk/by-id/ata-SERIAL001-part2 S3Z8NB0KX"


def test_the_domain_is_renamed() -> None:
    _, shown = disguise({}, {"n": {"f": "node1.example.com"}}, {"example.com": "name.org"})
    assert shown == {"n": {"f": "node1.name.org"}}


@given(some.text("abcdefXYZ0189$/.=_-", min_size=6, max_size=20))
def test_no_password_is_left(password: str) -> None:
    text = f'Password = "{password}"\nagain: {password} end\n'
    found = [value for _, value in values(text, SECRETS)]
    left = alone(text)
    assert all(f" {value} " not in left and f'"{value}"' not in left for value in found)


def test_no_recorded_case_holds_a_secret() -> None:
    for path in STEPS.glob("*/**/*.json"):
        case = json.loads(path.read_text())
        hosts = case.get("facts", {"": {"": case.get("raw", "")}}).values()
        for text in (text for facts in hosts for text in facts.values()):
            assert not list(values(text, SECRETS)), path
