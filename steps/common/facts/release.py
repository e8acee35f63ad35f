"""Which Debian release, processor architecture and installed Ganeti a node has."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from steps.common import versions
from wizard.answers import Answers
from wizard.base.errors import WizardError
from wizard.model.facts import Fact, Facts


@dataclass(frozen=True)
class System:
    """What a node runs.

    `debian` is VERSION_ID of /etc/os-release ("12"; "" when it is another system or has none),
    `arch` what dpkg calls the architecture, `ganeti` the installed package's version ("" when it is
    not installed).
    """

    debian: str = ""
    name: str = ""
    arch: str = ""
    ganeti: str = ""

    @property
    def supported(self) -> bool:
        """Whether `versions` has data for this system."""
        return versions.supported(self.debian, self.ganeti)


def parse(text: str) -> System:
    """Read os-release (os-release(5): shell-like assignments), then `arch:` and `ganeti:` lines."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and key.replace("_", "").isalnum():
            values[key] = "".join(shlex.split(value))
        elif line.startswith(("arch: ", "ganeti: ")):
            name, _, rest = line.partition(": ")
            values[name] = rest.strip()
    own = values.get("ID") == "debian"
    status, _, version = values.get("ganeti", "").partition(" ")
    return System(
        debian=values.get("VERSION_ID", "") if own else "",
        name=values.get("PRETTY_NAME", ""),
        arch=values.get("arch", ""),
        # The second letter is what the package is, the first what is wanted of it: on hold, "hi".
        ganeti=version if status[1:] == "i" else "",
    )


SYSTEM = Fact(
    name="system",
    script=(
        'cat /etc/os-release; echo; echo "arch: $(dpkg --print-architecture)"; '
        "echo \"ganeti: $(dpkg-query -W -f '${db:Status-Abbrev}${Version}' ganeti)\""
    ),
    parse=parse,
)


def release_of(facts: Facts, host: str) -> versions.Release:
    """The version data for a host; needs the SYSTEM fact, raises WizardError when the host is
    unsupported.
    """
    system = facts.of(host, SYSTEM)
    try:
        return versions.release(system.debian, system.ganeti)
    except WizardError as error:
        raise WizardError(error.what, where=host, mend=error.mend, code=error.code) from error


def hypervisor_of(answers: Answers, facts: Facts, host: str) -> versions.Hypervisor:
    """The settings of the chosen hypervisor on a host."""
    return release_of(facts, host).hypervisor(answers.xen.hypervisor)
