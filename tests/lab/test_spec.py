"""The lab's specification: what is refused, what is kept, and how it is written."""

import json

import pytest

from wizard.base.errors import LabError
from wizard.base.exits import Exit
from wizard.lab.base.layout import LAYOUTS, Layout
from wizard.lab.base.paths import LabPaths
from wizard.lab.base.spec import (
    IMAGE_VERSION,
    MIN_DISK_GIB,
    load_spec,
    make_spec,
    save_spec,
    settings_of,
)


def test_the_article_s_names_and_addresses_are_the_defaults() -> None:
    first, second = make_spec().nodes
    assert (first.name, first.address, first.ssh_port) == ("node1", "192.168.0.111", 2201)
    assert (second.name, second.address, second.ssh_port) == ("node2", "192.168.0.112", 2202)
    assert make_spec().label == "dos"


def test_what_must_differ_between_machines_differs() -> None:
    nodes = make_spec(nodes=3).nodes
    for values in (
        {node.serial(disk) for node in nodes for disk in (1, 2)},
        {node.mac(card) for node in nodes for card in (1, 2, 3)},
    ):
        assert len(values) in (6, 9)
    assert len({node.mgmt_address for node in nodes}) == 3


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"disk_gib": MIN_DISK_GIB - 1}, "disk_gib"),
        ({"nodes": 1}, "nodes"),
        ({"nodes": 4}, "number"),
        ({"name_prefix": "Node"}, "name"),
        ({"name_prefix": "a b"}, "name"),
        ({"port_base": 80}, "ssh_port"),
        ({"port_base": 65535}, "ssh_port"),
        ({"first_address": "192.168.0"}, "192.168.0"),
        ({"first_address": "255.255.255.255"}, "address"),
        ({"memory_mib": 100}, "memory_mib"),
        ({"label": "bsd"}, "label"),
        ({"backup": True, "first_address": "192.168.0.1"}, "router"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], word: str) -> None:
    with pytest.raises(LabError) as caught:
        make_spec(**settings)  # type: ignore[arg-type]
    assert word in caught.value.what and caught.value.mend
    assert caught.value.code is Exit.LAB


def test_kept_and_read_back(paths: LabPaths) -> None:
    assert load_spec(paths.spec) is None
    spec = make_spec(nodes=3, label="gpt", addresses=True, name_prefix="srv", backup=True)
    save_spec(paths.spec, spec)
    assert load_spec(paths.spec) == spec
    assert make_spec(**settings_of(spec)) == spec


def test_a_lab_from_before_there_were_layouts_is_a_plain_one(paths: LabPaths) -> None:
    save_spec(paths.spec, make_spec())
    data = json.loads(paths.spec.read_text())
    assert data.pop("cards") == "plain"
    paths.spec.write_text(json.dumps(data))
    assert load_spec(paths.spec) == make_spec()


@pytest.mark.parametrize("cards", LAYOUTS)
def test_a_layout_is_kept_and_the_backup_host_s_is_plain(cards: Layout, paths: LabPaths) -> None:
    spec = make_spec(cards=cards, backup=True)
    save_spec(paths.spec, spec)
    assert load_spec(paths.spec) == spec == make_spec(**settings_of(spec))
    assert spec.backup is not None and spec.layout(spec.backup) == "plain"
    assert spec.cables(spec.backup) == ("cluster",) and spec.has_address(spec.backup)
    bonded = cards in ("bond", "bond-vlan")
    assert len(spec.cables(spec.nodes[0])) == (2 if bonded else 1)
    assert make_spec(cards=cards).switched == (cards != "plain")


def test_a_lab_that_exists_gives_its_own_settings_again() -> None:
    spec = make_spec(
        nodes=3, name_prefix="srv1", first_address="10.1.2.3", port_base=3000, label="gpt", cpus=1
    )
    assert make_spec(**settings_of(spec)) == spec
    assert make_spec(**settings_of(make_spec())) == make_spec()


def test_a_lab_of_another_image_version_is_refused(paths: LabPaths) -> None:
    save_spec(paths.spec, make_spec())
    data = json.loads(paths.spec.read_text()) | {"image_version": IMAGE_VERSION + 1}
    paths.spec.write_text(json.dumps(data))
    with pytest.raises(LabError, match=f"image version {IMAGE_VERSION + 1}") as caught:
        load_spec(paths.spec)
    assert "destroy" in caught.value.mend


@pytest.mark.parametrize(
    "text", ["", "{", '{"nodes": []}', '{"image_version": 1, "surprise": true}']
)
def test_a_damaged_description_is_refused(paths: LabPaths, text: str) -> None:
    paths.spec.write_text(text)
    with pytest.raises(LabError, match="cannot be read"):
        load_spec(paths.spec)


def test_a_node_is_found_by_name_or_number() -> None:
    spec = make_spec(name_prefix="srv")
    assert spec.node("srv2") is spec.node("2")
    with pytest.raises(LabError, match="no node 'node1'") as caught:
        spec.node("node1")
    assert "srv1, srv2" in caught.value.mend
