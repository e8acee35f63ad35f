"""What is encrypted on a guest, in the words of any lsblk; one that cannot be read is not none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steps.health.facts.ciphers import parse


def _tree(**mounts: Any) -> str:
    opened = {"name": "secure", "path": "/dev/mapper/secure", "type": "crypt", **mounts}
    held = {"name": "xvdc", "path": "/dev/xvdc", "type": "disk", "children": [opened]}
    return json.dumps({"blockdevices": [held, {**held, "path": "/dev/x", "children": None}]})


@pytest.mark.parametrize("mounts", [{"mountpoints": ["/srv", None]}, {"mountpoint": "/srv"}])
def test_mount_points_of_either_column(mounts: dict[str, Any]) -> None:
    (cipher,) = parse(f"{_tree(**mounts)}\n== crypttab\n")
    assert cipher.open and cipher.mounts == ("/srv",)


@pytest.mark.parametrize("tree", ["lsblk: failed", "[]", "{}", '{"blockdevices": null}'])
def test_a_list_that_cannot_be_read_is_not_none(tree: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse(f"{tree}\n== crypttab\n")


def test_a_guest_without_any() -> None:
    assert parse("") == () and parse('{"blockdevices": []}\n== crypttab\n') == ()
