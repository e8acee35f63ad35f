"""What the runbooks' scripts do in a real shell, with stand-ins for what asks the network."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from steps.common.files import template
from steps.recover.facts.hold import HOLDS, parse
from steps.recover.steps.common import quiet, scene_of
from steps.recover.steps.connect import FOLLOW
from steps.recover.steps.freeze import FREEZE
from steps.recover.steps.hold import TAKE
from steps.recover.steps.jobs.aside import ASIDE
from steps.recover.steps.readd import TWICE
from tests.steps.recover.accident import Accident

SYNCED = " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"
ALONE = " 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n"


def paused(flags: str) -> str:
    """A synchronisation that does not go on: "a" waits for another, "p" and "u" for a person."""
    return f" 0: cs:PausedSyncS ro:Primary/Secondary ds:UpToDate/Inconsistent {flags}\n"


def sh(
    script: str, *words: str, text: str = "", path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{path}:/usr/bin:/bin" if path else "/usr/bin:/bin"}
    argv = ["sh", "-c", script, "name", *words]
    return subprocess.run(argv, input=text, env=env, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, body: str) -> None:
    made = folder / name
    made.write_text(f"#!/bin/sh\n{body}\n")
    made.chmod(0o755)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """Programs that hear nobody, on a machine with a bridge and a second card."""
    program(tmp_path, "ping", "exit 1")
    program(tmp_path, "arping", 'echo "ARPING 192.168.0.112 from 192.168.0.111 lo"; exit 1')
    program(tmp_path, "sleep", "exit 0")
    program(tmp_path, "ip", ROUTES)
    for card, flags in (("xenbr0", "0x1003"), ("eth1", "0x1003"), ("wg0", "0x10091")):
        (tmp_path / "net" / card).mkdir(parents=True)
        (tmp_path / "net" / card / "flags").write_text(f"{flags}\n")
    return tmp_path


ROUTES = """case $* in
*172.16.5.3) echo '172.16.5.3 dev eth1 src 172.16.5.2 uid 0 \\    cache ' ;;
*10.9.0.3) echo '10.9.0.3 dev wg0 src 10.9.0.2 uid 0 \\    cache ' ;;
*10.8.0.3) echo '10.8.0.3 via 192.168.0.1 dev eth1 src 192.168.0.111 uid 0 \\    cache ' ;;
esac"""


def guard(network: Path, *addresses: str, near: tuple[str, ...] = ()) -> str:
    accident = Accident()
    accident.answers.nodes[1].secondary_ip = "172.16.5.3"
    asked = addresses or ("192.168.0.112", "192.168.0.114")
    made = quiet(scene_of(accident.answers, accident.facts), asked, near)
    return made.replace("/sys/class/net", str(network / "net"))


def test_a_guard_agrees_while_nobody_is_heard(network: Path) -> None:
    assert sh(guard(network), path=network).returncode == 0


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("ping", "case $* in *.114) exit 0 ;; esac; exit 1"),
        ("arping", 'echo "Unicast reply from 192.168.0.112 [AA:00:42:00:00:12]  0.7ms"'),
        ("arping", 'echo "60 bytes from aa:00:42:00:00:12 (192.168.0.112): index=0"'),
    ],
)
def test_a_guard_refuses_at_any_sign(network: Path, name: str, body: str) -> None:
    program(network, name, body)
    done = sh(guard(network), path=network)
    assert done.returncode == 1
    assert "answers" in done.stdout


@pytest.mark.parametrize(
    ("address", "card"),
    [
        ("192.168.0.112", "xenbr0"),
        # The network of replication has a card of its own: over the bridge nobody has it.
        ("172.16.5.3", "eth1"),
        # Neither a tunnel without ARP nor a router tells who is there.
        ("10.9.0.3", "xenbr0"),
        ("10.8.0.3", "xenbr0"),
    ],
)
def test_each_address_is_asked_for_on_its_own_card(network: Path, address: str, card: str) -> None:
    hears = f'case $* in *"-I {card} "*) echo "Unicast reply from X [AA:00:42:00:00:12]" ;; esac'
    program(network, "arping", hears)
    done = sh(guard(network, address), path=network)
    assert done.stdout == f"{address} answers ARP\n"
    assert done.returncode == 1


def test_a_card_beside_the_bridge_hides_nobody_on_it(network: Path) -> None:
    """Two cards in one network, of which the kernel takes the one whose cable is out; or a route to
    the other server by the cable between both, which is cut."""
    program(network, "ip", 'echo "$4 dev eth1 src 192.168.0.111 uid 0 \\    cache "')
    hears = 'case $* in *"-I xenbr0 "*) echo "Unicast reply from X [AA:00:42:00:00:12]" ;; esac'
    program(network, "arping", hears)
    done = sh(guard(network, "192.168.0.112"), path=network)
    assert done.stdout == "192.168.0.112 answers ARP\n"
    assert done.returncode == 1
    # The bridge's network may have the numbers of the second one, which nobody there has.
    assert sh(guard(network, "172.16.5.3"), path=network).returncode == 0


def test_what_is_near_is_asked_for_by_arp_alone(network: Path) -> None:
    """Somebody else, behind the router, may have the address of an instance's inner network."""
    program(network, "ping", "case $* in *10.8.0.3) exit 0 ;; esac; exit 1")
    assert sh(guard(network, "10.8.0.3"), path=network).returncode == 1
    assert sh(guard(network, near=("10.8.0.3",)), path=network).returncode == 0
    hears = 'case $* in *10.8.0.3) echo "Unicast reply from X [AA:00:42:00:00:12]" ;; esac'
    program(network, "arping", hears)
    done = sh(guard(network, near=("10.8.0.3",)), path=network)
    assert done.stdout == "10.8.0.3 answers ARP\n"


def test_a_guard_that_cannot_ask_proves_nothing(network: Path) -> None:
    (network / "net" / "xenbr0" / "flags").unlink()
    (network / "net" / "xenbr0").rmdir()
    assert sh(guard(network), path=network).returncode == 1
    # The bridge of the answers is missing, and the address has a card of its own.
    assert sh(guard(network, "172.16.5.3"), path=network).returncode == 0


def test_of_two_holds_one_fails(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    take = TAKE.replace("/run/", f"{tmp_path}/")
    assert sh(take, str(hold), text='{"owner": "me@desk:/x"}\n').returncode == 0
    assert sh(take, str(hold), text='{"owner": "eve"}\n').returncode != 0
    (hold / "kept-one").touch()
    script = str(HOLDS.script).replace("/run/ganeti-wizard-recover", str(hold))
    told = parse(sh(script).stdout)
    assert told.owner == "me@desk:/x"
    assert told.kept == ("one",)
    assert [path.name for path in tmp_path.iterdir()] == ["hold"]


def test_a_holders_name_moves_no_cursor() -> None:
    assert parse('{"owner": "\\u001b[2J"}\n== marks\n').owner.startswith("somebody")
    assert parse("").owner == ""


def test_the_watcher_is_paused_for_two_hours(tmp_path: Path) -> None:
    pause = tmp_path / "watcher.pause"
    assert sh(FREEZE, str(pause)).returncode == 0
    now = int(sh("date +%s").stdout)
    assert now + 7100 < int(pause.read_text()) <= now + 7200
    assert pause.stat().st_mode & 0o777 == 0o644


def test_queued_jobs_are_set_aside(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    queue.mkdir()
    for number in (7, 8):
        (queue / f"job-{number}").write_text(str(number))
    script = ASIDE.replace("/var/lib/ganeti/queue", str(queue))
    aside = tmp_path / "aside" / "it's"
    assert sh(script, str(aside), "7", "9").returncode == 0
    assert [path.name for path in queue.iterdir()] == ["job-8"]
    assert (aside / "job-7").read_text() == "7"


def test_a_readd_is_tried_twice(tmp_path: Path) -> None:
    program(tmp_path, "sleep", "exit 0")
    program(tmp_path, "add", f'echo x >>{tmp_path}/tries; [ "$(wc -l <{tmp_path}/tries)" = 2 ]')
    assert sh(TWICE, "add", path=tmp_path).returncode == 0
    assert sh(TWICE, "false", path=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("states", "rc"),
    [
        (SYNCED, 0),
        (ALONE, 1),
        (SYNCED.replace("Connected", "SyncSource").replace("/UpToDate", "/Inconsistent"), None),
        (paused("C ra----"), None),
        (paused("C r--u--"), 1),
        (paused("C r-p---"), 1),
        (paused("A rap---"), 1),
    ],
)
def test_a_resync_is_followed(tmp_path: Path, states: str, rc: int | None) -> None:
    proc = tmp_path / "drbd"
    proc.write_text(states)
    # A resync ends while it is waited for.
    program(tmp_path, "sleep", f"[ {rc or 0} = 1 ] || printf '%s' '{SYNCED}' >{proc}")
    done = sh(FOLLOW.replace("/proc/drbd", str(proc)), "0", path=tmp_path)
    assert done.returncode == (rc or 0)
    assert ("resume-sync" in done.stdout) == ("Paused" in states and rc == 1)


def test_the_evidence_is_a_whole_archive(tmp_path: Path) -> None:
    done = sh(template("recover/bundle.sh").replace("/run/", f"{tmp_path}/"))
    assert done.returncode == 0
    assert done.stderr == ""
    body, _, digest = done.stdout.rstrip().rpartition("sha256 ")
    content = base64.b64decode("".join(body.split()), validate=True)
    assert hashlib.sha256(content).hexdigest() == digest
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
    assert {"./proc-drbd", "./journal0", "./ganeti-logs", "./errors"} <= set(names)


def test_the_metadata_of_each_copy_are_kept_once(tmp_path: Path) -> None:
    """The mapper has a second name of every volume (lvm(8))."""
    for name in ("mapper/xenvg-a.disk0_meta", "xenvg/a.disk0_meta", "ssd/b.disk1_meta"):
        (tmp_path / "dev" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dev" / name).touch()
    program(tmp_path, "drbdmeta", "echo $5 $3")
    script = template("recover/bundle.sh").replace("/run/", f"{tmp_path}/")
    done = sh(script.replace("/dev/*/", f"{tmp_path}/dev/*/"), path=tmp_path)
    body, _, _ = done.stdout.rstrip().rpartition("sha256 ")
    content = base64.b64decode("".join(body.split()), validate=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        kept = archive.extractfile("./drbd-metadata")
        assert kept is not None
        heads = [line for line in kept.read().decode().splitlines() if line.startswith("== ")]
    assert heads == [
        f"== {tmp_path}/dev/{name}" for name in ("ssd/b.disk1_meta", "xenvg/a.disk0_meta")
    ]
