"""A cluster that this program did not build, or whose state was lost, taken in by what it says of
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.answers import Answers, Ssh
    from wizard.model.facts import Fact, Facts


@dataclass(frozen=True)
class Adopted:
    """What was made of it: `origin` is where the configuration is from, `serial` its number.

    `reached` are the short names of the nodes by the host that was typed, `told` what people must
    know: what differs from the kit's answers, and what could not be taken in. `limits` are what
    keeps runbooks from being offered.
    """

    answers: Answers
    origin: str
    serial: int
    reached: Mapping[str, str]
    told: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adoption:
    """How a cluster is taken in; pure. `lanes` of facts (`wizard.run.within`) are looked at on each
    host that was typed.

    `from_hosts` takes them and how each host was reached; `from_copy` a config.data and the kit's
    answers as text, the name of the archive, and how the nodes are reached. Both raise WizardError,
    which says why there are no answers.
    """

    lanes: Sequence[Sequence[Fact[Any]]]
    from_hosts: Callable[[Facts, Mapping[str, Ssh]], Adopted]
    from_copy: Callable[[str, str, str, Ssh], Adopted]
