"""After the build: Ganeti's own export of the instance with all its disks, and what an import makes
of it.
"""

from __future__ import annotations

import sys

from tests.acceptance.database import wait_up
from tests.acceptance.lab import Lab

INSTANCE, COPY = "inst1.name.org", "copy1.name.org"
PLACE = f"/var/lib/ganeti/export/{INSTANCE}"
TRIES = 3
"""Ganeti gives an import 10 s to listen and 60 s to be called; emulated nodes, one of them booting
the instance just then, at times need longer. The job fails, cleans up, and can be given again.
"""
VOLUMES = (
    "lvs --noheadings -o lv_path -S lv_tags=originstname+{} | awk '/disk{}(_data)?$/ {{print $1}}'"
)
DIGEST = "head -c $(stat -c %s {0}) {1} | sha256sum | cut -c -64"


def shell(lab: Lab, node: str, script: str, timeout: float = 1800) -> str:
    """What a script on a node says."""
    said = lab.ssh(node, script, timeout=timeout).strip()
    print(f"{node}: {script}\n{said}", flush=True)
    return said


def main() -> int:
    """On the lab of GANETI_WIZARD_LAB, after the build; the instance is stopped for the snapshots
    and stays locked.
    """
    from wizard.lab.base.paths import default_lab_dir

    lab = Lab(default_lab_dir(), 0)
    lab.wizard("--lab", "apply", "osdef")
    for _ in range(TRIES):
        if lab.wizard("--lab", "export", "apply", ok=(0, 1)).returncode == 0:
            break
        wait_up(lab)
    assert "0 commands planned" in lab.wizard("--lab", "export", "plan").stdout
    wait_up(lab)
    dumps = shell(lab, "node1", f"ls {PLACE}/*.snap; cat {PLACE}/config.ini; lvs").split()
    dumps = [word for word in dumps if word.endswith(".snap") and word.startswith("/")]
    assert len(dumps) == 3, dumps
    assert not shell(lab, "node2", "lvs --noheadings -o lv_name | grep snap || :")
    copied = (
        f"gnt-backup import -n node1.name.org --src-node=node1.name.org --src-dir={PLACE} -t plain"
    )
    shell(lab, "node1", f"{copied} --no-name-check --no-ip-check --no-nics --no-start {COPY}")
    for number in (1, 2):
        dump = shell(lab, "node1", f"sed -n 's/^disk{number}_dump = //p' {PLACE}/config.ini")
        volume = shell(lab, "node1", VOLUMES.format(COPY, number))
        digests = {
            shell(lab, "node1", DIGEST.format(f"{PLACE}/{dump}", path))
            for path in (f"{PLACE}/{dump}", volume)
        }
        assert len(digests) == 1, digests
    root = shell(lab, "node1", VOLUMES.format(COPY, 0))
    assert "bookworm" in shell(
        lab, "node1", f"mount -r {root} /mnt; cat /mnt/etc/os-release; umount /mnt"
    )
    shell(
        lab,
        "node1",
        f"gnt-instance remove -f {COPY}; gnt-backup remove {INSTANCE}; gnt-cluster verify "
        "--error-codes",
    )
    print("export: 5 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
