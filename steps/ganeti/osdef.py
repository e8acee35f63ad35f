"""How guests are installed: debootstrap's settings and our hooks, the same on every node (article,
row 13).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from steps.common.edit import assign, assigned, entries, with_lines
from steps.common.facts.release import SYSTEM, hypervisor_of
from steps.common.files import put, template
from steps.ganeti.facts.osdef import CACHE, CONFIG, HOOKS, OSDEF, SETTINGS, VARIANTS, OsDef
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import Command, Finding, Step, not_done
from wizard.model.write import write_file

PACKAGES = "ifupdown,openssh-server,udev,systemd-sysv,dbus,kmod,netbase,iproute2,iputils-ping"
"""What a guest gets beyond debootstrap's minimum: without ifupdown its `create` script fails (its
issue 23).
"""


@cache
def hooks() -> Mapping[str, str]:
    """Our hooks by name; run-parts runs them in this order."""
    folder = resources.files("assets") / "templates" / "debootstrap"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def suites(answers: Answers) -> tuple[str, ...]:
    """The Debian releases that instances want; each is a variant of the OS definition."""
    return tuple(dict.fromkeys(instance.suite for instance in answers.instance.wanted))


def variant(suite: str) -> str:
    """The variant that installs a release; Ganeti's export and import of its instances go through
    it as well.
    """
    return template("variant.conf").replace("@SUITE@", suite)


def partition_style(root_path: str) -> str:
    """`msdos` when the guest's root is a first partition, else the bare disk: it must fit
    root_path.
    """
    return "msdos" if root_path[-1:].isdigit() else "none"


def settings(answers: Answers, facts: Facts, host: str) -> dict[str, str]:
    """The variables that this node's settings file must have (its own comments explain them)."""
    on_node = facts.of(host, OSDEF)
    params = dict(hypervisor_of(answers, facts, host).params)
    releases = suites(answers)
    values = {
        "SUITE": releases[0] if releases else "",
        "MIRROR": on_node.mirror,
        "PROXY": on_node.proxy,
        "EXTRA_PKGS": PACKAGES,
        "PARTITION_STYLE": partition_style(params["root_path"]),
        "GENERATE_CACHE": "yes",
    }
    return {name: value for name, value in values.items() if value}


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The package is there."""
    for node in answers.nodes:
        if not facts.of(node.short, OSDEF).installed:
            yield Finding(
                node.short,
                what="ganeti-instance-debootstrap is not installed",
                step="packages",
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Write what differs, on each node."""
    for node in answers.nodes:
        on_node = facts.of(node.short, OSDEF)
        yield from _settings(answers, facts, node.short, on_node)
        yield from _variants(answers, node.short, on_node)
        yield from _hooks(node.short, on_node)


def _settings(answers: Answers, facts: Facts, host: str, on_node: OsDef) -> Iterator[Command]:
    text = on_node.texts[SETTINGS]
    for name, value in settings(answers, facts, host).items():
        if assigned(text, name) != value:
            text = assign(text, name, f'"{value}"')
    yield from put(
        host,
        SETTINGS,
        text,
        now=on_node.texts[SETTINGS],
        why="the shipped settings still name a release of 2013; the mirror is this node's own",
    )


def _variants(answers: Answers, host: str, on_node: OsDef) -> Iterator[Command]:
    for suite in suites(answers):
        path = f"{CONFIG}/variants/{suite}.conf"
        yield from put(
            host,
            path,
            variant(suite),
            now=on_node.texts.get(path),
            why=(
                f"the variant {suite} installs Debian {suite}; `gnt-backup` takes all "
                "disks of its instances"
            ),
        )
    listed = on_node.texts.get(VARIANTS, "")
    unlisted = [suite for suite in suites(answers) if suite not in entries(listed)]
    if unlisted:
        yield write_file(
            host,
            VARIANTS,
            with_lines(listed, unlisted),
            why="Ganeti offers the variants that this list names",
            old=listed,
        )


def _hooks(host: str, on_node: OsDef) -> Iterator[Command]:
    for name, text in hooks().items():
        path = f"{HOOKS}/{name}"
        # run-parts(8) passes over a hook that may not be run, and says nothing.
        if on_node.hooks.get(name) != text or name not in on_node.executable:
            yield write_file(
                host,
                path,
                text,
                why="a hook that finishes each new guest, the same on every node",
                mode="755",
                old=on_node.hooks.get(name, ""),
            )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing left to write, and no hooks of others that only some nodes have."""
    yield from not_done(plan(answers, facts))
    first = answers.first
    on_first = _hooks_of_others(facts, first.short)
    for node in answers.nodes[1:]:
        on_node = _hooks_of_others(facts, node.short)
        for name in sorted(on_first.keys() | on_node.keys()):
            if on_first.get(name) != on_node.get(name):
                yield Finding(
                    node.short,
                    what=(
                        f"the hook {name} differs from that on {first.short}, so guests would too"
                    ),
                    mend=f"make {HOOKS}/{name} the same on all nodes, or remove it",
                )


def _hooks_of_others(facts: Facts, host: str) -> dict[str, str]:
    on_node = facts.of(host, OSDEF).hooks
    return {name: text for name, text in on_node.items() if name not in hooks()}


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
