"""The hooks that finish a new guest, run by the shell on a folder that stands for its root."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from steps.ganeti.osdef import hooks, partition_style

IP = """#!/bin/sh
case "$*" in
  *"address show dev xenbr0"*) echo '4: xenbr0    inet 192.168.0.112/23 scope global xenbr0' ;;
  *"route show default dev xenbr0"*) echo 'default via 192.168.0.1 onlink' ;;
esac
"""


CHROOT = """#!/bin/sh
[ "$2" = ssh-keygen ] || exit 0
for kind in rsa ed25519; do
  echo "ssh-$kind AAAA$kind root@guest" >"$1/etc/ssh/ssh_host_${kind}_key.pub"
done
"""


def run(name: str, target: Path, **env: str) -> None:
    tools = target.parent / "tools"
    tools.mkdir(exist_ok=True)
    for tool, text in (("ip", IP), ("chroot", CHROOT)):
        (tools / tool).write_text(text)
        (tools / tool).chmod(0o755)
    script = hooks()[name].replace("PATH=/usr/local/sbin", f"PATH={tools}:/usr/local/sbin")
    script = script.replace("/var/lib/ganeti-wizard", f"{target.parent}/state")
    subprocess.run(
        ["sh", "-c", script],
        check=True,
        env={"TARGET": str(target), "PATH": os.environ["PATH"], **env},
    )


@pytest.fixture
def target(tmp_path: Path) -> Path:
    root = tmp_path / "guest"
    (root / "etc" / "network").mkdir(parents=True)
    return root


def nic(number: int, **values: str) -> dict[str, str]:
    return {f"NIC_{number}_{key.upper()}": value for key, value in values.items()}


def test_names_are_such_that_run_parts_takes_them() -> None:
    assert list(hooks()) == [
        "gw-10-access",
        "gw-20-network",
        "gw-30-console",
        "gw-40-swap",
        "gw-50-modules",
    ]


def test_the_new_host_keys_are_recorded_for_the_wizard(target: Path) -> None:
    (target / "usr/sbin").mkdir(parents=True)
    (target / "usr/sbin/sshd").touch(mode=0o755)
    (target / "etc/ssh").mkdir()
    (target / "etc/ssh/ssh_host_ed25519_key.pub").write_text("ssh-ed25519 OLD root@image\n")
    run("gw-10-access", target, INSTANCE_NAME="inst1.name.org")
    record = target.parent / "state/guests/inst1.name.org.keys"
    keys = [line.split()[1] for line in record.read_text().splitlines()]
    assert keys == ["AAAAed25519", "AAAArsa"] and record.stat().st_mode & 0o777 == 0o644
    assert list(record.parent.iterdir()) == [record]


def test_kvm_guests_get_the_modules_of_the_power_button(target: Path) -> None:
    assert "drivers/acpi/button.ko*" in hooks()["gw-50-modules"]
    assert "drivers/input/evdev.ko*" in hooks()["gw-50-modules"]


def test_every_card_gets_its_address_with_the_bridges_prefix_and_gateway(target: Path) -> None:
    first = nic(0, ip="192.168.0.114", mac="aa:00:42:01:02:03", bridge="xenbr0")
    run(
        "gw-20-network",
        target,
        NIC_COUNT="2",
        **first,
        **nic(1, mac="aa:00:42:01:02:04", bridge="other"),
    )
    text = (target / "etc/network/interfaces").read_text()
    assert text == (
        "auto lo\niface lo inet loopback\n"
        "\nauto eth0\niface eth0 inet static\n    address 192.168.0.114/23\n    gateway "
        "192.168.0.1\n"
        "\nauto eth1\niface eth1 inet dhcp\n"
    )
    link = (target / "etc/systemd/network/10-gw-eth1.link").read_text()
    assert link == "[Match]\nMACAddress=aa:00:42:01:02:04\n\n[Link]\nName=eth1\n"


def test_a_guest_without_network_card_keeps_the_loopback(target: Path) -> None:
    run("gw-20-network", target, NIC_COUNT="0")
    assert (target / "etc/network/interfaces").read_text() == "auto lo\niface lo inet loopback\n"


@pytest.mark.parametrize(("hypervisor", "line"), [("xen-pvm", "hvc0"), ("kvm", "ttyS0")])
def test_the_console_gets_a_prompt(target: Path, hypervisor: str, line: str) -> None:
    (target / "lib/systemd/system").mkdir(parents=True)
    (target / "lib/systemd/system/serial-getty@.service").touch()
    run("gw-30-console", target, HYPERVISOR=hypervisor)
    wanted = target / f"etc/systemd/system/getty.target.wants/serial-getty@{line}.service"
    assert wanted.readlink() == Path("/lib/systemd/system/serial-getty@.service")


def test_a_guest_without_swap_disk_is_left_alone(target: Path) -> None:
    run("gw-40-swap", target, DISK_COUNT="2", DISK_1_NAME="data", DISK_1_PATH="/dev/null")
    assert not (target / "etc/fstab").exists()


def test_no_modules_without_a_kernel_of_the_node(target: Path) -> None:
    run("gw-50-modules", target, INSTANCE_HV_kernel_path="/nowhere/vmlinuz-3-xenU")
    assert not (target / "lib").exists()


def test_the_disk_is_partitioned_when_the_root_is_a_partition() -> None:
    assert (partition_style("/dev/xvda1"), partition_style("/dev/xvda")) == ("msdos", "none")
