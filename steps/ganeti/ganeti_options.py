"""The values that the cluster is made with, as Ganeti's options want them, and what of them has
drifted since.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from steps.common.versions import Hypervisor
from steps.ganeti.facts.ganeti import Config
from wizard.answers import Answers

META_MIB = 128
"""Metadata volume of each DRBD disk (Ganeti's constants, DRBD_META_SIZE)."""
_MIN = {
    "cpu-count": 1,
    "disk-count": 1,
    "disk-size": 128,
    "memory-size": 128,
    "nic-count": 1,
    "spindle-use": 1,
}
_MAX = {
    "cpu-count": 32,
    "disk-count": 16,
    "disk-size": 2097152,
    "memory-size": 65536,
    "nic-count": 8,
    "spindle-use": 12,
}


def _disk_sizes(answers: Answers) -> list[int]:
    sizes: list[int] = []
    for instance in answers.instance.wanted:
        sizes += [instance.disk_mib, instance.swap_mib]
    return sizes


def _memory_sizes(answers: Answers) -> list[int]:
    return [instance.memory_mib for instance in answers.instance.wanted]


def bounds(answers: Answers) -> Mapping[str, Mapping[str, int]]:
    """Instance policy: Ganeti's own, with a smallest disk that admits the article's 128 MiB of
    swap.
    """
    disks = _disk_sizes(answers)
    memory = _memory_sizes(answers)
    smallest = {**_MIN, "disk-size": min([_MIN["disk-size"], *disks])}
    largest = {
        **_MAX,
        "disk-size": max([_MAX["disk-size"], *disks]),
        "memory-size": max([_MAX["memory-size"], *memory]),
    }
    return {"min": smallest, "max": largest}


def bounds_option(answers: Answers) -> str:
    """The value of --ipolicy-bounds-specs."""
    return bounds_text([bounds(answers)])


def bounds_text(several: Sequence[Mapping[str, Mapping[str, int]]]) -> str:
    """Bounds as --ipolicy-bounds-specs takes them, two slashes between alternatives."""
    return "//".join(_one_bound(limits) for limits in several)


def _one_bound(limits: Mapping[str, Mapping[str, int]]) -> str:
    parts = []
    for name in ("min", "max"):
        values = ",".join(f"{key}={value}" for key, value in limits[name].items())
        parts.append(f"{name}:{values}")
    return "/".join(parts)


def admits(config: Config, answers: Answers) -> bool:
    """Whether the cluster's policy admits every wanted instance."""
    disks = _disk_sizes(answers)
    memory = _memory_sizes(answers)
    # Of several bounds an instance has to keep one, as a whole: gnt-cluster(8),
    # --ipolicy-bounds-specs.
    for spec in config.bounds:
        if _within(spec, "disk-size", disks) and _within(spec, "memory-size", memory):
            return True
    return False


def _within(spec: Mapping[str, Mapping[str, int]], key: str, values: list[int]) -> bool:
    smallest = spec["min"].get(key, 0)
    largest = spec["max"].get(key, math.inf)
    return all(smallest <= value <= largest for value in values)


def drbd(answers: Answers) -> dict[str, str]:
    """DRBD parameters of new disks.

    The resynchronisation has a ceiling, by which `dynamic-resync` is on: DRBD 8.4 runs its own
    controller by default and then does not heed a fixed rate. The policies after a split brain end
    Ganeti's own (discard-zero-changes, consensus), by which DRBD may settle it alone and drop one
    side's data (lib/storage/drbd_cmdgen.py; Ganeti issue 846, administrator's guide): it
    disconnects, whether none or one of the sides is primary. With two it does so anyway.
    They hold from a disk's next connection on.
    """
    ceiling = answers.cluster.resync_kib
    return {
        "dynamic-resync": "True",
        "c-plan-ahead": "20",
        "c-max-rate": str(ceiling),
        "c-min-rate": str(min(4096, ceiling // 4)),
        "resync-rate": str(ceiling),
        "net-custom": "--after-sb-0pri disconnect --after-sb-1pri disconnect",
    }


def escaped(value: str) -> str:
    """A value as it stands among others in one option: a comma begins the next
    (lib/utils/text.py, UnescapeAndSplit).
    """
    return value.replace(",", r"\,")


def pairs(values: Mapping[str, str]) -> str:
    """Parameters and their values as one option takes them."""
    return ",".join(f"{key}={escaped(value)}" for key, value in values.items())


def drbd_option(values: Mapping[str, str]) -> str:
    """The value of -D."""
    return f"drbd:{pairs(values)}"


def init(answers: Answers, hypervisor: Hypervisor, helper: str) -> tuple[str, ...]:
    """The whole `gnt-cluster init`. /etc/hosts stays the wizard's (step `hosts`), so
    --no-etc-hosts.
    """
    bridge = answers.bridge.name
    return (
        *("gnt-cluster", "init", "--vg-name", answers.lvm.vg),
        *("--master-netdev", bridge, "--master-netmask", str(answers.bridge.prefix)),
        *("--enabled-hypervisors", hypervisor.name, "--enabled-disk-templates", "drbd,plain"),
        *("--drbd-usermode-helper", helper, "--nic-parameters", f"mode=bridged,link={bridge}"),
        *("--mac-prefix", answers.cluster.mac_prefix, "-H", hypervisor.option),
        *("-D", drbd_option(drbd(answers)), "--ipolicy-bounds-specs", bounds_option(answers)),
        *("--default-iallocator", "hail", "--no-etc-hosts", answers.hosts.cluster_name),
    )


def modify(answers: Answers, config: Config, hypervisor: Hypervisor) -> tuple[str, ...]:
    """The options of `gnt-cluster modify` that bring the cluster to the answers; empty when it is
    there.
    """
    options: list[str] = []
    params = differing_params(config, hypervisor)
    if params:
        options += ["-H", f"{hypervisor.name}:{pairs(params)}"]
    replication = differing_drbd(config, drbd(answers))
    if replication:
        options += ["-D", drbd_option(replication)]
    if not admits(config, answers):
        options += ["--ipolicy-bounds-specs", bounds_option(answers)]
    if config.link != answers.bridge.name:
        options += ["--nic-parameters", f"mode=bridged,link={answers.bridge.name}"]
    return tuple(options)


def differing_params(config: Config, hypervisor: Hypervisor) -> dict[str, str]:
    """The hypervisor's parameters that are to become others, with their new values."""
    actual = config.hvparams.get(hypervisor.name, {})
    differing = {}
    for key, value in hypervisor.params:
        # Ganeti keeps "true" as a boolean, which the probe prints as "True".
        if actual.get(key, "").lower() != value.lower():
            differing[key] = value
    return differing


def differing_drbd(config: Config, expected: Mapping[str, str]) -> dict[str, str]:
    """The parameters of DRBD that are to become others, with their new values."""
    return {key: value for key, value in expected.items() if config.drbd.get(key) != value}
