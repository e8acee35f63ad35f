"""What keeps an instance's memory after the other server lost its power, by the words of ss(8)."""

from __future__ import annotations

from pathlib import Path

from steps.platform.facts.deadlinks import DEAD_LINKS, DeadLink, DeadLinks
from steps.recover.steps.letgo import LET_GO
from tests.steps.health.test_machine_scripts import said

SOCKETS = """\
LISTEN     0      0      192.168.0.112:11001         0.0.0.0:*
FIN-WAIT-1 0      132449 192.168.0.112:11000 192.168.0.111:57921
LAST-ACK   0      17     192.168.0.112:34109 192.168.0.111:11003
ESTAB      0      0      192.168.0.112:11003 192.168.0.111:40749
FIN-WAIT-1 0      36         10.0.2.12:22        10.0.2.2:40112
"""


PLACES = {
    "sys_hypervisor_type": "type",
    "sys_module_drbd": "drbd",
    "boot_config-": "config-",
    "proc_[0-9]*": "[0-9]*",
}


def sends(folder: Path, value: str) -> Path:
    """The file in which the module says whether it copies."""
    path = folder / "drbd/parameters/disable_sendpage"
    path.parent.mkdir(parents=True)
    path.write_text(f"{value}\n")
    return path


def told(folder: Path, hypervisor: str, sent: str, state: str, **programs: str) -> DeadLinks:
    """What the snippet reads on a machine that is like this."""
    (folder / "sockets").write_text(SOCKETS)
    (folder / "type").write_text(f"{hypervisor}\n")
    sends(folder, sent)
    (folder / "24").mkdir()
    (folder / "24/comm").write_text("xenwatch\n")
    (folder / "24/status").write_text(f"Name:\txenwatch\nState:\t{state}\n")
    fake = {"ss": f"cat {folder}/sockets", "sleep": "", **programs}
    return DEAD_LINKS.parse(said(folder, str(DEAD_LINKS.script), fake, **PLACES))


LINKS = (
    DeadLink("192.168.0.112:11000", "192.168.0.111:57921", 132449),
    DeadLink("192.168.0.112:34109", "192.168.0.111:11003", 17),
)


def test_connections_that_drbd_closed_and_nobody_heard_of(tmp_path: Path) -> None:
    found = told(tmp_path, "xen", "N", "D (disk sleep)")
    assert found == DeadLinks(LINKS, in_place=True, stuck=True)
    assert found.hang and found.threaten


def test_a_kernel_that_lets_nobody_end_a_connection(tmp_path: Path) -> None:
    (tmp_path / "config-6.1.0-own").write_text("# CONFIG_INET_DIAG_DESTROY is not set\n")
    assert told(tmp_path, "xen", "N", "S (sleeping)", uname="echo 6.1.0-own").lasting


def test_what_is_copied_harms_nobody(tmp_path: Path) -> None:
    found = told(tmp_path, "xen", "Y", "S (sleeping)")
    assert found == DeadLinks(LINKS)
    assert not found.hang and not found.threaten


def test_without_xen_nothing_is_looked_at(tmp_path: Path) -> None:
    assert told(tmp_path, "kvm", "N", "S (sleeping)") == DeadLinks()


def test_only_drbds_closed_connections_are_ended(tmp_path: Path) -> None:
    module = sends(tmp_path, "N")
    asks = f'printf "%s|" "$@" >>{tmp_path}/asked; echo >>{tmp_path}/asked'
    said(tmp_path, LET_GO, {"ss": asks}, **PLACES)
    ports = "( sport >= :11000 and sport < :15000 ) or ( dport >= :11000 and dport < :15000 )"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == [
        f"-K|-Htan|state|{state}|{ports}|" for state in ("fin-wait-1", "last-ack", "closing")
    ]
    # From now on it copies, whatever became of them.
    assert module.read_text() == "1\n"
