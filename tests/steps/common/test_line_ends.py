"""A line ends at a newline alone: what only Python takes for a line end smuggles nothing in."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.common.edit import assign, entries
from steps.common.volume_layout import with_entry
from steps.disks.facts.mdconf import parse_conf
from steps.network.etchosts import rewritten
from steps.network.ifupdown import stanzas
from steps.network.trust import with_keys, with_known
from steps.vault.facts.volume import Block
from steps.vault.swap import fstab
from wizard.base.errors import StateError
from wizard.base.plain import lines_of
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.known_hosts import entries as known_entries

ENDS = ("\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEhvc3RpbGU="


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_a_comment_stays_one_line_in_every_file(end: str) -> None:
    text = f"# a comment{end}{KEY}\nlast\n"
    assert lines_of(text) == [f"# a comment{end}{KEY}", "last"]
    edited = (
        assign(text, "KEY", "1"),
        with_entry(text, "secure", "secure x none luks"),
        rewritten(text, [("node1.name.org", "192.168.0.1")]),
        with_keys(text, ("ssh-ed25519 AAAAother",)),
        with_known(text, {"node2.name.org": f"node2.name.org {KEY}"}),
        fstab(text, Block("/dev/xvdb", 1)),
        "\n".join(line for stanza in stanzas(text) for line in stanza.lines),
    )
    for result in edited:
        assert f"# a comment{end}{KEY}\n" in result
        assert KEY not in [line.strip() for line in result.split("\n")]
    assert entries(text) == ["last"]


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_no_array_is_registered_in_a_comment(end: str) -> None:
    conf = parse_conf(
        f"== conf\n# old{end}ARRAY /dev/md1 UUID=1:2:3:4\nARRAY /dev/md0 UUID=5:6:7:8\n"
    )
    assert [line.device for line in conf.arrays] == ["/dev/md0"]


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_no_host_key_is_trusted_in_a_comment(end: str, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(f"# old{end}node1 {KEY}\nnode2 {KEY}\n".encode())
    assert [entry.hosts for entry in known_entries(file)] == ["node2"]
    known = KnownHosts(file, ())
    known.accept(f"node3 {KEY}")
    assert file.read_bytes() == f"# old{end}node1 {KEY}\nnode2 {KEY}\nnode3 {KEY}\n".encode()


def test_a_file_that_is_no_utf8_is_not_rewritten(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(f"node1 {KEY}\n# gr\xf6\xdfe\n".encode("latin-1"))
    before = file.read_bytes()
    with pytest.raises(StateError, match="line 2 is not UTF-8"):
        KnownHosts(file, ()).accept(f"node3 {KEY}")
    assert file.read_bytes() == before


@pytest.mark.parametrize("hashed", ["|1|x", "|1|*|*", "|1||", "|1|YQ==|not base64!", "|1|ö|ö"])
def test_a_malformed_hash_names_nobody(hashed: str, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"{hashed} {KEY}\nnode1 {KEY}\n", "utf-8")
    named = [entry.hosts for entry in known_entries(file) if entry.names("node1")]
    assert named == ["node1"]
