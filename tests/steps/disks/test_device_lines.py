"""DEVICE lines of mdadm.conf(5), as how-tos have them: what they leave out is no array at boot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.disks.facts.mdconf import MDADM_CONF, parse_conf
from steps.disks.raid import STEP
from tests.cases import answers_of, case_path, content
from wizard.model.facts import Facts
from wizard.model.review import Review, look


def _looked(case: str, lines: str, more: str = "") -> Review:
    """A recorded case whose nodes have these lines in mdadm.conf."""
    recorded = content(case_path("raid", case))
    for texts in recorded["facts"].values():
        head, mark, body = texts["mdadm-conf"].partition("== conf\n")
        texts["mdadm-conf"] = f"{more}{head}{mark}{lines}{body}"
    return look(STEP, answers_of(recorded.get("answers", {})), Facts(recorded["facts"]))


# wiki.gentoo.org, "Complete Virtual Mail Server/Linux raid"; the file that mdadm comes with.
@pytest.mark.parametrize(
    "lines",
    [
        "DEVICE /dev/vda1 /dev/vdb1\n",
        "DEVICE /dev/vd[ab]1\n",
        "device /dev/vda1\n  /dev/vdb1\n",
        "DEVICE containers\n",
        "DEVICE /dev/disk/by-id/ata-*-part1\n",
        # As in mdadm.conf(5) itself.
        "DEV /dev/vda1 /dev/vdb1\n",
        "Devi /dev/vda1 /dev/vdb1\n",
    ],
)
def test_a_mirror_that_would_not_come_up_is_not_made(lines: str) -> None:
    review = _looked("fresh", lines)
    words = "leave /dev/vda2 and /dev/vdb2 out"
    assert [words in str(found) for found in review.blockers] == [True, True], review.blockers
    assert not review.plan


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ("DEVICE partitions\n", ""),
        ("DEVICE partitions containers\n", ""),
        ("DEVICE /dev/vda1 /dev/vdb1\nDEVICE /dev/vd*2 # the others\n", ""),
        ("#DEVICE /dev/vda1\n", ""),
        ("DEVICE /dev/disk/by-id/*\n", "device /dev/vda2\ndevice /dev/vdb2\n"),
    ],
)
def test_lines_that_admit_both_halves(lines: str, more: str) -> None:
    assert not _looked("fresh", lines, more).blockers


def test_one_half_alone_is_named() -> None:
    (first, _) = _looked("fresh", "DEVICE /dev/vda*\n").blockers
    assert "leave /dev/vdb2 out" in str(first)


def test_a_pattern_stands_for_no_slash() -> None:
    conf = parse_conf("== conf\nDEVICE /dev/e*\n")
    assert conf.admits("/dev/e1") and not conf.admits("/dev/etherd/e0.0p1")


def test_the_snippet_follows_links(tmp_path: Path) -> None:
    target = tmp_path / "sda2"
    target.touch()
    (tmp_path / "by-id").symlink_to(target)
    conf = tmp_path / "mdadm.conf"
    conf.write_text(f"DEV {tmp_path}/by-*\n")
    script = str(MDADM_CONF.script).replace("/etc/mdadm/mdadm.conf", str(conf))
    script = script.replace("[ -b ", "[ -e ")
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False).stdout
    found = parse_conf(said)
    assert found.found == (str(target),) and found.admits(str(target))


MIRROR = "ce71d817:2bc3ecdf:7f7fd465:26c435b6"


@pytest.mark.parametrize(
    "line",
    [
        f"ARRAY /dev/md1 metadata=1.2 UUID={MIRROR}",
        f"ARR /dev/md1 UUID={MIRROR}",
        # mdadm.conf(5): with punctuation interspersed if desired.
        "ARRAY /dev/md1 uuid=CE71D817-2BC3ECDF-7F7FD465-26C435B6",
        "ARRAY /dev/md/1 UUID=ce71d8172bc3ecdf7f7fd46526c435b6",
        f"ARRAY UUID={MIRROR} /dev/md1",
        f"ARRAY metadata=1.2 name=any:1 UUID={MIRROR} /dev/md1 # UUID=none",
        # A comment ends with its own line (conf_word in mdadm's config.c).
        f"ARRAY /dev/md1 # the data\n   UUID={MIRROR}",
    ],
)
def test_a_mirror_is_registered_by_every_line_that_mdadm_reads_so(line: str) -> None:
    conf = parse_conf(f"== conf\n{line}\n")
    assert conf.registered(MIRROR, "/dev/md1")


@pytest.mark.parametrize("line", ["ARRAY", "ARRAY <ignore> UUID=" + MIRROR, "AR /dev/md1"])
def test_what_registers_it_not(line: str) -> None:
    assert not parse_conf(f"== conf\n{line}\n").registered(MIRROR, "/dev/md1")
