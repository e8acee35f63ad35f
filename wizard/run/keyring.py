"""The secrets of a run: one owner for all that was given to commands which read them."""

from __future__ import annotations

from collections.abc import Callable

from wizard.base.secrets import Secret


class Keyring:
    """In memory only, by key (`Prompt.key`): `put` or `lend`, `take`, `forget`.

    What is typed is put. What stands in a file is lent: it is read when a command takes it and held
    no longer than what was typed, however many steps one command line carries out.
    """

    def __init__(self) -> None:
        self._held: dict[str, Secret] = {}
        self._files: dict[str, Callable[[], Secret]] = {}

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

    def forget(self) -> None:
        """Hold nothing any more: a step has ended, or failed perhaps because one was wrong."""
        self._held.clear()
