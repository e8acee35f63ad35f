"""The pure edits of configuration files, and the two texts that a shell reads: GRUB's settings and
the kernel hook.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from steps.common.edit import assign, assigned
from steps.common.facts.texts import sections
from steps.common.versions import release
from steps.disks.facts.lvmconf import admits
from steps.disks.lvmfilter import wanted_text as lvm_text
from steps.platform.facts.boot import version_key
from steps.platform.facts.xen import capped
from steps.platform.grub import wanted_text as grub_text
from steps.platform.xen import hook_text
from wizard.base.errors import WizardError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '#autoballoon="auto"\nlockfile="x"\n',
            '#autoballoon="auto"\nautoballoon="off"\nlockfile="x"\n',
        ),
        ('autoballoon = "on"\nautoballoon="auto"\n', 'autoballoon="off"\n'),
        ("# nothing", '# nothing\nautoballoon="off"\n'),
        ("", 'autoballoon="off"\n'),
    ],
)
def test_assign(before: str, after: str) -> None:
    assert assign(before, "autoballoon", '"off"') == after
    assert assigned(after, "autoballoon") == "off"
    assert assign(after, "autoballoon", '"off"') == after


def test_assigned_reads_what_the_shell_reads() -> None:
    assert assigned("A=1\nA='2' # two\n", "A") == "2"
    assert assigned("#A=1\n", "A") is None
    assert assigned("A=\n", "A") == ""
    assert assigned("A=x # y\n", "A") == "x"


FILTER = ("a|^/dev/md|", "r|.*|")
OURS = (
    '# ganeti-wizard: begin\ndevices {\n\tglobal_filter = [ "a|^/dev/md|", "r|.*|" ]\n}\n# '
    "ganeti-wizard: end\n"
)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("", ""),
        ("local {\n}", "local {\n}\n"),
        (
            'devices {\n\tglobal_filter = [ "r|/dev/drbd[0-9]+|",\n "a|.*|" ]\n\tdir = "/dev"\n}\n',
            'devices {\n\tdir = "/dev"\n}\n',
        ),
        ('devices { global_filter = "r|/dev/drbd.*|" }\n', "devices { }\n"),
        ('devices/global_filter=["r|x]|"]\n', ""),
        ("# global_filter = [ ]\n", "# global_filter = [ ]\n"),
        (OURS.replace("md", "sd") + "local {\n}\n", "local {\n}\n"),
    ],
)
def test_lvmlocal_keeps_what_is_not_ours(before: str, kept: str) -> None:
    after = lvm_text(before, FILTER)
    assert after == kept + OURS
    assert lvm_text(after, FILTER) == after


def test_the_first_pattern_that_matches_decides() -> None:
    assert (
        admits(FILTER, "/dev/md1") and not admits(FILTER, "/dev/drbd0") and admits((), "/dev/drbd0")
    )
    assert not admits(("r|/dev/drbd[0-9]+|",), "/dev/drbd12") and admits(
        ("r|/dev/drbd[0-9]+|",), "/dev/sda"
    )
    assert admits(("a/md/", "r/.*/"), "/dev/md1")


@pytest.mark.parametrize(
    ("others", "options"),
    [
        ("", "dom0_mem=1024M,max:1024M"),
        ("com1=115200,8n1 console=com1", "com1=115200,8n1 console=com1 dom0_mem=1024M,max:1024M"),
        ("dom0_mem=4G noreboot=true", "noreboot=true dom0_mem=1024M,max:1024M"),
    ],
)
def test_grub_keeps_the_operators_options(others: str, options: str) -> None:
    script = (
        f'GRUB_CMDLINE_XEN_DEFAULT="{others}"\nGRUB_DISTRIBUTOR=Debian\ngettext() {{ '
        f'printf %s "$1"; }}\n'
    )
    script += grub_text(1024) + (
        'printf "%s|%s|%s" "$GRUB_CMDLINE_XEN_DEFAULT" "$GRUB_DEFAULT" "$XEN_OVERRIDE_GRUB_DEFAULT"'
    )
    run = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    assert run.stdout == f"{options}|Debian GNU/Linux, with Xen hypervisor|1"


def test_the_kernel_hook_follows_the_newest_complete_kernel(tmp_path: Path) -> None:
    for version in ("6.1.0-9-amd64", "6.1.0-40-amd64"):
        (tmp_path / f"vmlinuz-{version}").touch()
        (tmp_path / f"initrd.img-{version}").touch()
    (tmp_path / "vmlinuz-6.1.0-41-amd64").touch()
    (tmp_path / "vmlinuz-3-xenU").symlink_to("vmlinuz-6.1.0-9-amd64")
    script = hook_text().replace("cd /boot", 'cd "$1"')
    subprocess.run(["sh", "-c", script, "hook", str(tmp_path)], check=True)
    assert (tmp_path / "vmlinuz-3-xenU").readlink() == Path("vmlinuz-6.1.0-40-amd64")
    assert (tmp_path / "initrd-3-xenU").readlink() == Path("initrd.img-6.1.0-40-amd64")
    assert not (tmp_path / "vmlinuz-3-kvmU").exists()


def test_kernels_are_ordered_as_numbers() -> None:
    names = ["6.1.0-9-amd64", "6.12.12+bpo-amd64", "6.1.0-40-amd64"]
    assert sorted(names, key=version_key) == [
        "6.1.0-9-amd64",
        "6.1.0-40-amd64",
        "6.12.12+bpo-amd64",
    ]


def test_memory_must_be_fixed_and_exact() -> None:
    assert capped("1536M,max:1536M", 1536) and capped("2G,max:2048M", 2048)
    assert not capped("1536M", 1536) and not capped("1536M,max:4G", 1536) and not capped("", 1536)


def test_files_are_told_apart() -> None:
    text = "==> /a <==\none\n\n==> /b/c <==\n\n==> /d <==\nlast"
    assert sections(text) == {"/a": "one\n", "/b/c": "", "/d": "last"}


def test_releases() -> None:
    old, new = release("12"), release("13", "3.1.0~rc2-3")
    assert dict(old.hypervisor("xen-pvm").params)["xen_cmd"] == "xl"
    assert "xen_cmd" not in dict(new.hypervisor("xen-pvm").params)
    assert old.names_unchecked and new.names_checked and not new.names_unchecked
    assert old.hypervisor("kvm").option.startswith("kvm:kernel_path=/boot/vmlinuz-3-kvmU,")
    assert release("12", "3.1.0-1").ganeti == "3.1"
    for debian, ganeti in (("11", ""), ("", ""), ("12", "2.16.2-1")):
        with pytest.raises(WizardError, match="not supported"):
            release(debian, ganeti)
