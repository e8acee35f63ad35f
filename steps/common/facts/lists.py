"""Whether apt knows what the mirror has."""

from __future__ import annotations

from wizard.model.facts import Fact

APT_LISTS: Fact[bool] = Fact(
    name="apt-lists",
    script=(
        '[ -n "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1)" ] &&'
        " [ -n \"$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' | head -n 1)\" "
        "] && echo fresh"
    ),
    parse=lambda text: text.strip() == "fresh",
)
"""True when package lists exist and were fetched within a day (apt-get(8), update)."""
