"""ssh keys taken back: pairs that a step made, and lines that it added to a file of keys."""

from __future__ import annotations

from steps.common.back import out_of_its_place
from wizard.model.undo import Undo

_OURS_ONLY = """\
if [ -e "$1" ]; then
  case $(ssh-keygen -y -P "" -f "$1") in
    *" $2") ;;
    *) echo "$1 is not the key that was made for $2: it stays" >&2; exit 1 ;;
  esac
fi"""
"""The key's comment, which ssh-keygen(1) keeps in the private half too."""
_WITHOUT = """\
set -e
file=$1; shift
if [ ! -e "$file" ]; then exit 0; fi
cp -p "$file" "$file.gw-new"
printf '%s\\n' "$@" >"$file.gw-keys"
grep -vxF -f "$file.gw-keys" "$file" >"$file.gw-new" || [ $? = 1 ]
rm "$file.gw-keys"
sync "$file.gw-new"; mv -fT "$file.gw-new" "$file"
for key; do
  body=${key#* }; body=${body%% *}
  if grep -qF -- "$body" "$file"; then
    echo "$file has a key in another line than was written: somebody changed it: it stays" >&2
    exit 1
  fi
done"""


def pair(path: str, comment: str) -> Undo:
    """The undo of a new pair of keys: both halves are moved aside, if they have this comment."""
    return out_of_its_place(path, f"{path}.pub", first=_OURS_ONLY, words=(path, comment))


def lines(path: str, keys: tuple[str, ...]) -> Undo:
    """The undo of keys that were added to a file of authorised ones: their lines go."""
    title = f"take {len(keys)} keys out of {path}"
    return Undo(("sh", "-c", _WITHOUT, "without-keys", path, *keys), title)
