"""The programs that read Ganeti's files on a node: run here on a folder with the same layout,
secrets included.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from steps.ganeti.facts import ganeti, jobs
from steps.ganeti.facts.ganeti_probe import PROGRAM

SECRET = "s3cr3t-canary"
NODE1 = "00000000-0000-4000-8000-000000000001"
NODE2 = "00000000-0000-4000-8000-000000000002"
INST = "00000000-0000-4000-8000-000000000003"
DRBD = "00000000-0000-4000-8000-000000000004"
CONFIG = {
    "serial_no": 7,
    "cluster": {
        "cluster_name": "cluster1.name.org",
        "master_ip": "192.168.0.113",
        "master_node": NODE1,
        "master_netdev": "xenbr0",
        "master_netmask": 24,
        "volume_group_name": "xenvg",
        "mac_prefix": "aa:00:42",
        "enabled_hypervisors": ["xen-pvm"],
        "hvparams": {"xen-pvm": {"kernel_args": "ro console=hvc0", "use_bootloader": False}},
        "diskparams": {"drbd": {"c-max-rate": 61440, "dynamic-resync": True}},
        "nicparams": {"default": {"link": "xenbr0", "mode": "bridged"}},
        "candidate_certs": {NODE1: SECRET},
        "osparams_private_cluster": {"debootstrap": {"password": SECRET}},
        "rsahostkeypub": SECRET,
    },
    "nodes": {
        NODE1: {
            "uuid": NODE1,
            "name": "node1.name.org",
            "primary_ip": "192.168.0.111",
            "master_candidate": True,
        },
        NODE2: {
            "uuid": NODE2,
            "name": "node2.name.org",
            "primary_ip": "192.168.0.112",
            "offline": True,
        },
    },
    "instances": {
        INST: {
            "uuid": INST,
            "name": "inst1.name.org",
            "primary_node": NODE2,
            "admin_state": "up",
            "os": "debootstrap+bookworm",
            "disks": [DRBD],
            "nics": [{"ip": "192.168.0.114", "mac": "aa:00:42:1:2:3"}],
            "osparams_private": {"password": SECRET},
        }
    },
    "disks": {
        DRBD: {
            "uuid": DRBD,
            "name": "root",
            "size": 2048,
            "dev_type": "drbd",
            "logical_id": [NODE2, NODE1, 11000, 0, 3, SECRET],
            "children": [
                {"dev_type": "plain", "logical_id": ["xenvg", "a.disk0_data"], "uuid": "d"},
                {"dev_type": "plain", "logical_id": ["xenvg", "a.disk0_meta"], "uuid": "m"},
            ],
        }
    },
}


def run(program: str, folder: Path) -> str:
    text = program.replace("/var/lib/ganeti", str(folder)).replace(
        "/root/.ssh", str(folder / "ssh")
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_configuration_is_read_and_no_secret_leaves_the_node(tmp_path: Path) -> None:
    (tmp_path / "config.data").write_text(json.dumps(CONFIG))
    (tmp_path / "server.pem").write_text(SECRET)
    (tmp_path / "ssconf_cluster_name").write_text("cluster1.name.org\n")
    (tmp_path / "ssconf_node_list").write_text("node1.name.org\nnode2.name.org\n")
    (tmp_path / "queue").mkdir()
    (tmp_path / "queue" / "serial").write_text("3")
    text = run(PROGRAM, tmp_path)
    stored = ganeti.parse(text)
    assert SECRET not in text
    assert stored.config is not None and stored.queue == 1 and stored.cert and not stored.broken
    assert stored.ssconf["node_list"] == ("node1.name.org", "node2.name.org")
    config = stored.config
    assert config.minors_on("node2.name.org") == {0} and config.minors_on("node1.name.org") == {3}
    assert config.volumes == {"a.disk0_data", "a.disk0_meta"} and config.certified == (NODE1,)
    node, guest = config.node("node2.name.org"), config.instance("inst1.name.org")
    assert (
        node is not None and node.offline and guest is not None and guest.ips == ("192.168.0.114",)
    )
    assert [disk.name for disk in config.disks_of(guest)] == ["root"]


@pytest.mark.parametrize(("told", "active"), [({}, True), ({"disks_active": False}, False)])
def test_disks_that_ganeti_leaves_alone(tmp_path: Path, told: object, active: bool) -> None:
    data = json.loads(json.dumps(CONFIG))
    data["instances"][INST] |= told
    (tmp_path / "config.data").write_text(json.dumps(data))
    config = ganeti.parse(run(PROGRAM, tmp_path)).config
    assert config is not None
    assert config.instances[0].active is active


def test_disks_that_an_instance_holds_itself(tmp_path: Path) -> None:
    """Ganeti before 2.12 (its own test/data/cluster_config_2.10.json)."""
    data = json.loads(json.dumps(CONFIG))
    now = [data["disks"][uuid] for uuid in data["instances"][INST]["disks"]]
    (tmp_path / "config.data").write_text(json.dumps(data))
    later = ganeti.parse(run(PROGRAM, tmp_path))
    data["instances"][INST]["disks"] = now
    del data["disks"]
    (tmp_path / "config.data").write_text(json.dumps(data))
    former = ganeti.parse(run(PROGRAM, tmp_path))
    assert former == later and not former.broken


def test_the_volume_groups_of_a_disk(tmp_path: Path) -> None:
    (tmp_path / "config.data").write_text(json.dumps(CONFIG))
    config = ganeti.parse(run(PROGRAM, tmp_path)).config
    assert config is not None
    assert [disk.groups for disk in config.disks] == [("xenvg", "xenvg")]


RESERVED = "00000000-0000-4000-8000-000000000005"


def test_a_reservation_is_no_instance_and_breaks_nothing(tmp_path: Path) -> None:
    """gnt-instance add --forthcoming: only the uuid must be there (design-reservations)."""
    reserved = {"uuid": RESERVED, "forthcoming": True, "serial_no": 1}
    disk = {**reserved, "dev_type": "drbd", "children": [{"dev_type": "plain"}]}
    data = {
        **CONFIG,
        "instances": {**CONFIG["instances"], RESERVED: reserved},  # type: ignore[dict-item]
        "disks": {**CONFIG["disks"], RESERVED: disk},  # type: ignore[dict-item]
    }
    (tmp_path / "config.data").write_text(json.dumps(data))
    stored = ganeti.parse(run(PROGRAM, tmp_path))
    (tmp_path / "config.data").write_text(json.dumps(CONFIG))
    assert stored == ganeti.parse(run(PROGRAM, tmp_path)) and not stored.broken


def test_a_configuration_cut_off_in_the_middle_is_called_broken(tmp_path: Path) -> None:
    (tmp_path / "config.data").write_text(json.dumps(CONFIG)[:200])
    stored = ganeti.parse(run(PROGRAM, tmp_path))
    assert stored.broken and stored.config is None and stored.leftovers
    (tmp_path / "config.data").write_text("{}")
    assert ganeti.parse(run(PROGRAM, tmp_path)).broken


def test_an_authorised_key_is_recognised_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "ssh").mkdir()
    (tmp_path / "ssh" / "authorized_keys").write_text(
        '# x\nfrom="10.0.0.1" ssh-rsa AAAAB3Nza root@node1\n'
    )
    stored = ganeti.parse(run(PROGRAM, tmp_path))
    assert stored.authorized == (ganeti.key_digest("ssh-rsa AAAAB3Nza other comment"),)
    assert ganeti.key_digest("") == ""


def test_the_queue_tells_live_jobs_and_how_the_last_ones_ended(tmp_path: Path) -> None:
    folder = tmp_path / "queue"
    (folder / "archive" / "0").mkdir(parents=True)
    create = {
        "OP_ID": "OP_INSTANCE_CREATE",
        "instance_name": "inst1.name.org",
        "osparams_secret": {"p": SECRET},
    }

    def job(
        place: Path, number: int, given: dict[str, object], status: str, result: object = None
    ) -> None:
        data = {"id": number, "ops": [{"input": given, "status": status, "result": result}]}
        (place / f"job-{number}").write_text(json.dumps(data))

    job(folder / "archive" / "0", 3, create, "error", ["OpExecError", ["no space left"]])
    job(folder, 10, {"OP_ID": "OP_NODE_ADD", "node_name": "node2.name.org"}, "running")
    job(folder, 11, create, "success")
    (folder / "job-12").write_text("{")
    text = run(jobs.PROGRAM, tmp_path)
    queue = jobs.parse(text)
    assert SECRET not in text
    assert [one.id for one in queue.live("OP_NODE_ADD", node="node2.name.org")] == [10]
    assert not queue.live("OP_NODE_ADD", node="node3.name.org")
    last = queue.last("OP_INSTANCE_CREATE", instance="inst1.name.org")
    assert last is not None and (last.id, last.status) == (11, "success")
    (folder / "job-11").unlink()
    failed = jobs.parse(run(jobs.PROGRAM, tmp_path)).last(
        "OP_INSTANCE_CREATE", instance="inst1.name.org"
    )
    assert failed is not None and failed.status == "error" and "no space left" in failed.message


def test_a_week_of_the_watchers_jobs_hides_no_other(tmp_path: Path) -> None:
    """It gives 288 a day and archives each: the only trace of a creation that failed is older."""
    failed = {"OP_ID": "OP_INSTANCE_CREATE", "instance_name": "inst1.name.org"}
    verify = {"OP_ID": "OP_GROUP_VERIFY_DISKS", "group_name": "default"}
    for number in (95, *range(99990, 99995), *range(100000, 101000)):
        folder = tmp_path / "queue" / "archive" / str(number // 10000)
        folder.mkdir(parents=True, exist_ok=True)
        op = {"input": verify, "status": "success"}
        if number == 99992:
            op = {"input": failed, "status": "error", "result": "no space left"}
        (folder / f"job-{number}").write_text(json.dumps({"id": number, "ops": [op]}))
    queue = jobs.parse(run(jobs.PROGRAM, tmp_path))
    assert [(job.id, job.status) for job in queue.jobs] == [(99992, "error")]
