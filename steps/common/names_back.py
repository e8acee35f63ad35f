"""A machine's names back to what they were: the one of its next boot, and the kernel's."""

from __future__ import annotations

from steps.common.back import as_it_was
from wizard.model.undo import Undo


def both(given: str, static: str, kernel: str) -> Undo:
    """The undo of `hostnamectl set-hostname`, which gave a machine both names.

    `static` and `kernel` are those that it had, in /etc/hostname and by hostname(1).
    """
    return as_it_was(
        """read -r static <"/etc/hostname" || :; printf '%s ' "$static"; hostname""",
        'hostnamectl --static set-hostname -- "$1"; hostname -- "$2"',
        *(static, kernel),
        left=f"{given} {given}",
        former=f"{static} {kernel}",
        title=f"hostnamectl set-hostname {static or kernel}",
    )


def kernels(given: str, kernel: str) -> Undo:
    """The undo of hostname(1) alone."""
    act = 'hostname -- "$former"'
    return as_it_was("hostname", act, left=given, former=kernel, title=f"hostname {kernel}")
