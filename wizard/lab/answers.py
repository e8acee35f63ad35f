"""The lab as the wizard's answers: the nodes with their way in and a bounded synchronisation, ready
for `--answers`.
"""

import json

from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import LabSpec, NodeSpec

RESYNC_KIB = 2048
"""Ceiling of DRBD's synchronisation in KiB/s. A faster one leaves an emulated processor no time for
Ganeti's calls between the nodes: at 6144 each LVM command takes four times as long, the calls fail
after 5 s (`Error 28: SSL connection timeout`), and the creation of a second disk with them.
"""


def answers_toml(spec: LabSpec, paths: LabPaths) -> str:
    """The nodes as TOML; JSON's string syntax is TOML's for the plain names and paths that occur
    here.
    """
    parts = ["version = 1\n"]
    for node in spec.cluster:
        parts.append(
            "\n[[nodes]]\n"
            f"name = {json.dumps(f'{node.name}.{spec.domain}')}\n"
            f"ip = {json.dumps(node.address)}\n"
            "[nodes.ssh]\n" + _ssh(node, paths)
        )
    parts.append(f"\n[cluster]\nresync_kib = {RESYNC_KIB}\n")
    if spec.backup is not None:
        parts.append(_way_out(spec) + _backup_host(spec, spec.backup, paths))
    return "".join(parts)


def _ssh(node: NodeSpec, paths: LabPaths) -> str:
    return (
        'host = "127.0.0.1"\n'
        f"port = {node.ssh_port}\n"
        'user = "root"\n'
        f"key = {json.dumps(str(paths.key), ensure_ascii=False)}\n"
    )


def _way_out(spec: LabSpec) -> str:
    """The router; and not the 130 packages of the task `standard`, which take an emulated guest
    half an hour.
    """
    lines = (
        f"gateway = {json.dumps(spec.router)}",
        f"nameservers = [{json.dumps(spec.resolver)}]",
        "standard = false",
    )
    return "\n[guest]\n" + "".join(f"{line}\n" for line in lines)


def _backup_host(spec: LabSpec, node: NodeSpec, paths: LabPaths) -> str:
    return (
        "\n[backup.host]\n"
        f"name = {json.dumps(f'{node.name}.{spec.domain}')}\n"
        f"ip = {json.dumps(node.address)}\n"
        "[backup.host.ssh]\n" + _ssh(node, paths)
    )
