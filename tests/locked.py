"""What a host answers that somebody else has locked, until his lock is taken over."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.hosts.host import Result

TOKEN = "b" * 32
LOOK = "host-lock"
"""The fact that has who holds the lock."""
RECORD = '{"who": "bob@laptop", "folder": "/home/bob/cluster", "pid": 34, "doing": "step raid"}'
SEEN = f"held {TOKEN} 60 7200 -\n{TOKEN}\n{RECORD}\n"
"""What a look at such a host says of its lock."""
WORDS = (
    "bob@laptop changes this host (step raid) for 2 h 0 min, last heard of 60 s ago; "
    "process 34, state directory /home/bob/cluster"
)


@dataclass
class Locked:
    """`overs` are the locks that were taken over."""

    ours: bool = False
    overs: list[str] = field(default_factory=list)

    def __call__(self, argv: tuple[str, ...]) -> Result:
        """What the script of `wizard.remote.host_lock` says."""
        if self.ours or len(argv) < 8:
            return Result(0, f"mine {'a' * 32} 0 0 -\n", "", 0.0)
        if argv[6] == TOKEN:
            self.ours = True
            self.overs.append(argv[6])
            return Result(0, f"over {TOKEN} 60 7200 -\n{TOKEN}\n{RECORD}\n", "", 0.0)
        return Result(75, SEEN, "", 0.0)
