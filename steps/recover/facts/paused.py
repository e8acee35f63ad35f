"""The instances that the hypervisor holds still: they run nowhere further, and lose nothing."""

from __future__ import annotations

from wizard.model.facts import Fact


def parse(text: str) -> tuple[str, ...]:
    """Read the names, a line each."""
    return tuple(text.split())


PAUSED = Fact(
    name="paused-instances",
    script=r"""x=; [ -r /proc/xen/capabilities ] && read -r x </proc/xen/capabilities
case $x in *control_d*)
  timeout 15 xl list | while read -r name id mem cpus state rest; do
    case $id,$state in [1-9]*,*p*) echo "$name" ;; esac
  done ;;
esac
for f in /run/ganeti/kvm-hypervisor/pid/*; do
  [ -r "$f" ] && read -r p <"$f" && read -r line <"/proc/$p/stat" || continue
  case ${line##*) } in T*) echo "${f##*/}" ;; esac
done""",
    parse=parse,
)
"""xl(1), LIST: the column State has a "p" for a domain that is paused. proc(5), /proc/PID/stat: T
is a process that a signal stopped, as one of KVM's is held still.
"""
