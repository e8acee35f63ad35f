"""All facts of a step in one exec per host, every host at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.base.beside import begun
from wizard.base.errors import ConnectionLost, WizardError
from wizard.base.plain import is_cut
from wizard.base.shell import PATH, new_mark
from wizard.model.facts import Fact, Facts

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.hosts.host import Host


Gather = Callable[["Sequence[tuple[Host, Sequence[Fact[Any]]]]", "Answers"], Facts]
"""Looks for these facts on these hosts; never raises for a host."""
TIMEOUT = 240.0
"""Seconds that one gathering may last; a busy Xen dom0 answers slowly."""


def script(facts: Iterable[Fact[Any]], answers: Answers, host: str, mark: str) -> str:
    """One shell script for all facts, each output between marker lines that no output can hold."""
    lines = [f"export LC_ALL=C PATH={PATH}"]
    for fact in facts:
        lines += [
            f"echo '{mark} {fact.name}'",
            # Alone, so that one that fails ends no other one, and without an input: what reads it
            # would take the lines of this script.
            "(",
            fact.script_for(answers, host),
            ") </dev/null 2>/dev/null",
            "echo",
            f"echo '{mark}'",
        ]
    return "\n".join(lines) + "\n"


def split(output: str, mark: str) -> dict[str, str]:
    """Cut the output of `script` into one text per fact."""
    texts: dict[str, str] = {}
    # What comes before the first mark is nobody's.
    _, *parts = output.split(f"{mark} ")
    for part in parts:
        name, _, rest = part.partition("\n")
        text, end, _ = rest.partition(f"\n{mark}\n")
        # One without its end was cut off with the connection.
        if end:
            texts[name] = text
    return texts


def gather_one(host: Host, facts: Sequence[Fact[Any]], answers: Answers) -> dict[str, str]:
    """Look at one host; raises WizardError when it cannot be reached or the output ends too
    early.
    """
    mark = new_mark()
    looks = script(facts, answers, host.name, mark)
    result = host.run(("sh", "-s"), stdin=looks.encode(), timeout=TIMEOUT)
    texts = split(result.out, mark)
    if is_cut(result.out) and len(facts) > 1:
        damaged = [fact for fact in facts if not _is_whole(fact, texts)]
        return texts | _in_parts(host, damaged, answers)
    lacking = [fact.name for fact in facts if fact.name not in texts]
    if not lacking:
        return texts
    names = ", ".join(lacking)
    said = result.err.strip()[-200:]
    raise ConnectionLost(
        f"the answer lacks {names} (exit {result.rc}, {said})",
        where=host.name,
        mend="look again",
    )


def _is_whole(fact: Fact[Any], texts: Mapping[str, str]) -> bool:
    """Whether all that the host said for a fact is there."""
    text = texts.get(fact.name)
    return text is not None and not is_cut(text)


def _in_parts(host: Host, facts: Sequence[Fact[Any]], answers: Answers) -> dict[str, str]:
    """Look again, by halves: together they said more than can be kept, and one of them alone
    decides whether it can be read.
    """
    # Of an odd number the first half has one more: a single one is looked at once.
    middle = (len(facts) + 1) // 2
    first_half = facts[:middle]
    second_half = facts[middle:]
    texts: dict[str, str] = {}
    for half in (first_half, second_half):
        if half:
            texts |= gather_one(host, half, answers)
    return texts


def gather(wanted: Sequence[tuple[Host, Sequence[Fact[Any]]]], answers: Answers) -> Facts:
    """Look for these facts on these hosts side by side. Never raises for a host: its error is kept
    in `missing`.
    """
    raw: dict[str, dict[str, str]] = {}
    missing: dict[str, WizardError] = {}
    under_way = {}
    for host, facts in wanted:
        look = partial(gather_one, host, facts, answers)
        under_way[host.name] = begun(look)
    for name, begun_look in under_way.items():
        try:
            raw[name] = begun_look.result()
        except WizardError as error:
            missing[name] = error
    return Facts(raw, missing)
