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
    data: dict[str, Any] = answers.model_dump(exclude_unset=True)
    data["nodes"] = [node.model_dump(exclude_unset=True) for node in nodes]
    _rename_keys(data, renamed)
    hosts = data.setdefault("hosts", {})
    if answers.hosts.cluster_name == before.cluster:
        hosts["cluster_name"] = now.cluster
    if answers.hosts.cluster_ip == before.cluster_ip:
        hosts["cluster_ip"] = now.cluster_ip
    if settled or "instance" in data:
        instances = []
        for instance in answers.instance.wanted:
            instances.append(_moved(instance, renamed, before, now))
        data.setdefault("instance", {})["wanted"] = instances
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
                section[field] = {renamed.get(key, key): inner for key, inner in value.items()}


def _moved(
    instance: Instance, renamed: Mapping[str, str], before: Proposed, now: Proposed
) -> dict[str, Any]:
    data = instance.model_dump(exclude_unset=True)
    if instance.name == before.instance:
        data["name"] = now.instance
    if instance.ip == before.instance_ip:
        data["ip"] = now.instance_ip
    data["primary"] = renamed.get(instance.primary, instance.primary)
    data["secondary"] = renamed.get(instance.secondary, instance.secondary)
    return data
