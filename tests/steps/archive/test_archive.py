"""Tables moved to an archive and back, on a real MariaDB server, with copies over a real ssh."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from steps.archive.facts import archive
from tests.steps.archive.bench import HOST, Bench, carry_out, moves
from tests.steps.archive.server import LIVE, OLD, ROWS
from wizard.model.review import State

pytestmark = pytest.mark.mariadb
SUMS = "; ".join(
    f"SELECT COUNT(*), SUM(`bytes in`), MIN(note), BIT_XOR(CRC32(raw)) FROM UTM5.{name}"
    for name in OLD
)


def test_there_and_back(filled: Bench, tmp_path: Path) -> None:
    maria = filled.maria
    before, answers = maria.dump("UTM5"), maria.sql(SUMS)
    review = filled.review()
    assert review.state is State.READY, review.blockers
    filled.done()
    assert maria.sql(SUMS) == answers
    relations = maria.relations()
    assert all(
        relations[f"UTM5.{name}"] == "V" and relations[f"UTM5_archive.{name}"] == "T"
        for name in OLD
    )
    assert all(relations[f"UTM5.{name}"] == "T" for name in LIVE)
    copies = [sorted((tmp_path / place).iterdir()) for place in ("one", "two")]
    assert [one.name for one in copies[0]] == [one.name for one in copies[1]]
    assert len(copies[0]) == 2 and not list((tmp_path / "waiting").iterdir())
    again = filled.review()
    assert again.state is State.DONE and not again.plan
    filled.done("unarchive")
    assert maria.dump("UTM5") == before
    assert set(maria.relations()) == {f"UTM5.{name}" for name in (*LIVE, *OLD)}
    assert maria.sql("SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'gw_archive'") == "0\n"
    assert filled.review("unarchive").state is State.DONE


def test_half_states_are_recognised(filled: Bench) -> None:
    maria, name = filled.maria, OLD[0]
    filled.answers = filled.answering(patterns=[], tables=[name])
    argv = carry_out(filled, "archive", "rename-table")
    ready, move = argv[5], argv[6]
    maria.sql(ready)
    assert moves(filled) == ["rename-table", "count-rows"]
    filled.answers = filled.answering(patterns=[], tables=[OLD[1]])
    assert [one for one in moves(filled) if "DROP VIEW" in one] == [
        f"DROP VIEW `UTM5`.`gw_new_{name}`",
        f"DROP VIEW `UTM5_archive`.`{name}`",
    ]
    filled.answers = filled.answering(patterns=[], tables=[name])
    maria.sql(move.splitlines()[0])
    assert moves(filled) == [f"DROP VIEW `UTM5_archive`.`gw_old_{name}`", "count-rows"]
    for command in filled.review().plan.commands:
        assert filled.engine.hosts[HOST].run(command.argv).rc == 0
    assert filled.review().state is State.DONE
    maria.sql(f"DROP VIEW UTM5.{name}")
    assert moves(filled) == ["rename-table", "count-rows"]
    back = carry_out(filled, "unarchive", "rename-table")[6]
    maria.sql(back.splitlines()[0])
    assert (
        moves(filled, "unarchive")[0]
        == f"DELETE FROM `UTM5_archive`.`gw_ledger` WHERE name = '{name}'"
    )


def test_a_row_written_between_count_and_move_stops_the_move_or_is_told(filled: Bench) -> None:
    maria, name = filled.maria, OLD[0]
    filled.answers = filled.answering(patterns=[], tables=[name], quiet_hours=0)
    move = carry_out(filled, "archive", "rename-table")
    maria.sql(
        f"INSERT INTO UTM5.{name} (account, recv_date, `bytes in`, note) VALUES (1, 1, 1, '')"
    )
    result = filled.engine.hosts[HOST].run(move)
    assert result.rc == 3 and "written to since" in result.out
    assert moves(filled)[0] == "count-rows"
    assert filled.engine.hosts[HOST].run((*move[:7], "")).rc == 0
    for command in filled.review().plan.commands:
        assert filled.engine.hosts[HOST].run(command.argv).rc == 0
    problems = [str(one) for one in filled.review().problems]
    assert (
        len(problems) == 1
        and f"had {ROWS} rows" in problems[0]
        and f"has {ROWS + 1}" in problems[0]
    )


def test_nothing_is_written_through_the_view(filled: Bench) -> None:
    maria, name = filled.maria, OLD[0]
    maria.sql(
        carry_out(filled, "archive", "rename-table")[5]
        + carry_out(filled, "archive", "rename-table")[6]
    )
    for login in ((), ("-ubilling", "-px")):
        for text in ("DELETE FROM UTM5.{}", "UPDATE UTM5.{} SET account = 1", "TRUNCATE UTM5.{}"):
            maria.sql(text.format(name), ok=False, login=login)
    assert maria.sql(f"SELECT COUNT(*) FROM UTM5.{name}", login=("-ubilling", "-px")) == f"{ROWS}\n"
    assert (
        maria.sql(f"SELECT COUNT(*) FROM UTM5_archive.{name}", login=("-ubilling", "-px"), ok=False)
        == ""
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE UTM5.{} ENGINE=MyISAM", "is of MyISAM"),
        (
            "CREATE TRIGGER UTM5.x AFTER INSERT ON UTM5.{} FOR EACH ROW SET @a = 1",
            "has the trigger x",
        ),
        (
            "CREATE TABLE UTM5.child (id INT UNSIGNED, FOREIGN KEY (id) REFERENCES UTM5.{} "
            "(id)) ENGINE=InnoDB",
            "a foreign key ties UTM5.child",
        ),
        ("ALTER TABLE UTM5.{} MODIFY raw VARBINARY(20) INVISIBLE", "invisible columns (raw)"),
        ("ALTER TABLE UTM5.{} ADD SYSTEM VERSIONING", "no plain table"),
        ("UPDATE UTM5.{} SET account = 5 WHERE id = 1", "was written to 0 minutes ago"),
        ("CREATE DATABASE UTM5_archive; CREATE TABLE UTM5_archive.{} (a INT)", "is no view of it"),
        ("DROP TABLE UTM5.{0}; CREATE VIEW UTM5.{0} AS SELECT 1 AS a", "view of somebody else's"),
        ("SET GLOBAL read_only = 1", "read-only"),
    ],
)
def test_refused_before_anything_is_done(filled: Bench, statement: str, said: str) -> None:
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]])
    filled.maria.sql(statement.format(OLD[0]))
    review = filled.review()
    assert [one for one in map(str, review.blockers) if said in one], review.blockers
    assert not review.plan


def test_server_and_places_that_do_not_answer(filled: Bench) -> None:
    filled.answers = filled.answering(first=f"nowhere.invalid:{filled.folder}/one", second="")
    texts = " ".join(map(str, filled.review().blockers))
    assert "nowhere.invalid" in texts and "there are not two places" in texts
    filled.maria.kill()
    (only,) = map(str, filled.review().blockers)
    assert "cannot be asked" in only and "ERROR 2002" in only


def test_utm5s_own_list(filled: Bench) -> None:
    maria = filled.maria
    filled.answers = filled.answering(patterns=[], preset="utm5")
    assert "UTM5's list of archives cannot be read" in str(filled.review().blockers[0])
    maria.sql(
        "CREATE TABLE UTM5.archives (id INT AUTO_INCREMENT PRIMARY KEY, archive_id INT, "
        "table_type INT, "
        "table_name VARCHAR(255), start_date INT, end_date INT); "
        f"INSERT INTO UTM5.archives VALUES (NULL, 1, 5, '{OLD[0]}', 1577836800, 1580515199), "
        f"(NULL, 2, 5, 'UTM5.{OLD[1]}', 1580515200, 1583020799), (NULL, 3, 5, '{LIVE[1]}', "
        "2147483640, 2147483647), "
        "(NULL, 4, 1, 'elsewhere.dta_2019', 1546300800, 1577836799)"
    )
    names = [
        argv[6]
        for argv in (one.argv for one in filled.review().plan.commands)
        if "count-rows" in argv
    ]
    assert sorted({name.split(".")[1].strip("`") for name in names}) == sorted(OLD)


@pytest.fixture
def age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stand-in for age that encrypts nothing, but gives another file each time; returns a
    recipient.
    """
    program = tmp_path / "age"
    program.write_text(
        '#!/bin/sh\necho age-encryption.org/v1; echo "$2 $(od -An -N8 -tx8 /dev/urandom)"; '
        "exec base64\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(archive, "AGE", str(program))
    return "age1" + "q" * 58


def test_copies_are_encrypted_for_recipients_and_come_anew_when_one_is_lost(
    filled: Bench, age: str, tmp_path: Path
) -> None:
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]], recipients=[age])
    filled.done()
    (copy,) = (tmp_path / "two").iterdir()
    head, who, *body = copy.read_text().splitlines()
    assert copy.name.endswith(".sql.gz.age") and head.startswith("age") and who.startswith(age)
    text = gzip.decompress(base64.b64decode("".join(body))).decode()
    assert text.count(f"CREATE TABLE `{OLD[0]}`") == 1 and "INSERT INTO" in text
    copy.unlink()
    assert moves(filled)[:3] == ["dump-table", "send-copy", "send-copy"], (
        "the same rows, but another file"
    )
    filled.done()
    assert filled.review().state is State.DONE
    assert len(list((tmp_path / "one").iterdir())) == 2 and not list(
        (tmp_path / "waiting").iterdir()
    )


def test_copies_that_were_readable_before_recipients_were_named_are_told(
    filled: Bench, age: str
) -> None:
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]])
    filled.done()
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]], recipients=[age])
    assert ["is not encrypted" in str(one) for one in filled.review().problems] == [True, True]


def test_a_dump_of_the_earlier_version_is_sent_from_where_it_waits(
    filled: Bench, tmp_path: Path
) -> None:
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]], work=str(tmp_path / "waited"))
    carry_out(filled, "archive", "send-copy")
    (waiting,) = (tmp_path / "waited").iterdir()
    (tmp_path / "waited" / f"UTM5_archive.{OLD[0]}.new").write_text("cut short")
    filled.answers = filled.answering(patterns=[], tables=[OLD[0]])
    assert moves(filled)[:2] == ["send-copy", "send-copy"]
    filled.done()
    assert (tmp_path / "two" / waiting.name).exists() and not list((tmp_path / "waited").iterdir())
    assert not (tmp_path / "waiting").exists()
