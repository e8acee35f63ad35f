"""What mdadm.conf must say, so that a boot brings the mirror up under its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steps.disks.facts.mdconf import Conf
from wizard.model.step import THIS_STEP, Finding

CONF = "/etc/mdadm/mdadm.conf"


def left_out(host: str, conf: Conf, paths: Iterable[str]) -> Iterator[Finding]:
    """Partitions of which mdadm makes no array at boot, whatever is registered."""
    outside = [path for path in paths if not conf.admits(path)]
    if outside:
        yield Finding(
            host,
            what=f"the DEVICE lines of {CONF} leave {' and '.join(outside)} out: the mirror would "
            "not come up at boot",
            mend=f"write `DEVICE partitions` into {CONF} in their place, and look again",
        )


def unregistered(host: str, conf: Conf, uuid: str, device: str) -> Iterator[Finding]:
    """A mirror that is not registered once, or not yet in the copy that the early boot has."""
    if not conf.registered(uuid, device):
        yield Finding(
            host,
            what=f"{device} is not registered once in {CONF}",
            step=THIS_STEP,
        )
    for version in conf.stale:
        yield Finding(
            host,
            what=f"the initramfs of {version} is older than {CONF}",
            step=THIS_STEP,
        )
