"""The wizard's own state is gone in the middle of an accident."""

from __future__ import annotations

import shutil
import tomllib

from tests.drills.drill import ANY, Drill
from tests.drills.operator import dead, expect, recover, settled
from tests.drills.scripts.power import returns

PRINT = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2"
"""A host key's fingerprint, as its console shows it (ssh-keygen(1))."""


def adopt(drill: Drill) -> None:
    """A server dies and the operator's state is lost: the cluster is taken in again by what the
    other one knows, and the accident is worked off as ever.
    """
    drill.hand("kill", "node2")
    before = expect(drill, "node-dead")
    shutil.rmtree(drill.state, ignore_errors=True)
    drill.run(("--state", str(drill.state), "recover", "adopt", *way_in(drill)), ok=(0,))
    after = settled(drill)
    drill.must(after.situations == before.situations, "the same is the matter as before")
    refused = drill.run(("--lab", "apply", "raid"), ok=ANY)
    drill.must(refused.rc != 0 and "adopted" in refused.out, "nothing is built from there")
    recover(drill, "node-dead", *dead("node2"))
    drill.wait_for_entries(5)
    returns(drill, "node2")


def way_in(drill: Drill) -> list[str]:
    """The server that lives, by its key and its fingerprint."""
    words = []
    # Only what it says itself: a complaint beside it would be no TOML.
    told = drill.run(("lab", "answers"), ok=(0,), document=True).out
    for node in tomllib.loads(told).get("nodes", []):
        if node["name"].startswith("node1."):
            ssh = node["ssh"]
            words += [f"{ssh['user']}@{ssh['host']}:{ssh['port']}", "--key", ssh["key"]]
            words += ["--accept-host-key", drill.on("node1", PRINT).strip()]
    return words
