"""What the simulated machines would say now, by what the journal of the build says was run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from steps import BUILD
from tests.cases import case_path, content
from tests.play.joined import joined, sections, with_vault_disk
from tests.play.recordings import LEFT_OUT, ONLY, STAGES
from wizard.state.journal import Record

Texts = dict[str, dict[str, str]]
"""Host → fact → raw text."""


@cache
def _recorded(case: str) -> Texts:
    """The facts of one case, without what the tables leave out of it."""
    facts: Texts = content(case_path(*case.split("/")))["facts"]
    for texts in facts.values():
        for fact in [name for name in texts if (case, name) in LEFT_OUT]:
            del texts[fact]
        for fact, wanted in ONLY.get(case, {}).items():
            texts[fact] = _sections_of(texts[fact], wanted)
    return facts


def _sections_of(text: str, wanted: Iterable[str]) -> str:
    return "".join(
        section
        for heading, section in sections(text).items()
        if any(name in heading for name in wanted)
    )


def runs(records: Iterable[Record]) -> dict[str, int]:
    """Step id → how often all that was agreed to was run to a good end."""
    complete: dict[str, int] = {}
    left: dict[str, int] = {}
    for record in records:
        step = record.get("step", "")
        if record["kind"] == "consent":
            left[step] = record["commands"]
        elif record["kind"] == "end" and record["ok"]:
            left[step] = left.get(step, 0) - 1
            if left[step] == 0:
                complete[step] = complete.get(step, 0) + 1
    return complete


def world(done: Mapping[str, int]) -> Texts:
    """What every host says after that many complete runs of each step."""
    counts = tuple(min(done.get(step, 0), len(cases) - 1) for step, cases in STAGES.items())
    return _world(counts)


@cache
def _world(counts: tuple[int, ...]) -> Texts:
    texts: Texts = {}
    for count, (step, cases) in zip(counts, STAGES.items(), strict=True):
        for place in cases[: count + 1] if count else ():
            for case in place.split():
                _overlay(texts, _recorded(case))
        if step == "vault" and count:
            for host in ("node1", "node2"):
                with_vault_disk(texts[host])
    for count, cases in zip(counts, STAGES.values(), strict=True):
        if not count:
            _fill(texts, _recorded(cases[0]))
    return texts


def _overlay(texts: Texts, recorded: Texts) -> None:
    """A later recording takes the place of an earlier one."""
    for host, facts in recorded.items():
        for fact, text in facts.items():
            before = texts.setdefault(host, {}).get(fact, "")
            texts[host][fact] = joined(fact, before, text)


def _fill(texts: Texts, recorded: Texts) -> None:
    """A step that was not run shows what nothing else has shown yet."""
    for host, facts in recorded.items():
        for fact, text in facts.items():
            said = texts.setdefault(host, {})
            if fact == "packages":
                said[fact] = joined(fact, text, said.get(fact, ""))
            else:
                said.setdefault(fact, text)


def finished(step: str, *, central: bool = False) -> dict[str, int]:
    """The runs after which all steps before this one are done, with restic or with Bacula."""
    before = list(BUILD)[: list(BUILD).index(step)]
    not_wanted = "backup" if central else "bacula"
    return {name: len(STAGES[name]) - 1 for name in before if name != not_wanted}
