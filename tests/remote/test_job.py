"""Ganeti jobs against a gnt-job of the tests' own, with messages shaped like the real one's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.hosts.server import Server
from tests.waiting import once
from wizard.base.errors import ConnectionLost, Unreachable, WizardError
from wizard.hosts.local import LocalHost
from wizard.hosts.ssh import SshHost
from wizard.remote import job as jobs
from wizard.remote import stream

_GNT_JOB = r"""#!/bin/sh
# gnt-job list|watch: a job is a folder with `log` (its messages) and `status`
state=@STATE@; verb=$1; for last; do :; done; job=$state/$last
if [ -e "$state/luxid-down" ]; then
  echo "Cannot communicate with the master daemon." >&2
  echo "Is it running and listening for connections?" >&2
  exit 1
fi
[ -d "$job" ] || {
  echo "Failure: prerequisites not met for this operation:" >&2
  echo "error type: unknown_entity, error details:" >&2
  echo "Job with id $last not found" >&2
  exit 1
}
case $verb in
  list) cat "$job/status";;
  watch)
    echo "Output from job $last follows"; echo "-----------------------------"
    tail -n +1 -s 0.2 -f "$job/log" & tail=$!
    trap 'kill $tail' EXIT; trap 'exit 143' TERM
    until grep -qE 'success|error|canceled' "$job/status"; do
      sleep 0.2
      [ ! -e "$state/luxid-down" ] || {
        echo "Cannot communicate with the master daemon." >&2
        exit 1
      }
    done
    sleep 0.5
    if grep -q error "$job/status"; then
      echo "Job $last failed: Failure: command execution error:" >&2
      echo "Can't create block device" >&2
      exit 1
    fi;;
esac
"""


FIRST = "creating instance disks"
"""What the job says at once."""


class Job:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.status("running")
        self.say(f"Thu Jan  1 00:00:01 2026 * {FIRST}...")

    def say(self, line: str) -> None:
        with (self.folder / "log").open("a") as file:
            file.write(line + "\n")

    def status(self, text: str) -> None:
        (self.folder / "status").write_text(text + "\n")


@pytest.fixture
def job(path: str, tmp_path: Path) -> Job:
    script = tmp_path / "bin" / "gnt-job"
    script.write_text(_GNT_JOB.replace("@STATE@", f"'{tmp_path}'"))
    script.chmod(0o755)
    return Job(tmp_path / "12")


def then(
    heard: list[str], words: str, *calls: Callable[[], object]
) -> AbstractContextManager[None]:
    """Beside the block: as soon as those words were heard, make the calls."""

    def all_calls() -> None:
        for call in calls:
            call()

    return once(lambda: words in "".join(heard), words, all_calls)


@pytest.mark.parametrize(
    "output",
    ["12\n", "JobID: 12\n", "12\nJobID: 12\n", "WARNING: 3 disks\n12\n", "Thu 1 a\nJobID: 12\n"],
)
def test_the_job_number_is_found(output: str) -> None:
    assert jobs.job_id(output) == 12


@pytest.mark.parametrize("output", ["", "Failure: prerequisites not met for this operation:\n"])
def test_no_job_number_says_what_was_printed(output: str) -> None:
    with pytest.raises(WizardError, match="no job number"):
        jobs.job_id(output)


def test_a_job_is_followed_to_its_success(here: LocalHost, job: Job) -> None:
    seen: list[str] = []
    wiping = "Thu Jan  1 00:00:02 2026 * wiping"
    with then(seen, FIRST, lambda: job.say(wiping), lambda: job.status("success")):
        assert jobs.follow(here, 12, seen.append, threading.Event()) == 0
    text = "".join(seen)
    assert FIRST in text and "wiping" in text
    assert jobs.status(here, 12) == "success" and "success" not in jobs.LIVE


def test_a_failed_job_says_why(here: LocalHost, job: Job) -> None:
    seen: list[str] = []
    with then(seen, FIRST, lambda: job.status("error")):
        assert jobs.follow(here, 12, seen.append, threading.Event()) == 1
    assert "job 12 ended as error" in "".join(seen) and "Can't create block device" in "".join(seen)


def test_a_canceled_job_is_no_success(here: LocalHost, job: Job) -> None:
    job.status("canceled")
    assert jobs.follow(here, 12, lambda _: None, threading.Event()) == 1


def test_an_unknown_job(here: LocalHost, job: Job) -> None:
    with pytest.raises(WizardError, match="does not know job 99"):
        jobs.status(here, 99)


def test_ganeti_may_be_silent_for_a_while(here: LocalHost, job: Job, tmp_path: Path) -> None:
    down = tmp_path / "luxid-down"
    seen: list[str] = []

    def answers_again() -> None:
        down.unlink()
        job.say("after the restart")
        job.status("success")

    silent = then(seen, FIRST, down.touch)
    with silent, then(seen, "Ganeti does not answer", answers_again):
        assert jobs.follow(here, 12, seen.append, threading.Event()) == 0
    text = "".join(seen)
    assert text.count(FIRST) == 1 and text.count("after the restart") == 1
    assert "Ganeti does not answer" in text


def test_but_not_for_ever(
    here: LocalHost, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PATIENCE", 0.5)
    (tmp_path / "luxid-down").touch()
    with pytest.raises(Unreachable, match="Ganeti does not answer"):
        jobs.status(here, 12)
    with pytest.raises(ConnectionLost, match="Ganeti does not answer"):
        jobs.follow(here, 12, lambda _: None, threading.Event())


def test_following_a_job_can_be_left(here: LocalHost, job: Job) -> None:
    stop = threading.Event()
    seen: list[str] = []
    with then(seen, FIRST, stop.set), pytest.raises(stream.LeftRunning):
        jobs.follow(here, 12, seen.append, stop)
    job.status("success")


@pytest.mark.sshd
def test_a_cut_connection_repeats_no_message(server: Server, there: SshHost, job: Job) -> None:
    seen: list[str] = []
    cut = then(seen, FIRST, server.cut)
    said = then(seen, "connection lost", lambda: job.say("second message"))
    with cut, said, then(seen, "second message", lambda: job.status("success")):
        assert jobs.follow(there, 12, seen.append, threading.Event()) == 0
    text = "".join(seen)
    assert text.count(FIRST) == 1 and text.count("second message") == 1
    assert "connection lost" in text
