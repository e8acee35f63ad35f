"""Secrets of a run: asked for, fed on standard input, judged, read from private files; and nowhere
else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import FLAG, TOY
from tests.sim import SimHost
from wizard.answers import Answers
from wizard.base.errors import StateError, Unreachable, WizardError
from wizard.base.exits import Exit
from wizard.base.secrets import BULLETS, Secret, mask
from wizard.cli import parser
from wizard.hosts.host import Result
from wizard.model.events import ignore
from wizard.model.facts import Facts
from wizard.model.review import State
from wizard.model.step import Command, Prompt
from wizard.run.active import Active
from wizard.run.keyring import Keyring
from wizard.run.outcome import End
from wizard.run.runner import Runner
from wizard.run.session import Session
from wizard.state.journal import Journal
from wizard.state.store import Store
from wizard.verbs import headless, secret_files, strength

CANARY = "canary 'horse' battery"
PROMPT = Prompt("root-inst1", "New password of root on inst1", new=True)


def _plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    if facts.of("node1", FLAG) != "up":
        yield Command("node1", ("chpasswd",), "why", stdin="root:", prompts=(PROMPT,))


STEP = replace(TOY, plan=_plan, hosts=lambda answers: ["node1"])


def fed(command: Command, **given: str) -> bytes | None:
    """What a command gets on its standard input."""
    secrets = Keyring()
    for key, text in given.items():
        secrets.put(key, Secret(text))
    runner = Runner(
        "toy",
        {},
        Journal(Path("no-such-folder/journal.jsonl")),
        ignore,
        Path(),
        "",
        threading.Event(),
        Active(ignore),
        secrets,
    )
    return runner._input(command)


def begin(folder: Path, got: list[bytes | None]) -> Session:
    def on_run(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        got.append(stdin)
        host.texts["flag"] = "up"

    session = Session(
        Store(folder),
        (STEP,),
        lambda a, s, p: {"node1": SimHost("node1", {"flag": "down"}, on_run)},
    )
    session.open()
    session.connect()
    return session


def test_nothing_runs_without_it_and_no_file_holds_it(tmp_path: Path) -> None:
    got: list[bytes | None] = []
    session = begin(tmp_path, got)
    review = session.review(STEP)
    assert session.lacking(review) == (PROMPT,)
    assert session.engine.apply(review).end is End.SECRET and not got
    with pytest.raises(
        WizardError, match=r"New password of root on inst1 \(root-inst1\)"
    ) as caught:
        headless.apply(session, (STEP,), ())
    assert "--secret root-inst1=FILE" in caught.value.mend and caught.value.code is Exit.CONSENT
    session.secrets.put(PROMPT.key, Secret(CANARY))
    assert not session.lacking(review) and session.run(review).end is End.DONE
    assert got == [f"root:{CANARY}\n".encode()]
    assert PROMPT.key not in session.secrets and PROMPT.key not in session.engine.secrets
    session.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or "canary" not in path.read_text()


def test_the_owner_of_secrets(tmp_path: Path) -> None:
    keyring = Keyring()
    assert "typed" not in keyring
    with pytest.raises(KeyError):
        keyring.take("typed")
    keyring.put("typed", Secret("one"))
    keyring.put("empty", Secret(""))
    path = private(tmp_path / "s", b"two words\n")
    secret_files.lend(keyring, [f"file={path}"])
    assert "typed" in keyring and "file" in keyring and "empty" not in keyring
    assert keyring.take("typed").reveal() == "one" and keyring.take("file").reveal() == "two words"
    assert mask("it is two words") == f"it is {BULLETS}", "what was taken is known until the end"
    keyring.forget()
    assert "typed" not in keyring and "file" in keyring
    assert mask("it is two words") == "it is two words", "nothing holds it any more"
    path.write_text("three\n")
    assert keyring.take("file").reveal() == "three"


def test_a_run_of_several_steps_asks_once_and_forgets_at_its_end(tmp_path: Path) -> None:
    got: list[bytes | None] = []
    session = begin(tmp_path, got)
    with pytest.raises(KeyboardInterrupt), session.secrets.kept():
        session.secrets.put(PROMPT.key, Secret(CANARY))
        assert session.run(session.review(STEP)).end is End.DONE
        assert PROMPT.key in session.secrets
        session.hosts["node1"].texts["flag"] = "down"  # type: ignore[attr-defined]
        assert session.run(session.review(STEP)).end is End.DONE
        assert got == [f"root:{CANARY}\n".encode()] * 2
        session.attach(session.review(STEP))
        session.close(owns_secrets=False)
        assert PROMPT.key in session.secrets
        raise KeyboardInterrupt
    assert PROMPT.key not in session.secrets
    assert mask(CANARY) == CANARY


def test_what_may_have_been_wrong_is_forgotten_within_such_a_run(tmp_path: Path) -> None:
    session = begin(tmp_path, [])
    session.hosts["node1"].on_run = lambda *_: Result(3, "", "", 0.0)  # type: ignore[attr-defined]
    with session.secrets.kept():
        session.secrets.put(PROMPT.key, Secret(CANARY))
        assert session.run(session.review(STEP)).end is End.FAILED
        assert PROMPT.key not in session.secrets
        session.secrets.put(PROMPT.key, Secret(CANARY))
        session.close()
        assert PROMPT.key not in session.secrets


def test_a_run_without_a_screen_forgets_too(tmp_path: Path) -> None:
    got: list[bytes | None] = []
    session = begin(tmp_path / "s", got)
    secret_files.lend(
        session.secrets, [f"{PROMPT.key}={private(tmp_path / 'file', CANARY.encode())}"]
    )
    assert headless.apply(session, (STEP,), ()) is Exit.OK
    assert got == [f"root:{CANARY}\n".encode()] and mask(CANARY) == CANARY
    session.close()


def test_an_error_on_the_way_forgets_them(tmp_path: Path) -> None:
    session = begin(tmp_path, [])
    review = session.review(STEP)
    session.secrets.put(PROMPT.key, Secret(CANARY))
    session.journal.path.unlink(missing_ok=True)
    session.journal.path.mkdir()
    with pytest.raises(StateError):
        session.run(review)
    assert PROMPT.key not in session.secrets
    session.close()


def test_a_guest_that_is_away_hinders_no_step_but_its_own(tmp_path: Path) -> None:
    def guests(answers: Answers) -> list[str]:
        return ["node1", "inst1"]

    away = SimHost("inst1", down=Unreachable("no answer", where="inst1"))
    hosts = {"node1": SimHost("node1", {"flag": "up"}), "inst1": away}
    steps = (STEP, replace(STEP, id="other", hosts=guests))
    session = Session(Store(tmp_path), steps, lambda a, s, p: dict(hosts))
    session.open()
    session.connect()
    assert [review.state for review in session.survey(steps)] == [State.DONE, State.UNSEEN]
    session.close()


def test_other_instances_mean_other_hosts(tmp_path: Path) -> None:
    def make(answers: Answers, store: Store, passwords: object) -> dict[str, SimHost]:
        return {
            name: SimHost(name)
            for name in ("node1", "node2", *(one.short for one in answers.guests))
        }

    session = Session(Store(tmp_path), (STEP,), make)
    session.open()
    engine = session.connect()
    assert list(session.hosts) == ["node1", "node2", "inst1"]
    session.decide(Answers.model_validate({"instance": {"wanted": [{"name": "web.name.org"}]}}))
    assert list(engine.hosts) == ["node1", "node2", "web"] and len(session.servers) == 2
    session.close()


@pytest.mark.parametrize("name", ["node1.other.org", "inst1.other.org"])
def test_short_names_differ(name: str) -> None:
    wanted = [{}, {"name": name, "ip": "192.168.0.120"}]
    with pytest.raises(ValueError, match="has the short name"):
        Answers.model_validate({"instance": {"wanted": wanted}})


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("content", [b"two words", b"two words\n"])
def test_a_secret_comes_from_a_private_file(tmp_path: Path, content: bytes) -> None:
    path = private(tmp_path / "s", content)
    args = parser().parse_args(["apply", "--secret", f"root-inst1={path}"])
    assert secret_files.read_all(args.secret)["root-inst1"].reveal() == "two words"


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (b"x\n", 0o640, "closed to all others"),
        (b"", 0o600, "one line"),
        (b"a\nb\n", 0o600, "one line"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, mode: int, told: str) -> None:
    with pytest.raises(WizardError, match=told) as caught:
        secret_files.read_all([f"k={private(tmp_path / 's', content, mode)}"])
    assert caught.value.code is Exit.USAGE


@pytest.mark.parametrize("given", ["k", "=f", "k=", "k=/no/such/file"])
def test_what_cannot_be_read_is_named(given: str) -> None:
    with pytest.raises(WizardError):
        secret_files.read_all([given])


def test_strength() -> None:
    weak, good = strength.judge("password1"), strength.judge("glacier unripe tapestry nimbly")
    assert weak.score < 2 < good.score and "weak" in str(weak) and weak.advice.endswith(".")
    assert strength.judge("").score == 0 and strength.judge("x7 Q" * 50).score >= 0
    words = strength.words()
    assert len(words.reveal().split()) == strength.WORDS and words != strength.words()
    assert strength.judge(words.reveal()).score == 4
