"""The line of keys at the bottom of a page."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer, made anew only when it is to show other keys.

    Textual's own is made anew at each change of focus or screen: it takes all its keys away and
    puts the same ones there, with styles, layout and painting of each.
    """

    _made_of: tuple[tuple[object, ...], ...] | None = None

    def compose(self) -> ComposeResult:
        """The keys that work now."""
        self._made_of = self._to_show()
        yield from super().compose()

    async def recompose(self) -> None:
        """Make the keys anew, unless they are those that stand there."""
        if self.is_attached and self._made_of == self._to_show():
            return
        await super().recompose()

    def _to_show(self) -> tuple[tuple[object, ...], ...] | None:
        """What the footer is made of; None as long as it shows nothing."""
        if not self._bindings_ready:
            return None
        return tuple(
            (binding, enabled, tooltip)
            for (_, binding, enabled, tooltip) in self.screen.active_bindings.values()
            if binding.show
        )
