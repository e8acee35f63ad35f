"""Files that are replaced as a whole: what they held before is kept on the host, and put back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wizard.model.step import Command
from wizard.model.undo import Undo

KEPT = "/var/lib/ganeti-wizard/kept"
"""Folder on the host, root's alone: STEP/PATH/@now holds what STEP replaced at PATH.

In it are `before` (a copy with mode, owner, times and attributes, a link as a link) or `absent`,
and `written`. @1, @2 and so on are earlier records of the same file.
"""
NOT_KEPT = 3
"""What PUT_BACK ends with where nothing is kept: the writing command never came so far."""
_WIZARD = "wizard"
"""Stands for the step where none is known: what the wizard writes for itself."""
_OURS = """\
same() {
  if [ -L "$1" ] || [ -L "$2" ]; then
    [ -L "$1" ] && [ -L "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
  else
    [ -f "$1" ] && [ -f "$2" ] && cmp -s "$1" "$2"
  fi
}
as_before() {
  if [ -e "$now/absent" ]; then
    [ ! -e "$file" ] && [ ! -L "$file" ]
  else
    same "$file" "$now/before"
  fi
}
as_written() { same "$file" "$now/written" || same "$file" "$now/written.former"; }
"""
"""Whether the file is still as it was found, or as it was written: of what it is then, nothing is
lost.

`written.former` is there for the moment between the record and the file: of the two texts, either
may be in the file after a power failure.
"""
_WRITE_BESIDE = """\
set -e; umask 077
file=$1 kept=$4 now=$4/@now
if [ -d "$file" ] && [ ! -L "$file" ]; then echo "$file is a folder" >&2; exit 1; fi
mkdir -p "$(dirname "$file")"
cat >"$file.gw-new"
test "$(wc -c <"$file.gw-new")" -eq "$3"
chmod "$2" "$file.gw-new"
sync "$file.gw-new"
"""
_KEEP = """\
keep_before() {
  rm -rf "$kept/@new"; mkdir -p "$kept/@new"
  if [ -e "$file" ] || [ -L "$file" ]; then
    cp -a "$file" "$kept/@new/before"
  else
    : >"$kept/@new/absent"
  fi
  cp "$file.gw-new" "$kept/@new/written"
  for part in "$kept/@new"/*; do [ -L "$part" ] || sync "$part"; done
  sync "$kept/@new"
  if [ -e "$now" ]; then
    number=1; while [ -e "$kept/@$number" ]; do number=$((number + 1)); done
    mv -T "$now" "$kept/@$number"
  fi
  mv -T "$kept/@new" "$now"; sync "$kept"
}
note_written() {
  cp "$file.gw-new" "$now/written.new"; sync "$now/written.new"
  if same "$file" "$now/written"; then mv -f "$now/written" "$now/written.former"; fi
  mv -f "$now/written.new" "$now/written"; sync "$now"
}
if as_before || as_written; then note_written; else keep_before; fi
"""
"""Keep what the file holds, unless it is what was kept or written before: the first text that was
found stays the one to go back to, also when a run is repeated.
"""
_TAKE_PLACE = 'mv -fT "$file.gw-new" "$file"'
WRITE = _WRITE_BESIDE + _OURS + _KEEP + _TAKE_PLACE
"""sh -c WRITE write-file PATH MODE BYTES RECORD. The count of bytes keeps a file whose content was
cut short by a broken link from taking the old one's place.
"""
WRITE_ONLY = _WRITE_BESIDE + _TAKE_PLACE
"""The same where nothing is kept."""
PUT_BACK = f"""\
set -e; umask 077
file=$1 now=$2/@now
{_OURS}\
if [ ! -e "$now" ]; then echo "$file: nothing is kept of it here" >&2; exit {NOT_KEPT}; fi
if ! as_before && ! as_written; then
  echo "$file was changed after it was written, and stays as it is. The change:" >&2
  diff -uN "$now/written" "$file" >&2 || true
  exit 1
fi
rm -f "$file.gw-new"
if [ -e "$now/absent" ]; then
  rm -f "$file"
else
  cp -a "$now/before" "$file.gw-new"
  [ -L "$file.gw-new" ] || sync "$file.gw-new"
  mv -fT "$file.gw-new" "$file"
fi
if [ -d "$(dirname "$file")" ]; then sync "$(dirname "$file")"; fi"""
"""sh -c PUT_BACK put-back PATH RECORD. Somebody's later change is never thrown away: it is shown,
and the file stays. Run again, it changes nothing.
"""


def write_file(
    host: str,
    path: str,
    content: str,
    why: str,
    *,
    mode: str = "644",
    old: str | None = None,
    secret: bool = False,
    **more: Any,
) -> Command:
    """A command that replaces a file as a whole: written beside it, counted, synced, then renamed
    over it. What it replaces is kept on the host, and put back by the command's undo.

    `old` is its text now, where that is known. `secret` says that this may hold a secret: then it
    is kept nowhere else, and not shown.
    """
    count = str(len(content.encode()))
    title = more.pop("title", f"write {path} (mode {mode})")
    if secret:
        more.setdefault("undo", "none: what was there may hold a secret, and is not kept")
    script = WRITE_ONLY if secret else WRITE
    command = Command(
        host=host,
        argv=("sh", "-c", script, "write-file", path, mode, count),
        why=why,
        stdin=content,
        title=title,
        writes=path,
        old=None if secret else old,
        **more,
    )
    return command if secret else _recorded(command, _WIZARD)


def of_step(step: str, command: Command) -> Command:
    """The command as the step's own: what it replaces is kept under the step's name."""
    return _recorded(command, step) if isinstance(command.undo, Undo) else command


def _recorded(command: Command, step: str) -> Command:
    """With the record of the file in this step's folder."""
    path = command.writes
    if not path:
        return command
    record = f"{KEPT}/{step}{path}"
    end = command.argv.index("write-file") + 4
    undo = Undo(
        argv=("sh", "-c", PUT_BACK, "put-back", path, record),
        title=f"put back what was at {path} before",
    )
    return replace(command, argv=(*command.argv[:end], record), undo=undo)
