"""Somebody else has locked the hosts: who it is must be typed before the lock is taken over."""

from __future__ import annotations

from screens.dialogs.consent import TypeModal
from wizard.remote.host_lock import Held


def taking_over(refused: Held) -> TypeModal:
    """The dialog for a run that was refused because of somebody else's lock."""
    words = {refused.holder.who: f"{refused.where}: {refused.what}"}
    text = f"Nothing was run: somebody else changes these hosts.\n{refused.ways}"
    return TypeModal("Somebody else works there", text, words, "Take over and run")
