"""What must be done before a step: the steps that it names, and those below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.answers import Answers
from wizard.model.step import Step, on_nodes


def below(steps: Sequence[Step], step: Step) -> Iterator[Step]:
    """All that a step needs, directly or not, in the order of the sequence."""
    known = {one.id: one for one in steps}
    needed = set(step.needs)
    todo = list(step.needs)
    while todo:
        lower = known.get(todo.pop())
        if lower is None:
            continue
        more = set(lower.needs) - needed
        needed |= more
        todo += more
    return (one for one in steps if one.id in needed)


def on_servers(step: Step, answers: Answers) -> bool:
    """Whether a step looks at servers alone, and at no guest."""
    return set(on_nodes(answers)).issuperset(step.hosts(answers))


def grounds(steps: Sequence[Step], step: Step, answers: Answers) -> list[Step]:
    """What a step in a guest needs on the servers; nothing for a step on servers alone.

    A guest is reached only after its instance was made: until then a look would only wait for
    nobody.
    """
    if on_servers(step, answers):
        return []
    return [one for one in below(steps, step) if on_servers(one, answers)]
