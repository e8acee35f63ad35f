"""Archive tables on a real MariaDB server: 200,000 rows in four tables, two of them moved, read all
the time.

Needs mariadb-server-core, mariadb-client, openssh-server and strace; no virtual machine, no running
service.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from pathlib import Path

from steps.archive.facts import archive
from tests.acceptance.archive_crash import crash_everywhere
from tests.hosts.server import serving
from tests.remote.fake import systemd
from tests.steps.archive.bench import Bench
from tests.steps.archive.readers import Readers
from tests.steps.archive.server import OLD, Maria, running
from wizard.model.review import State
from wizard.remote import unit

ROWS = 50_000
REPORT = "; ".join(
    f"SELECT account, COUNT(*), SUM(`bytes in`), MAX(note), BIT_XOR(CRC32(raw)) FROM UTM5.{name} "
    "WHERE account < 50 GROUP BY account ORDER BY account"
    for name in OLD
)
rows: list[tuple[str, str]] = []


def tell(what: str, figure: str) -> None:
    """One line of the result, at once and in the table at the end."""
    print(f"{what}: {figure}", flush=True)
    rows.append((what, figure))


def nightly(maria: Maria, when: str) -> bytes:
    """A nightly dump, measured."""
    begun = time.monotonic()
    text = maria.dump("UTM5")
    seconds = time.monotonic() - begun
    tell(
        f"dump {when}",
        f"{len(text):,} bytes, {len(gzip.compress(text)):,} with gzip, {seconds:.2f} s",
    )
    return text


def there(bench: Bench) -> bytes:
    """Archive while accounts read; returns the nightly dump that follows."""
    maria = bench.maria
    answers = maria.sql(REPORT)
    with Readers(maria) as readers:
        begun = time.monotonic()
        bench.done()
        tell("archive step", f"{time.monotonic() - begun:.0f} s, {len(bench.ended)} commands")
        time.sleep(2)
    tell("reads meanwhile", f"{readers.good:,} right, {readers.bad} wrong or failed")
    assert readers.good > 100 and readers.bad == 0, readers.errors
    assert maria.sql(REPORT) == answers, "the views give other answers"
    assert maria.sql(REPORT, login=("-ubilling", "-px")) == answers
    tell("answers through the views", f"the same, {len(answers.splitlines())} lines")
    for name in OLD:
        entry = maria.sql(
            "SELECT rows_before, sum_before, rows_after, sum_after FROM UTM5_archive.gw_ledger "
            f"WHERE name='{name}'"
        )
        before, after = entry.split()[:2], entry.split()[2:]
        assert before == after and before[0] == str(ROWS), entry
        tell(name, f"{before[0]} rows, checksum {before[1]}, before and after")
    assert bench.review().state is State.DONE
    return nightly(maria, "after")


def restore(bench: Bench, folder: Path, dump: bytes) -> None:
    """On a new server: the dump alone fails; the archive first, then the dump, then the step."""
    answers = bench.maria.sql(REPORT)
    with running(folder / "other", options=()) as other:
        other.sql("CREATE DATABASE UTM5; CREATE DATABASE UTM5_archive")
        failed = other.load("UTM5", dump)
        assert failed.returncode and b"ERROR 1146" in failed.stderr, failed.stderr
        tell("dump loaded without the archive", failed.stderr.decode().strip().splitlines()[-1])
        other.sql("DROP DATABASE UTM5; CREATE DATABASE UTM5")
        for copy in sorted((folder / "two").glob("*.gz")):
            assert other.load("UTM5_archive", gzip.decompress(copy.read_bytes())).returncode == 0
        assert other.load("UTM5", dump).returncode == 0
        (folder / "again").mkdir()
        again = Bench(other, bench.places, folder / "again", bench.path)
        again.answers = again.answering(
            first=bench.answers.archive.first, second=bench.answers.archive.second
        )
        files = sorted(path.name for path in (folder / "one").iterdir())
        again.done()
        assert other.sql(REPORT) == answers
        assert sorted(path.name for path in (folder / "one").iterdir()) == files, (
            "the same copies were known again"
        )
        tell(
            "restored on a new server",
            "archive first, then the dump, then the step: the same answers",
        )


def main() -> int:
    """Run it; any assertion ends it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="gw-archive-") as name:
        folder = Path(name)
        unit.DIRECTORY = str(folder / "units")
        archive.FOLDER = str(folder / "waited")
        with running(folder / "maria", options=()) as maria, serving(folder / "places") as places:
            bench = Bench(maria, places, folder, systemd(folder / "bin"))
            maria.fill(ROWS)
            maria.restart()
            tell(
                "rows",
                maria.sql("SELECT VERSION()").strip()
                + f", {4 * ROWS:,} in four tables, two to be archived",
            )
            before = nightly(maria, "before")
            dump = there(bench)
            restore(bench, folder, dump)
            bench.done("unarchive")
            assert maria.dump("UTM5") == before, "undo is not exact"
            tell("undo", "the dump is byte for byte as before")
        if "--no-crash" not in sys.argv:
            with (
                running(folder / "crashed", options=()) as maria,
                serving(folder / "places2") as places,
            ):
                (folder / "c").mkdir()
                crash_everywhere(
                    Bench(maria, places, folder / "c", systemd(folder / "c" / "bin")), tell
                )
    print()
    for what, figure in rows:
        print(f"| {what} | {figure} |")
    print(f"archive: {len(rows)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
