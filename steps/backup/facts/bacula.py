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
from steps.common.facts.texts import fields, files, sections
from wizard.answers import Answers
from wizard.model.step import Fact

CONFIGS = ("/etc/bacula/bacula-dir.conf", "/etc/bacula/bacula-sd.conf", "/etc/bacula/bconsole.conf")
STORAGE = ("storage.conf", "storage-tls.conf", "storage-director.conf")
FD_CONFIG = "/etc/bacula/bacula-fd.conf"


@dataclass(frozen=True)
class Bacula:
    """One machine. `texts` are configuration files and public parts of keys by path. `keys` are
    digests of public keys: of the guest's `request`, and of each certificate by its file's name.
    `made` are secret files that exist (their names alone), `opened` is whether the guest's password
    is newer than the sealed one it came from. `addresses` is the address in each certificate, ""
    for none. `current` are the daemons that run and began after their configuration was written.
    `volumes` is "MODE OWNER" of the folder for volumes. `clients` counts the clients in a
    Director's configuration that is not ours.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    opened: bool = False
    current: tuple[str, ...] = ()
    volumes: str = ""
    clients: int = 0

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


_KEYS = """pub() { echo "pub $1 $(sha256sum | cut -d' ' -f1)"; }
for f in *.pem; do case $f in
  request.pem) openssl req -in "$f" -noout -pubkey | pub "$f" ;;
  *.pem) [ -s "$f" ] && openssl x509 -in "$f" -noout -pubkey | pub "$f"
    [ "$f" = ca.pem ] || echo "address $f $(openssl x509 -in "$f" -noout -ext subjectAltName |
      sed -n 's/.*IP Address:\\([0-9.]*\\).*/\\1/p')" ;;
esac; done
[ -s guest.key ] && openssl pkey -in guest.key -pubout | pub guest.key
echo "made: $(ls *.key *.password | tr '\\n' ' ')"
[ director.password -nt sealed ] && echo 'opened: yes'"""


_STRIKE = r"""sed 's/\([Pp]assword *= *\)"..*"/\1"-"/'"""


def _daemon(unit: str, *configs: str) -> str:
    return f"""since=$(systemctl show -P ExecMainStartTimestamp --timestamp=unix {unit})
wrote=$(stat -c %Y {" ".join(configs)} | sort -n | tail -n 1)
[ "$(systemctl is-active {unit})" = active ] && [ "${{since#@}}" -ge "${{wrote:-0}}" ] && echo 'current {unit}'"""  # noqa: E501


def _script(answers: Answers, host: str) -> str:
    place = answers.backup_host
    if host in guests(answers):
        public = [f"{FOLDER}/{name}" for name in ("ca.pem", "guest.pem", "request.pem", "sealed")]
        daemons = _daemon(
            "bacula-fd", FD_CONFIG, f"{FOLDER}/director.password", f"{FOLDER}/guest.pem"
        )
        return f"""{files(FD_CONFIG)} | {_STRIKE}
echo; {files(shlex.join(public))}
echo; echo '== state'
{daemons}
cd {FOLDER} || exit
{_KEYS}"""
    if place is None or host != place.short:
        return ":"
    names = [one.name for one in answers.instance.wanted]
    public = [f"{FOLDER}/{name}" for name in ("ca.pem", "director.conf", *STORAGE)]
    public += [f"{FOLDER}/{name}.{end}" for name in names for end in ("pem", "sealed")]
    ours = f"{FOLDER}/*.conf {FOLDER}/*.password {FOLDER}/{place.name}.pem"
    path = shlex.quote(answers.backup.path)
    return f"""{files(shlex.join(CONFIGS))} | {_STRIKE}
echo; {files(shlex.join([TOOL, *public]))}
echo; echo '== state'
echo "volumes: $(stat -c '%a %U' {path}/bacula)"
echo "clients: $(grep -cE '^[[:space:]]*Client[[:space:]]*[{{]' {CONFIGS[0]})"
{_daemon("bacula-director", CONFIGS[0], ours)}
{_daemon("bacula-sd", CONFIGS[1], ours)}
cd {FOLDER} || exit
{_KEYS}"""


BACULA = Fact(name="bacula", script=_script, parse=parse)
"""Configuration with its passwords struck out before they leave the host, openssl's digests of
public keys, `systemctl show`. Nothing secret is read: of passwords and private keys only the names.
"""
