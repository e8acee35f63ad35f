"""The same checks by the wizard's engine, as a program of its own: `python -m tests.bench.noop.ours
FILE`. The facts go to both machines in one exec each; what they should be is judged here.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from steps.common.facts.texts import files, sections
from tests.bench.noop.target import Target
from wizard.answers import Answers
from wizard.base.plain import plain
from wizard.model.facts import Fact, Facts
from wizard.run.gather import gather


def _listing(name: str, script: str) -> Fact[list[str]]:
    return Fact(name=name, script=script, parse=lambda text: text.split("\n"))


def facts_for(checks: dict[str, Any]) -> dict[str, Fact[Any]]:
    """The looks, by the kind of check."""
    packages = shlex.join(checks["packages"])
    services = shlex.join(checks["services"])
    keys = shlex.join(checks["sysctls"])
    states = "'${db:Status-Abbrev} ${Package}\\n'"
    return {
        "files": Fact(name="files", script=files(shlex.join(checks["files"])), parse=sections),
        "packages": _listing("packages", f"dpkg-query -W -f {states} {packages}"),
        "services": _listing("services", f"systemctl is-active {services}" if services else ":"),
        "volumes": _listing(
            "volumes", "lvs --noheadings --separator / -o vg_name,lv_name | tr -d ' '"
        ),
        "mounts": _listing("mounts", "while read -r _ m _; do echo $m; done </proc/mounts"),
        "sysctls": _listing("sysctls", f"sysctl {keys}"),
    }


def wrong(host: str, checks: dict[str, Any], looks: dict[str, Fact[Any]], facts: Facts) -> set[str]:
    """What does not hold on a machine."""
    read = facts.of(host, looks["files"])
    shown = {path: plain(text) for path, text in checks["files"].items()}
    amiss = {path for path, text in shown.items() if read.get(path) != text}

    def lacking(kind: str, lines: Iterable[str]) -> set[str]:
        return set(lines) - set(facts.of(host, looks[kind]))

    amiss |= lacking("packages", (f"ii  {name}" for name in checks["packages"]))
    amiss |= lacking("volumes", checks["volumes"])
    amiss |= lacking("mounts", checks["mounts"])
    amiss |= lacking("sysctls", (f"{key} = {value}" for key, value in checks["sysctls"].items()))
    active = facts.of(host, looks["services"]).count("active")
    if active != len(checks["services"]):
        amiss.add(f"{active} services are active")
    return amiss


def main(file: str) -> int:
    """Exit 0 when everything holds on all machines."""
    given = json.loads(Path(file).read_text())
    checks = given["checks"]
    looks = facts_for(checks)
    targets = [Target(**words) for words in given["targets"]]
    hosts = [target.host() for target in targets]
    facts = gather([(host, tuple(looks.values())) for host in hosts], Answers())
    amiss = {}
    for host in hosts:
        amiss[host.name] = sorted(wrong(host.name, checks, looks, facts))
        host.close()
    print(amiss)
    return 1 if any(amiss.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
