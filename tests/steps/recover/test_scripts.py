"""The snippets on a real shell: what they say of this machine, and of made-up DRBD programs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from steps.recover.doctor import GUEST_LANES, NODE_LANES
from steps.recover.facts.daemons import RUNNING
from steps.recover.facts.generations import GENERATIONS
from steps.recover.facts.presence import PRESENCE, Heard, Heeded
from steps.recover.facts.pulse import PULSE
from wizard.answers import Answers
from wizard.hosts.local import LocalHost

KEY = "f2c80dff-7e9e-49bd-9f9b-4160ced4ab09.disk"
SHOW = """resource resource0 {
    net { shared-secret "not to be told"; }
    _this_host {
        volume 0 {
            device minor 0;
            disk "/dev/GROUP/KEY0_data";
            meta-disk "/dev/GROUP/KEY0_meta";
        }
    }
}
"""


def said(script: str, path: str = "") -> str:
    host = LocalHost("here", need_root=False)
    if path:
        host.path = f"{path}:{os.environ['PATH']}"
    return host.run(("sh", "-s"), stdin=script.encode(), timeout=120).out


def of_this_machine() -> Answers:
    """Addresses of this machine, which no answer may name, stand for those of the servers."""
    answers = Answers()
    hosts = answers.hosts.model_copy(update={"cluster_ip": IPv4Address("127.0.0.9")})
    nodes = []
    for number, node in enumerate(answers.nodes, 1):
        nodes.append(node.model_copy(update={"ip": IPv4Address(f"127.0.0.{number}")}))
    return answers.model_copy(update={"nodes": nodes, "hosts": hosts})


def test_a_machine_that_answers_at_once_is_read_once() -> None:
    view = PRESENCE.parse(said(PRESENCE.script_for(of_this_machine(), "here")))
    assert view.readings == 1
    assert "answers ping" in view.heard["127.0.0.2"].signs
    # Nobody listens there, and the kernel says so.
    assert dict(view.heard["127.0.0.2"].ports)[1811] == "refused"
    assert view.heard["127.0.0.2"].last == view.begun


def test_a_knock_that_a_busy_machine_missed_is_made_again(tmp_path: Path) -> None:
    knock = tmp_path / "bash"
    knock.write_text(
        f"""#!/bin/sh
case $2 in *127.0.0.2/1811) ;; *) exec /bin/bash "$@" ;; esac
[ -e {tmp_path}/missed ] && exit 0
touch {tmp_path}/missed
exit 124
"""
    )
    knock.chmod(0o755)
    script = PRESENCE.script_for(of_this_machine(), "here").replace("sleep 5", "sleep 0")
    view = PRESENCE.parse(said(script, str(tmp_path)))
    assert view.readings == 2
    assert dict(view.heard["127.0.0.2"].ports)[1811] == "open"


def seen_over(
    tmp_path: Path, answers: Answers, cards: Sequence[str], ip: str, arping: str
) -> Heeded:
    """What node1 hears where it has these cards, and ip(8) and arping(8) do that."""
    for name, body in (("ip", ip), ("arping", arping)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    for card in cards:
        (tmp_path / "net" / card).mkdir(parents=True)
        (tmp_path / "net" / card / "flags").write_text("0x1003\n")
    script = PRESENCE.script_for(answers, "node1").replace("/sys/class/net", f"{tmp_path}/net")
    return PRESENCE.parse(said(script.replace("sleep 5", "sleep 0"), str(tmp_path)))


def with_second_address() -> Answers:
    """node2 has one, in a network of its own."""
    answers = of_this_machine()
    answers.nodes[1] = answers.nodes[1].model_copy(update={"secondary_ip": "127.0.7.2"})
    return answers


def test_a_second_address_is_asked_for_on_its_own_card(tmp_path: Path) -> None:
    """The bridge of the answers is not there at all: master_netdev may be the loopback's."""
    view = seen_over(
        tmp_path,
        with_second_address(),
        ["eth1"],
        ip="case $4 in 127.0.7.2) echo 127.0.7.2 dev eth1 src 127.0.7.1 uid 0 ;; esac",
        arping='case $* in *"-I eth1 127.0.7.2") echo "reply [AA:00:42:00:00:12]" ;; esac',
    )
    assert view.heard["127.0.7.2"].macs == ("aa:00:42:00:00:12",)
    # Where the first addresses are, nobody could ask.
    assert not view.arp


def test_a_card_beside_the_bridge_hides_nobody_on_it(tmp_path: Path) -> None:
    answers = with_second_address()
    view = seen_over(
        tmp_path,
        answers,
        ["eth1", answers.bridge.name],
        ip="echo $4 dev eth1 src 127.0.0.1 uid 0",
        arping='case $* in *"-I xenbr0 "*) echo "reply [AA:00:42:00:00:12]" ;; esac',
    )
    assert view.heard["127.0.0.2"].macs == ("aa:00:42:00:00:12",)
    assert not view.heard["127.0.7.2"].macs


def test_drbd_is_asked_once_more_in_the_end(tmp_path: Path) -> None:
    drbd = tmp_path / "drbd"
    script = PRESENCE.script_for(of_this_machine(), "here").replace("/proc/drbd", str(drbd))
    assert PRESENCE.parse(said(script)).peers is None
    drbd.write_text(
        "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 9A2F7DBB4E9B14C1A8DD0F1\n"
        " 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n"
        "    ns:0 nr:0 dw:24 dr:2953 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:20\n"
        "\n 2: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n"
        " 3: cs:Unconfigured\n"
    )
    assert PRESENCE.parse(said(script)).peers == {0: "Unknown", 2: "Primary"}


@pytest.mark.parametrize(
    ("openssl", "certificate"),
    [
        ("[ $1 = x509 ] && echo sha256 Fingerprint=AB:CD; exit 0", "abcd"),
        ("exit 1", "none"),
        # As timeout(1) ends a handshake of a machine that is too busy for it.
        ("[ $1 = x509 ] || exit 124; exit 1", ""),
    ],
)
def test_what_is_shown_too_late_is_no_other_certificate(
    openssl: str, certificate: str, tmp_path: Path
) -> None:
    program = tmp_path / "openssl"
    program.write_text(f"#!/bin/sh\n{openssl}\n")
    program.chmod(0o755)
    show = re.search(r"^show\(\) \{.*?^\}", PRESENCE.script_for(Answers(), "here"), re.M | re.S)
    assert show is not None
    text = said(f"{show[0]}\necho reading 1 7\nshow 192.168.0.112\necho end 8\n", str(tmp_path))
    heard = PRESENCE.parse(text).heard.get("192.168.0.112", Heard())
    assert heard.certificate == certificate


def test_the_pulse_of_this_machine() -> None:
    pulse = PULSE.parse(said(PULSE.script_for(Answers(), "here")))
    assert pulse.uptime > 0
    assert pulse.now > pulse.uptime
    assert pulse.boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_identifiers_of_attached_and_of_detached_disks(tmp_path: Path) -> None:
    """The metadata of one disk lie in a volume group of their own (metavg)."""
    group = tmp_path / "xenvg"
    other = tmp_path / "ssd"
    for number, folder in ((0, group), (1, other)):
        folder.mkdir()
        (folder / f"{KEY}{number}_meta").touch()
    (group / "mail.disk2_meta").touch()
    # An old half of the mirror that somebody took in beside it (vgimportclone(8)).
    clone = tmp_path / "xenvg1"
    clone.mkdir()
    (clone / f"{KEY}0_meta").touch()
    show = SHOW.replace("/dev/GROUP", str(group)).replace("KEY", KEY)
    ids = "710A00000000B689:1659B1A2C3D4D74D:52F700000000A001:0000000000000004"
    programs = {
        "drbdsetup": (f"[ $1 = get-gi ] && exec echo {ids}:1:1:1:0:0:0:0\ncat <<'END'\n{show}END"),
        "drbdmeta": f"[ $2 = v08 ] && [ $5 = get-gi ] && echo {ids}:1:1:0:1:0:0:0",
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    script = GENERATIONS.script_for(Answers(), "node1").replace("/dev/*/", f"{tmp_path}/*/")
    text = said(script.replace("(/dev/[^", f"({tmp_path}/[^"), str(tmp_path))
    assert "not to be told" not in text
    copies = GENERATIONS.parse(text)
    assert set(copies) == {f"xenvg/{KEY}0", f"ssd/{KEY}1", f"xenvg1/{KEY}0"}
    assert copies[f"xenvg/{KEY}0"].attached
    assert copies[f"xenvg/{KEY}0"].primary
    assert not copies[f"xenvg1/{KEY}0"].attached
    assert not copies[f"ssd/{KEY}1"].attached
    assert copies[f"ssd/{KEY}1"].connected


def test_no_snippet_writes() -> None:
    for lane in (*NODE_LANES, *GUEST_LANES):
        for fact in lane:
            script = fact.script_for(Answers(), "node1")
            for word in (
                " rm ",
                "tee ",
                "mkdir",
                "mktemp",
                "touch ",
                "lvcreate",
                "drbdadm",
                "gnt-instance",
            ):
                assert word not in script, f"{fact.name}: {word}"


@pytest.mark.parametrize(
    ("verb", "starting"),
    [("start", True), ("restart-all", True), ("check-and-start", False), ("rotate-logs", False)],
)
def test_what_the_watcher_looks_at_is_no_start(verb: str, starting: bool, tmp_path: Path) -> None:
    process = tmp_path / "7"
    process.mkdir()
    (process / "comm").write_text("daemon-util\n")
    words = ("/bin/bash", "/usr/lib/ganeti/daemon-util", verb, "ganeti-noded")
    (process / "cmdline").write_text("".join(f"{word}\0" for word in words))
    script = RUNNING.script_for(Answers(), "node1").replace("/proc/", f"{tmp_path}/")
    assert RUNNING.parse(said(script)).starting is starting
