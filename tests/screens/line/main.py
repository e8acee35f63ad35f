"""Line mode, or the screens, over simulated hosts in a process of its own: `main STATE
[screen] [flags…]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.screens.toys import STEPS, Machines, session
from wizard.base.errors import HostKeyUnknown, LoginRefused, WizardError
from wizard.hosts.host import Result


def main() -> int:
    """Run; flags: `screen` and `prompts` for the other front ends; `key` an unknown host key once,
    `refused` node2 refused once, `fail` a vgcreate that fails once.
    """
    state, *flags = sys.argv[1:]
    machines = Machines()
    machines.self_on = "node1" if "self" in flags else ""
    if "key" in flags:
        machines.down["node1"] = HostKeyUnknown("node1", "SHA256:abc", "node1 ssh-ed25519 AAAA")
    if "refused" in flags:
        machines.down["node2"] = LoginRefused(
            "accepts neither the key nor the password", where="node2", mend="type it"
        )
    if "fail" in flags:
        machines.answers["node2", "vgcreate"] = Result(5, "", "xenvg already exists\n", 0.1)
    build = session(Path(state), machines, STEPS)
    connect = build.make_hosts

    def once(*args: object) -> dict[str, object]:
        made = connect(*args)  # type: ignore[arg-type]
        machines.down.clear()
        return made  # type: ignore[return-value]

    build.make_hosts = once  # type: ignore[assignment]
    try:
        if "screen" in flags:
            from screens.app import run as run_app

            return run_app(build)
        from screens.line.app import run

        return run(build, plain="prompts" not in flags)
    except WizardError as error:
        print(f"ganeti-wizard: {error}")
        return int(error.code)
    finally:
        build.close()


if __name__ == "__main__":
    sys.exit(main())
