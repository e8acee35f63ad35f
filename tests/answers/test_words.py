"""Answers that become words of commands: none is taken for an option, a path or two words."""

from __future__ import annotations

import pytest

from wizard.answers import Answers

ODD = ("--x", "-x", "a b", "a;b", "../x", "a/b", "a\nb", "größe", "$(id)", "`id`", "a'b")


@pytest.mark.parametrize("word", [*ODD, "", "Bookworm", "x" * 33])
def test_the_release_of_an_instance_is_a_plain_name(word: str) -> None:
    wanted = [{"name": "inst1.name.org", "ip": "192.168.0.114", "suite": word}]
    with pytest.raises(ValueError, match="suite"):
        Answers.model_validate({"instance": {"wanted": wanted}})


@pytest.mark.parametrize("suite", ["bookworm", "trixie", "sid", "bookworm-backports"])
def test_releases_that_there_are(suite: str) -> None:
    wanted = [{"name": "inst1.name.org", "ip": "192.168.0.114", "suite": suite}]
    assert (
        Answers.model_validate({"instance": {"wanted": wanted}}).instance.wanted[0].suite == suite
    )


@pytest.mark.parametrize("word", [*ODD, "x" * 56])
@pytest.mark.parametrize("field", ["database", "target", "tables"])
def test_a_database_and_its_tables_have_plain_names(field: str, word: str) -> None:
    value = [word] if field == "tables" else word
    with pytest.raises(ValueError, match=field):
        Answers.model_validate({"archive": {field: value}})


@pytest.mark.parametrize("pattern", ["-%Y", "--x%Y%m", "a;%Y", "a b%Y", "../%Y"])
def test_a_pattern_fits_plain_names_only(pattern: str) -> None:
    with pytest.raises(ValueError, match="patterns"):
        Answers.model_validate({"archive": {"patterns": [pattern]}})
