"""The wizard on the lab's machines: their addresses, key and host keys become the build's."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from wizard.base.errors import LabError
from wizard.lab.answers import answers_toml
from wizard.lab.base.paths import LabPaths, default_lab_dir
from wizard.lab.base.spec import load_spec

if TYPE_CHECKING:
    from wizard.answers import Answers
    from wizard.run.session import Session


def adopt(session: Session) -> None:
    """Take the lab's nodes, backup host, router and bound on the synchronisation into the session's
    answers.

    All else is kept, a backup host that was named before as well. Raises LabError when there is no
    lab.
    """
    from wizard.answers import Answers

    paths = LabPaths(default_lab_dir())
    spec = load_spec(paths.spec)
    if spec is None:
        raise LabError(
            "there is no lab",
            where=str(paths.root),
            mend="start one: ganeti-wizard lab up",
        )
    lab = tomllib.loads(answers_toml(spec, paths))
    before = _decided(session.answers)
    with_machines = _with_machines(session.answers, lab)
    data = _with_backup_host(with_machines, lab)
    if data != before:
        session.decide(Answers.model_validate(data))
    _trust(session, paths)


def _trust(session: Session, paths: LabPaths) -> None:
    """The machines' host keys, as the lab made them, need no question to the operator."""
    from wizard.hosts.access import known_hosts

    trusted = known_hosts(session.store)
    for line in paths.known_hosts.read_text("utf-8").splitlines():
        trusted.accept(line)


def _decided(answers: Answers) -> dict[str, Any]:
    return answers.model_dump(exclude_unset=True)


def _with_machines(old: Answers, lab: dict[str, Any]) -> dict[str, Any]:
    from wizard.answers import Node
    from wizard.answers.nodes import with_nodes

    nodes = [Node.model_validate(node) for node in lab["nodes"]]
    if old.nodes == nodes:
        return _decided(old)
    renamed: dict[str, str] = {}
    # There may have been fewer or more than the lab has.
    for former, node in zip(old.nodes, nodes, strict=False):
        renamed[former.short] = node.short
    data = _decided(with_nodes(old, nodes, renamed))
    cluster = data.get("cluster", {})
    data["cluster"] = {**lab["cluster"], **cluster}
    return data


def _with_backup_host(data: dict[str, Any], lab: dict[str, Any]) -> dict[str, Any]:
    """The same with the lab's backup host, unless the lab has none or another one is named."""
    if "backup" not in lab:
        return data
    backup = data.get("backup", {})
    named = backup.get("host", {}).get("name", "")
    if named not in ("", lab["backup"]["host"]["name"]):
        return data
    guest = data.get("guest", {})
    return {
        **data,
        "guest": {**lab["guest"], **guest},
        "backup": {**backup, **lab["backup"]},
    }
