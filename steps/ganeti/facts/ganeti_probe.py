"""The program that a node runs to say what Ganeti has stored there; printed as JSON, never with a
secret.

It reads files only (each gnt-* command costs seconds, and none answers while a daemon is down). The
layout is Ganeti's own: `lib/pathutils.py` for the names, `lib/bootstrap.py` for what `gnt-cluster
init` writes and in which order, `objects.Disk.logical_id` for the six parts of a DRBD disk, of
which the last is a secret. A daemon of the master's role asks the nodes for their votes before it
detaches itself and writes its PID file (src/Ganeti/Daemon.hs, genericMain); until then it leads
nobody.
"""

PROGRAM = r"""
import json, os, sys
# hashlib has SHA-256 of its own: OpenSSL's library takes longer to load than all files to read.
sys.modules["_hashlib"] = None
import hashlib
D = "/var/lib/ganeti"
ROLE = ("ganeti-luxid", "ganeti-wconfd")
KEYS = ("cluster_name", "master_node", "node_list", "online_nodes", "master_candidates")

def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""

def listed(path):
    try:
        return sorted(e.name for e in os.scandir(path) if not e.is_dir())
    except OSError:
        return []

def digest(value):
    return hashlib.sha256(value.encode()).hexdigest()[:16] if value else ""

def program(pid):
    # As bytes and without a buffer: a dom0 has hundreds of processes.
    try:
        with open("/proc/%s/comm" % pid, "rb", 0) as file:
            return file.read(64)
    except OSError:
        return b""

def leads(pid, name):
    # One that still asks for its votes is a child of its starter, and in no PID file.
    rest = text("/proc/%s/stat" % pid).rpartition(")")[2].split()
    return rest[1:2] == ["1"] or text("/run/ganeti/%s.pid" % name).split()[:1] == [pid]

def programs():
    names = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        name = program(pid).decode(errors="replace").strip()
        if name not in ROLE or leads(pid, name):
            names.add(name)
    return sorted(names)

def beginning(prefix, names):
    return [name for name in names if name.startswith(prefix)]

def disk(one):
    logical = one.get("logical_id") or []
    drbd = one.get("dev_type") == "drbd"
    parts = [one] if not drbd else one.get("children") or []
    plain = [part["logical_id"][:2] for part in parts if part.get("dev_type") == "plain"]
    return {
        "uuid": one["uuid"], "name": one.get("name"), "size": one.get("size"),
        "type": one.get("dev_type"),
        "nodes": logical[:2] if drbd else one.get("nodes") or [],
        "minors": logical[3:5] if drbd else [],
        "volumes": [name for group, name in plain], "groups": [group for group, name in plain],
    }

def strings(params):
    return {key: str(value) for key, value in (params or {}).items()}

def node(one):
    return {
        "uuid": one["uuid"], "name": one["name"], "ip": one["primary_ip"],
        "offline": bool(one.get("offline")), "drained": bool(one.get("drained")),
        "candidate": bool(one.get("master_candidate")),
    }

def instance(one):
    return {
        "uuid": one["uuid"], "name": one["name"], "primary": one["primary_node"],
        "ctime": one.get("ctime") or 0, "state": one.get("admin_state"), "os": one.get("os"),
        "active": one.get("disks_active") is not False,
        "disks": [own["uuid"] for own in held(one)] or one.get("disks") or [],
        "ips": [nic.get("ip") for nic in one.get("nics") or []],
        "hvparams": strings(one.get("hvparams")),
    }

def real(objects):
    # A reservation ("forthcoming") may lack everything but its uuid.
    return [one for one in (objects or {}).values() if not one.get("forthcoming")]

def held(instance):
    # Until Ganeti 2.12 an instance held its disks themselves, not their uuids.
    return [one for one in instance.get("disks") or [] if isinstance(one, dict)]

def config(raw):
    data = json.loads(raw)
    c = data["cluster"]
    hypervisors = c.get("enabled_hypervisors") or []
    nics = (c.get("nicparams") or {}).get("default") or {}
    hvparams = c.get("hvparams") or {}
    instances = real(data["instances"])
    disks = real(data.get("disks")) + [disk for one in instances for disk in held(one)]
    return {
        "serial": data.get("serial_no"), "name": c.get("cluster_name"), "ip": c.get("master_ip"),
        "master": c.get("master_node"), "netdev": c.get("master_netdev"),
        "netmask": c.get("master_netmask"), "vg": c.get("volume_group_name"),
        "mac_prefix": c.get("mac_prefix"), "hypervisors": hypervisors,
        "hvparams": {name: strings(hvparams.get(name)) for name in hypervisors},
        "templates": c.get("enabled_disk_templates") or [], "helper": c.get("drbd_usermode_helper"),
        "drbd": strings((c.get("diskparams") or {}).get("drbd")),
        "link": nics.get("link"), "mode": nics.get("mode"),
        "bounds": (c.get("ipolicy") or {}).get("minmax") or [],
        "certified": sorted(c.get("candidate_certs") or {}),
        "nodes": [node(one) for one in data["nodes"].values()],
        "instances": [instance(one) for one in instances], "disks": [disk(one) for one in disks],
    }

def ssconf():
    paths = {key: "%s/ssconf_%s" % (D, key) for key in KEYS}
    return {key: text(path).split() for key, path in paths.items() if os.path.exists(path)}

def authorized():
    words = text("/root/.ssh/authorized_keys").split()
    return sorted(digest(word) for word in words if word.startswith("AAAA"))

def addresses():
    # The kernel's table has each address before the line that says what it is, more than once.
    found, last = set(), ""
    for line in text("/proc/net/fib_trie").splitlines():
        words = line.split()
        if words[:1] == ["|--"]:
            last = words[1]
        elif words[:3] == ["/32", "host", "LOCAL"] and not last.startswith("127."):
            found.add(last)
    return sorted(found)

running = programs()
queue = listed(D + "/queue") + ["archive/" + n for n in listed(D + "/queue/archive")]
out = {
    "files": listed(D), "queue": len(queue), "daemons": beginning("ganeti-", running),
    "busy": beginning("gnt-", running), "broken": False, "config": None, "ssconf": ssconf(),
    "cert": digest(text(D + "/server.pem")), "root_key": text("/root/.ssh/id_rsa.pub").strip(),
    "authorized": authorized(), "addresses": addresses(),
}
raw = text(D + "/config.data")
if "config.data" in out["files"]:
    try:
        out["config"] = config(raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        out["broken"] = True
print(json.dumps(out, indent=1, sort_keys=True))
"""
