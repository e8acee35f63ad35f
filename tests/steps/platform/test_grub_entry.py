"""Settings and kernels with which GRUB's menu has no entry for Xen, or none of Debian's name."""

from __future__ import annotations

import pytest

from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look

DEFAULTS = "==> /etc/default/grub <==\n"
DISTRIBUTOR = "GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`"


def _seen(case: str, old: str, new: str, fact: str = "grub_files") -> Review:
    step, _, answers, facts = load(case_path("grub", case))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    assert old in raw["node1"][fact]
    raw["node1"][fact] = raw["node1"][fact].replace(old, new)
    return look(step, answers, Facts(raw))


# qubes-issues #4801, sof-docs pull request 486: y, yes and true all count.
@pytest.mark.parametrize("value", ["y", '"y"', "yes", "true"])
def test_a_menu_without_submenus_has_no_entry_of_debian_s_name(value: str) -> None:
    line = f"{DEFAULTS}GRUB_DISABLE_SUBMENU={value}\n"
    review = _seen("fresh", DEFAULTS, line)
    assert review.state is State.BLOCKED
    (told,) = review.blockers
    assert "/etc/default/grub sets GRUB_DISABLE_SUBMENU" in str(told)


@pytest.mark.parametrize("value", ["", "n", "false", "#y"])
def test_submenus_that_stay(value: str) -> None:
    line = f"{DEFAULTS}GRUB_DISABLE_SUBMENU={value}\n"
    assert not _seen("fresh", DEFAULTS, line).blockers


def test_the_last_word_counts() -> None:
    undone = f"{DEFAULTS}GRUB_DISABLE_SUBMENU=y\nGRUB_DISABLE_SUBMENU=\n"
    assert not _seen("fresh", DEFAULTS, undone).blockers


@pytest.mark.parametrize("line", [f"#{DISTRIBUTOR}", "GRUB_DISTRIBUTOR=", 'GRUB_DISTRIBUTOR=""'])
def test_an_empty_distributor_gives_the_entry_another_name(line: str) -> None:
    review = _seen("fresh", DISTRIBUTOR, line)
    (told,) = review.blockers
    assert "GRUB_DISTRIBUTOR is empty" in str(told)


@pytest.mark.parametrize(
    "line",
    [
        "GRUB_DISTRIBUTOR='Proxmox VE'",
        "GRUB_DISTRIBUTOR=$(sh x)",
        "export GRUB_DISTRIBUTOR=Debian",
        ": ${GRUB_DISTRIBUTOR:=Debian}",
        "[ -e /x ] && GRUB_DISTRIBUTOR=Debian",
    ],
)
def test_any_other_name_is_one(line: str) -> None:
    assert not _seen("fresh", DISTRIBUTOR, line).blockers


def test_nothing_is_said_while_the_menu_starts_xen() -> None:
    line = f"{DEFAULTS}GRUB_DISABLE_SUBMENU=y\n"
    assert _seen("done", DEFAULTS, line).state is State.DONE


def test_a_menu_without_any_entry_of_xen_says_what_makes_one() -> None:
    """drakvuf-sandbox issue 90: the only kernel has no CONFIG_XEN_DOM0."""
    review = _seen("done", "multiboot2\t", "echo\t", "grub_menu")
    told = [str(found) for found in review.wrong()]
    assert any("no entry that starts Xen" in text and "CONFIG_XEN_DOM0" in text for text in told)
