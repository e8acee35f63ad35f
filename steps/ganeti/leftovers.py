"""What an earlier creation that failed left behind: found by what no configuration knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steps.ganeti.acting import answering, master_host
from steps.ganeti.facts.drbdminors import REPLICAS, LogicalVolume, Minor, Replicas
from steps.ganeti.facts.ganeti import Config
from steps.ganeti.facts.jobs import JOBS
from wizard.answers import Answers, Instance, Node
from wizard.model.facts import Facts

CREATE = "OP_INSTANCE_CREATE"


@dataclass(frozen=True)
class Leftover:
    """On one node: minors and volumes of an instance that was never finished and that no
    configuration knows.
    """

    host: str
    owner: str
    minors: tuple[Minor, ...]
    volumes: tuple[LogicalVolume, ...]


def missing(answers: Answers, config: Config) -> list[Instance]:
    """The wanted instances that the cluster does not have."""
    return [
        instance for instance in answers.instance.wanted if config.instance(instance.name) is None
    ]


def orphans(answers: Answers, facts: Facts, config: Config, node: Node) -> Replicas:
    """What no disk of the configuration owns on a node; nothing while a creation is under way."""
    # A creation makes the disks first and writes the configuration last.
    if facts.of(master_host(answers, facts), JOBS).live(CREATE):
        return Replicas()
    return facts.of(node.short, REPLICAS).orphans(config, node.name)


def leftovers(answers: Answers, facts: Facts, config: Config) -> Iterator[Leftover]:
    """What failed creations of wanted instances left, per node; volumes carry their instance's name
    as a tag.
    """
    for node in answering(answers, facts):
        unowned = orphans(answers, facts, config, node)
        for instance in missing(answers, config):
            volumes = tuple(volume for volume in unowned.volumes if volume.owner == instance.name)
            if volumes:
                minors = tuple(_standing_on(unowned.minors, volumes))
                yield Leftover(node.short, instance.name, minors, volumes)


def _standing_on(minors: tuple[Minor, ...], volumes: tuple[LogicalVolume, ...]) -> Iterator[Minor]:
    """The minors whose every volume is among these: the only ones that may be taken down."""
    names = {volume.name for volume in volumes}
    for minor in minors:
        below = {path.rpartition("/")[2] for path in minor.volumes}
        if below and below <= names:
            yield minor
