"""Which recorded cases show a machine before and after each step, in the order of the build."""

from __future__ import annotations

STAGES: dict[str, tuple[str, ...]] = {
    "partition": ("partition/fresh-dos", "raid/fresh"),
    "raid": ("raid/fresh", "lvm/fresh"),
    "hosts": ("hosts/fresh", "hosts/done trust/fresh"),
    "bridge": ("bridge/fresh", "bridge/done"),
    "trust": ("trust/fresh", "trust/done"),
    "lvm": ("lvm/fresh", "lvm/done"),
    "packages": ("packages/fresh", "packages/done"),
    "xen": ("xen/fresh", "xen/done"),
    "grub": ("grub/fresh", "grub/done reboot/fresh"),
    "reboot": ("reboot/fresh", "reboot/done lvmfilter/fresh"),
    "drbd": ("drbd/fresh", "drbd/done"),
    "lvmfilter": ("lvmfilter/fresh", "lvmfilter/done"),
    "cluster": ("cluster/fresh", "cluster/done node/new"),
    "node": ("node/new", "node/done instance/synthetic-fresh"),
    "osdef": ("osdef/fresh", "osdef/synthetic-done"),
    "instance": ("instance/synthetic-fresh", "instance/done"),
    "console": ("console/synthetic-fresh", "console/done"),
    "guest": ("guest/fresh", "guest/synthetic-done"),
    "vault": (
        "vault/synthetic-no-disk-yet",
        "vault/synthetic-fresh",
        "vault/synthetic-done-open",
    ),
    "backup": (
        "backup/fresh",
        "backup/account-and-key-made",
        "backup/never-checked",
        "backup/synthetic-done-and-checked",
    ),
    "bacula": (
        "bacula/fresh",
        "bacula/request-made",
        "bacula/certificate-signed",
        "bacula/no-backup-yet",
        "bacula/done",
    ),
    "restoretest": ("restoretest/never", "restoretest/done"),
    "configbackup": ("configbackup/fresh", "configbackup/keys-made", "configbackup/done"),
}
"""Step id → cases (STEP/CASE): before the step, then after each run of what it plans. Of several
cases in one place, a later one shows what an earlier one does not.
"""

LEFT_OUT = frozenset(
    {
        ("instance/synthetic-fresh", "osdef"),
        ("instance/done", "osdef"),
        ("guest/fresh", "ganeti"),
        ("guest/synthetic-done", "ganeti"),
        ("vault/synthetic-no-disk-yet", "ganeti"),
        ("vault/synthetic-fresh", "ganeti"),
        ("vault/synthetic-done-open", "ganeti"),
        ("bacula/fresh", "backup-client"),
        ("restoretest/never", "backup-client"),
    }
)
"""(case, fact) from another cluster, or an older version, than the cases around it."""

ONLY = {"restoretest/done": {"backup-client": ("restore-test.json",)}}
"""Case → fact → sections that are new in it; the others belong to a step before."""

GUEST_KEY = (
    "AAAAC3NzaC1lZDI1NTE5AAAAIBrNDj1hmiTJK8RYrfNqwr8MjZMtcuEAGC1mb2ePNQjP",
    "AAAAC3NzaC1lZDI1NTE5AAAAII6RTdac6IcQge3WixoGfEG97778mXpMrBINBim/uCmc",
)
"""The guest's public key as one recording has it, and as the others do."""

ANSWERS = {
    "guest": {
        "locales": ["de_DE.UTF-8"],
        "timezone": "Europe/Moscow",
        "proxy": "http://192.168.0.111:3128",
        "root_password": True,
        "standard": False,
    },
    "vault": {
        "volumes": [
            {
                "instance": "inst1.name.org",
                "size_mib": 400,
                "second": True,
                "recovery": True,
                "paths": ["/srv/data"],
            }
        ]
    },
    "backup": {"host": {"name": "backup1.name.org", "ip": "192.168.0.120"}},
}
"""What the operator of the recorded cluster had decided; all else is as suggested."""
