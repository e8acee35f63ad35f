"""Ganeti's parameters go back to what the look saw, and stay where somebody set others."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from steps.ganeti.facts.ganeti import GANETI, Config
from steps.ganeti.former import CONFIG
from tests.cases import case_path, load
from tests.steps.undoing.machine import Machine
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Command, Kind
from wizard.model.undo import Undo
from wizard.model.way_back import backwards, is_lasting

GNT_CLUSTER = f"""#!{sys.executable}
import json, os, re, sys
path = os.environ["ROOT"] + "{CONFIG}"
document = json.load(open(path))
cluster = document["cluster"]
tables = dict(zip(("-H", "-D"), ("hvparams", "diskparams")))
words = [word for word in sys.argv[2:] if word not in ("--submit", "--print-jobid")]
while words:
    option, value, *words = words
    if option in tables:
        of, _, pairs = value.partition(":")
        for pair in re.split(r"(?<!\\\\),", pairs):
            key, _, text = pair.replace("\\\\,", ",").partition("=")
            cluster[tables[option]][of][key] = text
    else:
        assert option == "--ipolicy-bounds-specs", option
        several = []
        for one in value.split("//"):
            limits = dict(part.split(":") for part in one.split("/"))
            several.append(dict(
                (name, dict((key, int(n)) for key, n in
                            (pair.split("=") for pair in text.split(","))))
                for name, text in limits.items()))
        cluster["ipolicy"]["minmax"] = several
json.dump(document, open(path, "w"), sort_keys=True)
"""
GNT_INSTANCE = """\
own=$ROOT/own
case $1 in
  list) if [ -e "$own" ]; then cat "$own"; else echo ro; fi ;;
  reboot) ;;
  modify)
    for word; do case $word in kernel_args=*) value=${word#kernel_args=} ;; esac; done
    if [ "$value" = default ]; then rm -f "$own"
    else printf '%s\\n' "$value" | sed 's/\\\\,/,/g' >"$own"; fi ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.program("gnt-cluster", "")
    (machine.programs / "gnt-cluster").write_text(GNT_CLUSTER)
    machine.program("gnt-instance", GNT_INSTANCE)
    return machine


def planned(step: str, case: str) -> tuple[tuple[Command, ...], Facts]:
    module, _, answers, facts = load(case_path(step, case))
    return look(module, answers, facts).plan.commands, facts


def put(machine: Machine, config: Config) -> None:
    """The configuration as the look saw it."""
    cluster = {
        "hvparams": config.hvparams,
        "diskparams": {"drbd": config.drbd},
        "ipolicy": {"minmax": config.bounds},
    }
    machine.file(CONFIG, json.dumps({"cluster": cluster}, sort_keys=True))


@pytest.mark.parametrize(
    "case", ["synthetic-new-ceiling", "synthetic-made-by-an-older-version", "synthetic-small-disk"]
)
def test_the_cluster_gets_its_former_values(machine: Machine, case: str) -> None:
    if case == "synthetic-small-disk":
        ((command,), facts) = with_smaller_disk()
    else:
        ((command,), facts) = planned("cluster", case)
    config = facts.of(command.host, GANETI).config
    assert config is not None
    put(machine, config)
    before = machine.state()
    machine.do([command])
    left = machine.state()
    assert left != before
    for _ in range(2):
        assert machine.undo(command.undo) == (0, "")
        assert machine.state() == before


def with_smaller_disk() -> tuple[tuple[Command, ...], Facts]:
    """An instance that the policy of the recorded cluster does not admit."""
    module, _, answers, facts = load(case_path("cluster", "synthetic-new-ceiling"))
    (first, *others) = answers.instance.wanted
    small = first.model_copy(update={"swap_mib": 64})
    wanted = answers.instance.model_copy(update={"wanted": (small, *others)})
    return look(module, answers.model_copy(update={"instance": wanted}), facts).plan.commands, facts


def test_what_somebody_set_meanwhile_stays(machine: Machine) -> None:
    ((command,), facts) = planned("cluster", "synthetic-new-ceiling")
    config = facts.of(command.host, GANETI).config
    assert config is not None
    put(machine, config)
    machine.do([command])
    machine.run(("gnt-cluster", "modify", "-D", "drbd:c-max-rate=7"))
    before = machine.state()
    code, said = machine.undo(command.undo)
    assert code == 1 and "somebody changed it" in said
    assert machine.state() == before


def test_a_bridge_of_another_name_is_left_to_a_person() -> None:
    ((command,), _) = planned("cluster", "synthetic-drifted")
    assert isinstance(command.undo, str) and "gnt-cluster info" in command.undo


def test_an_instance_gets_its_former_arguments(machine: Machine) -> None:
    commands, _ = planned("console", "synthetic-no-console-argument")
    assert not [command.shown for command in commands if is_lasting(command)]
    jobs = [command for command in commands if command.kind is Kind.JOB]
    undo = jobs[0].undo
    assert isinstance(undo, Undo)
    own = undo.argv[-1].removeprefix("kernel_args=")
    if own != "default":
        machine.file("/own", f"{own}\n")
    before = machine.state()
    machine.do(jobs)
    assert machine.state() != before
    for _ in range(2):
        machine.do(backwards(commands))
        assert machine.state() == before
    machine.file("/own", "theirs\n")
    code, said = machine.undo(undo)
    assert code == 1 and "theirs" in said
