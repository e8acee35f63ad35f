"""The hypervisor as it runs, and the files that configure it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import fields, files, sections
from wizard.base.plain import lines_of
from wizard.model.facts import Fact

XL_CONF = "/etc/xen/xl.conf"
XENDOMAINS = "/etc/default/xendomains"
MODULES = "/etc/initramfs-tools/modules"
HOOKS = (
    "/etc/kernel/postinst.d/zz-ganeti-guest-kernel",
    "/etc/kernel/postrm.d/zz-ganeti-guest-kernel",
)

XEN_FILES = Fact(
    name="xen_files",
    script=files(" ".join((XL_CONF, XENDOMAINS, MODULES, *HOOKS))),
    parse=sections,
)
"""Text by path of the files that the step `xen` owns a part of; a missing file is absent."""


@dataclass(frozen=True)
class Hypervisor:
    """What runs underneath."""

    kind: str = ""
    """/sys/hypervisor/type: "xen" also inside a guest."""
    dom0: bool = False
    """Whether this is the control domain."""
    version: str = ""
    """Xen's, by `xl info`, as the next three."""
    commandline: str = ""
    total_mib: int = 0
    free_mib: int = 0
    dom0_mib: int = 0
    """dom0's memory, by `xl list`."""
    guests: tuple[str, ...] = ()
    """The domains but dom0, or the KVM instances that have a live process."""
    ended: tuple[str, ...] = ()
    """Those of them that run no more: shut down from within or crashed, and kept by Xen."""
    kvm: bool = False
    """Whether the kernel offers KVM."""

    @property
    def running(self) -> tuple[str, ...]:
        """Those that run, or would go on if they were let."""
        return tuple(name for name in self.guests if name not in self.ended)

    @property
    def silent(self) -> bool:
        """Whether the tools gave no full answer: nothing is known of options and guests then."""
        return self.dom0 and not (self.version and self.dom0_mib)

    @property
    def dom0_mem(self) -> str:
        """The value of the hypervisor's last dom0_mem= option, "" without one."""
        values = re.findall(r"(?:^|\s)dom0_mem=(\S+)", self.commandline)
        return str(values[-1]) if values else ""


def mib(text: str) -> int | None:
    """Xen's size syntax in MiB ("1536M", "2G", a bare number is KiB); None when it is not one (xen
    docs).
    """
    match = re.fullmatch(r"(?i)(\d+)([bkmgt]?)", text)
    if not match:
        return None
    scale = {"b": 1, "": 2**10, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
    return int(match.group(1)) * scale[match.group(2).lower()] // 2**20


def capped(option: str, wanted_mib: int) -> bool:
    """Whether a dom0_mem value such as "1536M,max:1536M" gives dom0 `wanted_mib`, and no more."""
    sizes = []
    limits = []
    for part in option.split(","):
        if part.startswith("max:"):
            limits.append(mib(part.removeprefix("max:")))
        elif ":" not in part:
            sizes.append(mib(part))
    return sizes == [wanted_mib] and limits == [wanted_mib]


def parse_hypervisor(text: str) -> Hypervisor:
    """Read "type:", "capabilities:", "kvm:", "guest:" and "ended:" lines, and `xl info` (name :
    value).
    """
    values = fields(text)
    return Hypervisor(
        kind=values.get("type", ""),
        dom0="control_d" in values.get("capabilities", ""),
        version=values.get("xen_version", ""),
        commandline=values.get("xen_commandline", ""),
        total_mib=int(values.get("total_memory", "0") or 0),
        free_mib=int(values.get("free_memory", "0") or 0),
        dom0_mib=int(values.get("dom0_mib", "0") or 0),
        guests=_named(text, "guest: "),
        ended=_named(text, "ended: "),
        kvm=values.get("kvm") == "yes",
    )


def _named(text: str, label: str) -> tuple[str, ...]:
    lines = lines_of(text)
    return tuple(line.removeprefix(label) for line in lines if line.startswith(label))


DOMAINS = r"""domains() {
  timeout 15 xl list | sed -nE \
    's/^(.*[^ ]) +([0-9]+) +([0-9]+) +[0-9]+ +([-?a-z]{6}) +[0-9.]+ *$/\2 \3 \4 \1/p'
}"""
"""A shell function that tells of each domain number, memory in MiB, state and name, which may hold
blanks. The state has six letters: r, b, p, s for shut down, why that (r, s, c, w), d for dying
(list_domains in Xen's tools/xl/xl_list.c).
"""

HYPERVISOR = Fact(
    name="hypervisor",
    script=DOMAINS
    + r"""
x=; [ -r /sys/hypervisor/type ] && read -r x </sys/hypervisor/type; echo "type: $x"
x=; [ -r /proc/xen/capabilities ] && read -r x </proc/xen/capabilities; echo "capabilities: $x"
[ -c /dev/kvm ] && echo "kvm: yes" || echo "kvm: no"
for f in /run/ganeti/kvm-hypervisor/pid/*; do
  [ -r "$f" ] && read -r p <"$f" && [ -d "/proc/$p" ] && echo "guest: ${f##*/}"
done
case $x in *control_d*)
  timeout 15 xl info
  domains | while read -r id mem state name; do
    case $id in 0) echo "dom0_mib: $mem"; continue ;; esac
    echo "guest: $name"
    case $state in ???s[rs]?) ;; ???s??) echo "ended: $name" ;; esac
  done ;;
esac""",
    parse=parse_hypervisor,
)
"""One that is suspended or reboots (ss, sr) goes on, as Ganeti sees it (lib/hypervisor/hv_xen.py,
_IsInstanceRunning).
"""
