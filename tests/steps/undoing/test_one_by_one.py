"""Undos that look first, one kind after the other: what is as it was left goes back, what somebody
changed stays, and a second time changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steps.backup.facts.backupplace import Account
from steps.backup.place import _login
from steps.common import keys_back, units
from steps.common.back import as_it_was, aside, from_aside, out_of_its_place
from steps.disks import lvm_back
from steps.ganeti.cleanup import start_daemons
from steps.guest.facts.guestapt import PROXY
from steps.network.hosts import KEY
from steps.platform.drbd import UNLOAD
from tests.steps.undoing.machine import OURS, Machine
from tests.steps.undoing.planned import commands
from tests.steps.undoing.programs import UPDATE_LOCALE, equip
from wizard.model.step import Command
from wizard.model.undo import Undo, in_words

UNIT = "a@b.service"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return equip(Machine(tmp_path))


def test_a_value_goes_back_only_from_what_was_left(machine: Machine) -> None:
    place = machine.file("/etc/value", "left")
    look, act = 'cat "$1"', 'printf %s "$former" >"$1"'
    undo = as_it_was(look, act, "/etc/value", left="left", former="$(id) ' -x", title="t")
    for _ in range(2):
        assert machine.undo(undo) == (0, "")
        assert place.read_text() == "$(id) ' -x"
    place.write_text("theirs")
    code, said = machine.undo(undo)
    assert code == 1 and "somebody changed it: it stays" in said and "theirs" in said
    assert place.read_text() == "theirs"


def test_what_cannot_be_looked_at_stays(machine: Machine) -> None:
    undo = as_it_was('cat "$1"', 'touch "$1"', "/etc/value", left="", former="a", title="t")
    code, _ = machine.undo(undo)
    assert code != 0 and not machine.state()


def test_a_file_leaves_its_place_and_is_not_lost(machine: Machine) -> None:
    undo = out_of_its_place("/etc/key", "/etc/key.pub")
    for number in (1, 2):
        machine.file("/etc/key", f"secret {number}")
        code, said = machine.undo(undo)
        assert code == 0 and f"/etc/key.{number} now" in said and not machine.state()
        (kept,) = (machine.root / OURS / "taken-back").rglob(f"key.{number}")
        assert kept.read_text() == f"secret {number}"
        assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert machine.undo(undo) == (0, "")


@pytest.mark.parametrize("left", [units.ENABLED, units.DISABLED])
@pytest.mark.parametrize("boot", [units.ENABLED, units.DISABLED])
@pytest.mark.parametrize("run", ["active", "inactive"])
def test_units_are_as_they_were(machine: Machine, left: str, boot: str, run: str) -> None:
    for word, folder in ((boot == units.ENABLED, "boot"), (run == "active", "run")):
        machine.file(f"/systemd/{folder}/other")
        if word:
            machine.file(f"/systemd/{folder}/{UNIT}")
    before = machine.state()
    change = units.enable if left == units.ENABLED else units.disable
    command = change("node1", UNIT, "why", was=f"{boot} {run}")
    machine.do([command])
    for _ in range(2):
        assert machine.undo(command.undo) == (0, "")
        assert machine.state() == before
    machine.file(f"/systemd/masked-{UNIT}")
    code, said = machine.undo(command.undo)
    assert code == 1 and "is masked now: somebody changed it" in said


@pytest.mark.parametrize("was", ["", "static active", "enabled", "active", "generated inactive"])
def test_units_of_which_too_little_is_known_are_left_to_a_person(was: str) -> None:
    command = units.disable("node1", UNIT, "why", was=was)
    assert command.undo == f"systemctl enable --now {UNIT}, if it was so before"


def test_units_that_are_new_are_off_before_their_files_go(machine: Machine) -> None:
    before = machine.state()
    machine.run(("systemctl", "enable", "--now", "a.timer", "b.timer"))
    machine.file("/systemd/none-c.timer")
    undo = units.no_more("a.timer", "b.timer", "c.timer")
    for _ in range(2):
        assert machine.undo(undo) == (0, "")
    (machine.root / "systemd/none-c.timer").unlink()
    assert machine.state() == before


class Group:
    """A group on a device, as the step lvm makes it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.device = str(machine.root / "dev/md1")
        self.group = lvm_back.no_group("xenvg", "/dev/md1")
        self.volume = lvm_back.no_volume("/dev/md1")
        for path in ("/lvm/pvs", "/lvm/vgs"):
            machine.file(path)
        self.before = machine.state()
        machine.run(("pvcreate", "--yes", "/dev/md1"))
        machine.run(("vgcreate", "xenvg", "/dev/md1"))

    def stays(self, undo: Undo, said: str) -> None:
        """The undo is refused with these words, and changes nothing."""
        before = self.machine.state()
        code, words = self.machine.undo(undo)
        assert code == 1 and said in words
        assert self.machine.state() == before


@pytest.fixture
def group(machine: Machine) -> Group:
    return Group(machine)


def test_an_empty_group_goes_before_its_volume(group: Group) -> None:
    assert group.machine.state() != group.before
    group.stays(group.volume, "is in the group xenvg: it stays")
    for _ in range(2):
        assert group.machine.undo(group.group) == (0, "")
        assert group.machine.undo(group.volume) == (0, "")
        assert group.machine.state() == group.before


@pytest.mark.parametrize(
    "row", ["1 15 14 {0}", "0 15 14 {0}", "0 15 15 /dev/sdb", "0 30 30 {0}\nxenvg 0 30 30 /dev/sdb"]
)
def test_a_group_with_anything_in_it_or_another_device_stays(group: Group, row: str) -> None:
    group.machine.file("/lvm/vgs", f"xenvg {row.format(group.device)}\n")
    group.stays(group.group, "it stays")


def test_a_device_that_holds_something_else_stays(group: Group) -> None:
    group.machine.file("/lvm/pvs", "/dev/md10 other\n")
    group.machine.file("/lvm/held", "ext4\n")
    group.stays(group.volume, "which holds ext4: it stays")


def test_nothing_is_concluded_from_a_program_that_fails(group: Group) -> None:
    for name in ("pvs", "vgs"):
        group.machine.program(name, "echo no answer >&2; exit 5\n")
    for undo in (group.group, group.volume):
        code, said = group.machine.undo(undo)
        assert code == 5 and said == "no answer\n"


def test_a_module_in_use_stays(machine: Machine) -> None:
    machine.file("/sys/module/drbd/used")
    code, said = machine.undo(Undo(("sh", "-c", UNLOAD, "unload", "/sys/module/drbd")))
    assert code == 1 and "in use" in said


def test_a_key_that_is_somebody_elses_stays(machine: Machine) -> None:
    undo = keys_back.pair(KEY, "root@node1.name.org")
    machine.file("/root/.ssh/known_hosts")
    for comment, code in (("root@other", 1), ("root@node1.name.org", 0)):
        made = machine.run(
            ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", KEY)
        )
        assert made == (0, "")
        assert machine.undo(undo)[0] == code
        assert (machine.root / KEY[1:]).exists() == bool(code)
        for end in ("", ".pub"):
            (machine.root / f"{KEY[1:]}{end}").unlink(missing_ok=True)


def guests(*names: str) -> list[Command]:
    """What any recorded case of the guest's step plans with these words at its beginning."""
    return [command for command in commands("guest") if command.shown.startswith(names)]


def test_an_instances_name_zone_and_language(machine: Machine) -> None:
    """Each command of the recorded cases, there and back, from what its look saw."""
    planned = guests("hostnamectl", "set the time zone", "update-locale")
    assert len(planned) == 3
    machine.program("update-locale", UPDATE_LOCALE)
    (naming,) = guests("hostnamectl")
    assert isinstance(naming.undo, Undo)
    static, kernel = naming.undo.argv[5].split()
    machine.file("/proc/hostname", f"{kernel}\n")
    machine.file("/etc/hostname", f"{static}\n")
    machine.file("/etc/timezone", "Etc/UTC\n")
    machine.file("/etc/default/locale")
    for zone in ("Etc/UTC", "Europe/Moscow"):
        machine.file(f"/usr/share/zoneinfo/{zone}")
    link = machine.root / "etc/localtime"
    link.symlink_to(machine.root / "usr/share/zoneinfo/Etc/UTC")
    before = machine.state()
    for command in planned:
        zone = replace(command, argv=below_literally(machine, command.argv))
        machine.do([zone])
        assert machine.state() != before
        assert isinstance(command.undo, Undo)
        undo = Undo(below_literally(machine, command.undo.argv))
        for _ in range(2):
            assert machine.undo(undo) == (0, "")
            assert machine.state() == before


def below_literally(machine: Machine, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A script that names its files by itself, for the machine."""
    moved = []
    for word in argv:
        for path in ("/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone"):
            word = word.replace(f"{machine.root}{path}", path)
            word = word.replace(path, f"{machine.root}{path}")
        moved.append(word)
    return tuple(moved)


def test_keys_are_taken_out_of_the_file_that_they_were_added_to(machine: Machine) -> None:
    keys = ("ssh-ed25519 AAAAone a@b", "ssh-rsa AAAAtwo")
    place = machine.file("/root/.ssh/authorized_keys", "ssh-rsa AAAAold x\n# AAAAone-else\n")
    place.chmod(0o640)
    before = machine.state()
    undo = keys_back.lines("/root/.ssh/authorized_keys", keys)
    with place.open("a") as file:
        file.write("\n".join(keys) + "\n")
    for _ in range(2):
        code, said = machine.undo(undo)
        assert machine.state() == before and place.stat().st_mode & 0o777 == 0o640
    place.write_text('from="10.0.0.1" ssh-ed25519 AAAAone a@b\n')
    code, said = machine.undo(undo)
    assert code == 1 and "in another line than was written" in said
    assert "from=" in place.read_text()


def test_what_was_put_aside_comes_back(machine: Machine) -> None:
    """A proxy's address may have a password in it: it stands in no command."""
    place = machine.file(PROXY, 'Acquire::http::Proxy "http://a:b@10.0.0.1:3142";\n\n')
    before = machine.state()
    for _ in range(2):
        assert machine.run(aside(PROXY)) == (0, "")
        assert not machine.state()
        for _ in range(2):
            assert machine.undo(from_aside(PROXY)) == (0, "")
            assert machine.state() == before
    machine.run(aside(PROXY))
    place.write_text("theirs\n")
    assert machine.undo(from_aside(PROXY))[0] == 1 and place.read_text() == "theirs\n"


def test_a_link_that_a_kernel_upgrade_moved_is_still_ours(machine: Machine) -> None:
    links = [command for command in commands("xen") if command.argv[0] == "ln"]
    former = [command for command in links if in_words(command.undo).startswith("let")]
    assert former and len(links) > len(former)
    for command in links:
        assert isinstance(command.undo, Undo)
        target, link = command.argv[-2:]
        newer = f"{target.partition('-')[0]}-9.9.9-amd64"
        place = machine.file("/boot/config").parent / Path(link).name
        place.unlink(missing_ok=True)
        place.symlink_to(newer)
        was = command.undo.argv[5]
        if was:
            code, said = machine.undo(command.undo)
            assert code == 1 and "is no longer there" in said and place.is_symlink()
            machine.file(f"/boot/{was}")
        for _ in range(2):
            assert machine.undo(command.undo) == (0, "")
            assert str(place.readlink()) == was if was else not place.is_symlink()
        place.unlink(missing_ok=True)
        place.symlink_to("somebodys-own")
        assert machine.undo(command.undo)[0] == 1 and place.is_symlink()


def test_an_account_goes_back_to_its_group(machine: Machine) -> None:
    machine.program("id", 'cat "$ROOT/group"\n')
    machine.program("usermod", 'printf "%s\\n" "$2" >"$ROOT/group"\n')
    place = machine.file("/group", "gw-backup\n")
    known = Account(group="users")
    (command,) = _login("backup1", known, "inst1", "/srv")
    for _ in range(2):
        assert machine.undo(command.undo) == (0, "")
        assert place.read_text() == "users\n"
    place.write_text("theirs\n")
    assert machine.undo(command.undo)[0] == 1 and place.read_text() == "theirs\n"


def test_what_has_no_such_attribute_is_no_failure(machine: Machine) -> None:
    (command,) = [one for one in commands("backup") if one.argv[:2] == ("chattr", "-R")]
    for code in (0, 1):
        machine.program("chattr", f"exit {code}\n")
        assert machine.undo(command.undo) == (0, "")


def test_daemons_stop_in_the_order_against_their_start(machine: Machine) -> None:
    command = start_daemons("node1", ("ganeti-a", "ganeti-b"), "why")
    assert isinstance(command.undo, Undo)
    assert command.undo.argv[4:] == ("ganeti-b", "ganeti-a")
    assert command.undo.shown == "/usr/lib/ganeti/daemon-util stop ganeti-b ganeti-a"
