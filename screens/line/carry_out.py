"""Carrying a plan out, line by line: consent, secrets, the run, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from textwrap import indent

from screens.line.ask import Asker
from screens.line.say import say
from screens.line.secrets import ask_secret
from screens.shared.step_texts import at_stake, findings, warning
from wizard.model.plan import Plan
from wizard.model.review import Review
from wizard.model.step import Danger, Kind
from wizard.remote.host_lock import Held
from wizard.run.outcome import End, Outcome
from wizard.run.session import Session


def run(session: Session, asker: Asker, review: Review) -> Review:
    """Carry out what was shown, if the operator agrees; returns the look that came last.

    Raises Back when the operator thinks better of it before anything was run.
    """
    typed = _consent(session, asker, review.plan)
    if typed is None:
        say("not agreed: nothing was run")
        return review
    outcome = _run(session, asker, review, typed)
    if outcome is None:
        return review
    _tell(review, outcome)
    return outcome.review


def _run(session: Session, asker: Asker, review: Review, typed: tuple[str, ...]) -> Outcome | None:
    """Run it, also after another wizard's locks were taken over; None when nothing was run."""
    while _secrets(session, asker, review):
        try:
            return _attended(session, lambda: session.run(review, typed))
        except Held as refused:
            if not _takes_over(session, asker, refused):
                say("not taken over: nothing was run")
                return None
    say("no secret given: nothing was run")
    return None


def _takes_over(session: Session, asker: Asker, refused: Held) -> bool:
    """Whether the operator types the name of who has the hosts locked."""
    who = refused.holder.who
    say(f"! {refused.where}: {refused.what}")
    say(refused.ways)
    if session.hold is None or asker.text(f"Type {who} to take it over") != who:
        return False
    session.hold.take_over = who
    return True


def follow(session: Session, review: Review) -> Outcome:
    """Until what an earlier run left has ended, or the operator no longer waits for it."""
    return _attended(session, lambda: session.attach(review))


def _consent(session: Session, asker: Asker, plan: Plan) -> tuple[str, ...] | None:
    """The words that were typed to agree to destruction; None when it was not agreed."""
    if plan.confirmations:
        typed = _typed(asker, plan)
        return typed if typed == plan.confirmations else None
    if plan.danger in (Danger.OUTAGE, Danger.DESTROY):
        say(warning(plan, _rebooting_itself(session, plan), session.resume_command))
    return () if asker.yes("Run it now?") else None


def _typed(asker: Asker, plan: Plan) -> tuple[str, ...]:
    say("This destroys data, and there is no way back.")
    typed = []
    for word in plan.confirmations:
        say(indent(at_stake(plan, word), "  "))
        typed.append(asker.text(f"Type {word} to agree"))
    return tuple(typed)


def _rebooting_itself(session: Session, plan: Plan) -> list[str]:
    """Hosts that the plan reboots and that the wizard runs on."""
    rebooted = {command.host for command in plan.commands if command.kind is Kind.REBOOT}
    return [name for name, host in session.hosts.items() if host.is_self and name in rebooted]


def _secrets(session: Session, asker: Asker, review: Review) -> bool:
    """Ask for the secrets that the plan's commands read; False when one was not given."""
    for prompt in session.lacking(review):
        secret = ask_secret(asker, prompt)
        if secret is None:
            session.secrets.forget()
            return False
        session.secrets.put(prompt.key, secret)
    return True


def _tell(shown: Review, outcome: Outcome) -> None:
    if outcome.end is End.STALE:
        say("STALE: the hosts changed since the plan was shown; nothing was run. The difference:")
        say("\n".join(shown.plan.difference(outcome.review.plan)))
    elif outcome.end is End.FAILED:
        say("FAILED: see the output above; what follows is planned from how things are now")
    elif outcome.end is End.MORE:
        say("all ran; what the hosts show now asks for further commands")
    elif outcome.end is End.UNCHANGED:
        say("UNCHANGED: all ran well, and the hosts ask for the same commands again:")
        say(findings(outcome.review.wrong()))


def _attended(session: Session, job: Callable[[], Outcome]) -> Outcome:
    """Do something in a thread, so that Ctrl-C can ask it to stop: once after the running
    commands, twice now.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(job)
        say("(Ctrl-C stops after the running commands, a second one cuts them)")
        while True:
            try:
                return future.result()
            except KeyboardInterrupt:
                say(session.engine.stop())
