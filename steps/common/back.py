"""Undos that look first: what a command left is taken back only as long as it is as it was left.

Whatever a host said stands beside these scripts as words of its own, and never within them.
"""

from __future__ import annotations

from wizard.model.undo import Undo

ROOM = "/var/lib/ganeti-wizard/taken-back"
"""Folder on the host, root's alone: files that an undo takes from their places lie here."""

_LOOK_FIRST = """\
set -e
left=$1 former=$2; shift 2
now=$({look})
if [ "$now" = "$former" ]; then exit 0; fi
if [ "$now" != "$left" ]; then
  printf '%s\\n' "it was left as: $left" "and it is now: $now" "somebody changed it: it stays" >&2
  exit 1
fi
{act}"""
_AWAY = """\
set -e; umask 077
room=$1; shift
for file; do
  if [ ! -e "$file" ] && [ ! -L "$file" ]; then continue; fi
  place=$room$file number=1
  mkdir -p "$(dirname "$place")"
  while [ -e "$place.$number" ] || [ -L "$place.$number" ]; do number=$((number + 1)); done
  mv -T "$file" "$place.$number"
  printf '%s\\n' "$file is $place.$number now"
done"""

_ASIDE = """\
set -e; umask 077
mkdir -p "$(dirname "$2")"
mv -fT "$1" "$2\""""
_FROM_ASIDE = """\
set -e
if [ ! -e "$2" ]; then exit 0; fi
if [ -e "$1" ]; then echo "$1 is there again: somebody wrote it: it stays" >&2; exit 1; fi
mv -T "$2" "$1\""""


def as_it_was(
    look: str,
    act: str,
    *words: str,
    left: str,
    former: str,
    title: str,
    last: bool = False,
    unit: bool = False,
) -> Undo:
    """An undo that brings what `look` prints from what the command left back to what it was.

    `look` and `act` are lines of shell of ours, which find `words` as $1, $2 and so on, `act` the
    former value as $former too. Nothing is done where it is as it was, and where it is neither,
    somebody changed it: then the undo fails and says so.
    """
    script = _LOOK_FIRST.format(look=look, act=act)
    argv = ("sh", "-c", script, "take-back", left, former, *words)
    return Undo(argv, title, last=last, unit=unit)


def out_of_its_place(*paths: str, first: str = "", words: tuple[str, ...] = ()) -> Undo:
    """An undo for files that a command made where there were none: they are moved to ROOM.

    `first` is a line of shell that ends with 1 where it finds that they are somebody else's; it
    finds `words` as $1, $2 and so on.
    """
    script = _AWAY
    if first:
        count = len(words)
        script = f"{first}\nshift {count}\n{_AWAY}"
    argv = ("sh", "-c", script, "take-away", *words, ROOM, *paths)
    return Undo(argv, f"move {' and '.join(paths)} to {ROOM}")


def aside(path: str) -> tuple[str, ...]:
    """What takes a file that is wanted no more from its place; its text is told to nobody."""
    return ("sh", "-c", _ASIDE, "aside", path, f"{ROOM}{path}")


def from_aside(path: str) -> Undo:
    """The undo of `aside`."""
    argv = ("sh", "-c", _FROM_ASIDE, "from-aside", path, f"{ROOM}{path}")
    return Undo(argv, f"put {path} back")
