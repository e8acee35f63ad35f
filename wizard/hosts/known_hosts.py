"""Which host keys are trusted: the system's and the operator's known_hosts, and the wizard's own
file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import shlex
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from wizard.base.errors import HostKeyChanged, HostKeyUnknown, StateError
from wizard.base.own_files import at_home, read_whole
from wizard.base.plain import lines_of
from wizard.state.files import write_whole

SYSTEM = (Path("~/.ssh/known_hosts"), Path("~/.ssh/known_hosts2"), Path("/etc/ssh/ssh_known_hosts"))


@dataclass(frozen=True)
class Entry:
    """One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""

    file: Path
    marker: str
    hosts: str
    kind: str
    blob: str

    def names(self, name: str) -> bool:
        """Whether the line speaks of `name` (`host` or `[host]:port`), hashed or by pattern."""
        if self.hosts.startswith("|1|"):
            salt, _, digest = self.hosts[3:].partition("|")
            return _is_hash_of(name, salt, digest)
        named = False
        for pattern in map(_pattern, self.hosts.split(",")):
            # One that begins with ! excludes the host, wherever it stands.
            if pattern.startswith("!") and fnmatchcase(name, pattern[1:]):
                return False
            named = named or fnmatchcase(name, pattern)
        return named


def _is_hash_of(name: str, salt: str, digest: str) -> bool:
    """Whether a hashed entry (HashKnownHosts in ssh_config(5)) is of this name; a malformed one is
    of none.
    """
    try:
        key = base64.b64decode(salt, validate=True)
        expected = base64.b64decode(digest, validate=True)
    except ValueError:
        return False
    made = hmac.new(key, name.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(made, expected)


def _pattern(text: str) -> str:
    """ssh's brackets stand for a port; fnmatch would take them for a set of characters."""
    return text.replace("[", "[[]")


def entries(file: Path) -> Iterator[Entry]:
    """The readable lines of one file; a missing file has none, a line that makes no sense is passed
    over.
    """
    try:
        text = read_whole(at_home(file)).decode("utf-8", "replace")
    except OSError:
        return
    for line in lines_of(text):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) >= 3 and not words[0].startswith("#") and _is_base64(words[2]):
            yield Entry(at_home(file), marker, words[0], words[1], words[2])


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def label(address: str, port: int) -> str:
    """How known_hosts names a host: the port only when it is not 22."""
    return address if port == 22 else f"[{address}]:{port}"


def fingerprint(blob: str) -> str:
    """The fingerprint that `ssh-keygen -l` shows: SHA256, base64 without padding."""
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class KnownHosts:
    """The keys that are trusted, read anew for each connection; `accept` adds to the wizard's own
    file only.

    Certificates of an authority (`@cert-authority`) are not used; a revoked key is refused.
    """

    def __init__(self, own: Path, others: Sequence[Path] = SYSTEM) -> None:
        self.own = own
        self.others = tuple(others)
        self._lock = threading.Lock()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, the wizard's own first."""
        return (self.own, *map(at_home, self.others))

    def of(self, address: str, port: int) -> list[Entry]:
        """All lines about one host."""
        name = label(address, port)
        return [entry for file in self.files for entry in entries(file) if entry.names(name)]

    def kinds(self, address: str, port: int) -> list[str]:
        """Key types known of a host: ask it for one of these, or a known host looks like a changed
        one.
        """
        return [entry.kind for entry in self.of(address, port) if not entry.marker]

    def check(self, where: str, address: str, port: int, kind: str, blob: str) -> None:
        """Pass if the key is known; raises HostKeyUnknown or HostKeyChanged (also for a revoked
        key).
        """
        about = self.of(address, port)
        same = [entry for entry in about if (entry.kind, entry.blob) == (kind, blob)]
        if any(entry.marker == "@revoked" for entry in same):
            raise HostKeyChanged(
                f"the host shows the key {fingerprint(blob)}, which is marked as revoked "
                f"in {same[0].file}",
                where=where,
                mend=(
                    "do not connect; make new host keys on the host's console "
                    "(`dpkg-reconfigure openssh-server`)"
                ),
            )
        if any(not entry.marker for entry in same):
            return
        known = [entry for entry in about if not entry.marker]
        if known:
            raise self._changed(where, address, port, blob, known)
        raise HostKeyUnknown(where, fingerprint(blob), f"{label(address, port)} {kind} {blob}")

    def _changed(
        self, where: str, address: str, port: int, blob: str, known: list[Entry]
    ) -> HostKeyChanged:
        name = label(address, port)
        files = dict.fromkeys(entry.file for entry in known)
        forget = " && ".join(
            shlex.join(["ssh-keygen", "-R", name, "-f", str(file)]) for file in files
        )
        return HostKeyChanged(
            f"the host key has changed: known is {fingerprint(known[0].blob)}, shown is "
            f"{fingerprint(blob)}",
            where=where,
            mend=f"if the host was installed anew, forget its old key: {forget}"
            " (if it was not, someone may be in between: do not go on)",
        )

    def _own_lines(self) -> list[str]:
        """The lines of the wizard's own file; raises StateError for one that would come back
        changed.
        """
        data = read_whole(self.own) if self.own.exists() else b""
        try:
            return lines_of(data.decode())
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise StateError(
                f"line {line} is not UTF-8, so the file is not rewritten",
                where=str(self.own),
                mend="correct or remove that line",
            ) from error

    def accept(self, key_line: str, *, instead: bool = False) -> None:
        """Trust the key of a HostKeyUnknown from now on. Raises StateError when the file cannot be
        written.

        `instead` drops what the wizard's own file says of that very name otherwise.
        """
        name = f"{key_line.split()[0]} "
        with self._lock:
            try:
                self.own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                old = self._own_lines()
                kept = [
                    line
                    for line in old
                    if not (instead and line.startswith(name) and line != key_line)
                ]
                lines = kept if key_line in kept else [*kept, key_line]
                if lines != old:
                    write_whole(self.own, "".join(f"{line}\n" for line in lines))
            except OSError as error:
                raise StateError(
                    f"cannot write {self.own}: {error.strerror}",
                    mend="check the rights on its directory",
                ) from error
