"""Several of LVM's commands by one process."""

from __future__ import annotations

from collections.abc import Sequence


def in_one(commands: Sequence[str], timeout: int) -> str:
    """A snippet that has lvm run these as a script (lvm(8)), since its start costs more than what
    it then does. `timeout` is in seconds, for all of them.

    LVM splits the lines at blanks and quotes as the shell does these. Its script ends with the
    first command that fails: then each is run by itself, with that time for each, and what the
    script said counts for nothing.
    """
    together = "\n".join(commands)
    apart = "\n".join(f"timeout {timeout} {command}" for command in commands)
    return f"""said=$(timeout {timeout} lvm /dev/stdin <<'GW_COMMANDS'
#!/sbin/lvm
{together}
GW_COMMANDS
) && printf '%s\\n' "$said" && exit
{apart}"""
