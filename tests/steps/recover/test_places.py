"""From where a machine may be looked for: only from within the servers' own network."""

from __future__ import annotations

from typing import Any

import pytest

from steps.recover.doctor import here
from wizard.answers import Answers


@pytest.mark.parametrize(
    ("way", "looks"),
    [
        ({}, True),
        ({"host": "192.168.0.112"}, True),
        ({"host": "node2.name.org"}, True),
        ({"host": "127.0.0.1", "port": 2502}, False),
        ({"host": "localhost", "port": 2502}, False),
        ({"host": "203.0.113.7"}, False),
        ({"local": True}, False),
    ],
)
def test_where_servers_are_reached_by_other_addresses_nobody_is_looked_for_at_theirs(
    way: dict[str, Any], looks: bool
) -> None:
    """Behind a forwarded port, as in the lab, a stranger has their addresses in one's own network:
    it would be taken for life, or for somebody who took the dead machine's place.
    """
    document = Answers().model_dump(mode="json")
    document["nodes"][1]["ssh"] |= way
    assert bool(here(Answers.model_validate(document))) is looks
