"""GRUB: its settings, the menu that came of them, what it boots by default, and on which disks it
lies.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from dataclasses import dataclass
from itertools import pairwise

from steps.common.facts.texts import fields, files, sections
from wizard.base.plain import lines_of
from wizard.model.facts import Fact

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
    """One entry of the menu."""

    path: tuple[str, ...]
    """The titles from the outermost submenu inwards."""
    ids: tuple[str, ...]
    """Their identifiers, "" where a title has none."""
    xen: str = ""
    """The hypervisor's line without the loader's name; "" for plain Linux."""
    linux: str = ""
    """The kernel's line without the loader's name."""
    numbers: tuple[int, ...] = ()
    """Its place on each level, from 0: titles may be the same."""

    @property
    def title(self) -> str:
        """The titles in one line, as the GRUB manual joins them."""
        return " > ".join(self.path)

    @property
    def dom0_mem(self) -> str:
        """The last dom0_mem value of the hypervisor's line, the one that Xen takes; "" without."""
        option = "dom0_mem="
        values = [word[len(option) :] for word in self.xen.split() if word.startswith(option)]
        return values[-1] if values else ""

    @property
    def kernel(self) -> str:
        """The version of its kernel, by the file's name; "" where that does not tell one."""
        path, _, _ = self.linux.partition(" ")
        _, mark, version = path.rpartition("/vmlinuz-")
        return version if mark else ""

    def named(self, parts: tuple[str, ...]) -> bool:
        """Whether each part is the title or the identifier of its level."""
        if len(parts) != len(self.path):
            return False
        levels = zip(parts, self.path, self.ids, strict=True)
        return all(part in (title, ident) for part, title, ident in levels)


@dataclass(frozen=True)
class Menu:
    """grub.cfg as far as it matters."""

    default: str = ""
    """What `set default=` names: "${saved_entry}" when GRUB_DEFAULT=saved."""
    entries: tuple[Entry, ...] = ()
    saved: str = ""
    """grubenv's saved_entry."""
    next: str = ""
    """grubenv's next_entry."""
    written: float = 0.0
    """grub.cfg's time in seconds since 1970, 0 without one."""

    @property
    def chosen(self) -> str:
        """The default with grubenv's saved entry put in."""
        if self.default != "${saved_entry}":
            return self.default
        return self.saved or "0"

    @property
    def boots(self) -> Entry | None:
        """The entry that comes up by default, None when the default names none (GRUB then takes the
        first).
        """
        chosen = self.find(self.chosen)
        if chosen is None and self.entries:
            return self.entries[0]
        return chosen

    @property
    def upcoming(self) -> Entry | None:
        """What the next start takes: next_entry goes first. GRUB cannot clear it when /boot lies on
        an array (grub-reboot(8) warns of a "diskfilter device"), so there it holds for every start
        from then on.
        """
        once = self.find(self.next) if self.next else None
        return once or self.boots

    def find(self, name: str) -> Entry | None:
        """Find an entry as GRUB does: number, title or id; levels separated by ">", which is
        doubled in a title (GRUB manual, default; grub-core/normal/menu.c, get_entry_number).
        """
        parts = tuple(part.replace(">>", ">") for part in re.split("(?<!>)>(?!>)", name))
        for entry in self.entries:
            if entry.named(parts):
                return entry
        return self._numbered(parts)

    def _numbered(self, parts: tuple[str, ...]) -> Entry | None:
        """The entry that numbers name, counted from 0 on every level; those that end at a submenu
        name none.
        """
        if not all(re.fullmatch("[0-9]{1,6}", part) for part in parts):
            return None
        numbers = tuple(map(int, parts))
        return next((entry for entry in self.entries if entry.numbers == numbers), None)


_OPENING = ("menuentry", "submenu")
_ID_OPTIONS = ("$menuentry_id_option", "--id")
_LOADER = re.compile(
    r"^\s*(multiboot2?|xen_hypervisor|module2?|xen_module|linux(?:efi)?)\s+(.*\S)\s*$"
)


@dataclass(frozen=True)
class _Block:
    """A menu entry or a submenu of which the end was not read yet."""

    kind: str
    title: str
    id: str
    number: int
    """Its place among those beside it, from 0."""


def _words(line: str) -> list[str]:
    """The words of a line of grub.cfg, which quotes as the shell does (GRUB manual, Shell-like
    scripting); of a quotation that goes on in another line, what stands here.
    """
    for whole in (line, f"{line}'", f'{line}"'):
        with contextlib.suppress(ValueError):
            return shlex.split(whole)
    return line.split()


def _block(line: str, number: int) -> _Block | None:
    """The menu entry or submenu that a line begins, if it does."""
    if not line.lstrip().startswith(_OPENING):
        return None
    words = _words(line)
    if words[:1] not in ([kind] for kind in _OPENING) or len(words) < 2:
        return None
    kind, title, *options = words
    ident = ""
    for option, value in pairwise([*options, ""]):
        if option in _ID_OPTIONS:
            ident = value
        elif option.startswith("--id="):
            ident = option.removeprefix("--id=")
    return _Block(kind, title, ident, number)


class _Reader:
    """Walks the lines of grub.cfg that the snippet kept."""

    def __init__(self) -> None:
        self.open: list[_Block] = []
        self.counts = [0]
        """How many blocks began so far on the outermost level, and in each open block."""
        self.entries: list[Entry] = []
        self.xen = ""
        self.linux = ""

    def line(self, text: str) -> None:
        block = _block(text, self.counts[-1])
        if block:
            self.counts[-1] += 1
            self.counts.append(0)
            self.open.append(block)
            self.xen = ""
            self.linux = ""
            return
        if not self.open:
            return
        loader = _LOADER.match(text)
        if text.strip() == "}":
            self._close()
        elif loader:
            self._load(loader.group(1), loader.group(2))

    def _load(self, loader: str, rest: str) -> None:
        if loader.startswith(("multiboot", "xen_hyp")):
            self.xen = rest
        elif not self.linux and not rest.startswith("--nounzip"):
            self.linux = rest

    def _close(self) -> None:
        if self.open[-1].kind == "menuentry":
            entry = Entry(
                path=tuple(block.title for block in self.open),
                ids=tuple(block.id for block in self.open),
                xen=self.xen,
                linux=self.linux,
                numbers=tuple(block.number for block in self.open),
            )
            self.entries.append(entry)
        self.open.pop()
        self.counts.pop()


def parse_menu(text: str) -> Menu:
    """Read the kept lines of grub.cfg (menu entries start and end at the same indentation in
    Debian's).
    """
    config, _, rest = text.partition("\n@env\n")
    reader = _Reader()
    defaults = []
    for line in lines_of(config):
        reader.line(line)
        setting, sign, value = line.strip().partition("set default=")
        if sign and not setting:
            defaults.append("".join(_words(value)[:1]))
    env = dict(line.split("=", 1) for line in lines_of(rest) if "=" in line)
    # The menu takes next_entry first, and sets its usual default where there is none.
    usual = [default for default in defaults if default != "${next_entry}"]
    return Menu(
        default=usual[-1] if usual else "",
        entries=tuple(reader.entries),
        saved=env.get("saved_entry", ""),
        next=env.get("next_entry", ""),
        written=float(fields(rest).get("written", "0") or 0),
    )


GRUB_MENU = Fact(
    name="grub_menu",
    script=r"""grep -E -e '^\s*(menuentry\s|submenu\s|set default=|\}\s*$)' \
  -e '^\s*(multiboot2?|module2?|xen_hypervisor|xen_module|linux(efi)?)\s' /boot/grub/grub.cfg
echo; echo @env
grep -a '^[a-z_]*=' /boot/grub/grubenv
echo "written: $(stat -c %Y /boot/grub/grub.cfg)" """,
    parse=parse_menu,
)


@dataclass(frozen=True)
class BootDisk:
    """A disk under the file system that holds /boot."""

    name: str
    label: str
    """"dos", "gpt" or ""."""
    bios_boot: bool
    """Whether a GPT label has room for GRUB's core (partition type 21686148-…)."""
    grub: bool
    """Whether its first sector is GRUB's."""


def parse_boot_disks(text: str) -> tuple[BootDisk, ...]:
    """Read lines of "disk label bios_boot grub"."""
    disks = []
    for line in text.splitlines():
        words = line.split()
        if len(words) != 4:
            continue
        name, label, bios_boot, grub = words
        disk = BootDisk(
            name=name,
            label=label.strip("-"),
            bios_boot=bios_boot == "yes",
            grub=grub == "yes",
        )
        disks.append(disk)
    return tuple(disks)


BOOT_DISKS = Fact(
    name="boot_disks",
    script=r"""[ -d /sys/firmware/efi ] && exit
source=$(findmnt -v -n -o SOURCE -T /boot)
disks=$(lsblk -s -n -r -o NAME,TYPE "$source" |
  while read -r n t; do [ "$t" = disk ] && echo "$n"; done | sort -u)
bios_boot=21686148-6449-6e6f-744e-656564454649
for d in $disks; do
  label=$(lsblk -d -n -r -o PTTYPE "/dev/$d"); [ -n "$label" ] || label=-
  lsblk -n -r -o PARTTYPE "/dev/$d" | grep -qi $bios_boot && bios=yes || bios=no
  dd if="/dev/$d" bs=446 count=1 2>/dev/null | grep -aq GRUB && grub=yes || grub=no
  echo "/dev/$d $label $bios $grub"
done""",
    parse=parse_boot_disks,
)
