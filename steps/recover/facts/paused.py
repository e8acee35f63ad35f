"""The instances that the hypervisor holds still: they run nowhere further, and lose nothing."""

from __future__ import annotations

from steps.platform.facts.xen import DOMAINS
from wizard.base.plain import lines_of
from wizard.model.facts import Fact


def parse(text: str) -> tuple[str, ...]:
    """Read the names, a line each."""
    return tuple(lines_of(text))


PAUSED = Fact(
    name="paused-instances",
    script=DOMAINS
    + r"""
x=; [ -r /proc/xen/capabilities ] && read -r x </proc/xen/capabilities
case $x in *control_d*)
  domains | while read -r id mem state name; do
    case $id,$state in [1-9]*,??p---) echo "$name" ;; esac
  done ;;
esac
for f in /run/ganeti/kvm-hypervisor/pid/*; do
  [ -r "$f" ] && read -r p <"$f" && read -r line <"/proc/$p/stat" || continue
  case ${line##*) } in T*) echo "${f##*/}" ;; esac
done""",
    parse=parse,
)
"""xl(1), LIST: the state has a "p" for a domain that is paused, and for one that has ended as well.
proc(5), /proc/PID/stat: T is a process that a signal stopped, as one of KVM's is held still.
"""
