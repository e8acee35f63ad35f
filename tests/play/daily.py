"""What a played machine says to the checks of health that no step of the build asks."""

from __future__ import annotations

from tests.daily.scene import DF, GUEST_MODULES, OPEN, REBOOTS, STANDING, records


def daily(name: str) -> dict[str, str]:
    """Facts of daily life of a good cluster: room on all file systems, and fresh records."""
    good = {"filesystems": DF, "bypass": "", "machine": "", "split-kept": "", "reboots": REBOOTS}
    if name.startswith("inst"):
        kept = records(backup=(7200, True, "5 tables"), restore_test=(20 * 86400, True, ""))
        inside = {"ciphers": OPEN, "standing": STANDING, "guest-modules": GUEST_MODULES}
        return {**good, **inside, "records": kept}
    return {
        **good,
        "unmirrored": "mirrored /\n",
        "dead-links": "",
        "records": records(config_backup=(900, True, "ok")),
    }
