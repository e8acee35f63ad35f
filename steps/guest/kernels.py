"""The kernel that an instance boots: a file on the node that starts it, named by a link that
follows the node's own upgrades. Each node has its own link, and an instance has
the modules of the kernels that were copied into it.
"""

from __future__ import annotations

import re

from steps.common.versions import GUEST_KERNELS
from steps.ganeti.facts.ganeti import Config
from steps.platform.facts.boot import Boot

_VERSION = re.compile(r"(?:vmlinuz|initrd\.img)-([A-Za-z0-9][A-Za-z0-9.+~_-]*)")


def parameter(config: Config | None, hypervisor: str, full: str, key: str, otherwise: str) -> str:
    """A hypervisor's parameter of an instance: its own, else the cluster's, else what is said."""
    value = otherwise
    if config is not None:
        value = config.hvparams.get(hypervisor, {}).get(key, value)
        for guest in config.instances:
            if guest.name == full:
                value = guest.hvparams.get(key, value)
    return value


def kernel_path(config: Config | None, hypervisor: str, full: str) -> str:
    """The file on the nodes that an instance is booted with, by the cluster's configuration."""
    return parameter(config, hypervisor, full, "kernel_path", GUEST_KERNELS[hypervisor])


def version_at(boot: Boot, path: str) -> str:
    """The version that a link below /boot leads to; "" where it leads to none that is known."""
    found = _VERSION.fullmatch(boot.link(path))
    return found[1] if found else ""
