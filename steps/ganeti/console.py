"""A console that shows a login prompt, and the whole cluster verified (article, row 14)."""

from __future__ import annotations

from collections.abc import Iterator

from steps.common.facts.release import SYSTEM, hypervisor_of, release_of
from steps.common.versions import Hypervisor
from steps.ganeti import former
from steps.ganeti.acting import alone, answering, cluster, master_host, master_is_ready
from steps.ganeti.facts.ganeti import GANETI, Config, Guest, existing_guests
from steps.ganeti.facts.reports import FOLDER, REPORTS, VERIFY, mend
from steps.ganeti.ganeti_options import escaped
from steps.ganeti.instance_checks import places
from steps.ganeti.ways import CAREFUL
from steps.platform.facts.xen import HYPERVISOR
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.step import SUBMIT, THIS_STEP, Command, Danger, Finding, Kind, Step, on_nodes
from wizard.model.undo import Undo

PROMPT_SECONDS = 600
"""How long a guest may take until its console shows a prompt; a first boot on a slow machine takes
minutes.
"""
REPEAT_SECONDS = 60
"""A verification that found errors is shown for this long; after that the plan offers a new one."""
PROBE = """umask 077; mkdir -p "$3" || exit 1
case $4 in
  xl) attach() { timeout 15 xl console "$1"; } ;;
  *) attach() { timeout 15 socat -t 5 - \
"UNIX-CONNECT:/run/ganeti/kvm-hypervisor/ctrl/$1.serial"; } ;;
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
printf '%s\\n' "$text" | grep -a 'login:' | tail -n 1 >"$3/console-$2.new" \
&& mv "$3/console-$2.new" "$3/console-$2"
cat "$3/console-$2" """
CHECK = """umask 077; mkdir -p "$1" || exit 1; report=$1/verify; shift
serial=$(python3 -c 'import json; print(json.load(\
open("/var/lib/ganeti/config.data"))["serial_no"])')
gnt-cluster verify --error-codes "$@" >"$report.new" 2>&1; rc=$?
cat "$report.new"
echo "serial $serial boot $(cat /proc/sys/kernel/random/boot_id) rc $rc at $(date +%s)" \
>>"$report.new"
mv "$report.new" "$report"
exit "$rc\""""


def kernel_args(config: Config, guest: Guest, hypervisor: Hypervisor) -> str:
    """The kernel arguments that an instance boots with: its own, else the cluster's."""
    of_cluster = config.hvparams.get(hypervisor.name, {}).get("kernel_args", "")
    return guest.hvparams.get("kernel_args", of_cluster)


def has_console(args: str, hypervisor: Hypervisor) -> bool:
    """Whether the guest's kernel talks on its console."""
    # For KVM Ganeti adds the argument by itself (hv_kvm, HV_SERIAL_CONSOLE).
    return hypervisor.name == "kvm" or f"console={hypervisor.console}" in args.split()


def blockers(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Every instance is there and runs."""
    yield from master_is_ready(answers, facts)
    config = cluster(answers, facts)
    if config is None:
        return
    for instance in answers.instance.wanted:
        if config.instance(instance.name) is None or not places(answers, facts, instance.name):
            yield Finding(
                master_host(answers, facts),
                what=f"{instance.name} does not run",
                step="instance",
            )
    if alone(facts, config):
        yield from _not_now(answers, facts, config)


def _not_now(answers: Answers, facts: Facts, config: Config) -> Iterator[Finding]:
    """Beside a node that is away no instance is started anew."""
    master = master_host(answers, facts)
    hypervisor = hypervisor_of(answers, facts, master)
    for guest in existing_guests(answers, config):
        if not has_console(kernel_args(config, guest, hypervisor), hypervisor):
            yield Finding(
                master,
                what=f"{guest.name} would have to start anew, and a node is out of service",
                mend=CAREFUL,
            )


def plan(answers: Answers, facts: Facts) -> Iterator[Command]:
    """Give the kernel its console for good, wait for the prompt, verify the cluster."""
    config = cluster(answers, facts)
    if config is None:
        return
    master = master_host(answers, facts)
    hypervisor = hypervisor_of(answers, facts, master)
    for guest in existing_guests(answers, config):
        args = kernel_args(config, guest, hypervisor)
        silent = not has_console(args, hypervisor)
        if silent:
            yield from _arguments(master, guest, args, hypervisor)
        if silent or not _prompted(answers, facts, guest):
            yield from _probe(answers, facts, guest, hypervisor)
    reports = facts.of(master, REPORTS)
    age = reports.age
    stale = not reports.current(config.serial) or age is None or age > REPEAT_SECONDS
    if not verified(answers, facts, config) and stale:
        yield _check(facts, master)


def verified(answers: Answers, facts: Facts, config: Config) -> bool:
    """Whether some node's verification ended well since the youngest wanted instance was made.

    What comes later, a disk for `vault` or a planned move, changes the configuration too; that is
    health's to verify.
    """
    made = [guest.ctime for guest in existing_guests(answers, config)]
    youngest = max(made, default=0.0)
    for node in answering(answers, facts):
        report = facts.of(node.short, REPORTS)
        if report.rc == 0 and report.ended >= youngest:
            return True
    return False


def _arguments(master: str, guest: Guest, before: str, hypervisor: Hypervisor) -> Iterator[Command]:
    args = f"{before} console={hypervisor.console}".strip()
    yield Command(
        host=master,
        argv=(
            *("gnt-instance", "modify", *SUBMIT),
            *("-H", f"kernel_args={escaped(args)}", guest.name),
        ),
        kind=Kind.JOB,
        why=(
            f"{guest.name}'s kernel was not told to talk on the console; this stays over "
            "restarts, unlike startup --extra"
        ),
        undo=former.kernel_args(guest, left=args, former=before),
    )
    yield Command(
        host=master,
        argv=("gnt-instance", "reboot", *SUBMIT, guest.name),
        kind=Kind.JOB,
        danger=Danger.OUTAGE,
        why="the kernel takes its arguments when it boots",
        risk=f"{guest.name} is down for a minute or two",
        undo="none needed: it runs again",
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
        undo=Undo(("rm", "-f", f"{FOLDER}/console-{guest.uuid}")),
        title=f"wait for the login prompt on the console of {guest.name}",
        stage=1,
        minutes=1,
    )


def verification(facts: Facts, host: str) -> tuple[str, ...]:
    """The command by which Ganeti checks everything on the master `host` and keeps the result."""
    flags = release_of(facts, host).verify_flags
    return ("sh", "-c", CHECK, "verify-cluster", FOLDER, *flags)


def _check(facts: Facts, master: str) -> Command:
    return Command(
        host=master,
        argv=verification(facts, master),
        kind=Kind.UNIT,
        why=(
            "Ganeti's own check of everything: nodes, disks, networks, versions, "
            "instances; its findings are kept"
        ),
        risk="none: it only reads",
        undo=Undo(("rm", "-f", VERIFY)),
        title="gnt-cluster verify --error-codes",
        # It ends with 1 when it found errors: those are findings of this step, not its failure.
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
    for guest in existing_guests(answers, config):
        yield from _console(answers, facts, config, guest)
    host = master_host(answers, facts)
    errors = facts.of(host, REPORTS).errors
    for error in errors:
        yield Finding(
            host,
            what=f"gnt-cluster verify: {error.text}",
            mend=f"{mend(error)}; a minute after the last time, F5 offers a new one",
        )
    if not errors and not verified(answers, facts, config):
        yield Finding(
            host,
            what="gnt-cluster verify has not ended well since the instances were made",
            step=THIS_STEP,
        )


def _console(answers: Answers, facts: Facts, config: Config, guest: Guest) -> Iterator[Finding]:
    host = master_host(answers, facts)
    hypervisor = hypervisor_of(answers, facts, host)
    if not has_console(kernel_args(config, guest, hypervisor), hypervisor):
        yield Finding(
            host,
            what=f"{guest.name} boots without console={hypervisor.console}",
            step=THIS_STEP,
        )
    reports = [facts.of(node.short, REPORTS) for node in answering(answers, facts)]
    if not any(guest.uuid in report.prompts for report in reports):
        yield Finding(
            host,
            what=f"the console of {guest.name} has not shown a login prompt",
            step=THIS_STEP,
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
    may_miss=on_nodes,
    blockers=blockers,
    minutes=3,
)
