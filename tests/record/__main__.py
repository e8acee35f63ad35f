"""Store what real hosts say as a case of the tests: `make record ARGS=…`.

    python -m tests.record node1=root@192.0.2.5 node2=root@192.0.2.6 --step raid --name half-built
    python -m tests.record node1=local --fact disks --name nvme

It looks as the product does, read-only, and changes nothing on any host. Passwords, keys, hashes,
serials, WWNs, MACs, machine ids and public addresses are replaced (tests/record/kinds.py); read the
file all the same before you commit it. A host is the short name of a server, a guest or the backup
host of the answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from steps import ARCHIVE, BUILD, EXPORT, by_id
from tests.cases import all_facts
from tests.record import case
from tests.record.disguise import renamed
from tests.record.hosts import reached, where
from wizard.answers import Answers
from wizard.answers.documents import read
from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.hosts.host import Host
from wizard.model.facts import Fact, Facts
from wizard.model.review import look
from wizard.model.step import Step
from wizard.run.gather import gather
from wizard.state.store import Store


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m tests.record",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "hosts",
        nargs="+",
        metavar="HOST",
        type=where,
        help="NAME (reached as the answers say), NAME=local or NAME=[USER@]ADDRESS[:PORT]",
    )
    what = top.add_mutually_exclusive_group(required=True)
    what.add_argument("--step", metavar="STEP", choices=[*BUILD, *ARCHIVE, *EXPORT])
    what.add_argument("--fact", metavar="FACT", choices=sorted(all_facts()))
    top.add_argument("--name", required=True, help="name of the case")
    top.add_argument("--answers", type=Path, help="the build's answers (`answers export`)")
    top.add_argument("--state", type=Path, help="the build's state directory: its key, its hosts")
    top.add_argument(
        "--accept-host-key", action="append", default=[], metavar="SHA256:…", dest="accept"
    )
    return top


def record(args: argparse.Namespace, store: Store) -> Path:
    """Look at the hosts and write the case; returns its path."""
    answers = read(args.answers) if args.answers else store.load()
    hosts = reached(args.hosts, answers, store, args.accept)
    facts = [all_facts()[args.fact]] if args.fact else list(by_id(args.step).facts)
    if args.step:
        _want_all(by_id(args.step), answers, hosts)
    seen = _seen(hosts, facts, answers)
    names = renamed(answers.nodes[0].name.partition(".")[2])
    decided = answers.model_dump(
        mode="json", exclude_unset=True, exclude={"nodes": {"__all__": {"ssh"}}}
    )
    given, raw = case.disguise(decided, seen.raw, names)
    if args.fact:
        return _write_fact(facts[0], raw, args.name)
    step = by_id(args.step)
    real = look(step, answers, seen)
    shown = look(step, Answers.model_validate(given), Facts(raw))
    if not case.same_work(real, shown):
        print("the stand-ins change what the step would do: compare, and mend the case by hand")
    path = case.step_path(step, args.name)
    case.write(path, case.of_step(shown, given))
    return path


def _want_all(step: Step, answers: Answers, hosts: dict[str, Host]) -> None:
    """A step is judged on all its hosts; raises WizardError when one is not named."""
    lacking = [name for name in step.hosts(answers) if name not in hosts]
    if lacking:
        what = f"the step {step.id} looks at {', '.join(step.hosts(answers))}"
        raise WizardError(what, mend=f"name {', '.join(lacking)} too", code=Exit.USAGE)


def _seen(hosts: dict[str, Host], facts: list[Fact[Any]], answers: Answers) -> Facts:
    """What all hosts say; raises the error of one that does not answer."""
    seen = gather([(host, facts) for host in hosts.values()], answers)
    for error in seen.missing.values():
        raise error
    return seen


def _write_fact(fact: Fact[Any], raw: dict[str, dict[str, str]], name: str) -> Path:
    """One file a host; with several, the host's name is added to the case's."""
    for host, texts in raw.items():
        path = case.fact_path(fact, name if len(raw) == 1 else f"{name}-{host}")
        case.write(path, case.of_fact(fact, texts[fact.name]))
    return path


def main() -> int:
    """Record, and say where."""
    args = parser().parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="ganeti-wizard-record-") as scratch:
            path = record(args, Store(args.state or Path(scratch)))
    except (WizardError, FileExistsError) as error:
        print(f"nothing was recorded: {error}", file=sys.stderr)
        return 1
    print(path)
    print("Read it before you commit it: is anything left that must not leave the host?")
    return 0


if __name__ == "__main__":
    sys.exit(main())
