"""What starts a server beside the first sector of its disks: the EFI partition, and the list of
disks on which an upgrade of grub-pc writes its boot loader.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.plain import lines_of
from wizard.model.facts import Fact


@dataclass(frozen=True)
class Loader:
    """`efi` is whether the firmware is EFI, `esp` the device that is mounted on /boot/efi.

    `listed` are grub-pc's disks as debconf has them, `links` the lasting names of each disk under
    /dev/disk/by-id with what they lead to.
    """

    efi: bool = False
    esp: str = ""
    listed: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    def device(self, name: str) -> str:
        """The device that a listed name means; "" when there is none any more."""
        if name.startswith("/dev/disk/"):
            return dict(self.links).get(name, "")
        return name

    def lasting(self, device: str) -> str:
        """What grub-pc would call a device: the listed name, else the first by-id one, else its
        own (grub-pc's postinst, device_to_id).
        """
        for name in self.listed:
            if self.device(name) == device:
                return name
        for link, target in self.links:
            if target == device:
                return link
        return device


def parse(text: str) -> Loader:
    """Read `efi`, `esp: DEVICE`, `listed: A, B` and `link: NAME DEVICE` lines."""
    efi = False
    esp = ""
    listed: list[str] = []
    links: list[tuple[str, str]] = []
    for line in lines_of(text):
        word, _, rest = line.partition(": ")
        if word == "efi":
            efi = True
        elif word == "esp":
            esp = rest.strip()
        elif word == "listed":
            listed += [name.strip() for name in rest.split(",") if name.strip()]
        elif word == "link":
            name, _, target = rest.partition(" ")
            links.append((name, target.strip()))
    return Loader(efi, esp, tuple(listed), tuple(links))


LOADER = Fact(
    name="boot-loader",
    script=r"""[ -d /sys/firmware/efi ] && echo efi
echo "esp: $(findmnt -n -o SOURCE /boot/efi)"
[ -e /var/lib/dpkg/info/grub-pc.postinst ] && sed -n '/^Name: grub-pc\/install_devices$/,/^$/p' \
  /var/cache/debconf/config.dat | sed -n 's/^Value: /listed: /p'
for link in /dev/disk/by-id/*; do
  case $link in *-part[0-9]*|*/dm-*|*/md-*|*/lvm-*) continue ;; esac
  [ -e "$link" ] && echo "link: $link $(readlink -f "$link")"
done""",
    parse=parse,
)
"""debconf's database is read as a file: debconf-show(1) would wait for a package that is just being
configured.
"""
