"""Who holds the lock of a host, as a look sees it: it takes none and waits for none."""

from __future__ import annotations

import shlex

from wizard.answers import Answers
from wizard.model.facts import Fact
from wizard.remote import host_lock
from wizard.remote.host_lock import Holder

_LOOK = (
    host_lock.FOUND
    + """
[ -d "$dir" ] && [ ! -L "$dir" ] && [ -O "$dir" ] && cd "$dir" || exit 0
find_owner
[ -n "$had" ] || exit 0
find_times
echo "held $had $age $held -"
told
"""
)


def _script(answers: Answers, host: str) -> str:
    return f"dir={shlex.quote(host_lock.FOLDER)}\n{_LOOK}"


def _parse(text: str) -> Holder | None:
    state, holder = host_lock.read(text)
    return holder if state else None


LOCK: Fact[Holder | None] = Fact("host-lock", _script, _parse)
"""Whoever holds it, None for nobody. Whether a command of somebody who was not heard of for long is
still at work, which keeps his lock, is not looked for: that takes a while.
"""
