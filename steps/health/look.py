"""What a check judges: the answers, the facts of those hosts that answered, and the configuration
to believe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from steps.ganeti.acting import CAREFUL, cluster
from steps.ganeti.facts.ganeti import GANETI, Config, server_named
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.base.names import short
from wizard.model.facts import Facts
from wizard.model.verdicts import Level, Verdict

DAY = 86400
HOUR = 3600


@dataclass(frozen=True)
class Look:
    """One moment. `config` is the copy to believe (`newest`), None without a cluster."""

    answers: Answers
    facts: Facts
    config: Config | None

    @property
    def seen(self) -> list[Node]:
        """The nodes that answered."""
        return [node for node in self.answers.nodes if node.short in self.facts.raw]

    @property
    def lost(self) -> list[Node]:
        """The nodes that did not answer."""
        return [node for node in self.answers.nodes if node.short not in self.facts.raw]

    @property
    def master(self) -> Node | None:
        """The master by the configuration, whether it answered or not."""
        if self.config is None:
            return None
        return self.node(self.config.node_name(self.config.master))

    @property
    def backed_up(self) -> bool:
        """Whether the answers want backups and name a host for them."""
        return self.answers.backup.kind != "none" and self.answers.backup_host is not None

    @property
    def alone(self) -> bool:
        """Whether a node is away or offline: what is started then may run on old data."""
        members = self.config.nodes if self.config else ()
        return bool(self.lost) or any(member.offline for member in members)

    def unless_alone(self, mend: str) -> str:
        """A mend that is right while all nodes serve, else where to look first."""
        return CAREFUL if self.alone else mend

    def node(self, full_name: str) -> Node | None:
        """The node of that full name."""
        return server_named(self.answers, full_name)

    @property
    def guests(self) -> list[tuple[str, str]]:
        """Short and full names of the instances: those of the cluster, or the wanted ones while
        there is none.
        """
        names = [guest.name for guest in self.config.instances] if self.config else []
        if not names:
            names = [instance.name for instance in self.answers.instance.wanted]
        return [(short(name), name) for name in names]


Check = Callable[[Look], Iterator[Verdict]]


def newest(answers: Answers, facts: Facts) -> Config | None:
    """The copy of the wanted cluster's configuration to believe: the acting master's, else the one
    with the highest serial among the nodes that answered.

    Each node believes its own copy, and a former master that comes back still names itself. Serials
    order the copies of one master's life only: that one's may be the higher.
    """
    led = cluster(answers, facts)
    if led is not None:
        return led
    configs = [config for _, config in copies(answers, facts)]
    return max(configs, key=lambda config: config.serial, default=None)


def copies(answers: Answers, facts: Facts) -> list[tuple[Node, Config]]:
    """The copies of the wanted cluster's configuration, by node."""
    held = []
    for node in answers.nodes:
        if node.short not in facts.raw:
            continue
        config = facts.of(node.short, GANETI).config
        if config is not None and config.name == answers.hosts.cluster_name:
            held.append((node, config))
    return held


def age(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for unit, size in (("days", DAY), ("hours", HOUR), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} seconds"


def guarded(name: str, check: Check, look: Look) -> Iterator[Verdict]:
    """Run one check; what it cannot read makes that check unknown and leaves the others alone."""
    try:
        yield from check(look)
    except (WizardError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        what = f"the check could not read what it found: {type(error).__name__}: {error}"
        yield Verdict(
            name,
            "",
            Level.UNKNOWN,
            what.replace("\n", " "),
            mend="look by hand, and report this",
        )
