"""A machine that is a folder: commands of plans and their undos run in real shells below it, with
programs that keep what they are told in files there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from wizard.model.step import Command
from wizard.model.undo import Undo

OURS = Path("var/lib/ganeti-wizard")
"""The wizard's own folder on each host: it is no part of what is to be as before."""


def below(root: Path, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command that works below this folder instead of /."""
    moved = []
    for word in words:
        if word.startswith("/"):
            word = f"{root}{word}"
        moved.append(word.replace('"/etc/', f'"{root}/etc/'))
    return tuple(moved)


class Machine:
    """A root folder, the programs that are its own, and what was run on it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "machine"
        self.programs = root / "programs"
        self.root.mkdir()
        self.programs.mkdir()

    def program(self, name: str, script: str) -> None:
        """A program: a shell script that finds the machine at $ROOT."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    def noting(self, *names: str) -> None:
        """Programs that do nothing but note how they were called."""
        for name in names:
            self.program(name, 'echo "${0##*/} $*" >>"${0%/*}/noted"\n')

    @property
    def noted(self) -> list[str]:
        """The calls of the programs that note them."""
        path = self.programs / "noted"
        return path.read_text().splitlines() if path.exists() else []

    def file(self, path: str, text: str = "") -> Path:
        """A file below the root, named by its path on a machine."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def run(self, argv: tuple[str, ...], stdin: str | None = None) -> tuple[int, str]:
        """Exit code and all that was said."""
        made = subprocess.run(
            below(self.root, argv),
            input=(stdin or "").encode(),
            env={
                "PATH": f"{self.programs}:{os.environ['PATH']}:/usr/sbin:/sbin",
                "ROOT": str(self.root),
                "LC_ALL": "C",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return made.returncode, made.stdout.decode(errors="replace")

    def do(self, commands: Iterable[Command]) -> None:
        """Run the commands of a plan; each must end well."""
        for command in commands:
            code, said = self.run(command.argv, command.stdin)
            assert code in command.ok, (command.shown, code, said)

    def undo(self, undo: Undo | str) -> tuple[int, str]:
        """Run one undo."""
        assert isinstance(undo, Undo), undo
        return self.run(undo.argv)

    def state(self) -> dict[str, object]:
        """Every file and link with its text or target, but for the wizard's own."""
        seen: dict[str, object] = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root)
            if OURS in (name, *name.parents):
                continue
            if path.is_symlink():
                seen[str(name)] = path.readlink()
            elif path.is_file():
                seen[str(name)] = path.read_bytes()
        return seen
