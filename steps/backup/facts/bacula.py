"""What a guest and the backup host have of Bacula: configuration, certificates, daemons that run
what is written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from steps.backup.bacula_files import FOLDER, TOOL
from steps.backup.hosts import guests
from steps.common.facts.texts import fields, files, filled, sections
from wizard.answers import Answers, Node
from wizard.model.facts import Fact

CONFIGS = ("/etc/bacula/bacula-dir.conf", "/etc/bacula/bacula-sd.conf", "/etc/bacula/bconsole.conf")
STORAGE = ("storage.conf", "storage-tls.conf", "storage-director.conf")
FD_CONFIG = "/etc/bacula/bacula-fd.conf"


@dataclass(frozen=True)
class Bacula:
    """What one machine has of Bacula."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Configuration files and public parts of keys, by path."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Digests of public keys: of the guest's request, and of each certificate, by its file's name.
    """
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The address in each certificate, "" for none."""
    made: tuple[str, ...] = ()
    """Secret files that exist: their names alone."""
    opened: bool = False
    """Whether the guest's password is newer than the sealed one it came from."""
    current: tuple[str, ...] = ()
    """The daemons that run and began after their configuration was written."""
    volumes: str = ""
    """Mode and owner of the folder for volumes, as "700 bacula"."""
    clients: int = 0
    """How many clients are in a Director's configuration that is not ours."""

    def good_for(self, certificate: str, address: object) -> bool:
        """Whether a certificate names that address; one whose addresses were not looked at counts
        as right.
        """
        return self.addresses.get(certificate, str(address)) == str(address)

    def public(self, name: str) -> str:
        """The text of a public file in our folder, "" when it is not there."""
        return self.texts.get(f"{FOLDER}/{name}", "")


def parse(text: str) -> Bacula:
    """Read the files, then after "== state" lines of `name: value`."""
    head, _, tail = text.partition("== state\n")
    values = fields(tail)
    return Bacula(
        texts=sections(head.removesuffix("\n")),
        keys=dict(re.findall(r"^pub (\S+) ([0-9a-f]{64})$", tail, re.MULTILINE)),
        addresses=dict(re.findall(r"^address (\S+) ?(\S*)$", tail, re.MULTILINE)),
        made=tuple(values.get("made", "").split()),
        opened=values.get("opened") == "yes",
        current=tuple(re.findall(r"^current (\S+)$", tail, re.MULTILINE)),
        volumes=values.get("volumes", ""),
        clients=int(values.get("clients", "0") or 0),
    )


_KEYS = r"""
pub() { echo "pub $1 $(sha256sum | cut -d' ' -f1)"; }
address() {
  openssl x509 -in "$1" -noout -ext subjectAltName | sed -n 's/.*IP Address:\([0-9.]*\).*/\1/p'
}
for f in *.pem; do case $f in
  request.pem) openssl req -in "$f" -noout -pubkey | pub "$f" ;;
  *.pem) [ -s "$f" ] && openssl x509 -in "$f" -noout -pubkey | pub "$f"
    [ "$f" = ca.pem ] || echo "address $f $(address "$f")" ;;
esac; done
[ -s guest.key ] && openssl pkey -in guest.key -pubout | pub guest.key
echo "made: $(ls *.key *.password | tr '\n' ' ')"
[ director.password -nt sealed ] && echo 'opened: yes'"""
_STRIKE = (
    r"""sed -zE 's/(pass[[:space:]]*word[[:space:]]*=[[:space:]]*)"""
    r"""("([^"\\]|\\.)+"|[^";}[:space:]]+)/\1"-"/Ig'"""
)
"""Passwords in other people's configurations do not leave the host, in whatever form Bacula takes
them.
"""
_DAEMON = """
since=$(systemctl show -P ExecMainStartTimestamp --timestamp=unix @UNIT)
wrote=$(stat -c %Y @CONFIGS | sort -n | tail -n 1)
[ "$(systemctl is-active @UNIT)" = active ] && [ "${since#@}" -ge "${wrote:-0}" ] &&
  echo 'current @UNIT'"""


def _daemon(unit: str, *configs: str) -> str:
    return filled(_DAEMON, {"UNIT": unit, "CONFIGS": " ".join(configs)})


def _public(*names: str) -> list[str]:
    return [f"{FOLDER}/{name}" for name in names]


def _guest_script() -> str:
    public = _public("ca.pem", "guest.pem", "request.pem", "sealed")
    daemon = _daemon("bacula-fd", FD_CONFIG, *_public("director.password", "guest.pem"))
    return (
        f"{files(FD_CONFIG)} | {_STRIKE}\n"
        f"echo; {files(shlex.join(public))}\n"
        f"echo; echo '== state'{daemon}\n"
        f"cd {FOLDER} || exit{_KEYS}"
    )


def _server_script(answers: Answers, backup_host: Node) -> str:
    public = _public("ca.pem", "director.conf", *STORAGE)
    for instance in answers.instance.wanted:
        public += _public(f"{instance.name}.pem", f"{instance.name}.sealed")
    ours = f"{FOLDER}/*.conf {FOLDER}/*.password {FOLDER}/{backup_host.name}.pem"
    path = shlex.quote(answers.backup.path)
    a_client = r"^[[:space:]]*Client[[:space:]]*[{]"
    return (
        f"{files(shlex.join(CONFIGS))} | {_STRIKE}\n"
        f"echo; {files(shlex.join([TOOL, *public]))}\n"
        "echo; echo '== state'\n"
        f"echo \"volumes: $(stat -c '%a %U' {path}/bacula)\"\n"
        f"echo \"clients: $(grep -ciE '{a_client}' {CONFIGS[0]})\""
        f"{_daemon('bacula-director', CONFIGS[0], ours)}"
        f"{_daemon('bacula-sd', CONFIGS[1], ours)}\n"
        f"cd {FOLDER} || exit{_KEYS}"
    )


def _script(answers: Answers, host: str) -> str:
    backup_host = answers.backup_host
    if host in guests(answers):
        return _guest_script()
    if backup_host is not None and host == backup_host.short:
        return _server_script(answers, backup_host)
    return ":"


BACULA = Fact(name="bacula", script=_script, parse=parse)
"""Configuration with its passwords struck out before they leave the host, openssl's digests of
public keys, `systemctl show`. Nothing secret is read: of passwords and private keys only the names.
"""
