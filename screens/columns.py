"""Which hosts the overview shows side by side, and a step's state in each column.

Pure: no widget is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.answers import Answers
from wizard.model.review import Review, State
from wizard.model.step import Step

MOST = 3
"""Columns that fit into 80 characters beside the steps' titles."""
WIDEST = 12
"""Characters of the longest state in a column."""
GAP = 2
"""Characters between two columns."""
AROUND = 8
"""Characters of a line beside titles and states: the step's number, margins, the scroll bar."""
NARROWEST = 20
"""Characters that a title keeps, however many hosts stand beside it."""
GRAVITY = (State.RUNNING, State.UNSEEN, State.BLOCKED, State.WRONG, State.READY, State.DONE)
"""Of several hosts in one column the gravest state is shown."""


@dataclass(frozen=True)
class Column:
    """A heading and the hosts under it: each server has its own column, the others share one when
    they are many.
    """

    head: str
    hosts: tuple[str, ...]


def columns(steps: Iterable[Step], answers: Answers) -> list[Column]:
    """The columns for a sequence of steps."""
    servers = [node.short for node in answers.nodes]
    others: list[str] = []
    for step in steps:
        for host in step.hosts(answers):
            if host not in servers and host not in others:
                others.append(host)
    alone = list(servers)
    if len(servers) + len(others) <= MOST:
        alone += others
        others = []
    made = [Column(host, (host,)) for host in alone]
    if others:
        made.append(Column("others", tuple(others)))
    return made


def title_width(line: int, columns: Iterable[Column]) -> int:
    """The characters that are left for a step's title on a line of the terminal."""
    states = sum(GAP + max(WIDEST, len(column.head)) for column in columns)
    return max(NARROWEST, line - AROUND - GAP - states)


def cut(title: str, width: int) -> str:
    """A title in so many characters; what was cut off shows as dots."""
    return title if len(title) <= width else f"{title[: width - 1].rstrip()}…"


def concerned(step: Step, answers: Answers, column: Column) -> list[str]:
    """The hosts of a column that a step looks at or works on."""
    hosts = step.hosts(answers)
    return [host for host in column.hosts if host in hosts]


def state_in(review: Review, hosts: Sequence[str]) -> State:
    """The gravest state of a step on some of its hosts."""
    states = [review.state_of(host) for host in hosts]
    return min(states, key=GRAVITY.index)
