"""The lab as the wizard's answers: a TOML list of nodes with their way in, ready for `--answers`."""

import json

from wizard.lab.paths import LabPaths
from wizard.lab.spec import LabSpec


def answers_toml(spec: LabSpec, paths: LabPaths) -> str:
    """The nodes as TOML; JSON's string syntax is TOML's for the plain names and paths that occur here."""
    parts = ["version = 1\n"]
    for node in spec.nodes:
        parts.append(
            "\n[[nodes]]\n"
            f"name = {json.dumps(f'{node.name}.{spec.domain}')}\n"
            f"ip = {json.dumps(node.address)}\n"
            "[nodes.ssh]\n"
            'host = "127.0.0.1"\n'
            f"port = {node.ssh_port}\n"
            'user = "root"\n'
            f"key = {json.dumps(str(paths.key), ensure_ascii=False)}\n"
        )
    return "".join(parts)
