"""What one machine says and another one is to read: each kind of word has a grammar that it must
match before it stands in another host's script, configuration, key file or SQL.

Whoever is root on one machine writes what that machine says. Quoting keeps a word in its place in a
shell; other readers (Bacula's configuration takes `@|PROGRAM` for a program to run) have no quoting
that holds everything, so that what does not match goes nowhere.
"""

from __future__ import annotations

import re

from wizard.base.errors import WizardError

_PATH = re.compile(r"(?:/[A-Za-z0-9_.+-]{1,255})+")
_KEY = re.compile(
    r"(?P<type>ssh-ed25519|ssh-rsa|ssh-dss|ecdsa-sha2-nistp(?:256|384|521))"
    r" (?P<body>AAAA[A-Za-z0-9+/]*={0,2})(?: (?P<comment>.*))?"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GROUP = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,126}")
_COMMENT = re.compile(r"[A-Za-z0-9_.@+-]{1,255}")
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]+)-----\n"
    r"(?:[A-Za-z0-9+/=]{1,76}\n)+"
    r"-----END (?P=kind)-----\n?"
)


def path(text: str) -> str:
    """An absolute path that reads as itself for shells, Bacula and systemd; "" stays "".

    Raises WizardError for any other: with blanks, quotes, or a part that leads elsewhere (`..`).
    """
    if not text:
        return ""
    if not _PATH.fullmatch(text) or {".", ".."}.intersection(text.split("/")):
        raise _strange(
            text,
            "a path that another machine could be told",
            "use paths of letters, digits and _ . + - there",
        )
    return text


def public_key(text: str, host: str = "") -> str:
    """A public key as ssh-keygen writes it, without options; "" stays "".

    A comment that is more than a plain word is left out: nothing is decided by it. Raises
    WizardError for what is no key.
    """
    if not text:
        return ""
    match = _KEY.fullmatch(text)
    if match is None:
        mend = "make the key anew there by ssh-keygen"
        raise _strange(text, "a public key of ssh", mend, host)
    words = [match["type"], match["body"]]
    comment = match["comment"] or ""
    if _COMMENT.fullmatch(comment):
        words.append(comment)
    return " ".join(words)


def uuid(text: str) -> str:
    """A UUID as Ganeti writes it (RFC 9562), which names files and volumes elsewhere.

    Raises WizardError for any other text.
    """
    if not _UUID.fullmatch(text):
        raise _strange(text, "a UUID", "repair the cluster's configuration: gnt-cluster verify")
    return text


def volume_group(text: str) -> str:
    """The name of one of LVM's volume groups (lvm(8), VALID NAMES); "" stays "".

    Raises WizardError for any other text.
    """
    if text and not _GROUP.fullmatch(text):
        mend = "repair the cluster's configuration: gnt-cluster verify"
        raise _strange(text, "the name of a volume group", mend)
    return text


def pem(text: str, kind: str, host: str) -> str:
    """One block of PEM of that kind (RFC 7468) that `host` hands over; "" stays "".

    Raises WizardError for anything else: a second block, or words before or after it.
    """
    if not text:
        return ""
    match = _PEM.fullmatch(text)
    if match is None or match["kind"] != kind:
        mend = "remove the file there, and run this step again"
        raise _strange(text, f"one block of PEM, {kind}", mend, host)
    return text


def _strange(text: str, expected: str, mend: str, host: str = "") -> WizardError:
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    what = f"it says {shown!r}, which is not {expected}: it is told to no other machine"
    return WizardError(what, where=host, mend=mend)


_MOST_SHOWN = 80
"""Characters of a strange word that an error repeats."""
