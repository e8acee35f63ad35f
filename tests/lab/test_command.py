"""The machines' command lines, the partition tables and the identity script: text made from the
specification.
"""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from wizard.answers import Answers
from wizard.lab.answers import answers_toml
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.qemu import KVM, TCG
from wizard.lab.base.spec import LabSpec, make_spec
from wizard.lab.image.base_image import partition_table, root_partition
from wizard.lab.image.command import builder_command
from wizard.lab.image.rootfs import mdadm_conf
from wizard.lab.machine.command import disk_device, machine_command
from wizard.lab.machine.identity import (
    hosts,
    identity_script,
    interfaces,
    make_keys,
    write_identity,
)
from wizard.lab.network.cables import cluster_backend, router_command

GATE = (7, 8)
"""Descriptors that QEMU inherits."""


def joined(spec: LabSpec, paths: LabPaths, accel: str = TCG, paused: bool = False) -> str:
    return " ".join(machine_command(spec, paths, spec.nodes[0], accel, GATE, paused=paused))


def test_the_processor_fits_the_accelerator(spec: LabSpec, paths: LabPaths) -> None:
    assert "-accel tcg,thread=multi -cpu Nehalem" in joined(spec, paths, TCG)
    assert "-accel kvm -cpu host" in joined(spec, paths, KVM)
    assert " -S" in joined(spec, paths, paused=True) and " -S" not in joined(spec, paths)


def test_nothing_listens_but_loopback(spec: LabSpec, paths: LabPaths) -> None:
    line = joined(spec, paths)
    assert re.findall(r"hostfwd=\S+", line) == ["hostfwd=tcp:127.0.0.1:2201-10.0.2.11:22"]
    assert "-monitor unix:" in line and "-qmp unix:" in line and "telnet" not in line


def test_every_user_network_is_behind_a_gate(spec: LabSpec, paths: LabPaths) -> None:
    gate = "filter-redirector,id=gate,netdev={},queue=rx,outdev=asking,indev=granted"
    for line, netdev in (
        (joined(spec, paths), "mgmt"),
        (" ".join(router_command(make_spec(backup=True), paths, GATE)), "out"),
    ):
        assert line.count("-netdev user,") == 1 and f"-netdev user,id={netdev}," in line
        assert gate.format(netdev) in line
        assert "socket,id=asking,fd=7" in line and "socket,id=granted,fd=8" in line


def test_two_machines_share_a_cable(spec: LabSpec, paths: LabPaths) -> None:
    ends = [
        re.findall(r"path=(\S+?)(?:,|$)", cluster_backend(spec, paths, node)) for node in spec.nodes
    ]
    assert (
        ends[0] == ends[1][::-1] == [str(paths.root / "node1.net"), str(paths.root / "node2.net")]
    )


def test_three_machines_share_a_switch(paths: LabPaths) -> None:
    spec = make_spec(nodes=3)
    assert {cluster_backend(spec, paths, node) for node in spec.nodes} == {
        f"vde,id=cluster,sock={paths.switch}"
    }


def test_a_bond_has_two_cards_with_a_cable_each(paths: LabPaths) -> None:
    spec = make_spec(cards="bond", backup=True)
    line = joined(spec, paths)
    for cable, card, slot in (("cluster", 2, 4), ("cluster2", 3, 8)):
        assert f"-netdev vde,id={cable},sock={paths.switch} -device virtio-net-pci," in line
        assert f"netdev={cable},id=nic{card},mac=52:54:00:67:01:0{card},addr=0x{slot}," in line
    slots = re.findall(r"addr=(0x\d)", line)
    assert len(slots) == len(set(slots)) == 6, "no two devices share a slot"
    assert spec.backup is not None
    backup = machine_command(spec, paths, spec.backup, TCG, GATE)
    assert not any("cluster2" in word for word in backup)


def test_where_the_network_is_a_vlan_every_cable_has_its_port(paths: LabPaths) -> None:
    spec = make_spec(cards="bond-vlan", backup=True)
    found = [
        re.findall(r"vde,id=(\w+),sock=\S+,port=(\d+)", " ".join(command))
        for command in (
            router_command(spec, paths, GATE),
            *(machine_command(spec, paths, node, TCG, GATE) for node in spec.nodes),
        )
    ]
    assert found == [
        [("lan", "1")],
        [("cluster", "2"), ("cluster2", "3")],
        [("cluster", "4"), ("cluster2", "5")],
        [("cluster", "6")],
    ]


def test_a_backup_host_brings_a_router_along(paths: LabPaths) -> None:
    spec = make_spec(backup=True)
    assert [node.name for node in spec.cluster] == ["node1", "node2"] and spec.backup is not None
    assert (spec.backup.address, spec.backup.ssh_port) == ("192.168.0.115", 2203)
    assert {cluster_backend(spec, paths, node) for node in spec.nodes} == {
        f"vde,id=cluster,sock={paths.switch}"
    }
    line = " ".join(router_command(spec, paths, GATE))
    assert "net=192.168.0.0/24,host=192.168.0.1,dns=192.168.0.3" in line and "hostfwd" not in line
    assert "-m 1024" in " ".join(machine_command(spec, paths, spec.backup, TCG, GATE))
    assert "192.168.0.115/24" in interfaces(spec, spec.backup)
    assert "192.168.0.111/24" not in interfaces(spec, spec.nodes[0])


def test_the_backup_host_is_no_node_of_the_answers(paths: LabPaths) -> None:
    found = tomllib.loads(answers_toml(make_spec(backup=True), paths))
    answers = Answers.model_validate(found)
    assert [node.short for node in answers.nodes] == ["node1", "node2"]
    assert answers.backup_host is not None and answers.backup_host.ssh.port == 2203
    assert (answers.guest.gateway, answers.guest.nameservers) == ("192.168.0.1", ["192.168.0.3"])


def test_a_pulled_disk_has_no_device_and_comes_back_to_its_place(
    spec: LabSpec, paths: LabPaths
) -> None:
    node = spec.nodes[0]
    whole = machine_command(spec, paths, node, TCG, GATE)
    without = machine_command(spec, paths, node, TCG, GATE, pulled=[2])
    (device,) = (word for word in whole if "virtio-blk-pci" in word and "id=dev2" in word)
    assert device not in without and any("node-name=disk2" in word for word in without)
    assert device == ",".join(f"{k}={v}" for k, v in disk_device(node, 2).items()) + ",bootindex=2"


def test_the_builder_reads_its_root_and_writes_the_disks(tmp_path: Path) -> None:
    disks = [tmp_path / "a", tmp_path / "b"]
    line = " ".join(
        builder_command(
            tmp_path / "root", tmp_path / "k", tmp_path / "i", disks, tmp_path / "s", TCG, 2
        )
    )
    assert f"file={tmp_path}/root,format=raw,if=virtio,cache=unsafe,readonly=on" in line
    assert line.count("readonly=on") == 1 and "LAB_ROOT_PART=2" in line and "-no-reboot" in line


@pytest.mark.parametrize("label", ["dos", "gpt"])
def test_sfdisk_makes_the_base_disk(label: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.truncate(25 << 30)
    script = partition_table(label, 1)  # type: ignore[arg-type]
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(disk)], input=script, text=True, check=True)
    dump = subprocess.run(
        ["/usr/sbin/sfdisk", "-d", str(disk)], capture_output=True, text=True, check=True
    ).stdout
    rows = [line for line in dump.splitlines() if line.startswith(str(disk))]
    assert f"label: {label}" in dump
    assert len(rows) == root_partition(label)  # type: ignore[arg-type]
    assert re.search(r"size= *8388608", rows[-1]), "4 GiB in sectors of 512 bytes"


def test_both_disks_have_labels_of_their_own() -> None:
    assert partition_table("dos", 1) != partition_table("dos", 2)


def test_the_installer_s_hosts_line_that_ganeti_cannot_live_with(spec: LabSpec) -> None:
    assert "127.0.1.1\tnode1\n" in hosts(spec.nodes[0])


def test_the_cluster_card_has_an_address_only_when_asked(spec: LabSpec) -> None:
    assert "ens4" not in interfaces(spec, spec.nodes[0])
    text = interfaces(make_spec(addresses=True), spec.nodes[1])
    assert "iface ens4 inet static\n    address 192.168.0.112/24\n" in text


def test_the_identity_script_is_sound_shell_and_removes_itself(spec: LabSpec) -> None:
    keys = {
        "ssh_host_ed25519_key": "it's $secret\n",
        "ssh_host_ed25519_key.pub": "ssh-ed25519 AAAA\n",
    }
    script = identity_script(spec, spec.nodes[0], "ssh-ed25519 BBBB lab\n", keys)
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
    assert "rm -f /etc/lab-identity-pending" in script and "relocate" not in script
    words = shlex.split(script)
    written = {words[at + 3]: words[at + 1] for at, word in enumerate(words) if word == "%s"}
    modes = {words[at + 2]: words[at + 1] for at, word in enumerate(words) if word == "chmod"}
    assert written["/etc/ssh/ssh_host_ed25519_key"] == "it's $secret\n"
    assert modes["/etc/ssh/ssh_host_ed25519_key"] == modes["/root/.ssh/authorized_keys"] == "0600"
    assert written["/etc/hostname"] == "node1\n" and modes["/etc/hostname"] == "0644"


@pytest.mark.slow
def test_keys_of_their_own_and_known_hosts_with_the_kind_that_ganeti_leaves(
    spec: LabSpec, paths: LabPaths
) -> None:
    make_keys(spec, paths, paths.root)
    lines = paths.known_hosts.read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["[127.0.0.1]:2201", "ssh-ed25519"],
        ["[127.0.0.1]:2202", "ssh-ed25519"],
    ]
    assert lines[0].split()[2] != lines[1].split()[2]
    assert len(list(paths.host_keys("node1").glob("ssh_host_*_key"))) == 3
    assert paths.key.stat().st_mode & 0o777 == 0o600
    write_identity(spec, paths, spec.nodes[0], paths.root)
    assert not paths.host_keys("node1").exists(), "they live on in the identity script alone"
    assert paths.identity("node1").stat().st_mode & 0o777 == 0o600


def test_a_gpt_disk_gets_its_backup_header_moved(spec: LabSpec) -> None:
    script = identity_script(make_spec(label="gpt"), spec.nodes[0], "", {})
    assert script.count("--relocate gpt-bak-std") == 2


def test_mdadm_conf_names_the_array_as_mdadm_does() -> None:
    text = mdadm_conf("e2676924-c96e-4515-b7a0-d56a7142f8d8")
    assert "UUID=e2676924:c96e4515:b7a0d56a:7142f8d8 " in text


def test_the_answers_are_toml_with_a_list_of_nodes(paths: LabPaths) -> None:
    data = tomllib.loads(
        answers_toml(make_spec(nodes=3, name_prefix="srv", domain="example.net"), paths)
    )
    assert data["version"] == 1 and len(data["nodes"]) == 3
    assert data["nodes"][2] == {
        "name": "srv3.example.net",
        "ip": "192.168.0.113",
        "ssh": {"host": "127.0.0.1", "port": 2203, "user": "root", "key": str(paths.key)},
    }
