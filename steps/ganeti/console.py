"""A console that shows a login prompt, and the whole cluster verified (article, row 14)."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, hypervisor_of, release_of
from steps.common.versions import Hypervisor
from steps.ganeti.cluster_checks import master_is_ready
from steps.ganeti.facts.ganeti import GANETI, Config, Guest, cluster
from steps.ganeti.facts.reports import FOLDER, REPORTS, VERIFY
from steps.ganeti.instance import places
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, Command, Danger, Finding, Kind, Step

PROMPT_SECONDS = 600
"""How long a guest may take until its console shows a prompt; a first boot on a slow machine takes
minutes.
"""
REPEAT_SECONDS = 60
"""A verification that found errors is shown for this long; after that the plan offers a new one."""
PROBE = """umask 077; mkdir -p "$3" || exit 1
case $4 in
  xl) attach() { timeout 15 xl console "$1"; } ;;
  *) attach() { timeout 15 socat -t 5 - "UNIX-CONNECT:/run/ganeti/kvm-hypervisor/ctrl/$1.serial"; } ;;
esac
end=$(($(date +%s) + $5))
while :; do
  text=$({ sleep 1; printf '\\r'; sleep 8; } | attach "$1" 2>&1 | tr -d '\\r' | tail -n 5)
  case $text in *login:*) break ;; esac
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "no login prompt within $5 s; the console said last:"; echo "$text"; exit 1
  fi
  echo "no login prompt yet"; sleep 10
done
printf '%s\\n' "$text" | grep -a 'login:' | tail -n 1 >"$3/console-$2.new" && mv "$3/console-$2.new" "$3/console-$2"
cat "$3/console-$2" """  # noqa: E501
CHECK = """umask 077; mkdir -p "$1" || exit 1; report=$1/verify; shift
serial=$(python3 -c 'import json; print(json.load(open("/var/lib/ganeti/config.data"))["serial_no"])')
gnt-cluster verify --error-codes "$@" >"$report.new" 2>&1; rc=$?
cat "$report.new"
echo "serial $serial boot $(cat /proc/sys/kernel/random/boot_id) rc $rc at $(date +%s)" >>"$report.new"
mv "$report.new" "$report"
exit "$rc\""""  # noqa: E501


def kernel_args(config: Config, guest: Guest, hypervisor: Hypervisor) -> str:
    """The kernel arguments that an instance boots with: its own, else the cluster's."""
    return guest.hvparams.get(
        "kernel_args", config.hvparams.get(hypervisor.name, {}).get("kernel_args", "")
    )


def has_console(args: str, hypervisor: Hypervisor) -> bool:
    """Whether the guest's kernel talks on its console; Ganeti adds the argument by itself for KVM."""  # noqa: E501
    return hypervisor.name == "kvm" or f"console={hypervisor.console}" in args.split()


def wanted(answers: Answers, config: Config) -> list[Guest]:
    """The wanted instances that exist."""
    return [guest for one in answers.instance.wanted if (guest := config.instance(one.name))]


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every instance is there and runs."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    for one in answers.instance.wanted:
        if config.instance(one.name) is None or not places(answers, facts, one.name):
            yield Finding(
                answers.master.short, f"{one.name} does not run", "finish the step `instance`"
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Give the kernel its console for good, wait for the prompt, verify the cluster."""
    config = cluster(answers, facts)
    if config is None:
        return
    hypervisor = hypervisor_of(answers, facts, answers.master.short)
    for guest in wanted(answers, config):
        args = kernel_args(config, guest, hypervisor)
        silent = not has_console(args, hypervisor)
        if silent:
            yield from _arguments(answers, guest, f"{args} console={hypervisor.console}".strip())
        if silent or not _prompted(answers, facts, guest):
            yield from _probe(answers, facts, guest, hypervisor)
    reports = facts.of(answers.master.short, REPORTS)
    stale = not reports.current(config.serial) or reports.age > REPEAT_SECONDS
    if not verified(answers, facts, config) and stale:
        yield _check(answers, facts)


def verified(answers: Answers, facts: Facts, config: Config) -> bool:
    """Whether some node's verification ended well since the youngest wanted instance was made.

    What comes later, a disk for `vault` or a planned move, changes the configuration too; that is
    health's to verify.
    """
    youngest = max((guest.ctime for guest in wanted(answers, config)), default=0.0)
    found = [facts.of(node.short, REPORTS) for node in answers.nodes]
    return any(one.rc == 0 and one.ended >= youngest for one in found)


def _arguments(answers: Answers, guest: Guest, args: str) -> Iterator[Command]:
    host, why = answers.master.short, f"{guest.name}'s kernel was not told to talk on the console"
    option = ("-H", f"kernel_args={args.replace(',', chr(92) + ',')}")
    yield Command(
        host=host,
        argv=("gnt-instance", "modify", *SUBMIT, *option, guest.name),
        kind=Kind.JOB,
        why=why + "; this stays over restarts, unlike startup --extra",
        undo=f"gnt-instance modify -H kernel_args=default {guest.name}",
    )
    yield Command(
        host=host,
        argv=("gnt-instance", "reboot", *SUBMIT, guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why="the kernel takes its arguments when it boots",
        risk=f"{guest.name} is down for a minute or two",
        minutes=2,
    )


def _prompted(answers: Answers, facts: Facts, guest: Guest) -> bool:
    hosts = places(answers, facts, guest.name)
    return bool(hosts) and guest.uuid in facts.of(hosts[0], REPORTS).prompts


def _probe(
    answers: Answers, facts: Facts, guest: Guest, hypervisor: Hypervisor
) -> Iterator[Command]:
    hosts = places(answers, facts, guest.name)
    if not hosts:
        return
    tool = "xl" if hypervisor.name.startswith("xen") else "socat"
    values = (guest.name, guest.uuid, FOLDER, tool, str(PROMPT_SECONDS))
    yield Command(
        host=hosts[0],
        argv=("sh", "-c", PROBE, "await-prompt", *values),
        kind=Kind.UNIT,
        why=(
            f"presses Enter on {guest.name}'s console until a login prompt comes: the "
            "guest is up and can be reached"
        ),
        risk="a line that somebody is typing on that console is sent off",
        undo=f"rm {FOLDER}/console-{guest.uuid}",
        title=f"wait for the login prompt on the console of {guest.name}",
        stage=1,
        minutes=1,
    )


def _check(answers: Answers, facts: Facts) -> Command:
    flags = release_of(facts, answers.master.short).verify_flags
    return Command(
        host=answers.master.short,
        argv=("sh", "-c", CHECK, "verify-cluster", FOLDER, *flags),
        kind=Kind.UNIT,
        why=(
            "Ganeti's own check of everything: nodes, disks, networks, versions, "
            "instances; its findings are kept"
        ),
        risk="none: it only reads",
        undo=f"rm {VERIFY}",
        title="gnt-cluster verify --error-codes",
        ok=(0, 1),
        stage=2,
        minutes=0.5,
    )


def verify(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """The arguments are right, the prompt was seen, and the cluster's verification has no error."""
    config = cluster(answers, facts)
    if config is None:
        yield from master_is_ready(answers, facts)
        return
    host = answers.master.short
    hypervisor, reports = hypervisor_of(answers, facts, host), facts.of(host, REPORTS)
    for guest in wanted(answers, config):
        if not has_console(kernel_args(config, guest, hypervisor), hypervisor):
            what = f"{guest.name} boots without console={hypervisor.console}"
            yield Finding(host, what, "run this step")
        if not any(guest.uuid in facts.of(node.short, REPORTS).prompts for node in answers.nodes):
            yield Finding(
                host, f"the console of {guest.name} has not shown a login prompt", "run this step"
            )
    for one in reports.errors:
        what = f"gnt-cluster verify: {one.code}: {one.domain} {one.item}: {one.message}"
        mend = (
            "mend it as gnt-cluster(8), verify, says of that code; a minute after the last "
            "time, F5 offers a new one"
        )
        yield Finding(host, what, mend)
    if not reports.errors and not verified(answers, facts, config):
        yield Finding(
            host,
            "gnt-cluster verify has not ended well since the instances were made",
            "run this step",
        )


STEP = Step(
    id="console",
    title="See the instance's console",
    reason=(
        "The article restarts the instance with console arguments and attaches to it: the first "
        "sight of the new machine, and the way in when its network is down."
    ),
    then=(
        'gnt-instance shutdown; gnt-instance startup --extra "xencons=tty1 console=tty1"; '
        "gnt-instance console"
    ),
    now=(
        "console=hvc0 for good in the kernel's arguments; attach with: gnt-instance "
        "console NAME (leave with Ctrl-])"
    ),
    plan=plan,
    verify=verify,
    facts=(SYSTEM, GANETI, HYPERVISOR, REPORTS),
    needs=("instance",),
    blockers=blockers,
    minutes=3,
)
