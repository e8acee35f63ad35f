"""The values that the cluster is made with, as Ganeti's options want them, and what of them has
drifted since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


def bounds(answers: Answers) -> Mapping[str, Mapping[str, int]]:
    """Instance policy: Ganeti's own, with a smallest disk that admits the article's 128 MiB of
    swap.
    """
    sizes = [size for one in answers.instance.wanted for size in (one.disk_mib, one.swap_mib)]
    memory = [one.memory_mib for one in answers.instance.wanted]
    low = {**_MIN, "disk-size": min([_MIN["disk-size"], *sizes])}
    high = {
        **_MAX,
        "disk-size": max([_MAX["disk-size"], *sizes]),
        "memory-size": max([_MAX["memory-size"], *memory]),
    }
    return {"min": low, "max": high}


def bounds_option(answers: Answers) -> str:
    """The value of --ipolicy-bounds-specs."""
    parts = bounds(answers).items()
    return "/".join(
        f"{name}:" + ",".join(f"{key}={n}" for key, n in spec.items()) for name, spec in parts
    )


def admits(config: Config, answers: Answers) -> bool:
    """Whether the cluster's policy admits every wanted instance."""
    sizes = [size for one in answers.instance.wanted for size in (one.disk_mib, one.swap_mib)]
    memory = [one.memory_mib for one in answers.instance.wanted]

    def within(spec: Mapping[str, Mapping[str, int]], key: str, values: Iterable[int]) -> bool:
        return all(
            spec["min"].get(key, 0) <= value <= spec["max"].get(key, value) for value in values
        )

    return any(
        within(one, "disk-size", sizes) and within(one, "memory-size", memory)
        for one in config.bounds
    )


def drbd(answers: Answers) -> dict[str, str]:
    """DRBD parameters of new disks.

    The resynchronisation has a ceiling, by which `dynamic-resync` is on: DRBD 8.4 runs its own
    controller by default and then does not heed a fixed rate. `--after-sb-1pri disconnect` ends
    Ganeti's default by which DRBD may settle a split brain alone and drop one side's data (Ganeti
    issue 846, administrator's guide).
    """
    ceiling = answers.cluster.resync_kib
    return {
        "dynamic-resync": "True",
        "c-plan-ahead": "20",
        "c-max-rate": str(ceiling),
        "c-min-rate": str(min(4096, ceiling // 4)),
        "resync-rate": str(ceiling),
        "net-custom": "--after-sb-1pri disconnect",
    }


def _pairs(values: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value.replace(',', chr(92) + ',')}" for key, value in values.items())


def drbd_option(values: Mapping[str, str]) -> str:
    """The value of -D."""
    return f"drbd:{_pairs(values)}"


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
    has = config.hvparams.get(hypervisor.name, {})
    params = {
        key: value for key, value in hypervisor.params if has.get(key, "").lower() != value.lower()
    }
    replication = {
        key: value for key, value in drbd(answers).items() if config.drbd.get(key) != value
    }
    found: tuple[str, ...] = ()
    if params:
        found += ("-H", f"{hypervisor.name}:{_pairs(params)}")
    if replication:
        found += ("-D", drbd_option(replication))
    if not admits(config, answers):
        found += ("--ipolicy-bounds-specs", bounds_option(answers))
    if config.link != answers.bridge.name:
        found += ("--nic-parameters", f"mode=bridged,link={answers.bridge.name}")
    return found
