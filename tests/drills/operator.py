"""What the operator of a drill does with `recover`: looks, waits while a server starts, gives the
words that are asked for, and goes the ways that are offered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from tests.acceptance.lab import ARTICLE
from tests.drills.command import Done
from tests.drills.diagnosis import STARTING, Look
from tests.drills.drill import Drill, DrillFailed
from tests.drills.keys import Keys, Pick

LOOK_SECONDS = 20
"""From the end of one look to the next."""
CONSENT, BLOCKED = 10, 4
"""Exit codes: a word or a decision is wanted; refused."""
WANTED = re.compile(r"lacks the confirmation of: (.+)")
OPTION = re.compile(r"\b([\w-]+)=(\S+): ")
"""One of the options in the refusal of a runbook that asks for a decision."""
STARTED = re.compile(r"^\[([^]]+)\] \d+/\d+ (.*)")
"""A command of a runbook begins: its host, and what it is."""
TRIES = 6
KILLS = 80


def full(node: str) -> str:
    """A server's full name."""
    return f"{node}.{ARTICLE.domain}"


def dead(node: str) -> tuple[str, ...]:
    """The claim that a server is without power."""
    return "--dead", full(node), "--fenced", "cables"


def look(drill: Drill) -> Look:
    """Ask what is the matter."""
    done = drill.run(("--lab", "recover", "diagnose", "--json"), ok=(0, 5, 6), document=True)
    seen = Look.read(done.out)
    print(f"  {', '.join(seen.situations) or 'nothing is the matter'}", flush=True)
    return seen


def settled(drill: Drill, seconds: float = 1800) -> Look:
    """Look until no server is still starting: before that nothing may be done."""
    until = time.monotonic() + seconds
    seen = look(drill)
    while STARTING in seen.situations:
        if time.monotonic() > until:
            raise DrillFailed("a server never ends to start")
        time.sleep(LOOK_SECONDS)
        seen = look(drill)
    return seen


def expect(drill: Drill, situation: str, seconds: float = 600) -> Look:
    """Look until that is the matter; raises DrillFailed when it never is."""
    until = time.monotonic() + seconds
    seen = settled(drill)
    while situation not in seen.situations:
        if time.monotonic() > until:
            raise DrillFailed(f"{situation} is not among: {', '.join(seen.situations)}")
        time.sleep(LOOK_SECONDS)
        seen = settled(drill)
    return seen


def offered(drill: Drill, runbook: str, seconds: float = 1800) -> Look:
    """Look until that way may be gone; raises DrillFailed when it never may."""
    until = time.monotonic() + seconds
    seen = settled(drill)
    while not seen.offers(runbook):
        if time.monotonic() > until:
            reasons = [str(way["reason"]) for way in seen.runbooks(runbook)]
            raise DrillFailed(f"{runbook} is not offered: {'; '.join(reasons) or 'not at all'}")
        time.sleep(LOOK_SECONDS)
        seen = settled(drill)
    return seen


def recover(
    drill: Drill,
    runbook: str,
    *words: str,
    confirm: tuple[str, ...] = (),
    pick: Mapping[str, Pick] | None = None,
    ok: tuple[int, ...] = (0,),
) -> Done:
    """Carry a runbook out, to the opened volume.

    The first call gives neither a word nor a decision. What is asked for is given then, if it is
    one of `confirm` (the instance's name where none is said), or what `pick` takes of the options
    of a decision.
    """
    settled(drill)
    confirm = confirm or (drill.instance,)
    if drill.by_keys:
        return _by_keys(drill, runbook, words, confirm, pick or {}, ok)
    given = list(words)
    for _ in range(TRIES):
        done = _apply(drill, runbook, given)
        answer = _answer(drill, done, confirm, pick or {})
        if not answer:
            break
        given += answer
    _evidence(drill, done)
    if done.rc not in ok:
        raise DrillFailed(f"{done.shown}, wanted one of {ok}")
    return done


def _by_keys(
    drill: Drill,
    runbook: str,
    words: tuple[str, ...],
    confirm: tuple[str, ...],
    pick: Mapping[str, Pick],
    ok: tuple[int, ...],
) -> Done:
    """The same at a terminal of 80×24."""
    keys = Keys(
        drill.seat.argv("--lab", "recover"),
        drill.lab.env,
        passphrase=drill.passphrase.read_text().strip(),
        runbook=runbook,
        dead=words[1] if words[:1] == ("--dead",) else "",
        confirm=confirm,
        pick=pick,
    )
    done = at_keys(drill, keys, runbook)
    if keys.asked:
        drill.tell("words that were asked for", ", ".join(keys.asked))
    kept = done.out.find(" bundle · Verify [DONE]")
    changed = done.out.find(" freeze · Verify [DONE]")
    if changed >= 0:
        drill.must(0 <= kept < changed, f"{runbook}: evidence before the first change")
    if done.rc not in ok:
        raise DrillFailed(f"{done.shown}, wanted one of {ok}")
    return done


def at_keys(drill: Drill, keys: Keys, name: str) -> Done:
    """Carry it out; what it took goes into the drill's table."""
    done = keys.carry_out()
    drill.keep(done)
    drill.tell(f"keys, dialogs of {name}", f"{keys.keys}, {keys.dialogs}")
    return done


def _apply(drill: Drill, runbook: str, given: list[str]) -> Done:
    """Run it; where it is killed on purpose, again and again until it comes to its end."""
    line = ("--lab", "recover", "apply", runbook, *given, *drill.secret)
    for _ in range(KILLS):
        done = drill.run(line, ok=(0, 1, 4, 5, 6, 8, 10), at_line=drill.at_line)
        if not done.killed:
            return done
    raise DrillFailed(f"killed {KILLS} times, and {runbook} never came to its end")


def _answer(
    drill: Drill, done: Done, confirm: tuple[str, ...], pick: Mapping[str, Pick]
) -> list[str]:
    """The options that answer what was asked; none where nothing was, or nothing can be said."""
    wanted = WANTED.search(done.out)
    if done.rc == CONSENT and wanted is not None:
        words = wanted[1].strip().split(", ")
        drill.tell("words that were asked for", ", ".join(words))
        if set(words) <= set(confirm):
            return [option for word in words for option in ("--confirm", word)]
        return []
    if done.rc == BLOCKED and "--choose, one of:" in done.out:
        drill.tell("decision that was asked for", done.out.strip().splitlines()[-1].strip())
        for choice, value in OPTION.findall(done.out):
            if choice in pick and pick[choice](value):
                return ["--choose", f"{choice}={value}"]
    return []


def _evidence(drill: Drill, done: Done) -> None:
    """Where a runbook changed something, the evidence was kept before."""
    kept = done.out.find("-- bundle: done")
    changed = done.out.find("-- freeze: done")
    if changed >= 0:
        drill.must(0 <= kept < changed, f"{done.words[3]}: evidence before the first change")


def refused(drill: Drill, runbook: str, *words: str, says: str = "") -> None:
    """A runbook must be refused by every sort of call, and change nothing."""
    for verb in ("plan", "apply"):
        line = ("--lab", "recover", verb, runbook, *words)
        done = drill.run(line, ok=tuple(range(256)))
        drill.must(done.rc in (BLOCKED, CONSENT), f"recover {verb} {runbook} is refused")
        if says and verb == "apply":
            drill.must(says in done.out, f"its reason names {says}")


def heal(drill: Drill, *runbooks: str, seconds: float = 5400) -> None:
    """Go the first way that is offered and is one of these, until nothing is the matter; while none
    is, wait and look again.
    """
    until = time.monotonic() + seconds
    seen = settled(drill)
    while not seen.well:
        if time.monotonic() > until:
            raise DrillFailed(f"still the matter: {', '.join(seen.situations)}")
        way = seen.first_of(runbooks)
        if not way:
            time.sleep(LOOK_SECONDS)
            seen = settled(drill)
            continue
        done = recover(drill, way, ok=(0, BLOCKED))
        seen = settled(drill)
        # Ganeti's watcher may have been quicker: then it is no way any more.
        if done.rc == BLOCKED and seen.offers(way):
            raise DrillFailed(f"{done.shown}, though it is offered")


def at_once(drill: Drill, runbook: str) -> Done:
    """Carry a runbook out that cannot wait, without a look before."""
    return _apply(drill, runbook, [])


def ended(done: Done, command: str) -> float:
    """When a command of a runbook had ended well; 0.0 where it never did."""
    began = False
    for moment, line in done.lines:
        began = began or (command in line and STARTED.match(line) is not None)
        if began and re.match(r"\[[^]]+\] ok after ", line):
            return moment
    return 0.0
