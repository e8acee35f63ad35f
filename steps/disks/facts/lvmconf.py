"""LVM's device filter: what is in force, and what it admits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import files, sections
from steps.disks.facts.lvmregex import pattern
from steps.disks.facts.lvmscript import in_one
from wizard.base.plain import lines_of
from wizard.model.facts import Fact

LVMLOCAL = "/etc/lvm/lvmlocal.conf"

LVMLOCAL_TEXT = Fact(name="lvmlocal", script=files(LVMLOCAL), parse=sections)
"""The host's own LVM settings: they override lvm.conf, and lvm2's initramfs hook copies them as
well.
"""


@dataclass(frozen=True)
class VisiblePv:
    """A physical volume as LVM sees it through its filter; `vg` is "" when it belongs to none,
    `group` is that one's UUID, "" where it was not told.
    """

    name: str
    vg: str
    group: str = ""


@dataclass(frozen=True)
class LvmView:
    """What LVM looks at, and which physical volumes it sees there."""

    filter: tuple[str, ...] = ()
    """devices/global_filter; LVM's default is to admit everything: "a|.*|"."""
    volumes: tuple[VisiblePv, ...] = ()
    """Through the filter in force."""
    all_volumes: tuple[VisiblePv, ...] = ()
    """Without any filter."""
    devices_file: bool = False
    """Whether LVM works from a list of devices instead (lvmdevices(8))."""

    def admits(self, path: str) -> bool:
        """Whether the filter in force admits a device path."""
        return admits(self.filter, path)


def admits(patterns: tuple[str, ...], path: str) -> bool:
    """LVM's rule: the first pattern that matches decides, and what none matches is admitted
    (lvm.conf). Raises WizardError for a pattern that cannot be read.
    """
    for text in patterns:
        read = pattern(text)
        if read.matches(path):
            return read.admits
    return True


def _volumes(lines: list[str], view: str) -> tuple[VisiblePv, ...]:
    # A setting may hold the same words: "a|all|" is a pattern.
    rows = [line.split(f"|{view}|") for line in lines if not line.startswith("global_filter=")]
    volumes = [VisiblePv(*map(str.strip, row)) for row in rows if len(row) in (2, 3)]
    # A device that is missing is listed as [unknown].
    return tuple(volume for volume in volumes if volume.name.startswith("/"))


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def parse_lvm(text: str) -> LvmView:
    """Read lvmconfig's lines (key=value, strings in quotes), then those of pvs:
    "DEVICE|pv|GROUP|pv|UUID" is seen through the filter, "DEVICE|all|GROUP|all|UUID" without it.

    Raises WizardError for a filter that cannot be read.
    """
    lines = [line.strip() for line in lines_of(text)]
    settings = [line for line in lines if line.startswith("global_filter=")]
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', settings[-1]) if settings else []
    patterns = [pattern(_unescaped(one)) for one in quoted]
    return LvmView(
        filter=tuple(read.text for read in patterns),
        volumes=_volumes(lines, "pv"),
        all_volumes=_volumes(lines, "all"),
        devices_file="use_devicesfile=1" in lines,
    )


_PVS = "pvs --noheadings --readonly -o pv_name,vg_name,vg_uuid --separator"
_COMMANDS = (
    "lvmconfig --typeconfig full devices/global_filter devices/use_devicesfile",
    f"{_PVS} '|pv|'",
    f"""{_PVS} '|all|' --config 'devices {{ global_filter=["a|.*|"] }}'""",
)


LVM_FILTER = Fact(
    name="lvm_filter",
    script=f"command -v lvm >/dev/null || exit\n{in_one(_COMMANDS, timeout=20)}",
    parse=parse_lvm,
)
