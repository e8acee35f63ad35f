"""Signatures that contradict each other, and disks that cannot be read, never count as empty."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.guest.facts.guest import parse as parse_guest
from steps.guest.texts import SWAP
from steps.vault.facts.volume import VOLUME, parse
from steps.vault.luks import MAKE_FS
from steps.vault.swap import PREPARE
from tests.cases import case_path, load
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import Review, look

BLKID = """#!/bin/sh
[ "$BLKID_RC" = 0 ] && echo swap
exit "$BLKID_RC"
"""
WRITER = '#!/bin/sh\necho "$0 $*" >>"$WRITTEN"\n'


def _programs(tmp_path: Path) -> Path:
    """A folder with a blkid that ends as it is told, and with writers that only say so."""
    folder = tmp_path / "bin"
    folder.mkdir()
    writers = dict.fromkeys(("mkfs.ext4", "mkfs.ext2", "mkswap", "dd", "swapon", "swapoff"), WRITER)
    for name, text in {"blkid": BLKID, "blockdev": "#!/bin/sh\necho 8\n", **writers}.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    return folder


def _written(tmp_path: Path, script: str, code: int, *, keep: bool = False) -> str:
    """What a script has written to an empty disk where blkid ends with `code`; to the one that is
    there with `keep`.
    """
    disk = tmp_path / "disk"
    if not disk.is_dir() and not keep:
        disk.write_bytes(bytes(1 << 16))
    written = tmp_path / "written"
    path = f"{_programs(tmp_path)}:{os.environ['PATH']}"
    env = {"PATH": path, "BLKID_RC": str(code), "WRITTEN": str(written)}
    subprocess.run(("sh", "-c", script, "x", str(disk)), env=env, capture_output=True, timeout=60)
    return written.read_text() if written.exists() else ""


@pytest.mark.parametrize("script", [MAKE_FS, PREPARE, SWAP], ids=["make-fs", "prepare", "swap"])
@pytest.mark.parametrize("code", [8, 4, 127])
def test_nothing_is_written_where_blkid_does_not_say_empty(
    tmp_path: Path, script: str, code: int
) -> None:
    assert _written(tmp_path, script, code) == ""


@pytest.mark.parametrize("script", [MAKE_FS, PREPARE, SWAP], ids=["make-fs", "prepare", "swap"])
def test_an_empty_disk_is_written_to(tmp_path: Path, script: str) -> None:
    assert _written(tmp_path, script, 2)


@pytest.mark.parametrize("script", [MAKE_FS, PREPARE, SWAP], ids=["make-fs", "prepare", "swap"])
def test_nothing_is_written_to_what_cannot_be_read(tmp_path: Path, script: str) -> None:
    # blkid ends with 2 for that as well as for an empty disk (Kubernetes pull request 142244).
    (tmp_path / "disk").mkdir()
    assert _written(tmp_path, script, 2) == ""


@pytest.mark.parametrize("script", [PREPARE, SWAP], ids=["prepare", "swap"])
def test_what_a_cipher_without_a_header_wrote_is_not_overwritten(
    tmp_path: Path, script: str
) -> None:
    """Swap under a random key, as crypttab(5) has it, shows no signature."""
    (tmp_path / "disk").write_bytes(os.urandom(1 << 16))
    before = (tmp_path / "disk").read_bytes()
    written = _written(tmp_path, script, 2, keep=True)
    assert written == "" and (tmp_path / "disk").read_bytes() == before


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("HELD=swap_crypt\nFILLED=yes\n", "is in use by swap_crypt"),
        ("FILLED=yes\n", "holds something of no known kind"),
    ],
    ids=["open", "closed"],
)
def test_a_swap_disk_under_somebody_else_s_random_key_is_left_alone(told: str, said: str) -> None:
    step, _, answers, seen = load(case_path("vault", "synthetic-swap-in-the-clear"))
    raw = {host: dict(texts) for host, texts in seen.raw.items()}
    head, sign, rest = raw["inst1"]["volume"].partition("TYPE=swap")
    before, line, _ = head.rpartition("== disk ")
    path = head[len(before) + len(line) :].split()[0]
    size = head[len(before) + len(line) :].split()[1]
    assert sign
    raw["inst1"]["volume"] = f"{before}{line}{path} {size}\n{told}{rest[rest.index('== ') :]}"
    findings = " ".join(str(finding) for finding in step.verify(answers, Facts(raw)))
    assert f"the swap disk {path} {said}, and is left alone" in findings
    plan = look(step, answers, Facts(raw)).plan
    assert not [command for command in plan.commands if PREPARE in command.argv]


def test_the_look_tells_what_stands_on_a_disk(tmp_path: Path) -> None:
    answers = Answers.model_validate({"vault": {"volumes": [{"kind": "disk"}]}})
    script = VOLUME.script_for(answers, "inst1")
    loop = script[script.index("for s in ") : script.index('echo "== mapped"')]
    disk = tmp_path / "xvdb"
    (disk / "holders" / "dm-1" / "dm").mkdir(parents=True)
    (disk / "holders" / "dm-1" / "dm" / "name").write_text("swap_crypt\n")
    (disk / "size").write_text("16\n")
    (tmp_path / "dev-xvdb").write_bytes(os.urandom(8192))
    loop = loop.replace("/sys/block/", f"{tmp_path}/").replace("/dev/$n", f"{tmp_path}/dev-$n")
    loop = loop.replace(f"{tmp_path}/*", f"{tmp_path}/xvdb")
    done = subprocess.run(
        ("sh", "-c", f"look() {{ :; }}\n{loop}"), capture_output=True, text=True, timeout=60
    )
    (block,) = parse(done.stdout).blocks
    assert (block.held, block.filled, block.type) == ("swap_crypt", True, "")


@pytest.mark.parametrize(
    ("code", "expected"),
    [(8, "several"), (2, ""), (0, "swap"), (4, "unreadable"), (127, "unreadable")],
)
def test_the_look_says_so(tmp_path: Path, code: int, expected: str) -> None:
    answers = Answers.model_validate({"vault": {"volumes": [{"kind": "file"}]}})
    script = VOLUME.script_for(answers, "inst1")
    kind = script[: script.index("look() {")] + f'kind "{tmp_path / "disk"}"\n'
    (tmp_path / "disk").write_bytes(bytes(8192))
    env = {"PATH": f"{_programs(tmp_path)}:{os.environ['PATH']}", "BLKID_RC": str(code)}
    ran = subprocess.run(("sh", "-c", kind), env=env, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == expected


def test_a_disk_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    script = VOLUME.script_for(Answers(), "inst1")
    kind = script[: script.index("look() {")] + f'kind "{tmp_path}"\n'
    env = {"PATH": f"{_programs(tmp_path)}:{os.environ['PATH']}", "BLKID_RC": "2"}
    ran = subprocess.run(("sh", "-c", kind), env=env, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "unreadable"


def test_contents_that_are_several_count_as_some() -> None:
    seen = parse("== disk /dev/xvdc 5\nTYPE=several\n== content\ntype: several\n")
    assert seen.content == "several" and seen.blocks[0].type == "several"


def test_a_guest_s_disk_that_cannot_be_looked_at_is_not_for_swap() -> None:
    facts = parse_guest("disk: /dev/xvdb type=unreadable uuid= blank=1 used=0\n")
    (disk,) = facts.disks
    assert not disk.for_swap


def _unreadable(case: str, there: str) -> tuple[Review, str]:
    """A case in which a disk of the guest cannot be read any more, and what verification says."""
    step, _, answers, seen = load(case_path("vault", case))
    raw = {host: dict(texts) for host, texts in seen.raw.items()}
    assert there in raw["inst1"]["volume"]
    raw["inst1"]["volume"] = raw["inst1"]["volume"].replace(there, "TYPE=unreadable")
    told = " ".join(str(finding) for finding in step.verify(answers, Facts(raw)))
    return look(step, answers, Facts(raw)), told


def test_a_volume_s_disk_that_cannot_be_read_is_refused() -> None:
    review, _ = _unreadable("synthetic-remains-of-another-file-system", "TYPE=ext4\nUUID=0f")
    assert not review.plan and "cannot be read" in str(review.blockers[0])


def test_a_swap_disk_that_cannot_be_read_is_left_alone() -> None:
    review, told = _unreadable("synthetic-swap-in-the-clear", "TYPE=swap")
    assert "the swap disk /dev/xvdb cannot be read" in told
    assert not [command for command in review.plan.commands if PREPARE in command.argv]
