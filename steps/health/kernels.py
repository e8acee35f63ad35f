"""Check of the kernel that an instance boots at its next start: it is the node's, and comes without
its modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.health.facts.modules import MODULES
from steps.health.look import Look
from steps.platform.facts.boot import BOOT
from wizard.base.names import together
from wizard.model.verdicts import Level, Verdict

_VERSION = re.compile(r"vmlinuz-([A-Za-z0-9][A-Za-z0-9.+~_-]*)")
_HOOK = "/etc/ganeti/instance-debootstrap/hooks/gw-50-modules"


def kernels(look: Look) -> Iterator[Verdict]:
    """Each instance that boots the nodes' kernel has the modules of the one that it boots next."""
    link = "/boot/vmlinuz-3-kvmU" if _is_kvm(look) else "/boot/vmlinuz-3-xenU"
    nodes_of = _next_kernels(look, link)
    judged = False
    wrong: list[Verdict] = []
    for name, full in look.guests:
        if name not in look.facts.raw:
            continue
        seen = look.facts.of(name, MODULES)
        if not seen.running or seen.own:
            # Nothing was told, or it brings a kernel of its own.
            continue
        judged = True
        for version, nodes in nodes_of.items():
            if version not in seen.versions:
                wrong.append(_lacking(name, full, version, nodes, link))
    yield from wrong
    if judged and nodes_of and not wrong:
        what = "every instance has the modules of the kernel that it boots next"
        yield Verdict("kernel", "", Level.OK, what=what)


def _is_kvm(look: Look) -> bool:
    return look.answers.xen.hypervisor == "kvm"


def _next_kernels(look: Look, link: str) -> dict[str, list[str]]:
    """The versions that instances are booted with, each with the nodes that do so."""
    nodes_of: dict[str, list[str]] = {}
    for node in look.seen:
        found = _VERSION.fullmatch(look.facts.of(node.short, BOOT).link(link))
        if found:
            nodes_of.setdefault(found[1], []).append(node.short)
    return nodes_of


def _lacking(name: str, full: str, version: str, nodes: list[str], link: str) -> Verdict:
    copied = (
        f"t=$(mktemp -d); TARGET=$t INSTANCE_HV_kernel_path={link} {_HOOK}; "
        f"tar -C $t/lib/modules -cf - {version} | ssh {full} tar -C /lib/modules -xf -; rm -r $t"
    )
    return Verdict(
        "kernel",
        name,
        Level.WARNING,
        what=f"it has no modules of kernel {version}, which it boots at its next start on "
        f"{together(nodes)}: what the node's initramfs does not load is missing then, such as "
        "packet filters, tunnels, further file systems",
        mend=f"on {nodes[0]}: {copied}; what opens an encrypted volume comes with the initramfs "
        "(ganeti-wizard apply xen)",
    )
