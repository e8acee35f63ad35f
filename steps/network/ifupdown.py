"""The text of /etc/network/interfaces with a bridge in it: pure, after interfaces(5) and
bridge-utils-interfaces(5).
"""

from __future__ import annotations

from dataclasses import dataclass

from steps.network import order
from steps.network.interfaces.block import block
from steps.network.interfaces.moved import Moved, indented, moved_lines
from steps.network.interfaces.stanza import is_comment
from steps.network.interfaces.wanted import Wanted
from steps.network.order import Place
from steps.network.stanzas import (
    MAIN,
    Files,
    Stanza,
    active,
    all_stanzas,
    of_card,
    stanzas,
)

__all__ = ["MAIN", "Wanted", "configured", "of_card", "rewritten"]


def configured(files: Files, wanted: Wanted) -> bool:
    """Whether the files bring up exactly this bridge at boot and give the card no address of its
    own.
    """
    is_started = False
    is_made = False
    for stanza in all_stanzas(files):
        if stanza.configures(wanted.card) and stanza.method != "manual":
            return False
        if wanted.bridge in stanza.started:
            is_started = True
        if _makes(stanza, wanted):
            is_made = True
    return is_started and is_made


def _makes(stanza: Stanza, wanted: Wanted) -> bool:
    """Whether this stanza gives the bridge its card and address."""
    if stanza.words[:4] != ("iface", wanted.bridge, "inet", "static"):
        return False
    ports = stanza.option("bridge_ports").split()
    return stanza.interface == wanted.interface and wanted.card in ports


@dataclass(frozen=True)
class _Gone:
    """What no longer stands where it stood."""

    wanted: Wanted
    keeps_start: bool
    """Whether the card itself is still brought up: for what its stanza says about the link."""

    def stanza(self, stanza: Stanza) -> bool:
        """Whether a stanza goes."""
        return stanza.configures(self.wanted.bridge) or of_card(stanza, self.wanted.card)

    def start(self, name: str) -> bool:
        """Whether a name goes from among those that are brought up."""
        if name == self.wanted.card:
            return not self.keeps_start
        return name == self.wanted.bridge or self.wanted.is_alias(name)

    def others(self, names: list[str]) -> list[str]:
        """Those of the names that are still brought up there."""
        return [name for name in names if not self.start(name)]


@dataclass(frozen=True)
class _Change:
    """What is settled before the first line is written."""

    files: Files
    moved: Moved
    gone: _Gone
    card_at: Place | None
    """Where the card's stanza stays."""
    start_at: Place | None
    """Where the bridge is started, where something comes up after it."""


def rewritten(files: Files, wanted: Wanted) -> dict[str, str]:
    """The files that must change, with their new text: the card turns manual, the bridge gets its
    place.

    What belongs to the link stays with the card, which keeps its place and its start; what belongs
    to the address moves to the bridge, aliases, further addresses and IPv6 included. All other
    stanzas and comments stay. Ask `steps.network.unclear` first whether all of it is understood.
    """
    moved = moved_lines(files, wanted)
    change = _Change(
        files=files,
        moved=moved,
        gone=_Gone(wanted, keeps_start=wanted.starts_card or bool(moved.link)),
        card_at=_place_of_card(files, wanted),
        start_at=order.place(files, wanted.card, wanted.bridge),
    )
    after = {path: _text(_of_file(path, change)) for path in active(files)}
    has_place = change.card_at is not None
    has_start = change.start_at is not None
    own = _text(block(moved, has_place=has_place, has_start=has_start))
    head = after.get(MAIN, "").rstrip("\n")
    after[MAIN] = f"{head}\n\n{own}" if head else own
    return {path: text for path, text in after.items() if text != files.get(path)}


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _place_of_card(files: Files, wanted: Wanted) -> Place | None:
    """Where the card's own IPv4 stanza is first: it stays there, so that what depends on the card
    still comes after it at boot.
    """
    for path in active(files):
        for number, stanza in enumerate(stanzas(files[path])):
            if stanza.configures(wanted.card) and stanza.family == "inet":
                return Place(path, number)
    return None


def _of_file(path: str, change: _Change) -> list[str]:
    """The lines of a file as they are to be, without the bridge's own stanza."""
    read = stanzas(change.files[path])
    lines: list[str] = []
    for number, stanza in enumerate(read):
        here = Place(path, number)
        if here == change.start_at:
            lines += _started_before(stanza, change)
        elif here == change.card_at:
            lines += _manual(stanza, change.moved)
        else:
            lines += _left(stanza, change.gone)
    behind_all = Place(path, len(read))
    if behind_all == change.start_at:
        lines += ["", f"auto {change.gone.wanted.bridge}"]
    return lines


def _started_before(stanza: Stanza, change: _Change) -> list[str]:
    """The lines of a stanza behind the bridge's start, or around it where it starts the card too,
    so that what came after the card comes after the bridge.
    """
    gone = change.gone
    wanted = gone.wanted
    start = f"auto {wanted.bridge}"
    behind = [start, "", *_left(stanza, gone)]
    if not stanza.is_auto:
        return behind
    before, after = order.split(change.files, stanza.words, wanted.card, wanted.bridge)
    if not before:
        return behind
    lines = [*_auto(before, gone), start, *_auto(after, gone)]
    return [*lines, *stanza.body]


def _auto(names: list[str], gone: _Gone) -> list[str]:
    """The line that starts those of the names that stay, where there are any."""
    kept = gone.others(names)
    if not kept:
        return []
    return [" ".join(["auto", *kept])]


def _left(stanza: Stanza, gone: _Gone) -> list[str]:
    """The lines that stay of a stanza in its place."""
    lines = list(stanza.lines)
    if stanza.is_start:
        return _left_of_start(stanza, gone)
    if not gone.stanza(stanza):
        return lines
    # The empty line behind it still parts the stanzas on either side.
    return [""] if lines[-1] == "" else []


def _left_of_start(stanza: Stanza, gone: _Gone) -> list[str]:
    """The lines that start interfaces, without the names that go."""
    keyword, *names = stanza.words
    others = gone.others(names)
    if others == names:
        return list(stanza.lines)
    if not others:
        return list(stanza.body)
    first_line = " ".join([keyword, *others])
    return [first_line, *stanza.body]


def _manual(stanza: Stanza, moved: Moved) -> list[str]:
    """The card's stanza without an address, with its comments and what belongs to the link."""
    notes = [line for line in stanza.body if is_comment(line)]
    lines = [f"iface {stanza.name} inet manual", *notes, *indented(moved.link)]
    if stanza.lines[-1] == "":
        lines.append("")
    return lines
