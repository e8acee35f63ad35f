"""The wizard's own key on a host: put there by the first login, so that no later one needs a
password.
"""

from __future__ import annotations

from wizard.base.errors import LoginRefused, WizardError
from wizard.hosts.ssh import SshHost

INSTALL = (
    'set -e; umask 077; home=$(getent passwd "$1" | cut -d: -f6); file=$home/.ssh/authorized_keys; '
    'mkdir -p "$home/.ssh"; touch "$file"; '
    'if ! grep -qF -- "$2" "$file"; then [ -z "$(tail -c1 "$file")" ] || echo >>"$file"; '
    'cat >>"$file"; sync "$file"; fi; chown "$1:" "$home/.ssh" "$file"'
)
"""Adds the line on its standard input to a user's ($1) authorized_keys unless the key ($2) is there
already.
"""


def install_key(host: SshHost, public: str) -> None:
    """Add a public key to the login user's authorized_keys, once, prove that it lets in, and drop
    the password.

    Raises LoginRefused when the host takes the password and not the key.
    """
    kind, blob = public.split()[:2]
    argv = ("sh", "-c", INSTALL, "install-key", host.user, f"{kind} {blob}")
    result = host.run(argv, stdin=f"{public.strip()}\n".encode(), timeout=60)
    if result.rc != 0:
        raise WizardError(f"the key could not be installed: {result.err.strip()}", where=host.name)
    password, host.password = host.password, None
    host.close()
    try:
        host.run(("true",), timeout=60)
    except LoginRefused:
        host.password = password
        raise
