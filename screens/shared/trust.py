"""Host keys that nobody accepted yet: which errors are about them, and accepting them. No widget
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wizard.base.errors import HostKeyUnknown, WizardError
from wizard.state.store import Store


def unknown_keys(errors: Mapping[str, WizardError]) -> list[HostKeyUnknown]:
    """Of errors by host, those that stand for an unknown host key."""
    return [error for error in errors.values() if isinstance(error, HostKeyUnknown)]


def accept(unknown: Iterable[HostKeyUnknown], store: Store) -> None:
    """Trust these keys from now on: the operator has compared their fingerprints."""
    from wizard.hosts.access import known_hosts

    for error in unknown:
        known_hosts(store).accept(error.key_line)
