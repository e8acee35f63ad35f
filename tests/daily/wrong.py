"""One thing wrong at a time: how a good scene is changed, and what must be said of it."""

from __future__ import annotations

import json

from tests.daily.bridges import BRIDGES_WRONG
from tests.daily.cron import CRON_WRONG
from tests.daily.drbd import DRBD_WRONG, Change
from tests.daily.kernels import KERNELS_WRONG
from tests.daily.mirrored import MIRRORED_WRONG
from tests.daily.reboots import REBOOTS_WRONG
from tests.daily.scene import DEAD, DF, LOCKED, NOW, Scene, records
from wizard.answers.backups import BackupHost
from wizard.model.verdicts import Level


def _back_up(scene: Scene) -> None:
    """Let the answers want backups."""
    scene.answers.backup.host = BackupHost(name="backup1.name.org", ip="192.168.0.115")


def _member(scene: Scene, short: str, *, offline: bool = False, candidate: bool = True) -> None:
    for host in ("node1", "node2"):
        data = json.loads(scene.raw[host]["ganeti"])
        for one in (data["config"] or {}).get("nodes", []):
            if one["name"].startswith(short):
                one.update(offline=offline, candidate=candidate)
        scene.raw[host]["ganeti"] = json.dumps(data, indent=1, sort_keys=True)


def _place(scene: Scene, df: str) -> None:
    """Let the answers want backups, and the backup host show this."""
    _back_up(scene)
    scene.raw["backup1"] = {"filesystems": df}


def _keep(full: str) -> Change:
    """Let node2 keep both volumes that were given up five days ago, one of them so full."""
    name = "gw-split-f2c80dff-7e9e-49bd-9f9b-4160ced4ab09.disk0_"
    rows = (
        f"  {name}data-20261117T160850Z|2147483648|{full}|xenvg\n"
        f"  {name}meta-20261117T160850Z|134217728|0.50|xenvg\n"
    )
    return lambda scene: scene.raw["node2"].update({"split-kept": f"{NOW}\n{rows}"})


WRONG: dict[str, tuple[Change, str, str, Level, str]] = {
    "what was given up is kept": (
        _keep("12.30"),
        "snapshots",
        "node2",
        Level.OK,
        "2 snapshots of what was given up in a split brain are left: 2.1 GiB, the oldest of 5 days "
        "ago, the fullest at 12 %",
    ),
    "what was given up is nearly lost": (
        _keep("91.70"),
        "snapshots",
        "node2",
        Level.WARNING,
        "disk0_data-20261117T160850Z is 92 % full",
    ),
    "what was given up is lost": (
        _keep("100.00"),
        "snapshots",
        "node2",
        Level.WARNING,
        "is full: what it kept is lost",
    ),
    "resync as recorded": (
        lambda s: s.take("node1", "md", "lvm/done"),
        "raid",
        "node1",
        Level.WARNING,
        "/dev/md1 synchronises (22 %)",
    ),
    "failed disk as recorded": (
        lambda s: s.take("node2", "md", "raid/failed-disk"),
        "raid",
        "node2",
        Level.CRITICAL,
        "/dev/md1 has lost 1 of its 2 halves (/dev/vdb2 failed); left: /dev/vda2",
    ),
    "member removed as recorded": (
        lambda s: s.take("node2", "md", "raid/member-removed"),
        "raid",
        "node2",
        Level.CRITICAL,
        "has lost 1 of its 2 halves; left: /dev/vda2",
    ),
    "rebuilding as recorded": (
        lambda s: s.take("node2", "md", "raid/recovering"),
        "raid",
        "node2",
        Level.WARNING,
        "/dev/md1 rebuilds its second half",
    ),
    "no data mirror": (
        lambda s: s.take("node2", "md", "raid/fresh"),
        "raid",
        "node2",
        Level.CRITICAL,
        "the data mirror /dev/md1 is not there",
    ),
    "volume group gone": (
        lambda s: s.take("node2", "lvm", "lvm/fresh"),
        "lvm",
        "node2",
        Level.CRITICAL,
        "the volume group xenvg is not there",
    ),
    **BRIDGES_WRONG,
    **CRON_WRONG,
    **DRBD_WRONG,
    **KERNELS_WRONG,
    **MIRRORED_WRONG,
    **REBOOTS_WRONG,
    "module not loaded": (
        lambda s: s.raw["node1"].update(replicas="== show\n== volumes\n"),
        "drbd",
        "node1",
        Level.CRITICAL,
        "module is not loaded",
    ),
    "daemon down": (
        lambda s: s.change("node1", "ganeti", '"ganeti-luxid"', '"other"'),
        "master",
        "node1",
        Level.CRITICAL,
        "do not run: ganeti-luxid",
    ),
    "node offline": (
        lambda s: _member(s, "node2", offline=True),
        "master",
        "node2",
        Level.WARNING,
        "marked offline",
    ),
    "no candidate": (
        lambda s: _member(s, "node2", candidate=False),
        "voting",
        "node2",
        Level.WARNING,
        "no master candidate",
    ),
    "vote switched off for good": (
        lambda s: s.raw["node1"].update(
            bypass='setting: LUXID_ARGS="--no-voting --yes-do-it"\ndaemon: ganeti-luxid\n'
        ),
        "voting",
        "node1",
        Level.CRITICAL,
        "--no-voting stands in /etc/default/ganeti",
    ),
    "daemons of an accident": (
        lambda s: s.raw["node1"].update(bypass="daemon: ganeti-luxid\ndaemon: ganeti-wconfd\n"),
        "voting",
        "node1",
        Level.WARNING,
        "ganeti-luxid and ganeti-wconfd run with --no-voting",
    ),
    "old configuration": (
        lambda s: s.change("node2", "ganeti", '"serial": 20', '"serial": 19'),
        "config",
        "node2",
        Level.WARNING,
        "holds configuration 19, the newest is 20",
    ),
    "verified before a change": (
        lambda s: s.change("node1", "reports", "serial 20 boot", "serial 18 boot"),
        "verify",
        "node1",
        Level.WARNING,
        "configuration 18, now 20",
    ),
    "verification with errors": (
        lambda s: s.take("node1", "reports", "console/synthetic-verification-has-errors"),
        "verify",
        "node1",
        Level.CRITICAL,
        "ENODE",
    ),
    "never verified": (
        lambda s: s.raw["node1"].update(reports=f"{NOW}\nsome-boot\n"),
        "verify",
        "node1",
        Level.UNKNOWN,
        "has not been run",
    ),
    "instance died": (
        lambda s: s.take("node2", "hypervisor", "instance/synthetic-died"),
        "instance",
        "",
        Level.CRITICAL,
        "inst1.name.org does not run",
    ),
    "instance runs twice": (
        lambda s: s.take("node1", "hypervisor", "instance/synthetic-runs-twice"),
        "instance",
        "",
        Level.CRITICAL,
        "runs on node1 and node2 at the same time",
    ),
    "volume locked": (
        lambda s: s.raw["inst1"].update(
            ciphers=LOCKED, standing="note   volume                   locked\n"
        ),
        "volume",
        "inst1",
        Level.CRITICAL,
        "secure is locked",
    ),
    "service dead on the open volume": (
        lambda s: s.raw["inst1"].update(standing=DEAD),
        "volume",
        "inst1",
        Level.CRITICAL,
        "/srv/data: not mounted; mariadb.service: does not run (inactive)",
    ),
    "settings of the volume gone": (
        lambda s: s.raw["inst1"].update(standing="rc: 2\n"),
        "volume",
        "inst1",
        Level.UNKNOWN,
        "status ended with 2",
    ),
    "guest silent": (
        lambda s: s.down("inst1"),
        "guest",
        "inst1",
        Level.CRITICAL,
        "inst1.name.org does not answer",
    ),
    "backup too old": (
        lambda s: s.raw["inst1"].update(records=records(backup=(5 * 86400, True, ""))),
        "backup",
        "inst1",
        Level.CRITICAL,
        "the last good backup is 5 days old",
    ),
    "backup late": (
        lambda s: s.raw["inst1"].update(records=records(backup=(40 * 3600, True, ""))),
        "backup",
        "inst1",
        Level.WARNING,
        "the last good backup is 40 hours old",
    ),
    "backup failed": (
        lambda s: s.raw["inst1"].update(records=records(backup=(3600, False, "host down"))),
        "backup",
        "inst1",
        Level.CRITICAL,
        "failed 60 minutes ago: host down; there is no good backup",
    ),
    "backup record damaged": (
        lambda s: s.raw["inst1"].update(
            records=records(backup=(60, True, "")).replace("time", "tim")
        ),
        "backup",
        "inst1",
        Level.UNKNOWN,
        "cannot be read",
    ),
    "clock of a record": (
        lambda s: s.raw["inst1"].update(records=records(backup=(-86400, True, ""))),
        "backup",
        "inst1",
        Level.UNKNOWN,
        "lies in the future",
    ),
    "repository never checked": (
        _back_up,
        "backup-check",
        "inst1",
        Level.WARNING,
        "no check of the repository was ever made",
    ),
    "repository checked, and the next check failed": (
        lambda s: (
            _back_up(s),
            s.raw["inst1"].update(
                records=records(backup_check=(86400, False, "host down")).replace(
                    "}", f', "last_good": {NOW - 7 * 86400}}}'
                )
            ),
        ),
        "backup-check",
        "inst1",
        Level.WARNING,
        "host down; the last good check of the repository is 7 days old",
    ),
    "config backup late": (
        lambda s: s.raw["node2"].update(records=records(config_backup=(5 * 3600, True, ""))),
        "config-backup",
        "node2",
        Level.WARNING,
        "5 hours old",
    ),
    "disk full": (
        lambda s: s.raw["inst1"].update(filesystems=DF.replace("40%   12% /", "97%   12% /")),
        "space",
        "inst1",
        Level.CRITICAL,
        "/: 97 % of its room used",
    ),
    "inodes used up": (
        lambda s: s.raw["node1"].update(filesystems=DF.replace("40%   12% /", "40%   91% /")),
        "space",
        "node1",
        Level.WARNING,
        "/: 91 % of its inodes used",
    ),
    "backups nearly full": (
        lambda s: _place(s, f"{DF}ext4 9000000000 300000000 97% 1% /srv\n"),
        "space",
        "backup1",
        Level.CRITICAL,
        "/srv: 97 % of its room used, 286 MiB free",
    ),
    "backups begin to fill the backup host": (
        lambda s: _place(s, DF.replace("40%   12% /", "86%   12% /")),
        "space",
        "backup1",
        Level.WARNING,
        "/: 86 % of its room used",
    ),
    "backup host away": (
        lambda s: (_back_up(s), s.down("backup1")),
        "space",
        "backup1",
        Level.WARNING,
        "the backup host does not answer, so its room is not known: backup1 cannot be reached",
    ),
}
"""By name: the change, and check, host, level and words of the verdict."""
