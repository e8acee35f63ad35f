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
    for name in type(answers).model_fields:
        if isinstance(data.get(name), dict):
            data[name] = {field: _keyed(value, renamed) for field, value in data[name].items()}
    hosts = data.setdefault("hosts", {})
    if answers.hosts.cluster_name == before.cluster:
        hosts["cluster_name"] = now.cluster
    if answers.hosts.cluster_ip == before.cluster_ip:
        hosts["cluster_ip"] = now.cluster_ip
    if settled or "instance" in data:
        moved = [_moved(one, renamed, before, now) for one in answers.instance.wanted]
        data.setdefault("instance", {})["wanted"] = moved
    try:
        return Answers.model_validate(data)
    except ValidationError as error:
        raise AnswersError(
            explain(error), mend="nothing was changed; correct it and keep it again"
        ) from error


def _keyed(value: Any, renamed: Mapping[str, str]) -> Any:
    return (
        {renamed.get(key, key): inner for key, inner in value.items()}
        if isinstance(value, dict)
        else value
    )


def _moved(
    one: Instance, renamed: Mapping[str, str], before: Proposed, now: Proposed
) -> dict[str, Any]:
    data = one.model_dump(exclude_unset=True)
    if one.name == before.instance:
        data["name"] = now.instance
    if one.ip == before.instance_ip:
        data["ip"] = now.instance_ip
    data["primary"] = renamed.get(one.primary, one.primary)
    data["secondary"] = renamed.get(one.secondary, one.secondary)
    return data
