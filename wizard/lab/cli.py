"""`ganeti-wizard lab …`: the lab on the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from wizard.base.exits import Exit
from wizard.base.stdio import hand_over, say
from wizard.lab.base.layout import LAYOUTS, VLAN, describe

if TYPE_CHECKING:
    from wizard.lab.api import Lab, NodeStatus

SETTINGS = (
    *("nodes", "backup", "addresses", "cards", "label", "disk_gib", "memory_mib", "cpus"),
    *("name_prefix", "domain", "first_address", "port_base"),
)
"""Options of `lab up` that shape a lab; one that is not given is as it is, or else the default of
`make_spec`.
"""
LARGEST_PID = 1 << 22
"""PID_MAX_LIMIT of 64-bit kernels (proc(5), /proc/sys/kernel/pid_max)."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Register the verb `lab` and its sub-verbs; nothing heavy is imported for it."""
    lab = subparsers.add_parser(
        "lab", help="two or three real machines on this one, to build on and to break"
    )
    verbs = lab.add_subparsers(dest="lab_verb", required=True, metavar="VERB")
    # argparse asks this parser, too, about each word after the verb: let the verb's own judge.
    verbs.type = str
    _add_up(verbs)
    verbs.add_parser(
        "status",
        help="which machines run and how to reach them; snapshots, and other labs on this machine",
    )
    ssh = verbs.add_parser("ssh", help="a shell on a machine, or a command")
    ssh.add_argument("node")
    ssh.add_argument("command", nargs=argparse.REMAINDER, type=str, metavar="CMD…")
    _add_node_verbs(verbs)
    for verb, help_text in (
        ("save", "save all running machines as NAME"),
        ("restore", "go back to NAME, running"),
    ):
        verbs.add_parser(verb, help=help_text).add_argument("name", metavar="NAME")
    _add_hands(verbs)
    verbs.add_parser("down", help="shut all machines down in order; their disks stay")
    destroy = verbs.add_parser("destroy", help="remove the machines, their disks and snapshots")
    destroy.add_argument(
        "--images",
        action="store_true",
        help="the base images too (made anew in about four minutes)",
    )
    verbs.add_parser("answers", help="print the machines as answers for the wizard (TOML)")


def _add_up(verbs: argparse._SubParsersAction[Any]) -> None:
    up = verbs.add_parser(
        "up", help="build what is missing and boot the machines until ssh answers"
    )
    up.add_argument("--nodes", type=int, choices=(2, 3), help="how many machines (default: 2)")
    up.add_argument(
        "--backup",
        action="store_true",
        default=None,
        help=(
            "a backup host too, and a router: the instances' way out (guest setup and "
            "backups need both)"
        ),
    )
    up.add_argument(
        "--addresses", action="store_true", default=None, help="the cluster card has its address"
    )
    up.add_argument(
        "--cards",
        choices=LAYOUTS,
        help=(
            "what the cluster network is on each machine: one card, a bond of two, an address in a "
            f"VLAN ({VLAN}), or both; all but plain have their addresses (default: plain)"
        ),
    )
    up.add_argument(
        "--label", choices=("dos", "gpt"), help="kind of partition table (default: dos)"
    )
    up.add_argument("--disk-gib", type=int, metavar="N", help="size of each disk (default: 26)")
    up.add_argument(
        "--memory-mib", type=int, metavar="N", help="a machine's memory (default: 4096)"
    )
    up.add_argument("--cpus", type=int, metavar="N", help="a machine's processors (default: 1)")
    up.add_argument("--name-prefix", metavar="NAME", help="NAME1, NAME2, … (default: node)")
    up.add_argument("--domain", help="for `lab answers` (default: name.org)")
    up.add_argument(
        "--first-address",
        metavar="IPV4",
        help="cluster address of the first (default: 192.168.0.111)",
    )
    up.add_argument(
        "--follow",
        type=_process,
        metavar="PID",
        help="take the lab down when this process ends; disks stay",
    )
    up.add_argument(
        "--port-base", type=int, metavar="PORT", help="ssh port of the first (default: 2201)"
    )


def _process(text: str) -> int:
    """The number of a process; raises ArgumentTypeError for what can be none."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) <= LARGEST_PID:
        raise argparse.ArgumentTypeError(f"{text[:80]} is no number of a process")
    return int(text)


def _add_node_verbs(verbs: argparse._SubParsersAction[Any]) -> None:
    for verb, help_text in (
        ("console", "a machine's serial console; Ctrl-] leaves it"),
        ("kill", "pull a machine's power cord"),
        ("freeze", "let a machine hang: it keeps its power and says nothing"),
        ("thaw", "let a frozen machine go on where it was"),
    ):
        verbs.add_parser(verb, help=help_text).add_argument("node")
    boot = verbs.add_parser("boot", help="switch machines on and wait until ssh answers")
    boot.add_argument("nodes", nargs="+", metavar="node")


def _add_hands(verbs: argparse._SubParsersAction[Any]) -> None:
    made = {}
    for verb, help_text in (("cut", "cut a cable"), ("mend", "mend a cable")):
        made[verb] = verbs.add_parser(verb, help=help_text)
        made[verb].add_argument(
            "what",
            metavar="cluster|NODE|NODE:cluster",
            help="NODE alone: its management cable. The cluster's network is the instances' too",
        )
        made[verb].add_argument(
            "--card",
            type=int,
            choices=(1, 2),
            default=0,
            help="of a bond's two cluster cards this one's cable (default: both)",
        )
    made["cut"].add_argument(
        "--only",
        choices=("sends", "receives"),
        help="one way alone: what the machine sends, or what it receives (mend mends both)",
    )
    for verb, help_text in (
        ("pull", "pull a disk out of a running machine"),
        ("plug", "plug it in again"),
    ):
        made[verb] = verbs.add_parser(verb, help=help_text)
        made[verb].add_argument("node")
        made[verb].add_argument("disk", help="1, 2 or a serial number")
    made["plug"].add_argument(
        "--blank",
        action="store_true",
        help="a new blank disk in its place, with a new serial; `restore` puts the old one back",
    )
    wipe = verbs.add_parser(
        "wipe", help="pull a machine's cord and give it disks as `up` does; boot it afterwards"
    )
    wipe.add_argument("node")


def run(args: argparse.Namespace) -> int:
    """Carry out a sub-verb and return the exit code; raises LabError for the caller to print."""
    from wizard.lab.api import Lab

    lab = Lab()
    verb: str = args.lab_verb
    if verb == "up":
        return _up(lab, args)
    if verb == "status":
        return _status(lab)
    if verb == "ssh":
        return lab.shell(
            args.node, args.command[1:] if args.command[:1] == ["--"] else args.command
        )
    if verb == "console":
        return lab.console(args.node)
    if verb == "answers":
        hand_over(lab.answers().encode())
        return Exit.OK
    return _act(lab, verb, args)


def _up(lab: Lab, args: argparse.Namespace) -> int:
    given = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    lab.up_as_told(given, args.follow)
    return _status(lab)


def _act(lab: Lab, verb: str, args: argparse.Namespace) -> int:
    if verb == "save":
        lab.save(args.name)
    elif verb == "restore":
        lab.restore(args.name)
    elif verb == "kill":
        say(f"{args.node}: {'power cord pulled' if lab.kill(args.node) else 'was off already'}")
    elif verb == "boot":
        lab.boot(*args.nodes)
    elif verb in ("freeze", "thaw"):
        (lab.freeze if verb == "freeze" else lab.thaw)(args.node)
        say(f"{args.node}: {'hangs' if verb == 'freeze' else 'goes on'}")
    elif verb in ("cut", "mend"):
        if verb == "cut":
            cables = lab.cut(args.what, args.only or "", args.card)
        else:
            cables = lab.mend(args.what, args.card)
        say(f"{verb}: {', '.join(cables)}")
    elif verb == "plug" and args.blank:
        serial = lab.plug_blank(args.node, args.disk)
        say(f"{args.node}: a blank disk is in the place of {args.disk}: {serial}")
    elif verb == "wipe":
        lab.wipe(args.node)
        say(f"{args.node}: its disks are as new; it is off: ganeti-wizard lab boot {args.node}")
    elif verb in ("pull", "plug"):
        (lab.pull if verb == "pull" else lab.plug)(args.node, args.disk)
        say(f"{args.node}: disk {args.disk} {'is out' if verb == 'pull' else 'is in'}")
    elif verb == "down":
        lab.down()
    else:
        lab.destroy(images=args.images)
        say("the lab is gone")
    return Exit.OK


def _status(lab: Lab) -> int:
    for line in lab.others():
        say(line)
    rows = lab.status()
    for line in status_lines(rows, lab.snapshots()):
        say(line)
    cards = lab.spec.cards
    if cards != "plain":
        say(f"cluster cards: {describe(cards)}")
    say(
        f"folder: {lab.paths.root}   root's password: lab-only   login: ganeti-wizard lab "
        f"ssh {rows[0].name}"
    )
    return Exit.OK


def status_lines(rows: list[NodeStatus], names: list[str]) -> list[str]:
    """The status as text: one line a machine, and the snapshots that can be restored."""
    lines = []
    for row in rows:
        state = f"running, pid {row.pid}" if row.pid is not None else "off"
        answer = "answers" if row.ssh else "does not answer"
        line = (
            f"{row.name:<10} {state:<20} ssh 127.0.0.1:{row.ssh_port} {answer}, disks "
            f"{row.disk_bytes / 2**30:.1f} GiB"
        )
        lines.append(f"{line}  [{row.missing}]" if row.missing else line)
    return [*lines, f"snapshots: {', '.join(names) or 'none'}"]
