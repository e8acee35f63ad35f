"""The next kernel of the node that an instance is to be stopped for: is it there, and with modules?

Modules lie in each instance (/lib/modules), the kernel on the nodes (Ganeti's kernel_path), so that
an upgrade of the nodes alone parts them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from steps.recover.planned import clear, relocate, settle
from steps.recover.steps import bring
from tests.daily.kernels import NEWER
from tests.steps.recover.planned.test_planned_steps import blockers, case, freeing, review
from tests.verbs.planned.cluster import INSTANCE, Cluster
from wizard.model.plan import Plan

OLD = "6.1.0-56-amd64"
BUILT = "1795357250"


def upgraded(world: Cluster, host: str = "node1") -> None:
    """A newer kernel is installed there, its initramfs made, and the links follow it."""
    raw = world.accident.raw[host]
    raw["boot"] = raw["boot"].replace(f"\tvmlinuz-{OLD}", f"\tvmlinuz-{NEWER}")
    raw["boot"] = raw["boot"].replace(f"\tinitrd.img-{OLD}", f"\tinitrd.img-{NEWER}")
    raw["boot"] += f"f\t/boot/vmlinuz-{NEWER}\t\t{BUILT}\n"
    raw["boot"] += f"f\t/boot/initrd.img-{NEWER}\t\t{BUILT}\n"


def bare(world: Cluster) -> None:
    """The initramfs was made by what an earlier version of the step `xen` wrote."""
    upgraded(world)
    raw = world.accident.raw["node1"]
    raw["xen_files"] = raw["xen_files"].replace("dm_crypt\n", "")


def stale(world: Cluster) -> None:
    """The list has all, and the initramfs was made before it had."""
    upgraded(world)
    raw = world.accident.raw["node1"]
    raw["boot"] = raw["boot"].replace("modules\t\t1795355246", "modules\t\t1795359999")


def purged(world: Cluster) -> None:
    """The kernel that the link leads to was removed."""
    raw = world.accident.raw["node1"]
    raw["boot"] = raw["boot"].replace(f"\tvmlinuz-{OLD}", "\tvmlinuz-6.1.0-49-amd64")


def halved(world: Cluster) -> None:
    """One of the two links did not follow."""
    upgraded(world)
    raw = world.accident.raw["node1"]
    raw["boot"] = raw["boot"].replace(f"\tinitrd.img-{NEWER}", f"\tinitrd.img-{OLD}")


def risks(plan: Plan) -> str:
    return "; ".join(command.risk for command in plan.commands)


def test_what_it_would_lack_there_is_said_before_it_is_stopped() -> None:
    world = Cluster()
    assert "modules" not in risks(review(relocate.step(case()), world).plan)
    upgraded(world)
    for step in (relocate.step(case()), clear.step(freeing("node2"))):
        made = review(step, world)
        assert not made.blockers
        assert f"it has no modules of kernel {NEWER}, which it boots on node1" in risks(made.plan)
        assert "in its row `kernel`" in risks(made.plan)
    upgraded(world, "node2")
    world.accident.raw["inst1"]["guest-modules"] += f"modules {NEWER}\n"
    assert "modules" not in risks(review(relocate.step(case()), world).plan)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (bare, "nor does the initramfs bring what opens its encrypted volume"),
        (stale, "nor does the initramfs bring what opens its encrypted volume"),
        (purged, "kernel 6.1.0-49-amd64, which inst1.name.org would boot here, is not there"),
        (halved, f"kernel {NEWER} here with the initramfs of {OLD}"),
    ],
)
def test_where_it_would_not_come_back_it_is_not_stopped(
    change: Callable[[Cluster], None], reason: str
) -> None:
    world = Cluster()
    change(world)
    for step in (relocate.step(case()), clear.step(freeing("node2"))):
        made = review(step, world)
        assert reason in blockers(made)
        assert "ganeti-wizard apply xen" in blockers(made)
    # The other way nothing is the matter, and one that runs on boots nothing.
    assert review(relocate.step(case(target="node2.name.org")), world).state.name == "DONE"
    world.shadow = True
    assert reason not in blockers(review(relocate.step(case()), world))


@pytest.mark.parametrize(("change", "reason"), [(bare, "encrypted volume"), (purged, "not there")])
def test_nor_on_the_way_home(change: Callable[[Cluster], None], reason: str) -> None:
    world = Cluster()
    change(world)
    wanted = world.accident.answers.guests[0]
    assert wanted.name == INSTANCE
    world.accident.answers = world.accident.answers.model_copy(deep=True)
    world.accident.answers.guests[0].primary = "node1"
    world.accident.answers.guests[0].secondary = "node2"
    for step in (settle.step(freeing("node1")), bring.step(case())):
        assert reason in blockers(review(step, world))


def test_what_is_not_known_refuses_nothing() -> None:
    world = Cluster()
    bare(world)
    del world.accident.raw["inst1"]["guest-modules"]
    assert not review(relocate.step(case()), world).blockers
    world.accident.raw["inst1"]["guest-modules"] = f"running {OLD}\nown yes\n"
    assert not review(relocate.step(case()), world).blockers
    purged(world)
    world.accident.hang("node1", "boot")
    assert "kernel" not in blockers(review(relocate.step(case()), world))
