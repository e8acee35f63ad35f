"""What a played machine says to the checks of health that no step of the build asks."""

from __future__ import annotations

from tests.daily.scene import DF, OPEN, STANDING, records


def daily(name: str) -> dict[str, str]:
    """Facts of daily life of a good cluster: room on all file systems, and fresh records."""
    good = {"filesystems": DF, "bypass": "", "machine": "", "split-kept": ""}
    if name.startswith("inst"):
        kept = records(backup=(7200, True, "5 tables"), restore_test=(20 * 86400, True, ""))
        return {**good, "ciphers": OPEN, "standing": STANDING, "records": kept}
    return {**good, "records": records(config_backup=(900, True, "ok"))}
