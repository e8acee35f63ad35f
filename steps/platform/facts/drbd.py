"""The DRBD module: loaded or not, with which options, in use or not; and who loads it at boot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steps.common.facts.texts import fields, files, sections
from wizard.base.plain import lines_of
from wizard.model.facts import Fact

MODPROBE = "/etc/modprobe.d/drbd.conf"
LOAD = "/etc/modules-load.d/drbd.conf"


@dataclass(frozen=True)
class Module:
    """The module now."""

    version: str = ""
    """The loaded one; "" when none is."""
    minor_count: int = 0
    usermode_helper: str = ""
    copies: bool = False
    """Whether what it sends is copied first (disable_sendpage), and not sent out of the pages of
    those that write.
    """
    available: str = ""
    """The version that modprobe would load."""
    path: str = ""
    """From where: what DKMS builds lies under updates/."""
    minors: tuple[int, ...] = ()
    """Those in use, by /proc/drbd."""
    starters: tuple[str, ...] = ()
    """What starts Debian's own service at boot."""
    service: str = ""
    """What systemctl is-enabled and is-active say of that service; "" where it was not asked."""

    @property
    def loaded(self) -> bool:
        """Whether the module is in the kernel."""
        return bool(self.version)


def parse_module(text: str) -> Module:
    """Read the "name: value" lines, then /proc/drbd, which has " 0: cs:Connected …" for a minor."""
    head, _, proc = text.partition("\n@proc\n")
    values = fields(head)
    loaded = re.match(r"version:\s*(\S+)", proc)
    # Brought down, a minor stays in the list as Unconfigured.
    minors = re.findall(r"^\s*(\d+): cs:(?!Unconfigured)", proc, re.MULTILINE)
    return Module(
        version=loaded.group(1) if loaded else "",
        minor_count=int(values.get("minor_count", "0") or 0),
        usermode_helper=values.get("usermode_helper", ""),
        copies=values.get("disable_sendpage") == "Y",
        available=values.get("available", ""),
        path=values.get("path", ""),
        minors=tuple(int(number) for number in minors),
        starters=tuple(values.get("starters", "").split()),
        service=values.get("service", ""),
    )


DRBD_MODULE = Fact(
    name="drbd_module",
    script=r"""for p in minor_count usermode_helper disable_sendpage; do
  x=; [ -r /sys/module/drbd/parameters/$p ] && read -r x </sys/module/drbd/parameters/$p
  echo "$p: $x"
done
modinfo drbd | sed -n 's/^version: */available: /p; s/^filename: */path: /p'
echo "starters:" $(ls -d /etc/rc[2345].d/S*drbd /etc/systemd/system/*.wants/drbd.service)
echo "service: $(systemctl is-enabled drbd.service) $(systemctl is-active drbd.service)"
echo; echo @proc
cat /proc/drbd""",
    parse=parse_module,
)


@dataclass(frozen=True)
class Options:
    """How the module is to be loaded: options by file, whole texts of our files, and who loads it
    at boot.
    """

    set_by: tuple[tuple[str, str, str], ...] = ()
    loads: tuple[str, ...] = ()
    forbidden: tuple[tuple[str, str], ...] = ()
    """File and line that keep the module from being loaded at boot, or run something instead."""

    def value(self, name: str) -> str:
        """The value of an option in our own file, "" when it is not set there."""
        last = ""
        for path, key, value in self.set_by:
            if path == MODPROBE and key == name:
                last = value
        return last

    def others(self, name: str) -> tuple[tuple[str, str], ...]:
        """File and value wherever else the option is set: modprobe would add those up in an order
        of its own.
        """
        elsewhere = []
        for path, key, value in self.set_by:
            if path != MODPROBE and key == name:
                elsewhere.append((path, value))
        return tuple(elsewhere)


def parse_options(text: str) -> Options:
    """Read modprobe.d files (modprobe.d(5): options NAME key=value…, a line that ends with a
    backslash goes on in the next) and modules-load.d files.
    """
    set_by: list[tuple[str, str, str]] = []
    loads: list[str] = []
    forbidden: list[tuple[str, str]] = []
    for path, body in sections(text).items():
        lists_modules = "modules-load.d" in path or path == "/etc/modules"
        for line in lines_of(body.replace("\\\n", " ")):
            words = line.partition("#")[0].split()
            if words[:2] == ["options", "drbd"]:
                for option in words[2:]:
                    key, _, value = option.partition("=")
                    set_by.append((path, key, value.strip('"')))
            elif words[1:2] == ["drbd"] and words[0] in ("blacklist", "install"):
                forbidden.append((path, " ".join(words)))
            elif lists_modules and words[:1] == ["drbd"]:
                loads.append(path)
    return Options(tuple(set_by), tuple(loads), tuple(forbidden))


DRBD_OPTIONS = Fact(
    name="drbd_options",
    script=r"""f=$(grep -ls drbd /etc/modprobe.d/*.conf /run/modprobe.d/*.conf \
  /lib/modprobe.d/*.conf /etc/modules \
  /etc/modules-load.d/*.conf /usr/lib/modules-load.d/*.conf)
[ -n "$f" ] || exit
"""
    + files("$f"),
    parse=parse_options,
)
