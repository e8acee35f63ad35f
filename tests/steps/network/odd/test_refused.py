"""What somebody had and told of in public and that no bridge can be made of is refused by name."""

from __future__ import annotations

import pytest

from tests.steps.network.odd.nodes import said, seen
from tests.steps.network.odd.refused_cards import CARDS
from tests.steps.network.odd.refused_files import FILES

REFUSED = {**CARDS, **FILES}


def test_no_name_stands_in_both_tables() -> None:
    assert len(REFUSED) == len(CARDS) + len(FILES)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_moved_is_refused_by_name(name: str) -> None:
    more, words = REFUSED[name]
    review = seen(**more)
    assert words in said(review), said(review)
    assert not review.plan
