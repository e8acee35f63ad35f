"""Settings of GRUB's that keep Xen from being the default, whatever our own file says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from steps.common.edit import assigned
from steps.platform.facts.grub import GRUB_FILES, OURS
from wizard.model.facts import Facts
from wizard.model.step import Finding

_OURS = ("XEN_OVERRIDE_GRUB_DEFAULT", "GRUB_DEFAULT", "GRUB_CMDLINE_XEN_DEFAULT")
"""What our file sets."""
_ON = ("true", "yes", "y")
"""What switches GRUB_DISABLE_SUBMENU on (Debian's /etc/grub.d/20_linux_xen)."""


def overridden(facts: Facts, host: str) -> Iterator[Finding]:
    """Files that are read after ours and set what ours sets: the menu would be written anew at each
    run and never be right.
    """
    for path, text in facts.of(host, GRUB_FILES).items():
        names = [name for name in _OURS if path > OURS and _sets(text, name)]
        if names:
            yield Finding(
                host,
                what=f"{path} is read after {OURS} and sets {', '.join(names)}",
                mend=f"take that out of it, or give it a name that comes before {OURS}",
            )


def without_entry(facts: Facts, host: str) -> Iterator[Finding]:
    """Settings with which the entry that ours makes the default is not in the menu: GRUB would
    start plain Linux.

    Debian's /etc/grub.d/20_linux_xen makes "… GNU/Linux, with Xen hypervisor" only above a submenu,
    and by the distributor's name.
    """
    if not facts.of(host, GRUB_FILES):
        # That GRUB is not set up is told by itself.
        return
    flat = _setting(facts, host, "GRUB_DISABLE_SUBMENU")
    name = _setting(facts, host, "GRUB_DISTRIBUTOR")
    if flat.value in _ON:
        yield Finding(
            host,
            what=f"{flat.path} sets GRUB_DISABLE_SUBMENU={flat.value}: the menu then has no entry "
            "`with Xen hypervisor`, and Debian's default would be plain Linux",
            mend=f"take that out of {flat.path}",
        )
    if not name.value and not _is_set_otherwise(facts, host, "GRUB_DISTRIBUTOR"):
        yield Finding(
            host,
            what="GRUB_DISTRIBUTOR is empty: the menu then has its Xen entry under another name "
            "than Debian's default for it",
            mend=f"set GRUB_DISTRIBUTOR=Debian in {name.path}",
        )


@dataclass(frozen=True)
class _Setting:
    """What GRUB's settings have for a variable, and the file that has the last word on it."""

    value: str = ""
    path: str = "/etc/default/grub"


def _setting(facts: Facts, host: str, name: str) -> _Setting:
    last = _Setting()
    for path, text in facts.of(host, GRUB_FILES).items():
        value = assigned(text, name)
        if value is not None:
            last = _Setting(value, path)
    return last


def _is_set_otherwise(facts: Facts, host: str, name: str) -> bool:
    """Whether a line of these scripts sets a variable by more than a plain assignment, such as
    `export` or `: ${NAME:=…}`: what it has then is not known.
    """
    setting = re.compile(rf"^[ \t]*[^#\s].*\b{re.escape(name)}:?=", re.MULTILINE)
    return any(setting.search(text) for text in facts.of(host, GRUB_FILES).values())


def _sets(text: str, name: str) -> bool:
    """Whether a file gives a variable a value of its own; one that adds to it keeps what was."""
    value = assigned(text, name)
    return value is not None and f"${name}" not in value and f"${{{name}" not in value
