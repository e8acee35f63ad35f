"""What mdadm.conf(5) says: which arrays are registered, and of which devices arrays may be made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import StringIO

from wizard.base.plain import lines_of
from wizard.model.facts import Fact

_ANY_DEVICE = "partitions"
"""What stands in a DEVICE line for all that the kernel has."""
_UUID_DIGITS = 32


@dataclass(frozen=True)
class Registered:
    """One ARRAY line of mdadm.conf(5); `text` is the line with its continuations."""

    device: str
    uuid: str
    text: str


@dataclass(frozen=True)
class Conf:
    """mdadm.conf, the installed kernels' versions, and those whose initramfs is older than it."""

    text: str = ""
    arrays: tuple[Registered, ...] = ()
    kernels: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """The words of its DEVICE lines, patterns among them."""
    found: tuple[str, ...] = ()
    """The devices to which these words lead on the host."""

    def admits(self, device: str) -> bool:
        """Whether an array may be made of a device, at boot too: without a DEVICE line of any
        (conf_test_dev in mdadm's config.c, IncrementalScan in Incremental.c).
        """
        if not self.devices or device in self.found:
            return True
        return any(_means(word, device) for word in self.devices)

    def without(self, uuid: str, device: str) -> str:
        """The file's text without the lines that name this array or this device."""
        text = self.text
        for line in self._naming(uuid, device):
            text = text.replace(line.text, "", 1)
        return text

    def registered(self, uuid: str, device: str) -> bool:
        """Whether exactly one line names this array or device, and it names both."""
        lines = self._naming(uuid, device)
        if len(lines) != 1:
            return False
        return lines[0].uuid == uuid and same_device(lines[0].device, device)

    def _naming(self, uuid: str, device: str) -> list[Registered]:
        return [
            line for line in self.arrays if line.uuid == uuid or same_device(line.device, device)
        ]


def _means(word: str, device: str) -> bool:
    """Whether a word of a DEVICE line means a device: a * stands for no slash."""
    if word.lower() == _ANY_DEVICE:
        return True
    return word.count("/") == device.count("/") and fnmatchcase(device, word)


def same_device(one: str, other: str) -> bool:
    """Whether two names mean one array: /dev/md1 and /dev/md/1 do (mdadm(8), DEVICE NAMES)."""
    return one.replace("/dev/md/", "/dev/md") == other.replace("/dev/md/", "/dev/md")


def _logical(text: str) -> list[str]:
    """Lines with their continuations: a line that starts with white space goes on with the one
    before.
    """
    logical: list[str] = []
    for line in StringIO(text):
        if logical and line[:1] in " \t" and line.strip():
            logical[-1] += line
        else:
            logical.append(line)
    return logical


def parse_conf(text: str) -> Conf:
    """Read lines `stale VERSION`, `fresh VERSION` and `device PATH` up to `== conf`, then the
    file.
    """
    head, _, body = text.partition("== conf\n")
    arrays = []
    devices: list[str] = []
    for line in _logical(body):
        keyword, *words = _words(line) or [""]
        if _stands_for("array", keyword):
            arrays.append(_registered(words, line))
        elif _stands_for("devices", keyword):
            devices += words
    told = [line.split() for line in lines_of(head) if line.count(" ") == 1]
    return Conf(
        text=body,
        arrays=tuple(arrays),
        kernels=tuple(version for state, version in told if state in ("stale", "fresh")),
        stale=tuple(version for state, version in told if state == "stale"),
        devices=tuple(devices),
        found=tuple(path for state, path in told if state == "device"),
    )


def _words(logical: str) -> list[str]:
    """The words of a line and its continuations, without comments: one ends with its own line
    (conf_word in mdadm's config.c).
    """
    words: list[str] = []
    for line in StringIO(logical):
        for word in line.split():
            if word.startswith("#"):
                break
            words.append(word)
    return words


def _stands_for(keyword: str, word: str) -> bool:
    """Whether mdadm takes a word for a keyword: in any letters, and cut to no less than three
    (match_keyword in its config.c). The manual page itself has `DEV /dev/sd*`.
    """
    return len(word) >= 3 and keyword.startswith(word.lower())


def _registered(words: list[str], line: str) -> Registered:
    """An ARRAY line: the device is the word that is no identity, wherever it stands (arrayline in
    mdadm's config.c). An array may also be registered by its UUID or its members alone.
    """
    uuid = ""
    device = ""
    for word in words:
        name, sign, value = word.partition("=")
        if word.startswith("/") or not sign:
            device = word
        elif name.lower() == "uuid":
            uuid = _as_mdadm_prints(value)
    return Registered(device, uuid, line)


def _as_mdadm_prints(uuid: str) -> str:
    """A UUID in four groups: in the file it may have any punctuation and large letters."""
    digits = re.sub("[^0-9a-f]", "", uuid.lower())
    if len(digits) != _UUID_DIGITS:
        return uuid
    return ":".join(re.findall("." * 8, digits))


MDADM_CONF = Fact(
    name="mdadm-conf",
    script=r"""
for i in /boot/initrd.img-*; do
  v=${i#/boot/initrd.img-}
  [ -d "/lib/modules/$v" ] || continue
  if [ /etc/mdadm/mdadm.conf -nt "$i" ]; then echo "stale $v"; else echo "fresh $v"; fi
done
sed -nE 's/^[Dd][Ee][Vv][A-Za-z]*[[:space:]]//p' /etc/mdadm/mdadm.conf |
while read -r words; do
  for p in $words; do [ -b "$p" ] && echo "device $(readlink -f "$p")"; done
done
echo '== conf'
cat /etc/mdadm/mdadm.conf
""",
    parse=parse_conf,
)
"""mdadm.conf(5), the devices to which its DEVICE lines lead, and whether each installed kernel's
initramfs was made after its last change.
"""
