"""Parameters of the cluster and of an instance back to what the look saw, by Ganeti itself.

What is in force is read from Ganeti before anything is told to it: what somebody set meanwhile
stays.
"""

from __future__ import annotations

import json

from steps.common.back import as_it_was
from steps.common.versions import Hypervisor
from steps.ganeti import ganeti_options as options
from steps.ganeti.facts.ganeti import Config, Guest
from wizard.answers import Answers
from wizard.model.undo import Undo

CONFIG = "/var/lib/ganeti/config.data"
_IN_FORCE = """\
import json, sys
with open(sys.argv[1]) as file:
    cluster = json.load(file)["cluster"]
for name in sys.argv[2].split():
    if name == "bounds":
        print(json.dumps(cluster["ipolicy"]["minmax"], sort_keys=True))
    else:
        table, of, key = name.split("/")
        print(cluster[table][of][key])
"""
"""$2 names what is printed, a line each: hvparams/HYPERVISOR/KEY, diskparams/drbd/KEY, bounds."""


def cluster(answers: Answers, config: Config, hypervisor: Hypervisor) -> Undo | str:
    """The undo of the `gnt-cluster modify` that brings the cluster to the answers."""
    params = options.differing_params(config, hypervisor)
    replication = options.differing_drbd(config, options.drbd(answers))
    bounds = not options.admits(config, answers)
    of_hypervisor = config.hvparams.get(hypervisor.name, {})
    known = params.keys() <= of_hypervisor.keys() and replication.keys() <= config.drbd.keys()
    if not known or config.link != answers.bridge.name:
        # Whether a parameter was there at all, or the mode of network cards, no look told.
        return "gnt-cluster modify with the old values, which gnt-cluster info shows before"
    names: list[str] = []
    left: list[str] = []
    former: list[str] = []
    words: list[str] = []
    for table, of, then, now in (
        ("hvparams", hypervisor.name, of_hypervisor, params),
        ("diskparams", "drbd", config.drbd, replication),
    ):
        old = {key: then[key] for key in now}
        names += [f"{table}/{of}/{key}" for key in now]
        left += now.values()
        former += old.values()
        if now:
            words += ["-H" if table == "hvparams" else "-D", f"{of}:{options.pairs(old)}"]
    if bounds:
        names.append("bounds")
        left.append(json.dumps([options.bounds(answers)], sort_keys=True))
        former.append(json.dumps(config.bounds, sort_keys=True))
        words += ["--ipolicy-bounds-specs", options.bounds_text(config.bounds)]
    return as_it_was(
        'python3 -c "$1" "$2" "$3"',
        'shift 3; gnt-cluster modify "$@"',
        *(_IN_FORCE, CONFIG, " ".join(names), *words),
        left=_lines(left),
        former=_lines(former),
        title=f"gnt-cluster modify {' '.join(words)}",
        unit=True,
    )


def _lines(values: list[str]) -> str:
    # Python prints what JSON calls true as True, and Ganeti takes either.
    shown = {"true": "True", "false": "False"}
    return "\n".join(shown.get(value, value) for value in values)


def kernel_args(guest: Guest, left: str, former: str) -> Undo:
    """The undo of new kernel arguments: the instance's own former ones, or the cluster's again."""
    own = guest.hvparams.get("kernel_args")
    value = "default" if own is None else options.escaped(own)
    return as_it_was(
        'gnt-instance list --no-headers -o hv/kernel_args "$1"',
        'gnt-instance modify -H "$2" "$1"',
        *(guest.name, f"kernel_args={value}"),
        left=left,
        former=former,
        title=f"gnt-instance modify -H kernel_args={value} {guest.name} (from its next start on)",
        unit=True,
    )
