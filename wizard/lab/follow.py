"""`python -m wizard.lab.follow`: takes a lab down when the program that wanted it is gone."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from wizard.base.errors import LabError
from wizard.lab.api import Lab
from wizard.lab.base.processes import wait_gone

BUSY_S = 1.0
"""Seconds between two attempts while another command holds the lab: it gives up when its machines
go off.
"""


def take_down(lab: Lab) -> None:
    """Pull all cords and end the networks, also while a command that outlives its program still
    boots machines.
    """
    while True:
        try:
            lab.cut_power()
        except LabError as error:
            print(error, flush=True)
            time.sleep(BUSY_S)
        else:
            return


def main(argv: list[str] | None = None) -> int:
    """Wait for the end of the process, then take the lab down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", type=Path, required=True)
    parser.add_argument("--pid", type=int, required=True)
    given = parser.parse_args(argv)
    wait_gone(given.pid)
    print(f"process {given.pid} is gone: the lab is taken down", flush=True)
    take_down(Lab(given.lab))
    return 0


if __name__ == "__main__":
    sys.exit(main())
