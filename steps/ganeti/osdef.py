"""How guests are installed: debootstrap's settings and our hooks, the same on every node (article,
row 13).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from steps.common.edit import assign, assigned, entries, with_lines
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.ganeti.facts.osdef import CACHE, CONFIG, HOOKS, OSDEF, SETTINGS, VARIANTS, OsDef
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done, write_file

PACKAGES = "ifupdown,openssh-server,udev,systemd-sysv,dbus,kmod,netbase,iproute2,iputils-ping"
"""What a guest gets beyond debootstrap's minimum: without ifupdown its `create` script fails (its
issue 23).
"""


@cache
def hooks() -> Mapping[str, str]:
    """Our hooks by name; run-parts runs them in this order."""
    folder = resources.files("assets") / "templates" / "debootstrap"
    return {
        one.name: one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
    }


def suites(answers: Answers) -> tuple[str, ...]:
    """The Debian releases that instances want; each is a variant of the OS definition of its own."""  # noqa: E501
    return tuple(dict.fromkeys(one.suite for one in answers.instance.wanted))


@cache
def variant(suite: str) -> str:
    """The variant that installs a release; Ganeti's export and import of its instances go through
    it as well.
    """
    text = (
        resources.files("assets").joinpath("templates", "variant.conf").read_text(encoding="utf-8")
    )
    return text.replace("@SUITE@", suite)


def partition_style(root_path: str) -> str:
    """`msdos` when the guest's root is a first partition, else the bare disk: it must fit
    root_path.
    """
    return "msdos" if root_path[-1:].isdigit() else "none"


def settings(answers: Answers, facts: Facts, host: str) -> dict[str, str]:
    """The variables that this node's settings file must have (its own comments explain them)."""
    seen = facts.of(host, OSDEF)
    root = dict(hypervisor_of(answers, facts, host).params)["root_path"]
    wanted = {
        "SUITE": suites(answers)[0] if suites(answers) else "",
        "MIRROR": seen.mirror,
        "PROXY": seen.proxy,
        "EXTRA_PKGS": PACKAGES,
        "PARTITION_STYLE": partition_style(root),
        "GENERATE_CACHE": "yes",
    }
    return {name: value for name, value in wanted.items() if value}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The package is there."""
    for node in answers.nodes:
        if not facts.of(node.short, OSDEF).installed:
            what = "ganeti-instance-debootstrap is not installed"
            yield Finding(node.short, what, "finish the step that installs the packages")


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Write what differs, on each node."""
    for node in answers.nodes:
        host, seen = node.short, facts.of(node.short, OSDEF)
        yield from _settings(answers, facts, host, seen)
        yield from _variants(answers, host, seen)
        for name, text in hooks().items():
            if seen.hooks.get(name) != text or name not in seen.executable:
                yield write_file(
                    host,
                    f"{HOOKS}/{name}",
                    text,
                    "a hook that finishes each new guest, the same on every node",
                    mode="755",
                    undo=f"rm {HOOKS}/{name}",
                )


def _settings(answers: Answers, facts: Facts, host: str, seen: OsDef) -> Iterator[Command]:
    text = old = seen.texts[SETTINGS]
    for name, value in settings(answers, facts, host).items():
        if assigned(text, name) != value:
            text = assign(text, name, f'"{value}"')
    if text != old:
        why = "the shipped settings still name a release of 2013; the mirror is this node's own"
        yield write_file(
            host, SETTINGS, text, why, undo="dpkg --force-confmiss,confnew -i the package again"
        )


def _variants(answers: Answers, host: str, seen: OsDef) -> Iterator[Command]:
    listed = seen.texts.get(VARIANTS, "")
    missing = [suite for suite in suites(answers) if suite not in entries(listed)]
    for suite in suites(answers):
        path, text = f"{CONFIG}/variants/{suite}.conf", variant(suite)
        if seen.texts.get(path) != text:
            why = (
                f"the variant {suite} installs Debian {suite}; `gnt-backup` takes all "
                "disks of its instances"
            )
            yield write_file(host, path, text, why, undo=f"rm {path}")
    if missing:
        why = "Ganeti offers the variants that this list names"
        yield write_file(
            host,
            VARIANTS,
            with_lines(listed, missing),
            why,
            undo=f"remove the lines from {VARIANTS}",
        )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to write, and no hooks of others that only some nodes have."""
    yield from not_done(plan(answers, facts))
    first = answers.master
    theirs = {
        name: text
        for name, text in facts.of(first.short, OSDEF).hooks.items()
        if name not in hooks()
    }
    for node in answers.nodes[1:]:
        other = {
            name: text
            for name, text in facts.of(node.short, OSDEF).hooks.items()
            if name not in hooks()
        }
        differing = sorted(
            name for name in theirs.keys() | other.keys() if theirs.get(name) != other.get(name)
        )
        for name in differing:
            what = f"the hook {name} differs from that on {first.short}, so guests would too"
            yield Finding(
                node.short, what, f"make {HOOKS}/{name} the same on all nodes, or remove it"
            )


STEP = Step(
    id="osdef",
    title="Prepare the guests' installation",
    reason=(
        "The article installs the guest by debootstrap and mends it over the console: empty root "
        "password, no network, no swap. Hooks on every node do that at creation instead."
    ),
    then=(
        "-o debootstrap, then by hand on the guest's console: passwd, /etc/network/interfaces, "
        "mkswap, fstab"
    ),
    now=(
        f"{SETTINGS}, a variant for each Debian release, five hooks in {HOOKS}; prepared "
        f"systems in {CACHE} are used"
    ),
    plan=plan,
    verify=verify,
    facts=(SYSTEM, OSDEF),
    needs=("packages",),
    blockers=blockers,
    minutes=0.3,
)
