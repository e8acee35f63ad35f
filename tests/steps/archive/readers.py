"""Accounts that read a table all the time, in plain, prepared and transactional queries, while it
is moved.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from types import TracebackType
from typing import IO

from tests.steps.archive.server import OLD, Maria
from tests.waiting import LAST_RESORT

_GOOD = (
    "SELECT IF(COUNT(*) = SUM(account = id % 997), 'good', 'BAD') FROM {table} WHERE id "
    "BETWEEN 50 AND 90;\n"
)
_PLAIN = "".join(_GOOD.format(table=name) for name in OLD)
_PREPARE = "".join(
    f"PREPARE p{number} FROM '{_GOOD.format(table=name)}';\n" for number, name in enumerate(OLD)
)
_STYLES = (
    ("", _PLAIN),
    (
        _PREPARE.replace("'good'", '"good"').replace("'BAD'", '"BAD"').replace(";\n'", "'"),
        "EXECUTE p0; EXECUTE p1;\n",
    ),
    ("", f"START TRANSACTION WITH CONSISTENT SNAPSHOT;\n{_PLAIN}COMMIT;\n"),
)


class Readers:
    """While the block runs they read; afterwards `good` and `bad` are the counts, `errors` what was
    said.
    """

    def __init__(self, maria: Maria) -> None:
        self.maria, self.good, self.bad, self.errors = maria, 0, 0, ""
        self._end = threading.Event()

    def __enter__(self) -> Readers:
        self._files = [(self._file(), self._file()) for _ in _STYLES]
        self._clients, self._threads = [], []
        for (begin, again), (out, err) in zip(_STYLES, self._files, strict=True):
            argv = (*self.maria.client(), "-ubilling", "-px", "-f", "-N", "-n", "UTM5")
            client = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True
            )
            thread = threading.Thread(target=self._feed, args=(client, begin, again))
            thread.start()
            self._clients.append(client)
            self._threads.append(thread)
        return self

    @staticmethod
    def _file() -> IO[str]:
        return tempfile.TemporaryFile("w+")

    def _feed(self, client: subprocess.Popen[str], begin: str, again: str) -> None:
        assert client.stdin
        client.stdin.write(begin)
        while not self._end.wait(0.002):
            client.stdin.write(again)
            client.stdin.flush()
        client.stdin.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        for thread, client in zip(self._threads, self._clients, strict=True):
            if error is not None:
                # It may wait for a lock that a test which failed left behind.
                client.kill()
            thread.join(LAST_RESORT)
            client.wait(LAST_RESORT)
        for out, err in self._files:
            out.seek(0)
            err.seek(0)
            words = out.read().split()
            said = err.read()
            self.good += words.count("good")
            self.bad += len(words) - words.count("good") + len(said.splitlines())
            self.errors += said
