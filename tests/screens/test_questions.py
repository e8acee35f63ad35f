"""What is asked, read off the models; and what is kept of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from screens.shared.given import check, decide, nest
from screens.shared.questions import questions, shown
from tests.screens.toys import LVM, PARTITION
from wizard.answers import (
    Answers,
    Backup,
    GuestSetup,
    Instance,
    Node,
    Partition,
    Phone,
    Volume,
    Xen,
)
from wizard.answers.documents import WANTED, explain
from wizard.model.facts import Facts
from wizard.model.review import Review


def test_each_kind_of_field_has_its_way_of_asking() -> None:
    assert [(q.name, q.how) for q in questions(Partition)] == [
        ("disks", "disks"),
        ("size_gib", "text"),
    ]
    assert [c.value for c in questions(Xen)[0].options] == ["xen-pvm", "kvm"]
    names = {q.name: q.how for q in questions(Node)}
    assert names["ssh.port"] == "text" and names["ssh.local"] == "flag"
    assert {q.name for q in questions(Instance)} >= {"name", "primary", "memory_mib"}


def test_errors_are_told_by_the_name_of_the_question() -> None:
    item, wrong = check(Node, {"name": "node1", "ip": "x", "ssh.port": "99999"})
    assert item is None and set(wrong) == {"name", "ip", "ssh.port"}
    assert "IPv4" in wrong["ip"]


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _patterns(one)


def test_every_regular_expression_of_the_answers_has_words() -> None:
    assert set(_patterns(Answers.model_json_schema())) == set(WANTED)


SECTIONS = [
    one.annotation for one in Answers.model_fields.values() if isinstance(one.annotation, type)
]
MODELS = [*(one for one in SECTIONS if issubclass(one, BaseModel)), Node, Instance, Volume, Phone]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_answer_is_refused_in_the_words_of_a_program(model: type[BaseModel]) -> None:
    for question in questions(model, ("node1", "node2")):
        if question.how != "text":
            continue
        for typed in ("! x", "", "999999999999", "300.1.1.1", "x" * 5000):
            _, wrong = check(model, {question.name: typed})
            text = wrong.get(question.name, "")
            for bad in ("pattern", "^", "String", "Input", "integer", "parse", "Octet"):
                assert bad not in text.replace("patterns", "").replace("a pattern has", ""), (
                    question.name,
                    text,
                )
            assert len(text) < 200 or question.name == "patterns"


WORDS = [
    (Node, "name", "node1", "should be a full name in small letters, such as node1.name.org"),
    (Node, "ssh.port", "x", "should be a whole number"),
    (
        Volume,
        "mount",
        "/var/secure/",
        "should be a path such as /srv/data, of letters, digits and _ . + -, no . + -",
    ),
    (Volume, "services", "a.service, b c", "such as mariadb.service (it is 'b c')"),
    (GuestSetup, "gateway", "300.1.1.1", "'300.1.1.1' is not a valid IPv4 address"),
    (Backup, "at", "2:30", "should be a time of day in four digits, such as 02:30"),
    (Backup, "folders", "", "needs at least 1, and has 0"),
]


@pytest.mark.parametrize(
    ("model", "name", "typed", "words"), WORDS, ids=[f"{m.__name__}.{n}" for m, n, _, _ in WORDS]
)
def test_a_wrong_answer_is_told_in_words(
    model: type[BaseModel], name: str, typed: str, words: str
) -> None:
    assert words in check(model, {name: typed})[1][name]


def test_too_few_servers_and_a_missing_field_are_told_in_words() -> None:
    with pytest.raises(ValidationError) as few:
        Answers.model_validate({"nodes": [{"name": "node1.name.org", "ip": "192.168.0.111"}]})
    assert explain(few.value) == "nodes: needs at least 2, and has 1"
    with pytest.raises(ValidationError) as bare:
        Node.model_validate({"name": "node1"})
    wanted = (
        "name: should be a full name in small letters, such as node1.name.org (it is "
        "'node1'); ip: is missing"
    )
    assert explain(bare.value) == wanted


def test_values_are_shown_and_nested() -> None:
    assert (shown(1.0), shown(0.5), shown(["a", "b"]), shown(None)) == ("1", "0.5", "a, b", "")
    assert nest({"a": 1, "b.c": 2}) == {"a": 1, "b": {"c": 2}}


def test_a_default_that_was_left_alone_stays_open() -> None:
    review = Review(LVM, Answers(), Facts({}))
    answers, wrong = decide(review, {"vg": "xenvg"}, set())
    assert not wrong and answers is not None and not answers.lvm.model_fields_set
    answers, _ = decide(review, {"vg": "datavg"}, set())
    assert (
        answers is not None
        and answers.lvm.vg == "datavg"
        and answers.lvm.model_fields_set == {"vg"}
    )


def test_what_is_never_asked_stays_as_it_was() -> None:
    way = {"host": "127.0.0.1", "port": 2203}
    old = Answers.model_validate(
        {"backup": {"host": {"name": "b.name.org", "ip": "192.168.0.115", "ssh": way}}}
    )
    step = replace(LVM, id="backup", section=Backup)
    values = {"host.name": "b2.name.org", "host.ip": "192.168.0.115", "at": "03:00"}
    answers, wrong = decide(Review(step, old, Facts({})), values, set())
    assert not wrong and answers is not None and answers.backup.at == "03:00"
    assert answers.backup.host.name == "b2.name.org" and answers.backup.host.ssh.port == 2203


def test_typed_serials_are_kept_to_be_erased() -> None:
    review = Review(PARTITION, Answers(), Facts({}))
    answers, _ = decide(review, {"disks": {"node1": ["A", "B"]}, "size_gib": "5.5"}, {"B"})
    assert answers is not None and answers.partition.erase == ["B"]
    assert answers.partition.size_gib == 5.5


def test_what_contradicts_other_answers_is_told_for_the_whole() -> None:
    from tests.screens.toys import INSTANCE

    item = Instance(name="node1.name.org").model_dump(mode="json")
    answers, wrong = decide(Review(INSTANCE, Answers(), Facts({})), {"wanted": [item]}, set())
    assert answers is None and "used twice" in wrong[""]
