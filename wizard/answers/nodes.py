"""Changing the list of servers without losing what the other answers say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from wizard.answers import Answers, Instance, Node
from wizard.answers.documents import explain
from wizard.answers.proposals import Proposed, proposed
from wizard.base.errors import AnswersError


def with_nodes(
    answers: Answers, nodes: Sequence[Node], renamed: Mapping[str, str], *, settled: bool = False
) -> Answers:
    """The answers with another list of servers; `renamed` maps old short names to new ones.

    Whatever is keyed by a server's short name follows the new name. Names and addresses of the
    cluster and of its first instance follow the servers as long as they are what was proposed for
    them, unless they are `settled`: a cluster that was begun keeps its own. While nothing was
    decided about instances, they run on the second server and stand by on the first (the article's
    placement). Raises AnswersError.
    """
    before = proposed(answers.nodes)
    now = before if settled else proposed(nodes)
    # Only what was decided: a field at its default stays open for a proposal.
    data: dict[str, Any] = answers.model_dump(exclude_unset=True)
    data["nodes"] = [node.model_dump(exclude_unset=True) for node in nodes]
    _rename_keys(data, renamed)
    hosts = data.setdefault("hosts", {})
    if answers.hosts.cluster_name == before.cluster:
        hosts["cluster_name"] = now.cluster
    if answers.hosts.cluster_ip == before.cluster_ip:
        hosts["cluster_ip"] = now.cluster_ip
    # Left out, the instances' servers follow from the list.
    if settled or "instance" in data:
        section = data.setdefault("instance", {})
        section["wanted"] = []
        for instance in answers.instance.wanted:
            moved = _moved(instance, renamed, before, now)
            section["wanted"].append(moved)
    try:
        return Answers.model_validate(data)
    except ValidationError as error:
        raise AnswersError(
            explain(error), mend="nothing was changed; correct it and keep it again"
        ) from error


def _rename_keys(data: dict[str, Any], renamed: Mapping[str, str]) -> None:
    """In every section, the fields that are keyed by servers' short names."""
    for section in data.values():
        if not isinstance(section, dict):
            continue
        for field, value in section.items():
            if isinstance(value, dict):
                section[field] = _with_new_keys(value, renamed)


def _with_new_keys(by_server: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    made = {}
    for short_name, value in by_server.items():
        new_name = renamed.get(short_name, short_name)
        made[new_name] = value
    return made


def _moved(
    instance: Instance, renamed: Mapping[str, str], before: Proposed, now: Proposed
) -> dict[str, Any]:
    """An instance as data, with what was proposed for the old servers as it is for the new ones."""
    data = instance.model_dump(exclude_unset=True)
    if instance.name == before.instance:
        data["name"] = now.instance
    if instance.ip == before.instance_ip:
        data["ip"] = now.instance_ip
    data["primary"] = renamed.get(instance.primary, instance.primary)
    data["secondary"] = renamed.get(instance.secondary, instance.secondary)
    return data
