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
esac""",
    parse=parse,
)
"""The state has a "p" for a domain that is paused, and for one that has ended as well."""
