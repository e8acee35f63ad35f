"""The programs that run on the instance: rename, count, dump, send, remove; their texts are in
assets/templates/archive.

$1 is always the client's option file, "" for none. They run as units, so that neither a broken link
nor the wizard's end cuts them; none needs a secret. What ends with .bash is for bash.
"""

from __future__ import annotations

from steps.archive.facts.session import ANSWERS, CHARSET, SESSION, WHOLE
from steps.common.files import template

LOCK_SECONDS = 5
"""How long a rename waits for running queries at a time: new queries on that table wait behind it
meanwhile.
"""
LONG_SECONDS = 30
"""A transaction that is open for longer may be a dump, which would take the table's rows and then
its view too.
"""


def _program(name: str) -> str:
    text = template(f"archive/{name}").removesuffix("\n")
    words = {
        "@CHARSET@": CHARSET,
        "@SESSION@": SESSION,
        "@ANSWERS@": " ".join(f'"{option}"' if ";" in option else option for option in ANSWERS),
        "@WHOLE@": " ".join(WHOLE),
    }
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


RENAME = (
    _program("rename.bash")
    .replace("@LONG@", str(LONG_SECONDS))
    .replace("@LOCK@", str(LOCK_SECONDS))
)
"""What gets ready ("" for nothing), what moves; then, where nobody may have written since the
count, a query that must say 0, the table, and the ledger that the query reads as `l`.

LOCK TABLES … READ is had when every transaction that wrote to the table has ended, and then keeps
writers out, not readers: what the query says then stays true. RENAME TABLE is not allowed to
whoever holds such a lock, so another connection gives it and waits; the lock is let go when even a
read without waiting is refused (error 1205), since that shows the rename in the queue, and it goes
before all reads and writes there (MariaDB's sql/mdl.cc, as gh-ost uses it). Error 1205 is also a
lock that was not had in time: nothing has changed then, and it is tried again with the query.
"""

COUNT = _program("count.sh")
"""What sums the table up, what to count through (the table or the view), its name, the ledger, and
when: before, after, or back, in the archive before the way back. Before: a query for the rows that
a dump would not keep ("" for none), and what to do about them. Back: how to mend it when it fails
since the table is not as before the move, and "rows: " where the sums tell nothing.

Exact, so it reads every row.
"""

DUMP = _program("dump.bash")
"""The folder, the schema that the table is in, the archive's schema, the table, the ledger, how the
name ends, then what encrypts (cat: nothing does). Not encrypted, the same rows give the same file
(no comments, no dates, gzip -n). Its name begins with that of the table and ends with the beginning
of its checksum, so no copy takes another one's place.
"""

SEND = _program("send.bash")
"""The folder, the archive's schema, the table, the ledger, the place's number, the place, how the
name ends, then ssh with its options.
"""

REMOVE = _program("remove.sh")
"""The archive's schema plain and quoted, the ledger, the account: all removed when no table is left
in there.
"""
