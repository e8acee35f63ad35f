"""What is asked, read off the models; and what is kept of the answers."""

from __future__ import annotations

from dataclasses import replace

from screens.questions import check, decide, nest, questions, shown
from tests.screens.toys import LVM, PARTITION
from wizard.answers import Answers, Backup, Instance, Node, Partition, Xen
from wizard.facts import Facts
from wizard.review import Review


def test_each_kind_of_field_has_its_way_of_asking() -> None:
    assert [(q.name, q.how) for q in questions(Partition)] == [("disks", "disks"), ("size_gib", "text")]
    assert [c.value for c in questions(Xen)[0].options] == ["xen-pvm", "kvm"]
    names = {q.name: q.how for q in questions(Node)}
    assert names["ssh.port"] == "text" and names["ssh.local"] == "flag"
    assert {q.name for q in questions(Instance)} >= {"name", "primary", "memory_mib"}


def test_errors_are_told_by_the_name_of_the_question() -> None:
    item, wrong = check(Node, {"name": "node1", "ip": "x", "ssh.port": "99999"})
    assert item is None and set(wrong) == {"name", "ip", "ssh.port"}
    assert "IPv4" in wrong["ip"]


def test_values_are_shown_and_nested() -> None:
    assert (shown(1.0), shown(0.5), shown(["a", "b"]), shown(None)) == ("1", "0.5", "a, b", "")
    assert nest({"a": 1, "b.c": 2}) == {"a": 1, "b": {"c": 2}}


def test_a_default_that_was_left_alone_stays_open() -> None:
    review = Review(LVM, Answers(), Facts({}))
    answers, wrong = decide(review, {"vg": "xenvg"}, set())
    assert not wrong and answers is not None and not answers.lvm.model_fields_set
    answers, _ = decide(review, {"vg": "datavg"}, set())
    assert answers is not None and answers.lvm.vg == "datavg" and answers.lvm.model_fields_set == {"vg"}


def test_what_is_never_asked_stays_as_it_was() -> None:
    way = {"host": "127.0.0.1", "port": 2203}
    old = Answers.model_validate({"backup": {"host": {"name": "b.name.org", "ip": "192.168.0.115", "ssh": way}}})
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
