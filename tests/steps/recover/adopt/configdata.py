"""A cluster's config.data as Ganeti 3.0 writes it, made of answers; its secrets are a canary."""

from __future__ import annotations

import uuid
from typing import Any

from wizard.answers import Answers, Instance

CANARY = "s3cr3t-c4nary"
SPACE = uuid.UUID("6f1c2f4e-0d1b-4f7a-9d4c-2f8a3f0b1c22")


def identity(name: str) -> str:
    """A uuid that is always the same for a name."""
    return str(uuid.uuid5(SPACE, name))


def configuration(answers: Answers, serial: int = 20, version: int = 3_000_000) -> dict[str, Any]:
    """What the wizard's own build would have made of these answers; the first node is master."""
    disks: dict[str, Any] = {}
    instances: dict[str, Any] = {}
    for number, one in enumerate(answers.instance.wanted):
        own = _disks(answers, one, number)
        disks |= own
        instances[identity(one.name)] = _instance(answers, one, number, list(own))
    return {
        "cluster": _cluster(answers),
        "ctime": 1795363000.25,
        "disks": disks,
        "filters": {},
        "instances": instances,
        "mtime": 1795363720.5,
        "networks": {},
        "nodegroups": {identity("group"): {"name": "default", "uuid": identity("group")}},
        "nodes": {identity(node.name): _node(answers, node.short) for node in answers.nodes},
        "serial_no": serial,
        "version": version,
    }


def _cluster(answers: Answers) -> dict[str, Any]:
    return {
        "beparams": {"default": {"maxmem": 128, "minmem": 128, "vcpus": 1, "auto_balance": True}},
        "candidate_certs": {identity(answers.first.name): CANARY},
        "cluster_name": answers.hosts.cluster_name,
        "diskparams": {
            "drbd": {"c-max-rate": answers.cluster.resync_kib, "dynamic-resync": True},
            "plain": {"stripes": 1},
        },
        "drbd_usermode_helper": "/bin/true",
        "enabled_disk_templates": ["drbd", "plain"],
        "enabled_hypervisors": [answers.xen.hypervisor],
        "hvparams": {answers.xen.hypervisor: {"kernel_args": "ro console=hvc0"}},
        "ipolicy": {"minmax": []},
        "mac_prefix": answers.cluster.mac_prefix,
        "master_ip": str(answers.hosts.cluster_ip),
        "master_netdev": answers.bridge.name,
        "master_netmask": answers.bridge.prefix,
        "master_node": identity(answers.first.name),
        "ndparams": {"ssh_port": 22},
        "nicparams": {"default": {"link": answers.bridge.name, "mode": "bridged", "vlan": ""}},
        "osparams_private_cluster": {"debootstrap": {"password": CANARY}},
        "primary_ip_family": 2,
        "rsahostkeypub": CANARY,
        "tcpudp_port_pool": [11002],
        "uuid": identity("cluster"),
        "volume_group_name": answers.lvm.vg,
    }


def _node(answers: Answers, short: str) -> dict[str, Any]:
    node = answers.node(short)
    return {
        "drained": False,
        "group": identity("group"),
        "master_candidate": True,
        "name": node.name,
        "ndparams": {},
        "offline": False,
        "powered": True,
        "primary_ip": str(node.ip),
        # A node without a second network has the same address twice.
        "secondary_ip": node.secondary_ip or str(node.ip),
        "serial_no": 1,
        "uuid": identity(node.name),
        "vm_capable": True,
    }


def _instance(answers: Answers, one: Instance, number: int, disks: list[str]) -> dict[str, Any]:
    return {
        "admin_state": "up",
        "beparams": {"maxmem": one.memory_mib, "minmem": one.memory_mib, "vcpus": one.vcpus},
        "disks": disks,
        "disks_active": True,
        "hvparams": {},
        "hypervisor": answers.xen.hypervisor,
        "name": one.name,
        "nics": [
            {
                "ip": str(one.ip),
                "mac": f"{answers.cluster.mac_prefix}:00:00:{number:02x}",
                "nicparams": {"link": answers.bridge.name, "mode": "bridged"},
            }
        ],
        "os": f"debootstrap+{one.suite}",
        "osparams_private": {"password": CANARY},
        "primary_node": identity(answers.node(one.primary).name),
        "uuid": identity(one.name),
    }


def _disks(answers: Answers, one: Instance, number: int) -> dict[str, Any]:
    """Its disks by uuid, in their order."""
    nodes = [identity(answers.node(short).name) for short in (one.primary, one.secondary)]
    made = {}
    for index, (name, size) in enumerate((("root", one.disk_mib), ("swap", one.swap_mib))):
        minor = 2 * number + index
        made[identity(f"{one.name} {name}")] = {
            "children": [
                _volume(answers, f"{one.name}.disk{index}_{kind}", mib, nodes)
                for kind, mib in (("data", size), ("meta", 128))
            ],
            "dev_type": "drbd",
            "iv_name": f"disk/{index}",
            "logical_id": [*nodes, 11000 + minor, minor, minor, CANARY],
            "mode": "rw",
            "name": name,
            "nodes": nodes,
            "params": {},
            "size": size,
            "uuid": identity(f"{one.name} {name}"),
        }
    return made


def _volume(answers: Answers, name: str, mib: int, nodes: list[str]) -> dict[str, Any]:
    return {
        "dev_type": "plain",
        "logical_id": [answers.lvm.vg, name],
        "nodes": nodes,
        "size": mib,
        "uuid": identity(name),
    }


def told_by(told: dict[str, Any]) -> dict[str, Any]:
    """The config.data of which a node said this (the fact `ganeti`)."""
    data = configuration(Answers(), serial=told["serial"])
    for row in told["nodes"]:
        data["nodes"][row["uuid"]] = {
            **data["nodes"].pop(identity(row["name"])),
            "uuid": row["uuid"],
            "primary_ip": row["ip"],
            "secondary_ip": row["ip"],
        }
    data["cluster"]["master_node"] = told["master"]
    data["cluster"]["diskparams"]["drbd"]["c-max-rate"] = int(told["drbd"]["c-max-rate"])
    data["disks"] = {}
    for row in told["disks"]:
        data["disks"][row["uuid"]] = {
            "uuid": row["uuid"],
            "name": row["name"],
            "size": row["size"],
            "dev_type": row["type"],
            "nodes": row["nodes"],
            "logical_id": [*row["nodes"], 11000, *row["minors"], CANARY],
        }
    data["instances"] = {}
    for row in told["instances"]:
        data["instances"][row["uuid"]] = {
            "uuid": row["uuid"],
            "name": row["name"],
            "primary_node": row["primary"],
            "os": row["os"],
            "disks": row["disks"],
            "beparams": row["beparams"],
            "nics": [{"ip": ip} for ip in row["ips"]],
        }
    return data
