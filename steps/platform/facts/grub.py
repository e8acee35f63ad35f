"""GRUB: its settings, the menu that came of them, what it boots by default, and on which disks it
lies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import fields, files, sections
from wizard.model.step import Fact

OURS = "/etc/default/grub.d/zz-ganeti-wizard.cfg"

GRUB_FILES = Fact(
    name="grub_files",
    script=files("/etc/default/grub /etc/default/grub.d/*.cfg"),
    parse=sections,
)
"""Text by path, in the order in which grub-mkconfig sources them: the last one has the last word.
"""


@dataclass(frozen=True)
class Entry:
    """One entry of the menu. `path` are the titles from the outermost submenu inwards; `xen` is the
    hypervisor's line without the loader's name, "" for plain Linux; `linux` the kernel's."""

    path: tuple[str, ...]
    ids: tuple[str, ...]
    xen: str = ""
    linux: str = ""


@dataclass(frozen=True)
class Menu:
    """grub.cfg as far as it matters.

    `default` is what `set default=` names ("${saved_entry}" when GRUB_DEFAULT=saved); `saved` and
    `next` are grubenv's saved_entry and next_entry. `written` is grub.cfg's time in seconds since
    1970, 0 without one.
    """

    default: str = ""
    entries: tuple[Entry, ...] = ()
    saved: str = ""
    next: str = ""
    written: float = 0.0

    @property
    def chosen(self) -> str:
        """The default with grubenv's saved entry put in."""
        return (self.saved or "0") if self.default == "${saved_entry}" else self.default

    @property
    def boots(self) -> Entry | None:
        """The entry that comes up by default, None when the default names none (GRUB then takes the
        first).
        """
        return self.find(self.chosen) or (self.entries[0] if self.entries else None)

    @property
    def upcoming(self) -> Entry | None:
        """What the next start takes: next_entry goes first. GRUB cannot clear it when /boot lies on
        an array (grub-reboot(8) warns of a "diskfilter device"), so there it holds for every start
        from then on.
        """
        return (self.find(self.next) if self.next else None) or self.boots

    def find(self, name: str) -> Entry | None:
        """Find an entry as GRUB does: number, title or id; levels separated by ">" (GRUB manual,
        default).
        """
        parts = tuple(name.split(">"))
        for entry in self.entries:
            if len(entry.path) == len(parts) and all(
                part in (title, ident)
                for part, title, ident in zip(parts, entry.path, entry.ids, strict=True)
            ):
                return entry
        return self._numbered(parts)

    def _numbered(self, parts: tuple[str, ...]) -> Entry | None:
        level: list[Entry] = list(self.entries)
        for depth, part in enumerate(parts):
            tops = list(
                dict.fromkeys(entry.path[: depth + 1] for entry in level if len(entry.path) > depth)
            )
            if not part.isdigit() or int(part) >= len(tops):
                return None
            level = [entry for entry in level if entry.path[: depth + 1] == tops[int(part)]]
        return level[0] if level and len(level[0].path) == len(parts) else None


_OPENING = re.compile(
    r"""^\s*(menuentry|submenu)\s+(['"])(.*?)\2.*?(?:\$menuentry_id_option\s+'([^']*)')?\s*\{?\s*$"""
)
_LOADER = re.compile(
    r"^\s*(multiboot2?|xen_hypervisor|module2?|xen_module|linux(?:efi)?)\s+(.*\S)\s*$"
)


class _Reader:
    """Walks the lines of grub.cfg that the snippet kept."""

    def __init__(self) -> None:
        self.open: list[tuple[str, str, str]] = []
        self.entries: list[Entry] = []
        self.xen = self.linux = ""

    def line(self, text: str) -> None:
        if match := _OPENING.match(text):
            self.open.append((match.group(1), match.group(3), match.group(4) or ""))
            self.xen = self.linux = ""
        elif text.strip() == "}" and self.open:
            self._close()
        elif (match := _LOADER.match(text)) and self.open:
            self._load(match.group(1), match.group(2))

    def _load(self, loader: str, rest: str) -> None:
        if loader.startswith(("multiboot", "xen_hyp")):
            self.xen = rest
        elif not self.linux and not rest.startswith("--nounzip"):
            self.linux = rest

    def _close(self) -> None:
        kind = self.open[-1][0]
        if kind == "menuentry":
            path, ids = (tuple(one[place] for one in self.open) for place in (1, 2))
            self.entries.append(Entry(path, ids, self.xen, self.linux))
        self.open.pop()


def parse_menu(text: str) -> Menu:
    """Read the kept lines of grub.cfg (menu entries start and end at the same indentation in
    Debian's).
    """
    config, _, rest = text.partition("\n@env\n")
    reader = _Reader()
    defaults = re.findall(r'^\s*set default="(.*)"$', config, re.MULTILINE)
    for line in config.splitlines():
        reader.line(line)
    env = dict(line.split("=", 1) for line in rest.splitlines() if "=" in line)
    usual = [one for one in defaults if one != "${next_entry}"]
    return Menu(
        default=usual[-1] if usual else "",
        entries=tuple(reader.entries),
        saved=env.get("saved_entry", ""),
        next=env.get("next_entry", ""),
        written=float(fields(rest).get("written", "0") or 0),
    )


GRUB_MENU = Fact(
    name="grub_menu",
    script=r"""grep -E -e '^\s*(menuentry |submenu |set default=|\}\s*$)' \
  -e '^\s*(multiboot2?|module2?|xen_hypervisor|xen_module|linux(efi)?)\s' /boot/grub/grub.cfg
echo; echo @env
grep -a '^[a-z_]*=' /boot/grub/grubenv
echo "written: $(stat -c %Y /boot/grub/grub.cfg)" """,
    parse=parse_menu,
)


@dataclass(frozen=True)
class BootDisk:
    """A disk under the file system that holds /boot. `label` is "dos", "gpt" or ""; `bios_boot`
    whether a GPT label has room for GRUB's core (partition type 21686148-…); `grub` whether its
    first sector is GRUB's.
    """

    name: str
    label: str
    bios_boot: bool
    grub: bool


def parse_boot_disks(text: str) -> tuple[BootDisk, ...]:
    """Read lines of "disk label bios_boot grub"."""
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 4]
    return tuple(
        BootDisk(name, label.strip("-"), bios == "yes", own == "yes")
        for name, label, bios, own in rows
    )


BOOT_DISKS = Fact(
    name="boot_disks",
    script=r"""[ -d /sys/firmware/efi ] && exit
source=$(findmnt -n -o SOURCE -T /boot)
for d in $(lsblk -s -n -r -o NAME,TYPE "$source" | while read -r n t; do [ "$t" = disk ] && echo "$n"; done | sort -u)
do
  label=$(lsblk -d -n -r -o PTTYPE "/dev/$d"); [ -n "$label" ] || label=-
  lsblk -n -r -o PARTTYPE "/dev/$d" | grep -qi 21686148-6449-6e6f-744e-656564454649 && bios=yes || bios=no
  dd if="/dev/$d" bs=446 count=1 2>/dev/null | grep -aq GRUB && grub=yes || grub=no
  echo "/dev/$d $label $bios $grub"
done""",  # noqa: E501
    parse=parse_boot_disks,
)
