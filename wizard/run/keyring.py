"""The secrets of a run: one owner for all that was given to commands which read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wizard.base.secrets import Secret


class Keyring:
    """In memory only, by key (`Prompt.key`): `put` or `lend`, `take`, `forget`.

    What is typed is put. What stands in a file is lent: it is read when a command takes it and held
    no longer than what was typed, however many steps one command line carries out.

    A step's end is the end of its secrets, but where `kept` holds them for a run of several steps.
    """

    def __init__(self) -> None:
        self._held: dict[str, Secret] = {}
        self._files: dict[str, Callable[[], Secret]] = {}
        self._kept = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Until the end of this, whatever that is, a step that ends well leaves what it was given
        to the steps after it. One that does not may have been given a wrong one: it is forgotten.
        """
        self._kept = True
        try:
            yield
        finally:
            self._kept = False
            self.forget()

    def put(self, key: str, secret: Secret) -> None:
        """Hold what the operator typed."""
        self._held[key] = secret

    def lend(self, key: str, read: Callable[[], Secret]) -> None:
        """Know how to read a secret whenever a command wants it; `forget` leaves this in place."""
        self._files[key] = read

    def __contains__(self, key: object) -> bool:
        return bool(self._held.get(str(key))) or key in self._files

    def take(self, key: str) -> Secret:
        """The secret, for a standard input; KeyError where none was given, and what reading raises.

        It is held from now on: `mask` knows it in all output until it is forgotten.
        """
        if not self._held.get(key) and key in self._files:
            self._held[key] = self._files[key]()
        return self._held[key]

    def step_ended(self, *, well: bool) -> None:
        """Hold nothing any more, unless all is kept for further steps."""
        if not (well and self._kept):
            self.forget()

    def forget(self) -> None:
        """Hold nothing any more: nobody goes on, or a step failed perhaps because one was wrong."""
        self._held.clear()
