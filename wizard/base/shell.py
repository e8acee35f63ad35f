"""What a shell on any machine is given."""

from __future__ import annotations

import secrets

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for: what ssh gives a command may lack the administrators' folders.
"""


def new_mark() -> str:
    """A line's beginning that no output can hold, since nobody can guess it."""
    return f"@@gw-{secrets.token_hex(6)}"
