"""What a person means by the names that were typed, and where it goes."""

from __future__ import annotations

from steps.recover.scene import Scene
from steps.recover.situations.words import LOOK_AGAIN
from steps.recover.steps.common import scene_of
from wizard.answers import Answers, Node
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.base.names import short
from wizard.model.facts import Facts


def instances(answers: Answers, facts: Facts) -> list[str]:
    """The full names of the instances that Ganeti has; none where no configuration was read."""
    return [guest.name for guest in scene_of(answers, facts).guests]


def nodes(answers: Answers, facts: Facts) -> list[str]:
    """The full names of the servers."""
    return [member.name for member in answers.nodes]


def instance(answers: Answers, facts: Facts, named: str) -> str:
    """The full name of an instance that Ganeti has, by its full or short name.

    Raises WizardError: USAGE for an unknown one, BLOCKED where no configuration could be read.
    """
    scene = scene_of(answers, facts)
    if scene.config is None:
        what = "no server gives a configuration of this cluster"
        raise WizardError(what, mend=LOOK_AGAIN, code=Exit.BLOCKED)
    known = instances(answers, facts)
    # A name of Ganeti's may be another one's first label: the whole one goes before.
    fitting = [name for name in known if name == named]
    if not fitting:
        fitting = [name for name in known if short(name) == named]
    if len(fitting) != 1:
        names = ", ".join(known) or "none"
        what = f"there is no instance {named}"
        raise WizardError(what, mend=f"one of: {names}", code=Exit.USAGE)
    return fitting[0]


def node(answers: Answers, facts: Facts, named: str) -> str:
    """The full name of a server, by its full or short name; raises WizardError (USAGE)."""
    return _node(answers, named).name


def _node(answers: Answers, named: str) -> Node:
    for member in answers.nodes:
        if named in (member.name, member.short):
            return member
    names = ", ".join(member.name for member in answers.nodes)
    what = f"there is no server {named}"
    raise WizardError(what, mend=f"one of: {names}", code=Exit.USAGE)


def target_of_instance(answers: Answers, facts: Facts, subject: str, wanted: str) -> str:
    """The full name of the node that an instance goes to: the one that is wanted, else that which
    holds the other copy of its disks.

    Raises WizardError: USAGE for an unknown server, BLOCKED where no other copy is.
    """
    if wanted:
        return _node(answers, wanted).name
    scene = scene_of(answers, facts)
    others = _copies_elsewhere(scene, subject)
    if len(others) != 1:
        what = f"no other server holds a copy of {subject}"
        raise WizardError(what, mend=LOOK_AGAIN, code=Exit.BLOCKED)
    return answers.node(others[0]).name


def _copies_elsewhere(scene: Scene, subject: str) -> list[str]:
    """The servers that hold a copy of some disk of it, but for its primary."""
    hosts = []
    for guest in scene.guests:
        if guest.name != subject:
            continue
        primary = scene.primary(guest)
        for disk in scene.disks_of(guest):
            for host, _ in disk.minors:
                if host and host != primary and host not in hosts:
                    hosts.append(host)
    return hosts


def target_of_node(answers: Answers, facts: Facts, subject: str, wanted: str) -> str:
    """The other server; raises WizardError (BLOCKED) unless there are exactly two."""
    others = [member.name for member in answers.nodes if member.name != subject]
    if len(others) != 1:
        what = "this cluster has not exactly two servers"
        mend = "gnt-node migrate and gnt-node evacuate, gnt-node(8)"
        raise WizardError(what, mend=mend, code=Exit.BLOCKED)
    return others[0]
