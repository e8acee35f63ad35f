"""LVM's filter patterns as Python's regular expressions.

A pattern is `a` or `r`, then an expression between two of one character, or in a pair of brackets:
"a|^/dev/md|", "r(.*)" (lvm.conf(5), devices/filter; build_filter in lib/filters/filter-regex.c).
The expression is LVM's own small language (libdm/regex/parse_rx.c), in which braces and a question
mark behind a bracket mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.base.errors import WizardError

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_ESCAPES = {"n": r"\n", "r": r"\r", "t": r"\t"}
_LISTED = re.compile(r"\[(\^?)((?:\\.|[^\]\\])+)\]")
_SIGNS = re.compile(r"\\.|[^\\]", re.DOTALL)


@dataclass(frozen=True)
class Pattern:
    """One pattern of a filter as it is written, whether it admits, and what it matches."""

    text: str
    admits: bool
    expression: str

    def matches(self, path: str) -> bool:
        """Whether a device's path fits it, anywhere unless the expression is anchored."""
        return re.search(self.expression, path) is not None


def pattern(text: str) -> Pattern:
    """Read one; raises WizardError for what LVM refuses too."""
    action = text[:1]
    begin = text[1:2]
    end = _PAIRS.get(begin, begin)
    expression = text[2:-1]
    if action not in ("a", "r") or not begin or not expression or text[-1] != end:
        raise _unreadable(text)
    try:
        translated = _translated(expression)
        re.compile(translated)
    except (re.error, RecursionError, OverflowError, IndexError) as error:
        raise _unreadable(text) from error
    return Pattern(text, action == "a", translated)


def _unreadable(text: str) -> WizardError:
    return WizardError(
        f"LVM's filter has a pattern that cannot be read: {text[:200] or 'an empty one'}",
        mend="correct global_filter in /etc/lvm/lvm.conf or lvmlocal.conf: `a` or `r`, then an "
        "expression between two of one character (lvm.conf(5)); `vgs` says whether LVM takes it",
    )


def _translated(expression: str) -> str:
    """The same expression for Python; raises re.error or IndexError where it ends too early."""
    parts: list[str] = []
    at = 0
    while at < len(expression):
        sign = expression[at]
        length = 1
        if sign == "\\":
            parts.append(_escaped(expression[at + 1]))
            length = 2
        elif sign == "[":
            listed = _LISTED.match(expression, at)
            if listed is None:
                raise re.error("a list of characters without its end, or an empty one")
            parts.append(f"[{listed[1]}{_in_list(listed[2])}]")
            length = len(listed[0])
        elif sign in "*+?":
            _repeat(parts, sign)
        else:
            parts.append(re.escape(sign) if sign in "{}" else sign)
        at += length
    return "".join(parts)


def _escaped(sign: str) -> str:
    return _ESCAPES.get(sign, re.escape(sign))


def _repeat(parts: list[str], sign: str) -> None:
    """Repeat the last part. Of two signs in a row Python would make a repetition of another kind,
    where LVM repeats the repetition.
    """
    if not parts or parts[-1] in ("(", "|"):
        raise re.error(f"{sign} repeats nothing")
    if parts[-1] in ("*", "+", "?"):
        parts[-1] = sign if parts[-1] == sign else "*"
    else:
        parts.append(sign)


def _in_list(inside: str) -> str:
    """What stands between the brackets of a list; Python has some more signs there."""
    parts = []
    for sign in _SIGNS.findall(inside):
        if sign.startswith("\\"):
            parts.append(_escaped(sign[1]))
        else:
            parts.append(f"\\{sign}" if sign in "[&~|" else sign)
    return "".join(parts)
