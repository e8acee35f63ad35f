"""All facts of a step in one exec per host, every host at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.base.errors import ConnectionLost, WizardError
from wizard.model.step import Fact

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host

T = TypeVar("T")
TIMEOUT = 240.0
"""Seconds that one gathering may last; a busy Xen dom0 answers slowly."""


class Facts:
    """What was seen on each host: raw output by host and fact, parsed when asked for.

    A host that could not be looked at is in `missing` with the error; asking for its facts raises it, as does a fact
    that cannot be understood.
    """

    def __init__(self, raw: Mapping[str, Mapping[str, str]], missing: Mapping[str, WizardError] | None = None) -> None:
        self.raw = {host: dict(texts) for host, texts in raw.items()}
        self.missing = dict(missing or {})
        self._parsed: dict[tuple[str, str], Any] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were looked at, in the order of the answers."""
        return tuple(self.raw)

    def only(self, hosts: Sequence[str]) -> Facts:
        """What was seen of these hosts: a step is not hindered by one that it does not concern."""
        raw = {host: texts for host, texts in self.raw.items() if host in hosts}
        return Facts(raw, {host: error for host, error in self.missing.items() if host in hosts})

    def of(self, host: str, fact: Fact[T]) -> T:
        """The parsed value of one fact on one host; raises what made the host missing, or WizardError."""
        key = (host, fact.name)
        if key not in self._parsed:
            if host in self.missing:
                raise self.missing[host]
            text = self.raw.get(host, {}).get(fact.name)
            if text is None:
                raise WizardError(f"the fact {fact.name} was not gathered", where=host)
            self._parsed[key] = _parsed(host, fact, text)
        return self._parsed[key]  # type: ignore[no-any-return]


def _parsed(host: str, fact: Fact[T], text: str) -> T:
    try:
        return fact.parse(text)
    except WizardError:
        raise
    except Exception as error:
        what = f"what it says about {fact.name} was not understood ({type(error).__name__}: {error})"
        raise WizardError(what, where=host, mend=f"look again; see why it says: {text[:200]}") from error


def script(facts: Iterable[Fact[Any]], answers: Answers, host: str, mark: str) -> str:
    """One shell script for all facts, each output between marker lines that no output can hold."""
    parts = ["export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    for fact in facts:
        parts.append(f"echo '{mark} {fact.name}'\n(\n{fact.script_for(answers, host)}\n) </dev/null 2>/dev/null")
        parts.append(f"echo\necho '{mark}'")
    return "\n".join(parts) + "\n"


def split(output: str, mark: str) -> dict[str, str]:
    """Cut the output of `script` into one text per fact."""
    texts: dict[str, str] = {}
    for part in output.split(f"{mark} ")[1:]:
        name, _, rest = part.partition("\n")
        body, found, _ = rest.partition(f"\n{mark}\n")
        if found:
            texts[name] = body
    return texts


def gather_one(host: Host, facts: Sequence[Fact[Any]], answers: Answers) -> dict[str, str]:
    """Look at one host; raises WizardError when it cannot be reached or the output is cut short."""
    mark = f"@@gw-{secrets.token_hex(6)}"
    text = script(facts, answers, host.name, mark)
    result = host.run(("sh", "-s"), stdin=text.encode(), timeout=TIMEOUT)
    texts = split(result.out, mark)
    lacking = [fact.name for fact in facts if fact.name not in texts]
    if lacking:
        raise ConnectionLost(
            f"the answer lacks {', '.join(lacking)} (exit {result.rc}, {result.err.strip()[-200:]})",
            where=host.name,
            mend="look again",
        )
    return texts


def gather(wanted: Sequence[tuple[Host, Sequence[Fact[Any]]]], answers: Answers) -> Facts:
    """Look for these facts on these hosts side by side. Never raises for a host: its error is kept in `missing`."""
    raw: dict[str, dict[str, str]] = {}
    missing: dict[str, WizardError] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
        futures = {host.name: pool.submit(gather_one, host, facts, answers) for host, facts in wanted}
        for name, future in futures.items():
            try:
                raw[name] = future.result()
            except WizardError as error:
                missing[name] = error
    return Facts(raw, missing)
