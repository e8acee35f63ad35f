"""Who leads a cluster, judged by what its nodes show: the rules, for every look that has to know.

The steps of the build read Ganeti's files (`acting.py`); after an accident a node's disk may hang,
and there are notes of takeovers (`steps/recover/scene.py`). What is read differs, what is made of
it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.base.names import short


@dataclass(frozen=True)
class View:
    """What one node shows of the master's role; names are full ones."""

    node: str
    named: str
    """Whom it takes for the master; "" when it names nobody."""
    leads: bool
    """Whether both daemons of the master's role run on it."""
    address: bool = False
    """Whether it has the cluster's address."""
    noted: bool = False
    """Whether the latest takeover made the master that it names."""
    bars: bool = False
    """Whether its copy has a node marked offline that another copy names as master: a takeover does
    that, so that its life is the later one.
    """
    serial: int = -1
    """Of its copy of the configuration; -1 when that cannot be read."""
    mtime: int = 0
    """When that copy was written, in seconds since 1970; 0 when unknown."""

    @property
    def acts(self) -> bool:
        """Whether it leads and names itself."""
        return self.leads and self.named == self.node

    @property
    def trust(self) -> tuple[bool, bool, bool, int, int]:
        """What orders the lives of a cluster, the greatest first.

        Serials order the copies of one master's life only: two masters each count on. So a node
        that acts as master comes first, then what a takeover made.
        """
        return self.acts, self.noted, self.bars, self.serial, self.mtime

    @property
    def evidence(self) -> str:
        """It in words."""
        shown = [f"names {self.named or 'nobody'}"]
        if self.leads:
            shown.append("runs the master's daemons")
        if self.address:
            shown.append("has the cluster's address")
        return f"{short(self.node)} {', '.join(shown)}"


def believed(views: Sequence[View]) -> View | None:
    """The node whose word counts, one that names nobody only where none does; None without any."""
    naming = [view for view in views if view.named]
    return max(naming or views, key=lambda view: view.trust, default=None)


def contradiction(views: Sequence[View]) -> str:
    """Why no command of Ganeti's may be given to anybody; "" where one master is agreed on."""
    leading = [view for view in views if view.leads]
    if len(leading) > 1:
        names = " and ".join(short(view.node) for view in leading)
        return f"{names} both run the master's daemons"
    for view in leading:
        if not view.acts:
            return f"{short(view.node)} runs the master's daemons and names {view.named}"
    named = sorted({view.named for view in views if view.named})
    if not leading and len(named) > 1:
        names = " and ".join(short(name) for name in named)
        return f"{names} are both named, and neither leads"
    word = believed(views)
    for view in views:
        if word and word.named and view.address and view.node != word.named:
            holder = short(view.node)
            return f"{short(word.named)} leads, and the cluster's address is on {holder}"
    return ""
