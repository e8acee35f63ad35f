"""LVM on the host must not scan its guests' disks (article, row 10).

The initramfs is left as it is: a guest's disk shows up as a DRBD device, and nothing loads DRBD
there; the volumes beneath are not scanned (devices/scan_lvs is 0). Its next rebuild takes the
setting along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from steps.disks.facts.lvmconf import LVM_FILTER, LVMLOCAL, LVMLOCAL_TEXT, Lvm, admits
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, write_file

_KINDS = (r"^/dev/md", r"^/dev/sd", r"^/dev/nvme", r"^/dev/vd", r"^/dev/xvd", r"^/dev/hd")
"""Families of devices whose numbers may change at a start: the whole family is admitted, not one
name.
"""
_GUESTS = ("/dev/drbd0", "/dev/drbd255")
_BEGIN, _END = "# ganeti-wizard: begin", "# ganeti-wizard: end"
_BLOCK = re.compile(rf"^{_BEGIN}\n.*?^{_END}\n?", re.MULTILINE | re.DOTALL)
_STRING = r'"(?:[^"\\]|\\.)*"'
_SETTING = re.compile(
    rf"^([^#\n]*?)(?:devices/)?\bglobal_filter\s*=\s*(?:\[(?:[^\]\"]|{_STRING})*\]|{_STRING})[ \t]*(\n?)",  # noqa: E501
    re.MULTILINE,
)


def guests_disk(path: str, vg: str) -> bool:
    """Whether a device can only be an instance's disk: a DRBD device, or a volume of Ganeti's
    group.
    """
    return path.startswith(
        ("/dev/drbd", "/dev/mapper/drbd", f"/dev/{vg}/", f"/dev/mapper/{vg.replace('-', '--')}-")
    )


def wanted_filter(lvm: Lvm, vg: str) -> tuple[str, ...]:
    """Admit md arrays and whatever holds the host's own physical volumes; refuse everything else.

    Everything else includes DRBD devices, under whatever name they come: LVM refuses a device when
    every one of its names is refused, and admits it when one name is admitted (lvm.conf,
    devices/filter).
    """
    patterns = [_KINDS[0]]
    for volume in lvm.all_volumes:
        kinds = [kind for kind in _KINDS if re.search(kind, volume.name)]
        pattern = kinds[0] if kinds else f"^{re.sub('[^A-Za-z0-9_/-]', '.', volume.name)}$"
        if not guests_disk(volume.name, vg) and pattern not in patterns:
            patterns.append(pattern)
    return (*(f"a|{pattern}|" for pattern in patterns), "r|.*|")


def good(lvm: Lvm, vg: str) -> bool:
    """Whether the filter in force admits all the host's own volumes and arrays and no guest's disk."""  # noqa: E501
    own = [volume.name for volume in lvm.all_volumes if not guests_disk(volume.name, vg)]
    guests = (
        *_GUESTS,
        f"/dev/{vg}/x.disk0_data",
        f"/dev/mapper/{vg.replace('-', '--')}-x.disk0_data",
    )
    return all(lvm.admits(name) for name in (*own, "/dev/md0")) and not any(
        lvm.admits(name) for name in guests
    )


def wanted_text(text: str, patterns: tuple[str, ...]) -> str:
    """lvmlocal.conf with our section; a filter set there before is replaced, all else is kept."""
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    rest = _SETTING.sub(
        lambda found: found[1] + found[2] if found[1].strip() else "", _BLOCK.sub("", text)
    )
    head = rest if not rest or rest.endswith("\n") else rest + "\n"
    return f"{head}{_BEGIN}\ndevices {{\n\tglobal_filter = [ {listed} ]\n}}\n{_END}\n"


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The filter must never hide Ganeti's own volume group, nor be ignored."""
    vg = answers.lvm.vg
    for node in answers.nodes:
        lvm = facts.of(node.short, LVM_FILTER)
        own = [volume for volume in lvm.all_volumes if volume.vg == vg]
        if not own:
            yield Finding(
                node.short, f"there is no volume group {vg}", "carry out the step `lvm` first"
            )
        for volume in own:
            if guests_disk(volume.name, vg) or not admits(wanted_filter(lvm, vg), volume.name):
                yield Finding(
                    node.short,
                    f"{volume.name} belongs to {vg}, and a filter against guests' disks "
                    "would hide it",
                    f"move {vg} to the mirror: vgextend, pvmove, vgreduce",
                )
        if lvm.devices_file:
            yield Finding(
                node.short,
                "LVM works from a list of devices (use_devicesfile=1), which this step "
                "does not handle",
                "set devices/use_devicesfile to 0 in /etc/lvm/lvm.conf",
            )


def plan(answers: Answers, facts: Facts) -> Iterable[Command]:
    """The filter into the host's own LVM settings."""
    for node in answers.nodes:
        host, lvm = node.short, facts.of(node.short, LVM_FILTER)
        if not good(lvm, answers.lvm.vg):
            yield _write(
                host,
                facts.of(host, LVMLOCAL_TEXT).get(LVMLOCAL, ""),
                wanted_filter(lvm, answers.lvm.vg),
            )


def _write(host: str, text: str, patterns: tuple[str, ...]) -> Command:
    return write_file(
        host,
        LVMLOCAL,
        wanted_text(text, patterns),
        why="a guest's disk may hold volume groups of its own: the host must not find and use them",
        risk=(
            "a volume on a kind of device that is not admitted would not be found; this "
            "host's own are"
        ),
        undo=f"take the lines between the ganeti-wizard marks out of {LVMLOCAL}",
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The filter is in force, and LVM still sees every volume of the host."""
    vg = answers.lvm.vg
    for node in answers.nodes:
        host, lvm = node.short, facts.of(node.short, LVM_FILTER)
        if not good(lvm, vg):
            now = ", ".join(lvm.filter) or "none"
            yield Finding(
                host, f"LVM's filter ({now}) does not keep guests' disks out", "run this step again"
            )
        seen = {volume.name for volume in lvm.volumes}
        for volume in lvm.all_volumes:
            if volume.name not in seen and not guests_disk(volume.name, vg):
                yield Finding(
                    host,
                    f"LVM no longer sees {volume.name} of the group {volume.vg or '(none)'}",
                    f"admit it in {LVMLOCAL}, or remove the ganeti-wizard lines there",
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
