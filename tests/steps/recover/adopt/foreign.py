"""A cluster that this program never built: its own names and sizes, KVM, two networks, three of its
instances such as answers cannot hold.
"""

from __future__ import annotations

from typing import Any

from tests.steps.recover.adopt.configdata import CANARY, identity

MASTER = identity("alpha")
OTHER = identity("beta")


def foreign() -> dict[str, Any]:
    """Its config.data. Ganeti was told no address of any instance, as is usual."""
    instances = {}
    disks = {}
    for name, kind, sizes in (
        ("mail.example.net", "drbd", [512, 20480]),
        ("web.example.net", "drbd", [10240]),
        ("scratch.example.net", "plain", [4096]),
        ("shared.example.net", "rbd", [4096]),
    ):
        own = {}
        for index, size in enumerate(sizes):
            own[identity(f"{name} {index}")] = _disk(name, kind, index, size)
        disks |= own
        instances[identity(name)] = _instance(name, list(own))
    return {
        "cluster": {
            "beparams": {"default": {"maxmem": 1024, "minmem": 512, "vcpus": 2}},
            "candidate_certs": {MASTER: CANARY},
            "cluster_name": "ganeti.example.net",
            "diskparams": {"drbd": {"c-max-rate": 102400}},
            "enabled_disk_templates": ["drbd", "plain", "rbd"],
            "enabled_hypervisors": ["kvm"],
            "mac_prefix": "aa:00:00",
            "master_ip": "10.1.0.10",
            "master_netdev": "br0",
            "master_netmask": 32,
            "master_node": MASTER,
            "nicparams": {"default": {"link": "br-guests", "mode": "bridged", "vlan": ""}},
            "primary_ip_family": 2,
            "rsahostkeypub": CANARY,
            "volume_group_name": "ganeti",
        },
        "disks": disks,
        "instances": instances,
        "nodes": {
            MASTER: _node("zeus.example.net", MASTER, "10.1.0.2", "172.16.5.2"),
            OTHER: _node("apollo.example.net", OTHER, "10.1.0.3", "172.16.5.3"),
        },
        "serial_no": 4711,
        "version": 3_010_000,
    }


def _node(name: str, uuid: str, primary: str, secondary: str) -> dict[str, Any]:
    return {
        "drained": False,
        "master_candidate": True,
        "name": name,
        "offline": False,
        "primary_ip": primary,
        "secondary_ip": secondary,
        "uuid": uuid,
    }


def _instance(name: str, disks: list[str]) -> dict[str, Any]:
    return {
        "admin_state": "up",
        "beparams": {},
        "disks": disks,
        "hypervisor": "kvm",
        "name": name,
        "nics": [{"mac": "aa:00:00:12:34:56", "nicparams": {}, "uuid": identity(f"{name} nic")}],
        "os": "image+default",
        "osparams_private": {"password": CANARY},
        "primary_node": OTHER,
        "uuid": identity(name),
    }


def _disk(name: str, kind: str, index: int, size: int) -> dict[str, Any]:
    disk: dict[str, Any] = {
        "dev_type": kind,
        "iv_name": f"disk/{index}",
        "logical_id": ["ganeti", f"{name}.disk{index}"],
        "mode": "rw",
        "nodes": [OTHER],
        "size": size,
        "uuid": identity(f"{name} {index}"),
    }
    if kind == "drbd":
        disk["logical_id"] = [OTHER, MASTER, 11000 + index, index, index, CANARY]
        disk["nodes"] = [OTHER, MASTER]
    return disk
