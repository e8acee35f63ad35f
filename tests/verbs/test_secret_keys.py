"""A secret's key that nothing asks for is refused before anything is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.exits import Exit
from wizard.cli import main

KNOWN = "backup-inst1, root-inst1, vault-inst1, vault-inst1-recovery, vault-inst1-second"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A state directory with a build of one instance."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    wanted = '{"wanted": [{"name": "inst1.name.org", "ip": "192.168.0.114"}]}'
    (folder / "answers.json").write_text(f'{{"version": 1, "instance": {wanted}}}', "utf-8")
    return folder


@pytest.mark.parametrize(
    "key", ["vault-inst2", "Vault-inst1", "inst1", "vault_inst1", "vault-inst1 ", "²", "k" * 300]
)
@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["apply"], KNOWN),
        (["unlock", "inst1"], "vault-inst1"),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones(
    key: str, words: list[str], known: str, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--state", str(build), *words, "--secret", f"{key}={build / 'absent'}"]
    assert main(argv) == Exit.USAGE
    said = capsys.readouterr().err
    assert f"nothing asks for a secret {key[:80]!r}" in said
    assert f"the keys are: {known}\n" in said


@pytest.mark.parametrize("key", KNOWN.split(", "))
def test_a_known_key_is_taken(key: str, build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--state", str(build), "apply", "--secret", f"{key}={build / 'absent'}"]
    assert main(argv) == Exit.USAGE
    assert f"the secret {key} cannot be read: " in capsys.readouterr().err
