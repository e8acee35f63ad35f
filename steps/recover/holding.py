"""How a copy of an instance is held still or ended on its server without Ganeti, by what runs it:
Xen's `xl`, or for KVM a signal to its process, which `Hypervisor.guests` is read from as well.

Ganeti writes the process of a KVM instance into a file of its name, and starts it with
`-name NAME` (Ganeti 3.0.2 and 3.1.0, hypervisor/hv_kvm). A process that was stopped by a signal
issues no more writes, and none of its memory is lost (signal(7), SIGSTOP, SIGCONT).
"""

from __future__ import annotations

import shlex

from steps.ganeti.facts.ganeti import Guest
from steps.platform.facts.xen import HYPERVISOR
from steps.recover.facts.paused import PAUSED
from steps.recover.scene import Scene

ROOT = "/run/ganeti/kvm-hypervisor"
SIGNAL = f"""read -r pid <{ROOT}/pid/"$2" || exit 1
tr '\\0' '\\n' <"/proc/$pid/cmdline" | grep -qxF -- "$2" || exit 1
kill -"$1" "$pid\""""
"""The number in the file may be another process's by now: it must be one that names it."""
SHUT_DOWN = f"""if [ -e {ROOT}/pid/"$1" ]; then
  read -r pid <{ROOT}/pid/"$1"
  tr '\\0' '\\n' <"/proc/$pid/cmdline" | grep -qxF -- "$1" || exit 1
  kill -CONT "$pid"
  echo system_powerdown | socat STDIO UNIX-CONNECT:{ROOT}/ctrl/"$1".monitor >/dev/null
  n=0; while [ -d "/proc/$pid" ]; do n=$((n + 1)); [ $n -lt 300 ] || exit 1; sleep 1; done
  exit 0
fi
xl unpause "$1" 2>/dev/null; timeout 240 xl shutdown -w "$1"
n=0; while xl domid "$1" >/dev/null 2>&1; do
  n=$((n + 1)); [ $n -lt 60 ] || exit 1
  case $(xl list "$1" 2>/dev/null | awk 'END {{ print $(NF - 1) }}') in
    ???s-?) xl destroy "$1" ;;
  esac
  sleep 1
done"""
"""From inside, so that its data is kept; one that is held still would hear nothing.

Ganeti's files for Xen have a domain stay when it powered itself off (3.0.2, hypervisor/hv_xen.py,
WriteXenConfigEvents), with its disks in use, and Ganeti ends it then (_StopInstance). The state has
"s" for shut down and "-" for a power-off as the reason (Xen's tools/xl/xl_list.c, list_domains).
"""


def is_kvm(scene: Scene, host: str) -> bool:
    """Whether what runs on a server is no domain of Xen's."""
    hypervisor = scene.read(host, HYPERVISOR)
    return hypervisor is not None and not hypervisor.dom0


def going_on(scene: Scene, guest: Guest) -> list[str]:
    """The nodes on which an instance runs and is not held still."""
    hosts = []
    for host in scene.runs_on(guest):
        if guest.name not in (scene.read(host, PAUSED) or ()):
            hosts.append(host)
    return hosts


def pause(scene: Scene, host: str, name: str) -> tuple[str, ...]:
    """The command that holds it still at once, and loses nothing."""
    if is_kvm(scene, host):
        return ("sh", "-c", SIGNAL, "signal", "STOP", name)
    return ("xl", "pause", name)


def destroy(scene: Scene, host: str, name: str) -> tuple[str, ...]:
    """The command that ends it without a word to what runs in it."""
    if is_kvm(scene, host):
        return ("sh", "-c", SIGNAL, "signal", "KILL", name)
    return ("xl", "destroy", name)


def typed(scene: Scene, host: str, action: str, name: str) -> str:
    """The same as people type it: `action` is xl's word for it."""
    if not is_kvm(scene, host):
        return f"xl {action} {shlex.quote(name)}"
    signal = {"pause": "STOP", "unpause": "CONT", "destroy": "KILL"}[action]
    return f'kill -{signal} "$(cat {ROOT}/pid/{shlex.quote(name)})"'
