"""LVM's filter patterns in every form that LVM takes, and those that it takes in none."""

from __future__ import annotations

import pytest

from steps.disks.facts.lvmconf import LVM_FILTER, admits, parse_lvm
from steps.disks.lvmfilter import wanted_filter, wanted_text
from tests.cases import case_path, load
from wizard.base.errors import WizardError
from wizard.model.facts import Facts
from wizard.model.review import State, look


@pytest.mark.parametrize(
    ("patterns", "path", "admitted"),
    [
        (("a|^/dev/md|", "r|.*|"), "/dev/md1", True),
        (("a|^/dev/md|", "r|.*|"), "/dev/drbd0", False),
        (("a(^/dev/md1$)", "r(.*)"), "/dev/md1", True),
        (("a[^/dev/md1$]", "r[.*]"), "/dev/drbd0", False),
        (("a{^/dev/md}", "r{.*}"), "/dev/md1", True),
        (("a/md/", "r/.*/"), "/dev/md1", True),
        (("a#md#", "r#.*#"), "/dev/sda", False),
        (("r<drbd<",), "/dev/drbd0", False),
        (('a"md"', 'r".*"'), "/dev/drbd0", False),
        (("r(/dev/(drbd|nbd)[0-9]+)",), "/dev/nbd7", False),
        (("r|/dev/md{1}|",), "/dev/md1", True),
        (("r|/dev/md{1}|",), "/dev/md{1}", False),
        (("r|^/dev/[a-d&&[c]+$|",), "/dev/a", False),
        ((r"r|\d|",), "/dev/md1", False),
        ((r"r|\d|",), "/1", True),
        (("r|^/dev/m.*+1$|",), "/dev/md1", False),
        (("r|^/dev/m.*?1$|",), "/dev/md1", False),
        ((r"r|\(x\)*|",), "/dev/(x", False),
        ((), "/dev/drbd0", True),
    ],
)
def test_what_a_filter_admits(patterns: tuple[str, ...], path: str, admitted: bool) -> None:
    assert admits(patterns, path) is admitted


UNREADABLE = ("", "a", "a|", "a||", "x|md|", "a|md", "a(md(", "a)md(", "a|[|", "a|(|", "a|)|")
MORE = ("a|*md|", "a|(?:md)|", "a|x\\|", "a|[]|", f"a|{'(' * 5000}|")


@pytest.mark.parametrize("text", UNREADABLE + MORE)
def test_a_filter_that_lvm_refuses_is_a_finding_on_its_host(text: str) -> None:
    step, _, answers, facts = load(case_path("lvmfilter", "done"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    said = text.replace("\\", "\\\\").replace('"', '\\"')
    raw["node1"]["lvm_filter"] = f'global_filter=["{said}"]\n  /dev/md1|all|xenvg\n'
    review = look(step, answers, Facts(raw))
    assert review.state is State.UNSEEN
    (finding,) = review.blockers
    assert finding.host == "node1" and "a pattern that cannot be read" in finding.what
    assert "lvm.conf" in finding.mend
    with pytest.raises(WizardError):
        Facts(raw).of("node1", LVM_FILTER)


def test_one_string_is_a_filter_too() -> None:
    assert not parse_lvm('global_filter="r(drbd)"\n').admits("/dev/drbd0")


@pytest.mark.parametrize(
    "setting",
    [
        'global_filter = [ "a(^/dev/md1)", "r(.*)" ]',
        "global_filter = [ 'a|]|', 'r|.*|' ]",
        'global_filter = [ "a|md|", # the mirror ]\n "r|.*|" ]',
        'devices/global_filter = "r[.*]"',
    ],
)
def test_a_filter_set_before_is_replaced_whatever_its_form(setting: str) -> None:
    text = wanted_text(f"devices {{\n{setting}\n}}\nlocal {{ }}\n", ("a|^/dev/md|", "r|.*|"))
    assert text.count("global_filter") == 1
    assert text.startswith("devices {\n}\nlocal { }\n# ganeti-wizard: begin\n")


@pytest.mark.parametrize(
    ("now", "later"),
    [
        ("/dev/sda3", "/dev/sdb3"),
        ("/dev/nvme0n1p3", "/dev/nvme1n1p3"),
        ("/dev/mmcblk0p2", "/dev/mmcblk1p2"),
        ("/dev/bcache0", "/dev/bcache1"),
        ("/dev/mapper/mpatha-part3", "/dev/mapper/mpathb-part3"),
        ("/dev/mapper/crypt-root", "/dev/mapper/crypt-root"),
    ],
)
def test_the_host_s_volumes_are_admitted_under_the_name_of_the_next_start(
    now: str, later: str
) -> None:
    lvm = parse_lvm(f"{now}|pv|rootvg\n{now}|all|rootvg\n/dev/md1|pv|xenvg\n/dev/md1|all|xenvg\n")
    wanted = wanted_filter(lvm, "xenvg")
    assert admits(wanted, later) and admits(wanted, "/dev/md1")
    assert not admits(wanted, "/dev/drbd0") and not admits(wanted, "/dev/mapper/xenvg-x")
