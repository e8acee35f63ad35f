"""LVM on the host must not scan its guests' disks (article, row 10).

The initramfs is left as it is: a guest's disk shows up as a DRBD device, and nothing loads DRBD
there; the volumes beneath are not scanned (devices/scan_lvs is 0). Its next rebuild takes the
setting along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from steps.common.edit import with_lines
from steps.disks.facts.lvmconf import (
    LVM_FILTER,
    LVMLOCAL,
    LVMLOCAL_TEXT,
    LvmView,
    VisiblePv,
    admits,
)
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import THIS_STEP, Command, Finding, Step
from wizard.model.write import write_file

_KINDS = (
    *(r"^/dev/md", r"^/dev/sd", r"^/dev/nvme", r"^/dev/vd", r"^/dev/xvd", r"^/dev/hd"),
    *(r"^/dev/mmcblk", r"^/dev/bcache", r"^/dev/dasd", r"^/dev/mapper/mpath"),
)
"""Families of devices whose numbers may change at a start: the whole family is admitted, not one
name.
"""
_GUESTS = ("/dev/drbd0", "/dev/drbd255")
_BEGIN = "# ganeti-wizard: begin"
_END = "# ganeti-wizard: end"
_BLOCK = re.compile(rf"^{_BEGIN}\n.*?^{_END}\n?", re.MULTILINE | re.DOTALL)
_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
_COMMENT = r"#[^\n]*"
_LIST = rf"""\[(?:[^\]"'#]|{_STRING}|{_COMMENT})*\]"""
_SETTING = re.compile(
    rf"^([^#\n]*?)(?:devices/)?\bglobal_filter\s*=\s*(?:{_LIST}|{_STRING})[ \t]*(\n?)",
    re.MULTILINE,
)
"""A filter that somebody set: what stands before it on its line, and the end of the line."""


def guests_disk(path: str, vg: str) -> bool:
    """Whether a device can only be an instance's disk: a DRBD device, or a volume of Ganeti's
    group.
    """
    return path.startswith(("/dev/drbd", "/dev/mapper/drbd", f"/dev/{vg}/", _mapped(vg)))


def _mapped(vg: str) -> str:
    """How the device mapper's names of the group's volumes begin: hyphens are doubled (lvm(8))."""
    return f"/dev/mapper/{vg.replace('-', '--')}-"


def wanted_filter(lvm: LvmView, vg: str) -> tuple[str, ...]:
    """Admit md arrays and whatever holds the host's own physical volumes; refuse everything else.

    Everything else includes DRBD devices, under whatever name they come: LVM refuses a device when
    every one of its names is refused, and admits it when one name is admitted (lvm.conf,
    devices/filter).
    """
    patterns = [_KINDS[0]]
    for volume in lvm.all_volumes:
        pattern = _pattern(volume.name)
        if not guests_disk(volume.name, vg) and pattern not in patterns:
            patterns.append(pattern)
    admitted = [f"a|{pattern}|" for pattern in patterns]
    return (*admitted, "r|.*|")


def _pattern(device: str) -> str:
    for kind in _KINDS:
        if re.search(kind, device):
            return kind
    exact = re.sub("[^A-Za-z0-9_/-]", ".", device)
    return f"^{exact}$"


def good(lvm: LvmView, vg: str) -> bool:
    """Whether the filter in force admits all that is the host's own and no guest's disk."""
    own = [volume.name for volume in lvm.all_volumes if not guests_disk(volume.name, vg)]
    guests = (*_GUESTS, f"/dev/{vg}/x.disk0_data", f"{_mapped(vg)}x.disk0_data")
    whole = all(lvm.admits(device) for device in (*own, "/dev/md0"))
    return whole and not any(lvm.admits(device) for device in guests)


def wanted_text(text: str, patterns: tuple[str, ...]) -> str:
    """lvmlocal.conf with our section; a filter set there before is replaced, all else is kept."""
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    rest = _SETTING.sub(_what_stood_before, _BLOCK.sub("", text))
    ours = (_BEGIN, "devices {", f"\tglobal_filter = [ {listed} ]", "}", _END)
    return with_lines(rest, ours)


def _what_stood_before(setting: re.Match[str]) -> str:
    """`devices { global_filter = … }` may all stand on one line: only the filter goes."""
    before, end_of_line = setting.groups()
    return f"{before}{end_of_line}" if before.strip() else ""


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The filter must never hide Ganeti's own volume group, nor be ignored."""
    vg = answers.lvm.vg
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM_FILTER)
        volumes = [volume for volume in lvm.all_volumes if volume.vg == vg]
        if not volumes:
            yield Finding(node.short, what=f"there is no volume group {vg}", step="lvm")
        for device in _to_keep(volumes, vg):
            if guests_disk(device, vg) or not admits(wanted_filter(lvm, vg), device):
                yield Finding(
                    node.short,
                    what=f"{device} belongs to {vg}, and a filter against guests' disks would "
                    "hide it",
                    mend=f"move {vg} to the mirror: vgextend, pvmove, vgreduce",
                )
        if lvm.devices_file:
            yield Finding(
                node.short,
                what="LVM works from a list of devices (use_devicesfile=1), which this step "
                "does not handle",
                mend="set devices/use_devicesfile to 0 in /etc/lvm/lvm.conf",
            )


def _to_keep(volumes: Iterable[VisiblePv], vg: str) -> Iterator[str]:
    """The devices of Ganeti's group. A guest may have a group of the same name on its disk: another
    one, by its UUID, and exactly what the filter is there to hide.
    """
    own = {volume.group for volume in volumes if not guests_disk(volume.name, vg)}
    for volume in volumes:
        is_a_guests = guests_disk(volume.name, vg) and own and volume.group not in own
        if not is_a_guests:
            yield volume.name


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """The filter into the host's own LVM settings."""
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM_FILTER)
        text = facts.of(node.short, LVMLOCAL_TEXT).get(LVMLOCAL, "")
        wanted = wanted_text(text, wanted_filter(lvm, answers.lvm.vg))
        if not good(lvm, answers.lvm.vg) and text != wanted:
            yield _write(node.short, text, wanted)


def _write(host: str, old: str, text: str) -> Command:
    return write_file(
        host,
        LVMLOCAL,
        text,
        why="a guest's disk may hold volume groups of its own: the host must not find and use them",
        risk=(
            "a volume on a kind of device that is not admitted would not be found; this "
            "host's own are"
        ),
        old=old,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The filter is in force, and LVM still sees every volume of the host."""
    vg = answers.lvm.vg
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM_FILTER)
        if not good(lvm, vg):
            text = facts.of(node.short, LVMLOCAL_TEXT).get(LVMLOCAL, "")
            yield _not_in_force(node.short, lvm, text, vg)
        visible = {volume.name for volume in lvm.volumes}
        for volume in lvm.all_volumes:
            if volume.name not in visible and not guests_disk(volume.name, vg):
                yield Finding(
                    node.short,
                    what=f"LVM no longer sees {volume.name} of the group {volume.vg or '(none)'}",
                    mend=f"admit it in {LVMLOCAL}, or remove the ganeti-wizard lines there",
                )


def _not_in_force(host: str, lvm: LvmView, text: str, vg: str) -> Finding:
    """That another filter counts: ours is not written yet, or something goes before it
    (lvmlocal.conf says: "overridden by ones in any enabled lvm_<tag>.conf files").
    """
    in_force = ", ".join(lvm.filter) or "none"
    what = f"LVM's filter ({in_force}) does not keep guests' disks out"
    if wanted_text(text, wanted_filter(lvm, vg)) != text:
        return Finding(host, what, step=THIS_STEP)
    return Finding(
        host,
        what=f"{what}, though {LVMLOCAL} has another one",
        mend="take global_filter out of /etc/lvm/lvm_*.conf (hosttags, lvm.conf(5)); then "
        "lvmconfig devices/global_filter shows which one counts",
    )


STEP = Step(
    id="lvmfilter",
    title="Keep LVM away from the guests' disks",
    reason=(
        "An instance's disk can itself hold LVM volumes. If the host's LVM found them it would "
        "open the replicated disk underneath the guest. The article refuses DRBD devices; a "
        "filter that admits the host's own mirrors and refuses all else also covers the tools "
        "that udev starts."
    ),
    then='lvm.conf: filter = [ "r|/dev/cdrom|", "r|/dev/drbd[0-9]+|" ]',
    now='/etc/lvm/lvmlocal.conf: global_filter = [ "a|^/dev/md|", "r|.*|" ]',
    facts=(LVM_FILTER, LVMLOCAL_TEXT),
    needs=("lvm",),
    blockers=blockers,
    plan=plan,
    verify=verify,
    minutes=0.2,
)
