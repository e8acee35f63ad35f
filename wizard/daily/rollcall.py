"""Who answers, told while the look after an accident goes on: the operator's first question."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.model.events import Note

if TYPE_CHECKING:
    from wizard.base.errors import WizardError
    from wizard.model.events import Emit


@dataclass
class RollCall:
    """Machines that are asked side by side; `heard` may be called from any thread."""

    names: Iterable[str]
    emit: Emit
    _begun: float = field(default_factory=time.monotonic)
    _answering: list[str] = field(default_factory=list)
    _silent: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, name: str, error: WizardError | None) -> None:
        """One of them answered, or could not be reached: all that is known by now is told."""
        with self._lock:
            (self._silent if error else self._answering).append(name)
            self.emit(Note("", self.text()))

    def text(self) -> str:
        """Who answered, who did not, and who is still waited for."""
        parts = []
        known = {*self._answering, *self._silent}
        waiting = [name for name in self.names if name not in known]
        if self._answering:
            parts.append(f"{_listed(self._answering)} answered")
        if self._silent:
            parts.append(f"not reached: {_listed(self._silent)}")
        if waiting:
            parts.append(f"not heard yet: {_listed(waiting)}")
        return f"after {time.monotonic() - self._begun:.0f} s {'; '.join(parts)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
