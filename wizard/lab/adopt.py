"""The wizard on the lab's machines: their addresses, key and host keys become the build's."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from wizard.errors import LabError
from wizard.lab.answers import answers_toml
from wizard.lab.paths import LabPaths, default_lab_dir
from wizard.lab.spec import load_spec

if TYPE_CHECKING:
    from wizard.session import Session


def adopt(session: Session) -> None:
    """Take the lab's nodes, backup host, router and bound on the synchronisation into the session's answers.

    All else is kept. Raises LabError when there is no lab.
    """
    from wizard.access import known_hosts
    from wizard.answers import Answers, Node
    from wizard.nodes import with_nodes

    paths = LabPaths(default_lab_dir())
    spec = load_spec(paths.spec)
    if spec is None:
        raise LabError("there is no lab", where=str(paths.root), mend="start one: ganeti-wizard lab up")
    lab = tomllib.loads(answers_toml(spec, paths))
    nodes = [Node.model_validate(node) for node in lab["nodes"]]
    old = session.answers
    if old.nodes != nodes:
        renamed = {was.short: now.short for was, now in zip(old.nodes, nodes, strict=False)}
        data = with_nodes(old, nodes, renamed).model_dump(exclude_unset=True)
        data["cluster"] = {**lab["cluster"], **data.get("cluster", {})}
        if "backup" in lab:
            data["guest"] = {**lab["guest"], **data.get("guest", {})}
            data["backup"] = {**data.get("backup", {}), **lab["backup"]}
        session.decide(Answers.model_validate(data))
    trusted = known_hosts(session.store)
    for line in paths.known_hosts.read_text().splitlines():
        trusted.accept(line)
