"""The pictures can be taken, and show real steps."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from steps import BUILD
from tests.play.shoot import film

pytestmark = pytest.mark.slow


def words(picture: Path) -> str:
    """The text in an SVG."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", picture.read_text("utf-8"))
    return html.unescape(" ".join(texts)).replace("\xa0", " ")


async def test_the_readmes_pictures(tmp_path: Path) -> None:
    await film(tmp_path)
    shown = {picture.stem: words(picture) for picture in tmp_path.iterdir()}
    assert sorted(shown) == ["claim", "destruction", "diagnosis", "overview", "plan", "running"]
    assert f"overview · {list(BUILD).index('drbd')}/{len(BUILD)} done" in shown["overview"]
    assert "DESTROYS" in shown["plan"] and "wipefs --all" in shown["plan"]
    assert "Confirm destruction" in shown["destruction"] and "differs" in shown["destruction"]
    assert "2 of 4 commands" in shown["running"]
    assert "recover [TO DO]" in shown["diagnosis"] and "node-dead" in shown["diagnosis"]
    assert "Is it dead?" in shown["claim"] and "It has no power" in shown["claim"]
