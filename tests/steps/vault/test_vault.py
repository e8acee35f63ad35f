"""Texts for the guest, and its program and move script run by the shell and by cryptsetup where
those are there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.common.sizes import MIB
from steps.common.volume_layout import escaped, file_uuid, files, services, volume_entry, with_entry
from steps.vault.disk import RESERVE
from steps.vault.facts.protected import PROTECTED
from steps.vault.facts.volume import FILE_MARK, VOLUME, Block, luks_uuid
from steps.vault.luks import HEADER, pbkdf_kib
from steps.vault.move import DESTROY, FRESH, GUARD, MOVE
from steps.vault.swap import ENTRY, LINE, PREPARE, fstab
from wizard.answers import Answers, Volume

CRYPTSETUP = shutil.which("cryptsetup", path="/usr/sbin:/sbin:/usr/bin")
UUID = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/var/secure", "var-secure"),
        ("/srv/a-b", r"srv-a\x2db"),
        ("/.a/.b", r"\x2ea-.b"),
        ("/a_b:c", "a_b:c"),
    ],
)
def test_unit_names_are_as_systemd_escape_writes_them(path: str, name: str) -> None:
    assert escaped(path) == name
    tool = shutil.which("systemd-escape")
    if tool:
        assert (
            subprocess.run([tool, "--path", path], capture_output=True, text=True).stdout.strip()
            == name
        )


@pytest.mark.parametrize(
    "kib, wanted", [(0, 32), (128 << 10, 32), (250_000, 61), (1 << 20, 256), (64 << 20, 1024)]
)
def test_memory_for_the_passphrase_fits_the_guest(kib: int, wanted: int) -> None:
    assert pbkdf_kib(kib) == wanted << 10


def test_every_protected_service_waits_for_every_mount() -> None:
    volume = Volume(
        preset="utm5", paths=["/srv/a-b"], services=["extra", "extra.service", "job.timer"]
    )
    written = files(volume, UUID)
    assert services(volume)[-2:] == ("extra.service", "job.timer")
    for name in services(volume):
        text = written[f"/etc/systemd/system/{name}.d/ganeti-wizard-protected.conf"]
        for path in ("/var/secure", "/var/lib/mysql", "/netup/utm5", "/srv/a-b"):
            assert f"AssertPathIsMountPoint={path}\n" in text
    target = written["/etc/systemd/system/ganeti-wizard-protected.target"]
    assert "mariadb.service utm5_core.service" in target and "[Install]" not in "".join(
        written.values()
    )


def test_tables_change_by_one_line() -> None:
    table = with_entry(
        "# a\nother UUID=1 none luks\nsecure UUID=9 none luks\n",
        "secure",
        volume_entry(Volume(), "2"),
    )
    assert table == "# a\nother UUID=1 none luks\nsecure UUID=2 none luks,noauto\n"
    text = fstab(
        "/dev/xvda1 / ext4 errors=remount-ro 0 1\nUUID=77 none swap sw 0 0\n/f none swap sw\n",
        swap(),
    )
    assert (
        text == f"/dev/xvda1 / ext4 errors=remount-ro 0 1\n/f none swap sw\n{LINE}\n"
        and fstab(text, swap()) == text
    )
    assert "offset=2048" in ENTRY and "/dev/xvd" not in ENTRY


def swap() -> Block:
    return Block("/dev/xvdb", 64 * MIB, "swap", "77", "swap")


def test_uuids_tell_ours_from_others() -> None:
    assert luks_uuid(f"CRYPT-LUKS2-{UUID.replace('-', '')}-secure") == UUID
    assert luks_uuid("CRYPT-PLAIN-cryptswap") == luks_uuid("LVM-abc") == ""
    assert file_uuid("a", "/f") == file_uuid("a", "/f") != file_uuid("b", "/f")


@pytest.mark.parametrize(
    "values",
    [
        {"paths": ["/var"]},
        {"paths": ["/srv/a", "/srv/a/b"]},
        {"mount": "/etc"},
        {"paths": ["/a b"]},
        {"services": ["x;y"]},
        {"paths": ["/var/secure/x"]},
        {"paths": ["/srv"], "mount": "/srv/secure"},
        {"preset": "utm5", "paths": ["/netup"]},
        {"mount": "/var/lib/mysql"},
        {"paths": ["/usr/local"]},
        {"paths": ["/usr/lib/systemd"]},
        {"paths": ["/etc/ssh"]},
        {"paths": ["/root"]},
        {"paths": ["/var/log"]},
        {"kind": "file", "file": "/var/secure/file"},
        {"kind": "file", "file": "/srv/data/file", "paths": ["/srv/data"]},
        {"file": "relative"},
    ],
)
def test_answers_that_would_lock_the_base_system_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Volume.model_validate(values)


def test_parts_of_shared_directories_may_move() -> None:
    moved = Volume(paths=["/var/log/billing", "/opt/billing", "/home"], kind="file").moved
    assert moved == ("/var/lib/mysql", "/var/log/billing", "/opt/billing", "/home")


def run_sh(text: str, *words: str) -> tuple[int, str]:
    """A script of the step with stand-ins for what only root may do; chattr leaves its mark."""
    stubs = "mountpoint() { :; }; chattr() { :; }; systemctl() { :; }; chmod() { :; }\n"
    done = subprocess.run(["sh", "-c", stubs + text, "x", *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("text", [MOVE, FRESH, GUARD.replace("! mountpoint", "mountpoint")])
def test_nothing_is_moved_or_guarded_behind_a_link(tmp_path: Path, text: str) -> None:
    real, link, volume = tmp_path / "real", tmp_path / "link", tmp_path / "volume"
    (real / "inner").mkdir(parents=True)
    (real / "inner" / "row").write_text("1")
    link.symlink_to(real)
    volume.mkdir()
    for path in (link, link / "inner"):
        rc, said = run_sh(text, str(path), str(volume))
        assert rc == 1 and f"{path} is a symbolic link, or lies behind one" in said
    assert not list(volume.iterdir()) and (real / "inner" / "row").read_text() == "1"


def test_a_full_directory_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    full, volume = tmp_path / "full", tmp_path / "volume"
    full.mkdir()
    (full / "row").write_text("1")
    volume.mkdir()
    rc, said = run_sh(FRESH, str(full), str(volume))
    assert rc == 1 and "is not empty" in said and not list(volume.iterdir())


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that is nowhere below /dev, where nothing is protected."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_the_look_takes_paths_as_they_are(outside: Path) -> None:
    for name in ("SCRIPTS", "MOUNT", "PATHS", "plain"):
        (outside / name).mkdir()
        (outside / name / "row").write_text("1")
    (outside / "link").symlink_to(outside / "plain")
    wanted = [str(outside / name) for name in ("SCRIPTS", "MOUNT", "PATHS", "link")]
    answers = Answers.model_validate({"vault": {"volumes": [{"preset": "none", "paths": wanted}]}})
    text = PROTECTED.script_for(answers, "inst1").replace("unshare -m", "")
    seen = PROTECTED.parse(
        subprocess.run(["sh", "-s"], input=text, capture_output=True, text=True).stdout
    )
    assert [seen.place(path).empty for path in wanted] == [False] * 4
    assert [seen.place(path).link for path in wanted] == [False, False, False, True]


def test_volumes_belong_to_instances() -> None:
    assert [one.instance for one in Answers().encrypted] == ["inst1.name.org"]
    none = Answers.model_validate({"vault": {"volumes": [{"kind": "none"}]}})
    assert (
        none.encrypted == [] and Answers.model_validate({"vault": {"volumes": []}}).encrypted == []
    )
    for wrong in ([{"instance": "other.name.org"}], [{}, {}]):
        with pytest.raises(ValueError):
            Answers.model_validate({"vault": {"volumes": wrong}})


@pytest.mark.parametrize("inside", [1, 2])
def test_what_has_a_name_outside_is_not_destroyed(outside: Path, inside: int) -> None:
    """A hard link is the same file: overwritten under one name, it is lost under all."""
    original = outside / "data.unencrypted"
    original.mkdir()
    mail = outside / "mail of others"
    mail.write_text("kept")
    for number in range(inside):
        os.link(mail, original / f"name {number}")
    (original / "row").write_text("1")
    rc, said = run_sh(DESTROY, str(original))
    assert rc == 1 and "nothing was destroyed" in said and f"{original}/name 0" in said
    assert mail.read_text() == "kept" and (original / "row").read_text() == "1"
    mail.unlink()
    assert run_sh(DESTROY, str(original))[0] == 0 and not original.exists()


@pytest.mark.parametrize(
    "text",
    [
        GUARD,
        FRESH,
        MOVE,
        DESTROY,
        PREPARE,
        RESERVE,
        files(Volume(), UUID)["/usr/local/sbin/protected-volume"],
    ],
)
def test_scripts_are_shell(text: str) -> None:
    assert subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True).stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(CRYPTSETUP is None, reason="cryptsetup is not installed")
def test_a_line_on_standard_input_is_what_a_terminal_gives(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(8 * MIB))

    def cryptsetup(*words: str, stdin: str) -> int:
        argv = [str(CRYPTSETUP), *words]
        return subprocess.run(argv, input=stdin.encode(), capture_output=True).returncode

    quick = (
        "--batch-mode",
        "--pbkdf",
        "argon2id",
        "--pbkdf-memory",
        "32768",
        "--pbkdf-force-iterations",
        "4",
    )
    form = ("luksFormat", "--type", "luks2", "--uuid", UUID, *HEADER)
    assert cryptsetup(*form, *quick, str(disk), stdin="one two \n") == 0
    add = ("luksAddKey", "--key-slot", "2", *quick, str(disk))
    assert cryptsetup(*add, stdin="one two \nrecovery\n") == 0
    test = ("open", "--test-passphrase", str(disk))
    assert [cryptsetup(*test, stdin=text) for text in ("one two \n", "one two ", "recovery\n")] == [
        0,
        0,
        0,
    ]
    assert cryptsetup(*test, stdin="one two\n") == 2, "blanks count, and 2 is a wrong passphrase"
    assert cryptsetup(*test, "--key-file=-", stdin="one two \n") == 2, (
        "a key file's newline is part of the key"
    )
    copy = tmp_path / "header"
    assert (
        cryptsetup("luksHeaderBackup", str(disk), "--header-backup-file", str(copy), stdin="") == 0
    )
    assert copy.stat().st_size == 4 * MIB


def look_at(file: Path, mark: Path) -> Block | None:
    """The file as the fact sees it, with another place for the mark."""
    answers = Answers.model_validate({"vault": {"volumes": [{"kind": "file", "file": str(file)}]}})
    text = VOLUME.script_for(answers, "inst1").replace(FILE_MARK, str(mark))
    found = subprocess.run(
        ["sh", "-s"], input=text, capture_output=True, text=True, check=False
    ).stdout
    return VOLUME.parse(found).block(str(file))


def reserve(file: Path, mark: Path) -> int:
    argv = ["sh", "-c", RESERVE, "make-file", str(file), str(20 * MIB), str(mark)]
    return subprocess.run(argv, capture_output=True, check=False).returncode


def test_a_file_that_was_only_reserved_is_told_from_anybody_elses(tmp_path: Path) -> None:
    file, mark = tmp_path / "folder" / "volume", tmp_path / "state" / "mark"
    assert reserve(file, mark) == 0 and file.stat().st_mode & 0o777 == 0o600
    assert look_at(file, mark) == Block(str(file), 20 * MIB, spare=True)
    with file.open("r+b") as half_formatted:
        half_formatted.write(b"\x5a" * 70000)
    assert look_at(file, mark) == Block(str(file), 20 * MIB, spare=True), "it is known by the mark"
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    assert look_at(file, mark) == Block(str(file), 20 * MIB), (
        "another file in its place, of the same size"
    )
    assert reserve(file, mark) != 0 and file.read_bytes() == content, (
        "what is there is never written over"
    )


def test_a_file_of_zeros_alone_is_spare_without_a_mark(tmp_path: Path) -> None:
    file, mark = tmp_path / "volume", tmp_path / "mark"
    file.write_bytes(bytes(3 * MIB))
    assert look_at(file, mark) == Block(str(file), 3 * MIB, spare=True)
    file.write_bytes(bytes(3 * MIB - 1) + b"x")
    assert look_at(file, mark) == Block(str(file), 3 * MIB)
