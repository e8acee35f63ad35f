"""What the program needs at run time, each with its version and hashes of requirements.lock.

Usage: locked.py PYTHON-VERSION, such as 3.13. Prints a requirements file for that Python on Linux,
for `pip --require-hashes --no-deps`: pip judges conditions (`; python_full_version < '3.12'`) by
the Python that it runs on, not by the one that it downloads for, so that they are judged here.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
Environment = dict[str, str]


def environment(version: str) -> Environment:
    """What conditions are judged by (PEP 508, "Environment Markers")."""
    return {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "sys_platform": "linux",
        "os_name": "posix",
    }


def locked(lock: str, target: Environment) -> dict[str, str]:
    """By name, the lines of the lock that hold for that Python, without their conditions."""
    pins: dict[str, str] = {}
    for entry in re.findall(r"^[a-z0-9].*\n(?:[ ]+--hash=.*\n)+", lock, re.MULTILINE):
        head, _, hashes = entry.partition("\\\n")
        pin = Requirement(head)
        if pin.marker is None or pin.marker.evaluate({**target, "extra": ""}):
            pins[canonicalize_name(pin.name)] = f"{pin.name}{pin.specifier} \\\n{hashes}"
    return pins


def needed(direct: list[Requirement], target: Environment) -> set[str]:
    """All that these need, by what the packages that are installed here say of themselves."""
    found: set[tuple[str, str]] = set()
    queue = list(direct)
    while queue:
        wanted = queue.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) not in found:
                found.add((name, extra))
                queue += _of(name, {**target, "extra": extra})
    return {name for name, _ in found}


def _of(name: str, target: Environment) -> list[Requirement]:
    """What one package needs there."""
    about = [Requirement(text) for text in requires(name) or ()]
    return [one for one in about if one.marker is None or one.marker.evaluate(target)]


def main(version: str) -> None:
    """Print the requirements; what is needed and not locked is a KeyError."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    target = environment(version)
    direct = [Requirement(text) for text in project["dependencies"]]
    pins = locked((ROOT / "requirements.lock").read_text("utf-8"), target)
    for name in sorted(needed(direct, target)):
        print(pins[name], end="")


if __name__ == "__main__":
    main(sys.argv[1])
