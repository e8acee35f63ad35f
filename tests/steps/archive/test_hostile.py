"""A database account that may name tables, or write to the ledger, gets no further than that: its
words reach neither SQL nor a shell, neither on the instance nor where the copies go.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from steps.archive.scripts import SEND
from tests.cases import case_path, load
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, look
from wizard.model.step import Step

NAMES = (
    "x'; touch /tmp/owned; '",
    'x"; $(touch /tmp/owned)',
    "x`; DROP DATABASE mysql; `",
    "x\ntouch /tmp/owned\n",
    "../../root/.ssh/authorized_keys",
    "--help",
    "-rf",
    "größe",
    "a b",
    "a.b",
    "",
)
OLD = "dhs_sessions_log_202001"
"""A finished table of the case, in UTM5's list."""


def _case(step_id: str, name: str) -> tuple[Step, Answers, dict[str, dict[str, str]]]:
    step, case, answers, _ = load(case_path(step_id, name))
    return step, answers, case["facts"]


def _renamed(facts: dict[str, dict[str, str]], name: str) -> Facts:
    quoted = json.dumps(name, ensure_ascii=False)
    text = facts["inst1"]["archive"].replace(f'"{OLD}"', quoted)
    return Facts({"inst1": {**facts["inst1"], "archive": text}})


def _words(review: Review) -> list[str]:
    """All that is run, or stands in the saved script."""
    commands = review.plan.commands
    words = [word for command in commands for word in (*command.argv, command.stdin or "")]
    return [*words, review.plan.script("inst1")]


def test_the_case_would_archive_that_table() -> None:
    step, answers, facts = _case("archive", "utm5")
    assert any(OLD in word for word in _words(look(step, answers, Facts(facts))))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_utm5_s_list_with_such_a_name_is_refused(name: str) -> None:
    step, answers, facts = _case("archive", "utm5")
    review = look(step, answers, _renamed(facts, name))
    if "`" in name:
        # The list may quote its names: this one is then the name of no table.
        assert not any(name in word or "DROP DATABASE mysql" in word for word in _words(review))
        return
    assert repr(name) in " ".join(map(str, review.blockers))
    assert not review.plan


@pytest.mark.parametrize("name", NAMES)
def test_a_row_in_the_ledger_that_the_wizard_did_not_make_is_told(name: str) -> None:
    step, answers, facts = _case("archive", "utm5")
    row = json.dumps(["ledger", name, 5, 5, 5, 5, 5, 5, 5, "a" * 64, "", 0, "", 0])
    text = f'{facts["inst1"]["archive"]}["has-ledger"]\n{row}\n'
    review = look(step, answers, Facts({"inst1": {**facts["inst1"], "archive": text}}))
    assert not review.plan
    assert any(
        repr(name) in finding.what and "did not make" in finding.what for finding in review.blockers
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_table_in_the_archive_with_such_a_name_is_never_moved_back(name: str) -> None:
    step, answers, facts = _case("unarchive", "archived")
    assert any(OLD in word for word in _words(look(step, answers, Facts(facts))))
    review = look(step, answers, _renamed(facts, name))
    assert not any(name in word for word in _words(review) if name)


@pytest.mark.parametrize(
    "digest", ["';reboot;'", "$(reboot)", "a" * 63, "A" * 64, "", "\n" * 64, "../../x"]
)
def test_a_copy_is_sent_under_no_name_that_the_ledger_makes_up(digest: str, tmp_path: Path) -> None:
    """The ledger is read on the instance when the copy is sent, by nobody's grammar but this."""
    sent = tmp_path / "sent"
    (tmp_path / "mariadb").write_text('#!/bin/sh\nprintf "%s\\n" "$DIGEST"\n')
    (tmp_path / "ssh").write_text(f'#!/bin/sh\necho "$@" >>{sent}\ncat >/dev/null\n')
    for program in ("mariadb", "ssh"):
        (tmp_path / program).chmod(0o755)
    (tmp_path / "UTM5_archive.t.dump").touch()
    arguments = ("", str(tmp_path), "UTM5_archive", "t", "l", "1", "host:/copies", ".sql.gz", "ssh")
    done = subprocess.run(
        ["bash", "-c", SEND, "send-copy", *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DIGEST": digest},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "no digest of t" in done.stdout
    assert not sent.exists()


def test_a_dump_with_a_name_elsewhere_loses_this_name_only(tmp_path: Path) -> None:
    step, answers, facts = _case("archive", "synthetic-leftover-dumps")
    commands = look(step, answers, Facts(facts)).plan.commands
    (argv,) = [command.argv for command in commands if "shred" in command.argv]
    start = argv[argv.index("-name") + 1].removesuffix("*")
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("one", "two", "three"):
        (folder / f"{start}{name}").write_text(name)
    (folder / "other").write_text("other")
    (tmp_path / "kept").hardlink_to(folder / f"{start}one")
    subprocess.run([argv[0], str(folder), *argv[2:]], check=True)
    assert [file.name for file in folder.iterdir()] == ["other"]
    assert (tmp_path / "kept").read_text() == "one"
