"""What is looked at on hosts, and what was seen there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wizard.base.errors import WizardError
from wizard.base.plain import is_cut, plain
from wizard.model.fits import misfit

if TYPE_CHECKING:
    from wizard.answers import Answers

T = TypeVar("T")
_SHOWN = 200
"""Characters of what was not understood that a person gets to see."""


@dataclass(frozen=True)
class Fact(Generic[T]):
    """Something to look at on a host: a read-only shell snippet and a pure parser of its standard
    output.

    The snippet runs in a subshell with LC_ALL=C and without a terminal; its standard error is
    dropped and its exit status ignored, so a snippet that matters says so in its output. `script`
    may depend on the answers and on the host it will run on.
    """

    name: str
    script: str | Callable[[Answers, str], str]
    parse: Callable[[str], T]

    def script_for(self, answers: Answers, host: str) -> str:
        """The snippet to run on `host`."""
        return self.script if isinstance(self.script, str) else self.script(answers, host)


class Facts:
    """What was seen on each host: output as plain text by host and fact, parsed when asked for.

    A host that could not be looked at is in `missing` with the error; asking for its facts raises
    it, as does a fact that cannot be understood. A host whose look was cut short is in `cut`:
    asking for a fact that did not come raises that error. Only a look with a bound
    (`gather_within`) leaves such hosts.
    """

    def __init__(
        self,
        raw: Mapping[str, Mapping[str, str]],
        missing: Mapping[str, WizardError] | None = None,
        cut: Mapping[str, WizardError] | None = None,
    ) -> None:
        self.raw = {
            host: {name: plain(text) for name, text in texts.items()} for host, texts in raw.items()
        }
        self.missing = dict(missing or {})
        self.cut = dict(cut or {})
        self._parsed: dict[tuple[str, str], Any] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were looked at, in the order of the answers."""
        return tuple(self.raw)

    def only(self, hosts: Iterable[str], missing: Mapping[str, WizardError] | None = None) -> Facts:
        """What was seen of these hosts, in this order: a step is not hindered by one that it does
        not concern. Those in `missing` count as missing, too.

        The parts of one look share what was parsed: most facts are asked for by several steps.
        """
        names = list(hosts)
        lacking = {**self.missing, **(missing or {})}
        errors = {name: lacking[name] for name in names if name in lacking}
        cut = {name: self.cut[name] for name in names if name in self.cut}
        part = Facts({}, errors, cut)
        seen = [name for name in names if name in self.raw and name not in lacking]
        part.raw = {name: self.raw[name] for name in seen}
        part._parsed = self._parsed
        return part

    def of(self, host: str, fact: Fact[T]) -> T:
        """The parsed value of one fact on one host; raises what made the host missing, or
        WizardError.
        """
        if host in self.missing:
            raise self.missing[host]
        text = self.raw.get(host, {}).get(fact.name)
        if text is None and host in self.cut:
            raise self.cut[host]
        if text is None:
            raise WizardError(f"the fact {fact.name} was not gathered", where=host)
        key = (host, fact.name)
        if key not in self._parsed:
            self._parsed[key] = _parsed(host, fact, text)
        return self._parsed[key]  # type: ignore[no-any-return]


def _parsed(host: str, fact: Fact[T], text: str) -> T:
    if is_cut(text):
        raise WizardError(
            f"what it says about {fact.name} is too long to be read whole, so that nothing is "
            "concluded from it",
            where=host,
            mend="look which of the files that this step reads there is that large, and why",
        )
    try:
        value = fact.parse(text)
        if wrong := misfit(value):
            raise ValueError(f"{wrong} is not what it should be")
        return value
    except WizardError as error:
        # A parser knows no host.
        error.where = error.where or host
        raise
    except Exception as error:
        what = (
            f"what it says about {fact.name} was not understood ({type(error).__name__}: "
            f"{str(error)[:_SHOWN]})"
        )
        raise WizardError(
            what, where=host, mend=f"look again; see why it says: {text[:_SHOWN]}"
        ) from error
