"""What `recover diagnose --json` says, as a drill asks it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

STARTING = "starting"
"""The situation in which nothing is to be done but to wait."""


@dataclass(frozen=True)
class Look:
    """One diagnosis."""

    document: dict[str, Any]

    @classmethod
    def read(cls, text: str) -> Look:
        """From the document as it was printed; raises ValueError when it is none."""
        return cls(json.loads(text))

    @property
    def well(self) -> bool:
        """Whether nothing is the matter."""
        return bool(self.document["exit"] == 0)

    @property
    def situations(self) -> tuple[str, ...]:
        """Their ids, the gravest first."""
        return tuple(situation["id"] for situation in self.document["situations"])

    @property
    def text(self) -> str:
        """Every word of it."""
        return json.dumps(self.document, ensure_ascii=False)

    def runbooks(self, name: str = "") -> Iterator[dict[str, Any]]:
        """The ways out of that name, or all of them, in their order."""
        for situation in self.document["situations"]:
            for runbook in situation["runbooks"]:
                if name in ("", runbook["id"]):
                    yield runbook

    def offers(self, name: str) -> bool:
        """Whether that way may be gone now, as far as anybody can say before a claim."""
        return any(runbook["offered"] for runbook in self.runbooks(name))

    def first_way(self) -> str:
        """The way that stands first, the safest one of the gravest situation; "" without any."""
        return next((str(runbook["id"]) for runbook in self.runbooks()), "")

    def first_of(self, names: Iterable[str]) -> str:
        """The first way that is offered and is one of these; "" for none."""
        wanted = set(names)
        for runbook in self.runbooks():
            if runbook["offered"] and runbook["id"] in wanted:
                return str(runbook["id"])
        return ""
