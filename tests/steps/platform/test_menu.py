"""What GRUB would start, of menus as people write them."""

from __future__ import annotations

import pytest

from steps.platform.facts.grub import Menu, parse_menu

CUSTOM = r"""set default="${next_entry}"
%s
}
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
	linux	/boot/vmlinuz-6.1 root=UUID=1 ro quiet
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced' {
	menuentry 'Debian GNU/Linux, with Linux 6.1' $menuentry_id_option 'gnulinux-6.1-advanced' {
		linux	/boot/vmlinuz-6.1 root=UUID=1 ro
	}
	submenu empty {
	}
	menuentry 'rescue > all' --id rescue {
		linux /boot/vmlinuz-6.1 single
	}
}
menuentry memtest {
	linux /boot/memtest86+x64.bin
}
menuentry "Debian GNU/Linux" --id=other {
	linux /boot/vmlinuz-5.10
}
menuentry 'Tom'\''s "own" kernel' --unrestricted {
	linux /boot/vmlinuz-own
}
menuentry	'Debian GNU/Linux, with Xen hypervisor' $menuentry_id_option 'xen-simple' {
	multiboot2	/boot/xen-4.17-amd64.gz placeholder dom0_mem=1536M,max:1536M  ${xen_rm_opts}
	module2	/boot/vmlinuz-6.1 placeholder root=UUID=1 ro
	module2	--nounzip	/boot/initrd.img-6.1
}
@env
saved_entry=gnulinux-advanced>gnulinux-6.1-advanced
"""


def menu(default: str) -> Menu:
    return parse_menu(CUSTOM % default)


@pytest.mark.parametrize(
    ("default", "linux"),
    [
        ('set default="0"', "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
        ('set default="1>0"', "/boot/vmlinuz-6.1 root=UUID=1 ro"),
        ('set default="1>2"', "/boot/vmlinuz-6.1 single"),
        ("set default=2", "/boot/memtest86+x64.bin"),
        ('set default="memtest"', "/boot/memtest86+x64.bin"),
        # os-prober and a hand-made entry may have the same title
        ('set default="3"', "/boot/vmlinuz-5.10"),
        ("set default='other'", "/boot/vmlinuz-5.10"),
        ('set default="4"', "/boot/vmlinuz-own"),
        ("set default='Tom'\\''s \"own\" kernel'", "/boot/vmlinuz-own"),
        ('set default="Tom\'s \\"own\\" kernel"', "/boot/vmlinuz-own"),
        ('set default="5"', "/boot/vmlinuz-6.1 placeholder root=UUID=1 ro"),
        ('set default="xen-simple"', "/boot/vmlinuz-6.1 placeholder root=UUID=1 ro"),
        (
            'set default="Advanced options for Debian GNU/Linux>rescue >> all"',
            "/boot/vmlinuz-6.1 single",
        ),
        ('set default="gnulinux-advanced>rescue"', "/boot/vmlinuz-6.1 single"),
        ('set default="${saved_entry}"', "/boot/vmlinuz-6.1 root=UUID=1 ro"),
        # GRUB takes its first entry where the default names none.
        ('set default="6"', "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
        ('set default="no such entry"', "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
        ('set default="²"', "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
        (f'set default="{"9" * 5000}"', "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
        ("set default='an end that never comes", "/boot/vmlinuz-6.1 root=UUID=1 ro quiet"),
    ],
)
def test_the_default_names_an_entry_as_for_grub(default: str, linux: str) -> None:
    boots = menu(default).boots
    assert boots is not None and boots.linux == linux


def test_every_entry_is_read_whatever_its_quotes() -> None:
    entries = menu("").entries
    assert [(entry.title, entry.ids[-1], entry.numbers) for entry in entries] == [
        ("Debian GNU/Linux", "gnulinux-simple", (0,)),
        (
            "Advanced options for Debian GNU/Linux > Debian GNU/Linux, with Linux 6.1",
            "gnulinux-6.1-advanced",
            (1, 0),
        ),
        ("Advanced options for Debian GNU/Linux > rescue > all", "rescue", (1, 2)),
        ("memtest", "", (2,)),
        ("Debian GNU/Linux", "other", (3,)),
        ('Tom\'s "own" kernel', "", (4,)),
        ("Debian GNU/Linux, with Xen hypervisor", "xen-simple", (5,)),
    ]
    assert entries[-1].dom0_mem == "1536M,max:1536M"
