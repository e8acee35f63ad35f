"""QEMU's machine protocol: the power cord, the cables and the snapshots of a running machine."""

from __future__ import annotations

import itertools
import json
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from wizard.base.errors import LabError

TIMEOUT_S = 120.0
"""Seconds to wait for an answer; QEMU is silent while it writes a machine's memory to its disk."""


class Qmp:
    """One conversation with one machine; use as a context manager. Raises LabError when the machine
    is not there.
    """

    def __init__(self, path: Path) -> None:
        self._where = str(path)
        self._serial = itertools.count(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT_S)
        try:
            self._socket.connect(str(path))
            self._file = self._socket.makefile("rb")
            self._read()
            self.call("qmp_capabilities")
        except OSError as error:
            self._socket.close()
            raise LabError(
                f"the machine does not answer: {error}", where=self._where, mend="lab status"
            ) from error

    def _read(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise ConnectionResetError("QEMU closed the connection")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def call(self, command: str, **arguments: Any) -> Any:
        """Run a command and return what it returns; raises LabError with QEMU's own words when it
        refuses.
        """
        number = next(self._serial)
        request = {"execute": command, "arguments": arguments, "id": number}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if answer.get("id") != number:
                continue
            if "error" in answer:
                raise LabError(f"{command}: {answer['error']['desc']}", where=self._where)
            return answer["return"]

    def quit(self) -> None:
        """Pull the power cord: QEMU ends at once, the guest notices nothing."""
        try:
            self.call("quit")
        except OSError:
            return

    def job(self, command: str, **arguments: Any) -> None:
        """Run a command that works as a background job, to its end; raises LabError when the job
        fails.
        """
        name = f"lab{time.monotonic_ns()}"
        self.call(command, **{"job-id": name}, **arguments)
        deadline = time.monotonic() + TIMEOUT_S * 5
        while time.monotonic() < deadline:
            (state,) = (job for job in self.call("query-jobs") if job["id"] == name)
            if state["status"] == "concluded":
                self.call("job-dismiss", id=name)
                if "error" in state:
                    raise LabError(f"{command}: {state['error']}", where=self._where)
                return
            time.sleep(0.1)
        raise LabError(f"{command} did not end", where=self._where)

    def close(self) -> None:
        """End the conversation, so that QEMU takes up the next one; the machine runs on."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Qmp:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
