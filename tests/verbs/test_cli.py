"""The command line: exit codes and messages, without a host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import run
from tests.waiting import LAST_RESORT
from wizard.answers import Answers
from wizard.base.exits import Exit, Plugin
from wizard.state.store import Store

pytestmark = pytest.mark.slow


def refused(done: subprocess.CompletedProcess[str], code: Exit, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_version() -> None:
    command = [sys.executable, "-m", "wizard", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LAST_RESORT)
    assert done.stdout.startswith("ganeti-wizard ")


def test_without_a_terminal_the_wizard_names_the_other_way(tmp_path: Path) -> None:
    refused(run("--state", str(tmp_path)), Exit.TERMINAL, "needs a terminal", "apply --answers")


def test_status_before_a_build(tmp_path: Path) -> None:
    done = run("--state", str(tmp_path / "none"), "status")
    assert done.returncode == Exit.PENDING and "No build was begun" in done.stdout
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("verb", ["health", "card", "unlock", "lock"])
def test_a_wrong_state_directory_is_taken_for_no_cluster(tmp_path: Path, verb: str) -> None:
    done = run("--state", str(tmp_path / "typo"), verb)
    said = " ".join((done.stdout + done.stderr).split())
    assert f"no build was begun in {tmp_path}/typo" in said and "--answers" in said
    assert "192.168.0.111" not in said and not list(tmp_path.iterdir())
    assert done.returncode == (Plugin.UNKNOWN if verb == "health" else Exit.STATE)
    (tmp_path / "empty").mkdir()
    assert run("--state", str(tmp_path / "empty"), verb).returncode == done.returncode
    assert not list((tmp_path / "empty").iterdir())


def test_answers_take_the_place_of_a_build(build: Store, tmp_path: Path) -> None:
    given = ("--answers", str(tmp_path / "a.toml"))
    for argv in (("unlock", *given), (*given, "lock"), ("card", *given)):
        refused(
            run("--state", str(tmp_path / "s"), *argv),
            Exit.UNREACHABLE,
            "127.0.0.",
            "refuses connections",
        )


def test_answers_file_absent(tmp_path: Path) -> None:
    refused(
        run("--state", str(tmp_path), "plan", "--answers", "/none.toml"),
        Exit.ANSWERS,
        "/none.toml: no such file",
    )


def test_answers_field_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("version = 1\n[lvm]\nvgg = 'x'\n")
    refused(
        run("answers", "check", str(tmp_path / "a.toml")),
        Exit.ANSWERS,
        "lvm.vgg: there is no such field",
    )


def test_step_unknown(tmp_path: Path) -> None:
    refused(
        run("--state", str(tmp_path), "plan", "raidd"),
        Exit.USAGE,
        "there is no step 'raidd'",
        "partition",
    )


def test_state_directory_not_usable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(
        run("--state", str(tmp_path / "file"), "plan"), Exit.STATE, "state directory cannot be used"
    )


@pytest.fixture
def build(tmp_path: Path) -> Store:
    """A build with saved answers, `vg = mine`; beside it a.toml, two other servers where nothing
    listens.
    """
    store = Store(tmp_path / "state")
    store.open()
    store.save(Answers.model_validate({"lvm": {"vg": "mine"}}))
    store.close()
    lines = ["version = 1", "[lvm]", "vg = 'other'"]
    for number in (1, 2):
        lines += ["[[nodes]]", f"name = 'node{number}.name.org'", f"ip = '10.0.0.{number}'"]
        lines += ["[nodes.ssh]", f"host = '127.0.0.{number}'", "port = 1"]
    (tmp_path / "a.toml").write_text("\n".join(lines))
    return store


@pytest.mark.parametrize("verb", ["plan", "verify", "card"])
def test_looking_at_other_answers_keeps_the_builds_own(
    build: Store, tmp_path: Path, verb: str
) -> None:
    saved = build.answers_path.read_bytes()
    assert (
        run("--state", str(build.folder), verb, "--answers", str(tmp_path / "a.toml")).returncode
        != 0
    )
    assert build.answers_path.read_bytes() == saved


def test_numbers_are_kept_with_the_builds_own_answers(build: Store, tmp_path: Path) -> None:
    argv = ("card", "--answers", str(tmp_path / "a.toml"), "--phone", "Duty=112")
    refused(run("--state", str(build.folder), *argv), Exit.UNREACHABLE, "127.0.0.")
    kept = build.load()
    assert [phone.number for phone in kept.card.phones] == ["112"]
    assert kept.lvm.vg == "mine" and not kept.nodes[0].ssh.host
    refused(
        run("--state", str(tmp_path / "none"), *argv), Exit.UNREACHABLE, "told the numbers again"
    )
    assert not Store(tmp_path / "none").begun()


def test_unreachable_host_names_it(tmp_path: Path) -> None:
    lines = ["version = 1"]
    for number in (1, 2):
        lines += [f"[[nodes]]\nname='node{number}.name.org'\nip='192.168.0.11{number}'"]
        lines += [f"ssh={{host='127.0.0.1', port={number}}}"]
    (tmp_path / "a.toml").write_text("\n".join(lines))
    done = run(
        "--state", str(tmp_path / "s"), "plan", "hosts", "--answers", str(tmp_path / "a.toml")
    )
    assert done.returncode == Exit.UNREACHABLE, done.stdout + done.stderr
    assert (
        "node1: 127.0.0.1 refuses connections on port 1" in done.stdout
        and "To mend it" in done.stdout
    )


def test_export_gives_what_check_takes(tmp_path: Path) -> None:
    text = run("--state", str(tmp_path), "answers", "export").stdout
    (tmp_path / "a.toml").write_text(text)
    assert run("answers", "check", str(tmp_path / "a.toml")).returncode == 0


def test_a_place_that_cannot_be_written_to_is_a_wrong_command_line(tmp_path: Path) -> None:
    state, none = ("--state", str(tmp_path / "s")), str(tmp_path / "none" / "x")
    refused(
        run(*state, "answers", "export", none),
        Exit.USAGE,
        f"{tmp_path}/none: the folder does not exist",
    )
    refused(
        run(*state, "card", "--output", none),
        Exit.USAGE,
        f"{tmp_path}/none: the folder does not exist",
    )
    refused(
        run(*state, "answers", "export", str(tmp_path)), Exit.USAGE, f"{tmp_path}: this is a folder"
    )
    assert not list(tmp_path.iterdir()) and not tmp_path.with_name(f"{tmp_path.name}.new").exists()


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("archive", "apply", "--undo"), "archive undo"),
        (("archive", "verify", "--undo"), "takes no --undo"),
        (("apply", "raid", "--until", "partition"), "exclude each other"),
        (("card", "--check", "TYPO"), "'TYPO' is not the number of a card"),
    ],
)
def test_what_would_be_passed_over_is_refused(
    tmp_path: Path, argv: tuple[str, ...], word: str
) -> None:
    refused(run("--state", str(tmp_path / "s"), *argv), Exit.USAGE, word)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["fabric", "paramiko", "textual", "pydantic", "questionary"])
def test_version_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys\nfrom wizard.cli import parser\nparser()\nassert {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fabric_waits_for_the_first_connection() -> None:
    modules = "wizard.run.session, wizard.hosts.access, wizard.hosts.ssh"
    code = f"import sys\nimport {modules}\nassert 'fabric' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_archive_wants_one_of_its_verbs() -> None:
    refused(run("archive"), Exit.USAGE, "what")
    refused(run("archive", "drop"), Exit.USAGE, "plan", "undo")


def test_archive_of_an_unknown_instance(tmp_path: Path) -> None:
    answers = tmp_path / "a.toml"
    answers.write_text('version = 1\n[archive]\ninstance = "other"\n')
    done = run("--state", str(tmp_path / "s"), "archive", "plan", "--answers", str(answers))
    refused(done, Exit.ANSWERS, "there is no instance other")
