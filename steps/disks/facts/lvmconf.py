"""LVM's device filter: what is in force, and what it admits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import files, sections
from wizard.model.step import Fact

LVMLOCAL = "/etc/lvm/lvmlocal.conf"

LVMLOCAL_TEXT = Fact(name="lvmlocal", script=files(LVMLOCAL), parse=sections)
"""The host's own LVM settings: they override lvm.conf, and lvm2's initramfs hook copies them as
well.
"""


@dataclass(frozen=True)
class Volume:
    """A physical volume as LVM sees it through its filter; `vg` is "" when it belongs to none."""

    name: str
    vg: str


@dataclass(frozen=True)
class Lvm:
    """LVM's view. `filter` is devices/global_filter (LVM's default is to admit everything:
    "a|.*|"); `all_volumes` what LVM sees without a filter; `devices_file` whether it uses a list of
    devices instead.
    """

    filter: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    all_volumes: tuple[Volume, ...] = ()
    devices_file: bool = False

    def admits(self, path: str) -> bool:
        """Whether the filter in force admits a device path."""
        return admits(self.filter, path)


def admits(patterns: tuple[str, ...], path: str) -> bool:
    """LVM's rule: the first pattern that matches decides, and what none matches is admitted
    (lvm.conf).
    """
    for pattern in patterns:
        body = pattern[2:].removesuffix(pattern[1])
        if re.search(body, path):
            return pattern[0] == "a"
    return True


def _volumes(lines: list[str], mark: str) -> tuple[Volume, ...]:
    rows = [line.split("|") for line in lines if line.startswith(mark)]
    return tuple(Volume(row[1].strip(), row[2].strip()) for row in rows if len(row) >= 3)


def parse_lvm(text: str) -> Lvm:
    """Read `lvmconfig` lines (key=value, strings in quotes), then "pv|" and "all|" lines of `pvs`."""  # noqa: E501
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line.startswith("global_filter=")]
    patterns = re.findall(r'"((?:[^"\\]|\\.)*)"', found[-1]) if found else []
    return Lvm(
        filter=tuple(pattern.replace('\\"', '"').replace("\\\\", "\\") for pattern in patterns),
        volumes=_volumes(lines, "pv|"),
        all_volumes=_volumes(lines, "all|"),
        devices_file="use_devicesfile=1" in lines,
    )


LVM_FILTER = Fact(
    name="lvm_filter",
    script=r"""command -v lvm >/dev/null || exit
lvmconfig --typeconfig full devices/global_filter devices/use_devicesfile
timeout 20 pvs --noheadings --readonly --separator '|' -o pv_name,vg_name | sed 's/^ */pv|/'
timeout 20 pvs --noheadings --readonly --separator '|' -o pv_name,vg_name \
  --config 'devices { global_filter=["a|.*|"] }' | sed 's/^ */all|/'""",
    parse=parse_lvm,
)
