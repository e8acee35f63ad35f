"""The program that copies a configuration on a node, run here on a folder with the same layout."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from steps.backup.facts.configbackup import CONF
from steps.recover.adopt.configuration import read
from steps.recover.facts.cluster import CLUSTER_FILE, parse
from steps.recover.facts.kit import BACKUP_TOLD
from tests.cases import answers_of
from tests.steps.recover.adopt.configdata import CANARY, configuration
from tests.steps.recover.adopt.foreign import foreign
from wizard.answers import Answers


def told(folder: Path, config: str) -> str:
    """What a node with that config.data says."""
    (folder / "config.data").write_text(config)
    script = CLUSTER_FILE.script_for(Answers(), "node1").replace("/var/lib/ganeti", str(folder))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("data", [configuration(answers_of({})), foreign()])
def test_all_that_is_read_is_told_and_no_secret(tmp_path: Path, data: object) -> None:
    text = told(tmp_path, json.dumps(data))
    assert CANARY in json.dumps(data)
    assert CANARY not in text
    assert parse(text).known == read(data)


def test_a_reservation_is_no_instance_and_breaks_nothing(tmp_path: Path) -> None:
    """gnt-instance add --forthcoming: only the uuid must be there (design-reservations)."""
    data = configuration(answers_of({}))
    known = read(data)
    reserved = {"uuid": "00000000-0000-4000-8000-000000000005", "forthcoming": True}
    data["instances"][reserved["uuid"]] = reserved
    data["disks"][reserved["uuid"]] = {**reserved, "dev_type": "drbd"}
    assert parse(told(tmp_path, json.dumps(data))).known == known


def test_an_address_is_looked_up_on_the_node(tmp_path: Path) -> None:
    data = configuration(answers_of({}))
    (instance,) = data["instances"].values()
    instance["nics"] = [{"mac": "aa:00:42:00:00:00"}]
    instance["name"] = "localhost.localdomain"
    text = told(tmp_path, json.dumps(data))
    known = parse(text).known
    assert known is not None
    assert known.machines[0].ip == ""
    # What the resolver of this machine says is no address that an instance can have.
    assert json.loads(text)["resolved"].get("localhost.localdomain", "127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize("config", ["", "{", "[]", "{}", '{"cluster": 1, "nodes": 2}'])
def test_what_is_no_configuration_is_told_with_the_reason(tmp_path: Path, config: str) -> None:
    seen = parse(told(tmp_path, config))
    assert seen.known is None
    assert seen.broken


def test_no_file_is_told_as_nothing(tmp_path: Path) -> None:
    assert parse("").known is None
    script = CLUSTER_FILE.script_for(Answers(), "node1").replace("/var/lib/ganeti", str(tmp_path))
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout == b""


@pytest.mark.parametrize("place", ["gw-node1@127.0.0.1", ""])
def test_where_the_copies_go_is_read_and_never_run(tmp_path: Path, place: str) -> None:
    conf = tmp_path / "conf"
    conf.write_text(f"PLACE={shlex.quote(place)}\nSFTP='sftp -i /x'\ntouch {tmp_path}/ran\n")
    script = BACKUP_TOLD.script_for(Answers(), "node1").replace(CONF, str(conf))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert BACKUP_TOLD.parse(done.stdout).ip == place.partition("@")[2]
    assert done.stderr == ""
    assert not (tmp_path / "ran").exists()
