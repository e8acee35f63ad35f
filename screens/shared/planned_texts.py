"""What is said of planned work before it begins, the same on the screens and in lines."""

from __future__ import annotations

from textwrap import fill

from wizard.daily.work import Work
from wizard.verbs.planned import text

BEGIN = "Begin"
GO_ON = "Go on"
RUNNING = "running: it goes on meanwhile"
STOPPED = "by a stop, from its shutdown until it has booted"
WHICH_WAY = "It can be moved while it runs. How is it to be moved?"


def in_short(work: Work) -> str:
    """A line: what would be done, and what users notice."""
    if work.refused is not None:
        return f"NOT NOW: {work.refused.what}"
    if work.free:
        return "it is free to be worked on, and waited for"
    if work.there:
        return "all is where it should be"
    told = "; ".join(_one(work) or [nobody(work)])
    if work.returns:
        return f"is taken back; {told}"
    return f"goes on: {told}" if work.begun else told


def _one(work: Work) -> list[str]:
    told = []
    for passenger in work.passengers:
        name = "" if work.moves else f"{passenger.short} "
        way = "stopped for one to three minutes" if passenger.stopped else "running"
        told.append(f"{name}{passenger.source} to {passenger.target}, {way}")
    return told


def nobody(work: Work) -> str:
    """Why no user notices anything."""
    if work.moves:
        return "it does not run"
    return "no running instance is moved"


def whole(work: Work, width: int) -> str:
    """All of it: what is done, the downtime, why not now."""
    parts = []
    if work.accident is not None:
        parts.append(fill(f"{_what(work)}.", width))
    if work.refused is not None:
        parts.append(fill(f"NOT NOW: {work.refused}", width))
    if work.free and work.accident is not None:
        parts.append(text.free(work.run, work.accident))
    elif work.passengers:
        parts.append(text.moved(work.passengers))
    elif work.accident is not None and not work.there:
        parts.append(f"Users notice nothing: {nobody(work)}.")
    return "\n".join(parts)


def _what(work: Work) -> str:
    assert work.accident is not None
    case = work.accident.case
    if work.there:
        return f"{case.subject} is where it should be: nothing is left to be done"
    if work.moves:
        return f"{case.subject} is moved to {case.target}"
    if work.returns:
        return (
            f"{case.subject} is taken back: its copies are brought up to date, master's role and "
            "instances go home"
        )
    return (
        f"{case.subject} is freed of instances and of the master's role, so that it can be worked "
        f"on; {case.target} does all meanwhile"
    )
