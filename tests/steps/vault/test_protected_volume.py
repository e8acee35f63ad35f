"""The guest's own program, run by the shell with stand-ins for systemd: what it says of each
service, and its end.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.common.volume_layout import files, script
from wizard.answers import Volume

RUNS = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "Type": "simple",
    "NRestarts": "0",
}
SYSV = {**RUNS, "Type": "forking"}
STANDINS = {
    "systemctl": 'echo "$@" >>HERE/calls; [ "$1" != show ] || cat "HERE/units/$4/$3"',
    "journalctl": "printf 'two\\nlines\\n'",
    "mountpoint": '[ ! -e "HERE/unmounted$2" ]',
    "sleep": 'echo "sleep $1" >>HERE/calls',
}


class Guest:
    """An opened volume with MariaDB as preset and a service `billing` that the operator named."""

    def __init__(self, folder: Path, **units: dict[str, str]) -> None:
        self.folder, self.settings = folder, folder / "settings"
        for name, text in (
            (name, text.replace("HERE", str(folder))) for name, text in STANDINS.items()
        ):
            path = folder / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        for name in ("mariadb", "billing"):
            place = folder / "units" / f"{name}.service"
            place.mkdir(parents=True)
            for key, value in units.get(name, RUNS).items():
                (place / key).write_text(f"{value}\n")
        (folder / "secure").touch()
        written = files(Volume(services=["billing"], paths=["/srv/data"]), "77")
        self.settings.write_text(written["/etc/default/protected-volume"])

    def __call__(self, verb: str) -> tuple[int, str]:
        """The exit code and the output of the program."""
        text = (
            script()
            .replace("PATH=", f"PATH={self.folder}/bin:")
            .replace('[ -b "/dev/mapper/', f'[ -e "{self.folder}/')
        )
        text = text.replace("SETTINGS=/etc/default/protected-volume", f"SETTINGS={self.settings}")
        done = subprocess.run(
            ["sh", "-s", verb],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    @property
    def calls(self) -> list[str]:
        """What was asked of systemd, but for questions."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [line for line in lines if not line.startswith("show ")]


@pytest.mark.parametrize("verb", ["status", "unlock"])
@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({**RUNS, "ActiveState": "inactive"}, "does not run (inactive): two lines"),
        ({**RUNS, "ActiveState": "failed", "NRestarts": "5"}, "does not run (failed)"),
        ({**RUNS, "ActiveState": "activating"}, "does not run (activating)"),
        ({**SYSV, "SubState": "exited"}, "has ended: no process of it is left"),
        (
            {**RUNS, "LoadState": "not-found", "ActiveState": "inactive"},
            "is not installed, or its name is wrong",
        ),
    ],
)
def test_a_service_that_does_not_run_is_named(
    tmp_path: Path, verb: str, state: dict[str, str], word: str
) -> None:
    rc, said = Guest(tmp_path, billing=state)(verb)
    assert rc == 1
    bad = [line.split()[1] for line in said.splitlines() if line.startswith("FAILED")]
    assert bad == ["billing.service"]
    assert word in said and "ok     mariadb.service" in said


@pytest.mark.parametrize("verb", ["status", "unlock"])
@pytest.mark.parametrize("state", [RUNS, SYSV, {**RUNS, "Type": "oneshot", "SubState": "exited"}])
def test_a_service_that_runs_is_ok(tmp_path: Path, verb: str, state: dict[str, str]) -> None:
    rc, said = Guest(tmp_path, billing=state)(verb)
    assert rc == 0 and "ok     billing.service          runs" in said


def test_a_service_of_a_preset_may_come_later(tmp_path: Path) -> None:
    rc, said = Guest(
        tmp_path, mariadb={**RUNS, "LoadState": "not-found", "ActiveState": "inactive"}
    )("unlock")
    assert rc == 0 and "note   mariadb.service          is not installed" in said


def test_services_are_looked_at_some_seconds_after_their_start(tmp_path: Path) -> None:
    guest = Guest(tmp_path, billing={**RUNS, "NRestarts": "2"})
    rc, said = guest("unlock")
    assert rc == 1 and "FAILED billing.service          ended 2 times" in said
    assert guest.calls[-2:] == ["start mariadb.service billing.service", "sleep 5"]


def test_a_service_without_a_process_is_stopped_before_its_start(tmp_path: Path) -> None:
    guest = Guest(tmp_path, billing={**SYSV, "SubState": "exited"})
    guest("unlock")
    assert guest.calls.index("stop billing.service") < guest.calls.index(
        "start mariadb.service billing.service"
    )


def test_every_mount_point_counts(tmp_path: Path) -> None:
    guest = Guest(tmp_path)
    (tmp_path / "unmounted" / "srv").mkdir(parents=True)
    (tmp_path / "unmounted" / "srv" / "data").touch()
    rc, said = guest("status")
    assert (
        rc == 1
        and "FAILED /srv/data                not mounted" in said
        and "ok     /var/lib/mysql" in said
    )


def test_an_empty_directory_is_never_mounted_over_data_that_was_not_moved(tmp_path: Path) -> None:
    guest = Guest(tmp_path)
    (tmp_path / "unmounted" / "srv").mkdir(parents=True)
    (tmp_path / "unmounted" / "srv" / "data").touch()
    rc, said = guest("unlock")
    assert rc == 1 and "FAILED /srv/data                is not on the volume yet" in said
    assert not (tmp_path / "calls").exists() or not [
        call for call in guest.calls if call.startswith("start")
    ]


@pytest.mark.parametrize("verb", ["status", "lock", "unlock"])
@pytest.mark.parametrize("text", [None, "", "MAPPER=secure\n"])
def test_without_whole_settings_nothing_is_done(
    tmp_path: Path, verb: str, text: str | None
) -> None:
    guest = Guest(tmp_path)
    guest.settings.unlink()
    if text is not None:
        guest.settings.write_text(text)
    rc, said = guest(verb)
    assert rc == 6 and said.startswith("FAILED settings") and not (tmp_path / "calls").exists()


def test_locked_is_told_apart(tmp_path: Path) -> None:
    guest = Guest(tmp_path)
    (tmp_path / "secure").unlink()
    assert guest("status") == (5, "note   volume                   locked\n")
