"""Check of the kernel that an instance boots at its next start: it is the node's, and comes without
its modules.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.osdef import HOOKS
from steps.guest.kernels import kernel_path, version_at
from steps.health.facts.modules import MODULES
from steps.health.look import Look
from steps.platform.facts.boot import BOOT
from wizard.base.names import together
from wizard.model.verdicts import Level, Verdict

_HOOK = f"{HOOKS}/gw-50-modules"


def kernels(look: Look) -> Iterator[Verdict]:
    """Each instance that boots the nodes' kernel has the modules of the one that it boots next."""
    judged = False
    wrong: list[Verdict] = []
    for name, full in look.guests:
        if name not in look.facts.raw:
            continue
        seen = look.facts.of(name, MODULES)
        if not seen.running or seen.own:
            # Nothing was told, or it brings a kernel of its own.
            continue
        path = kernel_path(look.config, look.answers.xen.hypervisor, full)
        for version, nodes in _next_kernels(look, path).items():
            judged = True
            if version not in seen.versions:
                wrong.append(_lacking(name, full, version, nodes, path))
    yield from wrong
    if judged and not wrong:
        what = "every instance has the modules of the kernel that it boots next"
        yield Verdict("kernel", "", Level.OK, what=what)


def _next_kernels(look: Look, path: str) -> dict[str, list[str]]:
    """The versions that a link leads to, each with the nodes on which it does."""
    nodes_of: dict[str, list[str]] = {}
    for node in look.seen:
        version = version_at(look.facts.of(node.short, BOOT), path)
        if version:
            nodes_of.setdefault(version, []).append(node.short)
    return nodes_of


def _lacking(name: str, full: str, version: str, nodes: list[str], path: str) -> Verdict:
    copied = (
        f"t=$(mktemp -d); TARGET=$t INSTANCE_HV_kernel_path={path} {_HOOK}; "
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
