"""A whole cluster out of recorded facts of several steps, and made-up changes to it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from steps.health import CHECKUP
from tests.cases import case_path
from wizard.answers import Answers
from wizard.base.errors import Unreachable
from wizard.model.facts import Facts
from wizard.model.verdicts import Report, Verdict

NOW = 1795363730
"""The clock of the recorded reports."""
DF = (
    "Type    1B-blocks       Avail Use% IUse% Mounted on\n"
    "ext4   4222427136  2431021056   40%   12% /\n"
    "ext4    535805952   301989888   41%    1% /boot\n"
)
OPEN = (
    '{"blockdevices": [{"path": "/dev/xvda", "type": "disk", "fstype": null, '
    '"mountpoints": [null], "children": ['
    '{"path": "/dev/xvda1", "type": "part", "fstype": "ext4", "mountpoints": ["/"]}]},'
    '{"path": "/dev/xvdb", "type": "disk", "fstype": "swap", "mountpoints": ["[SWAP]"]},'
    '{"path": "/dev/xvdc", "type": "disk", "fstype": "crypto_LUKS", "mountpoints": [null], '
    '"children": ['
    '{"path": "/dev/mapper/secure", "type": "crypt", "fstype": "ext4", "mountpoints": '
    '["/srv/secure"]}]}]}\n'
    "== crypttab\nsecure /dev/xvdc luks,noauto\n== mapped\nsecure\t(254:0)\n== luks\n/dev/xvdc\n"
)
LOCKED = (
    '{"blockdevices": [{"path": "/dev/xvdc", "type": "disk", "fstype": "crypto_LUKS", '
    '"mountpoints": [null]}]}\n'
    "== crypttab\nsecure /dev/xvdc luks,noauto\n== mapped\nNo devices found\n== luks\n/dev/xvdc\n"
)
CRON_WORKS = "Id=cron.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
CRON_LACKS = "Id=cron.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
WATCHER = (
    f"{CRON_WORKS}\n"
    "Id=cronie.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
    f"== asked\n/etc/cron.d/ganeti\n== numbers\nran: {NOW - 120}\nnow: {NOW}\nuptime: 90000\n"
    "paused: \nganeti: 1\n"
)
REBOOTS = (
    "apt: yes\nreboot: false\nat: \nperiodic: 1\nenable: \nprogram: yes\ntimer: enabled\nslept: 0\n"
)
"""unattended-upgrades is at work, and reboots nothing: its default."""
GUEST_MODULES = "running 6.1.0-56-amd64\nmodules 6.1.0-56-amd64\n"
STANDING = "ok     volume                   open\nok     /var/lib/mysql           mounted\nrc: 0\n"
DEAD = (
    "ok     volume                   open\nok     /var/secure              mounted\n"
    "FAILED /srv/data                not mounted\n"
    "FAILED mariadb.service          does not run (inactive): mariadb.service: Deactivated "
    "successfully.\nrc: 1\n"
)


@cache
def _case(name: str) -> dict[str, dict[str, str]]:
    facts: dict[str, dict[str, str]] = json.loads(case_path(*name.split("/")).read_text())["facts"]
    return facts


def records(**given: tuple[float, bool, str]) -> str:
    """The text of the records fact: per name the age in seconds, whether all went well, a word."""
    text = f"{NOW}\n"
    for name, (age, ok, message) in given.items():
        path = f"/var/lib/ganeti-wizard/{name.replace('_', '-')}.json"
        text += (
            f"==> {path} <==\n{json.dumps({'time': NOW - age, 'ok': ok, 'message': message})}\n\n"
        )
    return text


class Scene:
    """Raw facts by host. `down` takes a host away."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.raw: dict[str, dict[str, str]] = {}
        self.missing: dict[str, Any] = {}
        disks, cluster, console = _case("lvm/done"), _case("instance/done"), _case("console/done")
        for host in ("node1", "node2"):
            texts = {**console[host], **cluster[host]}
            texts |= {name: disks[host][name] for name in ("md", "lvm", "disks")}
            texts |= {
                "filesystems": DF,
                "bypass": "",
                "split-kept": "",
                "machine": "",
                "clock": f"{NOW}\n",
                "journal": "disk\n",
                "packet-filter": "",
                "watcher": WATCHER,
                "reboots": REBOOTS,
                "unmirrored": "mirrored /\n",
                "dead-links": "",
                "boot": _case("xen/done")[host]["boot"],
                "xen_files": _case("xen/done")[host]["xen_files"],
                "records": records(config_backup=(900, True, "ok")),
            }
            self.raw[host] = texts
        self.raw["inst1"] = {
            "filesystems": DF,
            "ciphers": OPEN,
            "standing": STANDING,
            "reboots": REBOOTS,
            "guest-modules": GUEST_MODULES,
            "records": records(
                backup=(7200, True, "5 tables"), restore_test=(20 * 86400, True, "")
            ),
        }

    def down(self, host: str) -> Scene:
        """Let a host not answer."""
        self.raw.pop(host, None)
        self.missing[host] = Unreachable(
            f"{host} cannot be reached", where=host, mend="check that it is on"
        )
        return self

    def change(self, host: str, fact: str, old: str, new: str) -> Scene:
        """Replace a text in a fact; it must be there."""
        assert old in self.raw[host][fact], (
            f"{old!r} is not in {fact} of {host}: {self.raw[host][fact][:2000]}"
        )
        self.raw[host][fact] = self.raw[host][fact].replace(old, new)
        return self

    def take(self, host: str, fact: str, case: str, case_host: str = "") -> Scene:
        """Replace a fact by that of a recorded case."""
        self.raw[host][fact] = _case(case)[case_host or host][fact]
        return self

    @property
    def facts(self) -> Facts:
        """As gathered."""
        return Facts(self.raw, self.missing)

    @property
    def report(self) -> Report:
        """All verdicts."""
        return Report(
            self.answers.hosts.cluster_name, tuple(CHECKUP.judge(self.answers, self.facts))
        )

    def bad(self) -> list[Verdict]:
        """The verdicts that are neither ok nor absent."""
        return [one for one in self.report.sorted if one.level.rank > 1]
