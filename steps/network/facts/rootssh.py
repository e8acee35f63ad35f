"""How root gets from node to node: keys, authorised keys, known hosts, and what sshd allows."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from steps.common.facts.texts import fields
from steps.common.grammar import public_key
from wizard.answers import Answers
from wizard.model.facts import Fact


@dataclass(frozen=True)
class RootSsh:
    """Root's keys on a node, and what sshd makes of them."""

    mode: str = ""
    """Of /root/.ssh, in octal."""
    private: bool = False
    """Whether root's private ed25519 key exists."""
    key: str = ""
    """Its public half, as in the file."""
    host_key: str = ""
    """The node's public ed25519 host key: Ganeti replaces the other kinds on nodes that it adds
    (its prepare-node-join tool).
    """
    rsa: bool = False
    """Whether an RSA host key exists, which `gnt-cluster init` wants (Ganeti issue 1203)."""
    root_login: str = ""
    """PermitRootLogin, as `sshd -T` has it for root; so the next two."""
    pubkey: str = ""
    """PubkeyAuthentication."""
    keys_file: str = ""
    """AuthorizedKeysFile."""
    includes: bool = False
    """Whether sshd_config takes in the files of sshd_config.d."""
    authorized: str = ""
    """The text of root's authorized_keys."""
    known: str = ""
    """The text of root's known_hosts."""

    @property
    def lets_root_in(self) -> bool:
        """Whether sshd admits root with a key."""
        allowed = ("yes", "prohibit-password", "without-password")
        return self.root_login in allowed and self.pubkey != "no"

    @property
    def reads_own_keys(self) -> bool:
        """Whether sshd takes root's keys from the place where Ganeti and we put them."""
        # %h stands for the home (sshd_config(5), TOKENS); a relative name is below it.
        below_home = self.keys_file.replace("%h/", "").replace("/root/", "")
        return ".ssh/authorized_keys" in below_home.split()


def parse(text: str) -> RootSsh:
    """Read `name: value` lines, then the two files after their headings."""
    head, _, rest = text.partition("== authorized\n")
    authorized, _, known = rest.partition("== known\n")
    values = fields(head)
    return RootSsh(
        mode=values.get("mode", ""),
        private=values.get("private") == "yes",
        key=public_key(values.get("key", "")),
        host_key=public_key(" ".join(values.get("host", "").split()[:2])),
        rsa=values.get("rsa") == "yes",
        root_login=values.get("permitrootlogin", ""),
        pubkey=values.get("pubkeyauthentication", ""),
        keys_file=values.get("authorizedkeysfile", ""),
        includes=values.get("includes") == "yes",
        authorized=authorized.removesuffix("\n"),
        known=known,
    )


def _script(answers: Answers, host: str) -> str:
    peer = next(node for node in answers.nodes if node.short != host)
    # Without the node's own address and port sshd answers otherwise than it does, or not at all,
    # where a Match asks for them (LocalAddress, LocalPort).
    here = f"laddr={answers.node(host).ip},lport=22"
    who = shlex.quote(f"user=root,host={peer.name},addr={peer.ip},{here}")
    return f"""cd /root/.ssh && echo "mode: $(stat -c %a .)"
[ -s id_ed25519 ] && echo "private: yes"
echo "key: $(cat id_ed25519.pub)"
echo "host: $(cat /etc/ssh/ssh_host_ed25519_key.pub)"
[ -s /etc/ssh/ssh_host_rsa_key.pub ] && echo "rsa: yes"
grep -qiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config.d/' /etc/ssh/sshd_config &&
  echo "includes: yes"
sshd -T -C {who} | sed -nE 's/^(permitrootlogin|pubkeyauthentication|authorizedkeysfile) /\\1: /p'
echo "== authorized"; cat authorized_keys; echo
echo "== known"; cat known_hosts"""


ROOT_SSH = Fact(name="root-ssh", script=_script, parse=parse)
"""stat(1), the key files, and `sshd -T` as seen by a login of root from another node (sshd(8))."""


def parse_reached(text: str) -> dict[str, str]:
    """What root's ssh to each other node said: its `hostname`, or ssh's last error line."""
    return fields(text)


def _reach_script(answers: Answers, host: str) -> str:
    """The cheapest key exchange of those that the peer allows comes first: nothing secret is said
    in this login, and OpenSSH's own first choice (sntrup761x25519, ssh_config(5)) makes a key that
    costs more than all the rest of it. Where somebody decided about the exchange, that stands.
    `printf` takes what the peer says as it is, `echo` would not.
    """
    names = shlex.join(node.name for node in answers.nodes if node.short != host)
    return f"""newline='
'
cheap='-o KexAlgorithms=^curve25519-sha256'
grep -qisE '^[[:space:]]*KexAlgorithms' /root/.ssh/config /etc/ssh/ssh_config \\
  /etc/ssh/ssh_config.d/*.conf && cheap=
for name in {names}; do
  grep -qF -- "$name" /root/.ssh/known_hosts || continue
  said=$(timeout 20 ssh -n -o BatchMode=yes -o ConnectTimeout=8 -o StrictHostKeyChecking=yes \\
    $cheap -i /root/.ssh/id_ed25519 "root@$name" hostname 2>&1)
  printf '%s: %s\\n' "$name" "${{said##*"$newline"}}"
done"""


REACHED = Fact(name="root-reaches", script=_reach_script, parse=parse_reached)
"""A real login of root on each other node by name, without questions."""
