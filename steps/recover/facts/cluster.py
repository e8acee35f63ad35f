"""The cluster's configuration as a node has it, for answers that are to be made of it; never with a
secret.

The program on the node copies only what it names, in the shape that config.data has: DRBD's and the
cluster's secrets stay where they are. Names of instances whose address Ganeti was not told are
looked up there, as the node's own resolver has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.recover.adopt.configuration import Known, read
from steps.recover.adopt.reader import HOST_NAME, Form, Table
from wizard.base.plain import plain_json
from wizard.model.facts import Fact

_PROGRAM = r"""
import json, re, subprocess, time

CLUSTER = ("cluster_name", "master_ip", "master_node", "master_netdev", "master_netmask",
           "volume_group_name", "mac_prefix", "enabled_hypervisors", "primary_ip_family")
NODE = ("uuid", "name", "primary_ip", "secondary_ip", "offline")
INSTANCE = ("uuid", "name", "primary_node", "os", "disks")
DISK = ("uuid", "name", "size", "dev_type", "nodes")

def only(one, *names):
    return {name: one[name] for name in names if name in one}

def below(one, *names):
    for name in names:
        one = (one or {}).get(name)
    return one or {}

def disk(one):
    kept = only(one, *DISK)
    if one.get("dev_type") == "drbd":
        kept["logical_id"] = one["logical_id"][:2]
    return kept

def instance(one):
    kept = only(one, *INSTANCE)
    kept["beparams"] = only(below(one, "beparams"), "maxmem", "vcpus")
    kept["nics"] = [only(nic, "ip") for nic in one.get("nics") or []]
    return kept

def real(objects):
    # A reservation ("forthcoming") may lack everything but its uuid.
    return [(key, one) for key, one in (objects or {}).items() if not one.get("forthcoming")]

def config(data):
    c = data["cluster"]
    kept = only(c, *CLUSTER)
    kept["beparams"] = {"default": only(below(c, "beparams", "default"), "maxmem", "vcpus")}
    kept["nicparams"] = {"default": only(below(c, "nicparams", "default"), "link")}
    kept["diskparams"] = {"drbd": only(below(c, "diskparams", "drbd"), "c-max-rate")}
    return {
        **only(data, "serial_no", "version"), "cluster": kept,
        "nodes": {key: only(one, *NODE) for key, one in data["nodes"].items()},
        "instances": {key: instance(one) for key, one in real(data["instances"])},
        "disks": {key: disk(one) for key, one in real(data.get("disks"))},
    }

def resolved(data):
    found, until = {}, time.monotonic() + 8
    for one in data["instances"].values():
        name, left = str(one.get("name")), until - time.monotonic()
        if any("." in str(nic.get("ip")) for nic in one["nics"]) or left < 0.1:
            continue
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", name):
            continue
        try:
            done = subprocess.run(["getent", "ahostsv4", name], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=left)
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = done.stdout.decode("ascii", "replace").split()
        if words:
            found[name] = words[0]
    return found

try:
    with open("/var/lib/ganeti/config.data") as file:
        made = config(json.load(file))
    print(json.dumps({"config": made, "resolved": resolved(made)}, sort_keys=True))
except FileNotFoundError:
    pass
except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
    print(json.dumps({"broken": "%s: %s" % (type(error).__name__, error)}))
"""


_REASON = Form(re.compile(r".{1,2000}", re.DOTALL), "a reason in words")


@dataclass(frozen=True)
class ClusterFile:
    """`known` is None where no config.data lies, or none that can be read: `broken` says why."""

    known: Known | None = None
    broken: str = ""
    resolved: Mapping[str, str] = field(default_factory=dict)
    """Addresses of instances by name, as the node's resolver has them."""


def parse(text: str) -> ClusterFile:
    """Read the JSON of the program; raises WizardError for what is no cluster's configuration."""
    if not text.strip():
        return ClusterFile()
    top = Table({"told": plain_json(text)}, "").table("told")
    if "config" not in top.data:
        broken = top.word("broken", _REASON)
        return ClusterFile(broken=broken[:200])
    found = top.table("resolved")
    resolved = {}
    for name in found.data:
        if HOST_NAME.pattern.fullmatch(name):
            resolved[name] = found.address(name)
    return ClusterFile(known=read(top.data["config"]), resolved=resolved)


CLUSTER_FILE = Fact(
    name="cluster-file",
    script=f"python3 - <<'GW_PROGRAM'{_PROGRAM}GW_PROGRAM",
    parse=parse,
)
