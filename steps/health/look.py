"""What a check judges: the answers, the facts of those hosts that answered, and the configuration
to believe.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from steps.ganeti.acting import cluster
from steps.ganeti.facts.ganeti import GANETI, Config, server_named
from steps.ganeti.ways import CAREFUL
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.base.names import short
from wizard.model.facts import Fact, Facts
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

    def read_everywhere(self, fact: Fact[Any]) -> None:
        """Raise WizardError when a node that answered says something else than it should: silence
        about it would be taken for its absence.
        """
        for node in self.seen:
            self.facts.of(node.short, fact)

    def without(self, host: str, error: WizardError) -> Look:
        """The same moment as if that host had not been asked at all."""
        raw = {name: texts for name, texts in self.facts.raw.items() if name != host}
        missing = {**self.facts.missing, host: error}
        return replace(self, facts=Facts(raw, missing, self.facts.cut))

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
    # What cannot be read is said by `guarded`, in each check that needs it.
    with contextlib.suppress(WizardError):
        led = cluster(answers, facts)
        if led is not None:
            return led
    configs = [config for _, config in copies(answers, facts)]
    return max(configs, key=lambda config: config.serial, default=None)


def copies(answers: Answers, facts: Facts) -> list[tuple[Node, Config]]:
    """The copies of the wanted cluster's configuration that can be read, by node."""
    held = []
    for node in answers.nodes:
        config = _config(facts, node.short)
        if config is not None and config.name == answers.hosts.cluster_name:
            held.append((node, config))
    return held


def _config(facts: Facts, host: str) -> Config | None:
    if host not in facts.raw:
        return None
    with contextlib.suppress(WizardError):
        return facts.of(host, GANETI).config
    return None


def age(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for unit, size in (("days", DAY), ("hours", HOUR), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} seconds"


def guarded(name: str, check: Check, look: Look) -> Iterator[Verdict]:
    """Run one check. A host whose words cannot be read is unknown to it, and the others are judged;
    what else goes wrong makes the check unknown and leaves the other checks alone.
    """
    unread: list[str] = []
    while True:
        try:
            verdicts = list(check(look))
            break
        except WizardError as error:
            yield _unreadable(name, error.where, error, error.mend)
            if error.where not in look.facts.raw:
                return
            unread.append(error.where)
            look = look.without(error.where, error)
        except Exception as error:
            yield _unreadable(name, "", error, "look by hand, and report this")
            return
    for verdict in verdicts:
        # What is said of the cluster as a whole needs the words of every host.
        if not unread or verdict.host not in ("", *unread):
            yield verdict


def _unreadable(name: str, host: str, error: Exception, mend: str) -> Verdict:
    said = error.what if isinstance(error, WizardError) else f"{type(error).__name__}: {error}"
    what = f"the check could not read what it found: {said}"
    return Verdict(name, host, Level.UNKNOWN, what.replace("\n", " "), mend=mend)
