"""What the socket and the ssh library raise, as a sentence for the operator.

Their own texts are for programmers: a bare `EOFError`, `[Errno 104]`, `ChannelException(2, …)`. The
texts of Paramiko that are known here stand in its transport.py, channel.py, packet.py and
auth_handler.py (version 3 and 4); what is not known is said as it came.
"""

from __future__ import annotations

HUNG_UP = "it hung up"
NO_ANSWER = "no answer in time"
FORWARDS_NOTHING = (
    "its ssh server has that administratively prohibited (AllowTcpForwarding, PermitOpen or "
    "DisableForwarding in sshd_config, or `no-port-forwarding` in authorized_keys)"
)
NOTHING_THERE = (
    "nothing there takes the connection: it is off or still starts, its network is down, or its "
    "ssh server does not run"
)
NO_CHANNEL = "it opens no further channel"
FORWARDED = {
    # RFC 4254, 5.1.
    1: FORWARDS_NOTHING,
    2: NOTHING_THERE,
    3: "its ssh server knows no forwarding",
    4: "its ssh server has no room for one more connection",
}
"""Why a server forwarded no connection, by the code that it answers with."""
_TEXTS = (
    # Part of what Paramiko says, and what that means.
    ("reading SSH protocol banner", f"{HUNG_UP} before it named its version of ssh"),
    ("Indecipherable protocol version", "what it says is not ssh"),
    ("Invalid SSH banner", "what it says is not ssh"),
    ("Timeout opening channel", NO_ANSWER),
    ("Authentication timeout", "no answer to the login in time"),
    ("key negotiation", "no answer in time while keys were exchanged"),
    ("transport shut down", f"{HUNG_UP} during the login"),
    ("Mismatched MAC", "what arrives is not what was sent: a fault on the way"),
    ("Negotiation failed", f"{HUNG_UP} while keys were exchanged"),
    ("No existing session", HUNG_UP),
    ("session not active", HUNG_UP),
    ("Socket is closed", HUNG_UP),
    ("Channel closed", HUNG_UP),
    ("Unable to open channel", NO_CHANNEL),
    ("No authentication methods", "there is neither a key nor a password to log in with"),
    ("Authentication failed", "it takes none of them"),
)


def sentence(error: BaseException) -> str:
    """An error of a socket or of Paramiko in the operator's words; never empty."""
    for reading in (_of_a_channel, _of_the_login, _of_the_system):
        said = reading(error)
        if said:
            return said
    text = str(error)
    for part, meaning in _TEXTS:
        if part in text:
            return meaning
    return text or type(error).__name__


def forwarding(error: BaseException) -> str:
    """The same of a connection that a server was to make on to another machine.

    Paramiko keeps one error for all its threads, so that the second of two that were refused at one
    time has no code any more.
    """
    said = sentence(error)
    if said != NO_CHANNEL:
        return said
    return FORWARDED.get(getattr(error, "code", 2), NOTHING_THERE)


def _of_a_channel(error: BaseException) -> str:
    """Of ChannelException, which alone of them has the server's code."""
    return NO_CHANNEL if isinstance(getattr(error, "code", None), int) else ""


def _of_the_login(error: BaseException) -> str:
    """Of BadAuthenticationType, which has the ways that the server would take."""
    ways = getattr(error, "allowed_types", None)
    return f"it takes these ways only: {', '.join(ways)}" if ways else ""


def _of_the_system(error: BaseException) -> str:
    """Of what the kernel says (errno(3)), and of an end that came with no word at all."""
    if isinstance(error, EOFError):
        return HUNG_UP
    if not isinstance(error, OSError):
        return ""
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return f"{HUNG_UP} ({error.strerror})" if error.strerror else HUNG_UP
    if isinstance(error, TimeoutError):
        # One of our own, such as that of the banner, says more than the kernel's.
        return str(error) if error.errno is None and str(error) else NO_ANSWER
    return error.strerror or ""
