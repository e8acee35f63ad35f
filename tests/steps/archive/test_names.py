"""Which tables an archive means, and what its answers refuse."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from steps.archive.facts.database import Database, Relation
from steps.archive.names import cutoff, period_end, wanted
from steps.archive.sql import pattern_of
from steps.common.versions import database_server
from wizard.answers import Answers, Archive


@pytest.mark.parametrize(
    ("pattern", "name", "end"),
    [
        ("log_%Y%m", "log_202412", date(2025, 1, 1)),
        ("log_%Y%m", "log_202413", None),
        ("log_%Y%m", "log_2024123", None),
        ("log_%Y_%m_%d", "log_2024_02_29", date(2024, 3, 1)),
        ("log_%Y_%m_%d", "log_2023_02_29", None),
        ("log_%Y", "log_2023", date(2024, 1, 1)),
        ("%s_log", "1580515199_log", date(2020, 2, 1)),
        ("l$g_%Y%m", "lxg_202412", None),
        ("log_%Y", "log_9999", None),
    ],
)
def test_period_end(pattern: str, name: str, end: date | None) -> None:
    assert period_end(pattern, name) == end


def test_cutoff() -> None:
    assert cutoff(date(2026, 11, 22), 0) == date(2026, 11, 1)
    assert cutoff(date(2026, 11, 22), 12) == date(2025, 11, 1)
    assert cutoff(date(2026, 1, 31), 1) == date(2025, 12, 1)


def test_old_enough_to_the_day() -> None:
    names = ("log_202510", "log_202511", "gw_new_log_202001", "other")
    seen = Database(
        today="2026-11-22",
        relations={f"UTM5.{n}": Relation("UTM5", n, "BASE TABLE") for n in names},
    )
    assert wanted(Archive(patterns=["log_%Y%m", "gw_new_log_%Y%m"]), seen) == ["log_202510"]
    assert wanted(Archive(patterns=["log_%Y%m"], months=11, tables=["other"]), seen) == [
        "log_202510",
        "log_202511",
        "other",
    ]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"patterns": ["log"]}, "a pattern has %Y"),
        ({"patterns": ["log_%Y%Y"]}, "a pattern has %Y"),
        ({"patterns": ["log_%d%m"]}, "a pattern has %Y"),
        ({"patterns": ["log'_%Y"]}, "only letters"),
        ({"patterns": ["log_%Y%"]}, "a pattern has %Y"),
        ({"target": "UTM5"}, "cannot be UTM5 itself"),
        ({"tables": ["a;b"]}, "tables"),
        ({"first": "a:/x", "second": "root@a:/y"}, "both copies would be on a"),
        ({"first": "a:/x'; rm -rf /"}, "first"),
        ({"first": "-oProxyCommand=x:/y"}, "first"),
        ({"first": "/somewhere"}, "first"),
    ],
)
def test_answers_refused(section: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Archive.model_validate(section)


def test_answers_typed_in_one_line() -> None:
    one = Archive.model_validate({"tables": "a, b c", "patterns": ""})
    assert (
        one.tables == ["a", "b", "c"] and one.patterns == [] and one.schema_name == "UTM5_archive"
    )
    assert Answers().archive_host == "inst1"


def test_servers() -> None:
    assert database_server("10.11.19-MariaDB-0+deb12u1") == ("MariaDB", True)
    assert database_server("10.5.29-MariaDB-0+deb11u1") == ("MariaDB", False)
    assert database_server("8.0.36") == ("MySQL", False)
    assert pattern_of("UTM5_archive") == r"`UTM5\_archive`"
