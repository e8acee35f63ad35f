"""The sequences of steps, and who may know a step."""

from __future__ import annotations

import grimp

from steps import ALL


def test_facts_know_no_step() -> None:
    steps = set(ALL.values())
    graph = grimp.build_graph("steps")
    facts = [module for module in graph.modules if ".facts." in module]
    assert facts
    for module in facts:
        known = graph.find_modules_directly_imported_by(module) & steps
        assert not known, f"{module} imports {', '.join(known)}"
