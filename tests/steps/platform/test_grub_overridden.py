"""Files of grub.d that are read after ours."""

from __future__ import annotations

import pytest

from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look


def seen(case: str, name: str, text: str) -> Review:
    step, _, answers, facts = load(case_path("grub", case))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    raw["node1"]["grub_files"] += f"\n==> /etc/default/grub.d/{name} <==\n{text}\n"
    return look(step, answers, Facts(raw))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("zzz.cfg", "GRUB_DEFAULT=0", "zzz.cfg is read after /etc/default/grub.d/zz-ganeti-wizard"),
        ("zzz.cfg", "GRUB_DEFAULT='1>2'\nGRUB_TIMEOUT=1", "sets GRUB_DEFAULT"),
        ("zzz.cfg", '  GRUB_CMDLINE_XEN_DEFAULT="loglvl=all"', "sets GRUB_CMDLINE_XEN_DEFAULT"),
        ("zzz.cfg", "XEN_OVERRIDE_GRUB_DEFAULT=0", "sets XEN_OVERRIDE_GRUB_DEFAULT"),
        ("zzz.cfg", 'GRUB_CMDLINE_XEN_DEFAULT="$GRUB_CMDLINE_XEN_DEFAULT loglvl=all"', ""),
        ("zzz.cfg", 'GRUB_CMDLINE_XEN_DEFAULT="${GRUB_CMDLINE_XEN_DEFAULT} com1=1"', ""),
        ("zzz.cfg", "# GRUB_DEFAULT=0\nGRUB_TIMEOUT=1", ""),
        ("xen.cfg", "GRUB_DEFAULT=0", ""),
    ],
)
def test_what_would_overrule_ours_is_named_before_a_menu_that_is_never_right(
    name: str, text: str, said: str
) -> None:
    review = seen("synthetic-cut-before-update-grub", name, text)
    told = " ".join(map(str, review.blockers))
    assert (said in told and review.state is State.BLOCKED) if said else not told


def test_nothing_is_said_where_the_menu_is_right_all_the_same() -> None:
    assert seen("done", "zzz.cfg", "GRUB_DEFAULT=xen").state is State.DONE
