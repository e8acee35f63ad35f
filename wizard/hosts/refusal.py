"""A connection that does not come about, in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.errors import LoginRefused, Reach, Unreachable
from wizard.hosts.known_hosts import label

if TYPE_CHECKING:
    from wizard.hosts.ssh import SshHost


def refusal(host: SshHost, error: Exception, key_passed: bool) -> Unreachable:
    """What a failure to connect means to the operator."""
    text = str(error) or type(error).__name__
    if not key_passed or "timeout" in text.lower():
        return Unreachable(
            f"{label(host.address, host.port)} answers, but the ssh connection does not "
            f"come about: {text}",
            where=host.name,
            mend="check that this is the ssh port, and on the host's console: journalctl -u ssh",
            reach=Reach.NO_SSH,
        )
    tried = [f"the key {host.key_path}"] if host.key_path else []
    tried += (
        ["the wizard's own key"]
        if not host.key_path and host.own_key and host.own_key.exists()
        else []
    )
    tried += ["the password"] if host.password is not None else []
    tried += (
        ["your agent and ~/.ssh"]
        if host.use_agent and not host.key_path and not host.password
        else []
    )
    return LoginRefused(
        f"login as {host.user} is refused ({text}); tried: {', '.join(tried) or 'nothing'}",
        where=host.name,
        mend=host.when_refused,
    )
