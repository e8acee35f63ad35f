"""The first screen: which servers, how to reach them, the first login to all of them at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from screens.keyboard import Line
from screens.page import Page
from screens.shared.states import PageState
from screens.shared.trust import accept, unknown_keys
from screens.shared.words import clock
from wizard.answers import Node
from wizard.base.errors import HostKeyUnknown, LoginRefused, Unreachable, WizardError
from wizard.model.step import Kind

if TYPE_CHECKING:
    from textual.timer import Timer

    from wizard.base.secrets import Secret

AGAIN = 10.0
"""Seconds between two attempts to reach a host that reboots."""


class NodeRow(Vertical):
    """One server: how it is reached, an input for its password, and what came of the login."""

    def __init__(self, node: Node) -> None:
        super().__init__(classes="node")
        self.node = node

    def compose(self) -> ComposeResult:
        """Three lines: name, way and password, outcome."""
        ssh = self.node.ssh
        way = (
            "this machine"
            if ssh.local
            else f"{ssh.user}@{ssh.host or self.node.ip} port {ssh.port}"
        )
        yield Static(f"{self.node.name}  {self.node.ip}", classes="heading", markup=False)
        with Horizontal(classes="line"):
            yield Static(f"  {way}", classes="ask", markup=False)
            place = "not needed here" if ssh.local else "password, if it wants one"
            yield Line(password=True, placeholder=place, compact=True, disabled=ssh.local)
        yield Static("", classes="outcome", markup=False)

    def show(self, text: str, *, wrong: bool = False) -> None:
        """What came of the login."""
        outcome = self.query_one(".outcome", Static)
        outcome.update(text)
        outcome.set_class(wrong, "wrong")

    def take_password(self) -> Secret | None:
        """The password as a secret; the input is emptied."""
        from wizard.base.secrets import Secret

        field = self.query_one(Input)
        text, field.value = field.value, ""
        return Secret(text) if text else None


class LoginScreen(Page):
    """Servers and login. With `resume` it tries to log in at once, without a password."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "go_on", "Connect", key_display="F8"),
        Binding("f4", "edit", "Edit"),
        Binding("f6", "add", "Add"),
        Binding("f7", "remove", "Remove"),
        Binding("f5", "look", show=False),
    ]
    name_of_help = "login"

    def __init__(self, *, resume: bool = False) -> None:
        super().__init__()
        self.resume = resume
        self.passwords: dict[str, Secret] = {}
        self.waiting_since = 0.0
        self.timer: Timer | None = None

    def body(self) -> ComposeResult:
        """The servers, one under the other."""
        yield Static(
            "The servers that become the cluster; the first one will own it. A password is used"
            " for the first login only and is never stored.",
            classes="lead",
        )
        yield VerticalScroll(id="nodes", can_focus=False)

    async def on_mount(self) -> None:
        """Show the servers; when resuming, log in at once."""
        self.set_title("hosts", PageState.LOGIN)
        await self._show()
        if self.resume:
            self.action_go_on()

    async def _show(self, focus: int = 0) -> None:
        box = self.query_one("#nodes")
        await box.remove_children()
        rows = [NodeRow(node) for node in self.session.answers.nodes]
        await box.mount_all(rows)
        inputs = [row.query_one(Input) for row in rows]
        usable = [field for field in inputs[focus:] + inputs if not field.disabled]
        if usable:
            usable[0].focus()
        self.tell("F8 logs in to all servers. F4 edits the server under the cursor.")

    @property
    def rows(self) -> list[NodeRow]:
        """The rows of the servers."""
        return list(self.query(NodeRow).results(NodeRow))

    def _at(self) -> int:
        """The row with the focus."""
        focused = self.focused
        for number, row in enumerate(self.rows):
            if focused is not None and focused in row.walk_children():
                return number
        return 0

    def on_input_submitted(self) -> None:
        """Enter goes to the next password, and after the last one it connects."""
        if self._at() == len(self.rows) - 1:
            self.action_go_on()
        else:
            self.focus_next()

    def action_go_on(self) -> None:
        """Log in to all servers."""
        for row in self.rows:
            if secret := row.take_password():
                self.passwords[row.node.short] = secret
            row.show("connecting…")
        self._connect()

    def _connect(self) -> None:
        if self.timer is not None:
            self.timer.stop()
            self.timer = None
        self.set_title("hosts", PageState.CONNECTING)
        if not self.work(self._log_in, self._logged_in):
            self.answer("still connecting")

    def _log_in(self) -> Mapping[str, WizardError]:
        from wizard.hosts.access import log_in_all

        self.session.connect(self.passwords)
        return log_in_all(self.session.servers, self.session.store)

    def _logged_in(self, errors: Mapping[str, WizardError]) -> None:
        for row in self.rows:
            error = errors.get(row.node.short)
            row.show(_told(error) if error else "connected", wrong=error is not None)
            if isinstance(error, LoginRefused):
                self.passwords.pop(row.node.short, None)
        unknown = unknown_keys(errors)
        if unknown:
            self._ask_keys(unknown)
        elif errors and self._rebooting(errors):
            self._wait(errors)
        elif errors:
            self.set_title("hosts", PageState.FAILED)
            told = f"not connected: {', '.join(errors)}. Correct it, then press F8 again."
            if self.session.clustered:
                told += " After an accident: Ctrl+P, Recover."
            self.tell(told)
            self._focus_on(next(iter(errors)))
        else:
            self._on()

    def _rebooting(self, errors: Mapping[str, WizardError]) -> bool:
        """Whether all that fails is that hosts do not answer which the wizard told to reboot."""
        flights = [
            one for progress in self.session.progress.values() for one in progress.flights.values()
        ]
        told = {flight.host for flight in flights if flight.kind == Kind.REBOOT.value}
        return all(host in told and type(error) is Unreachable for host, error in errors.items())

    def _wait(self, errors: Mapping[str, WizardError]) -> None:
        """The checkpoint after a restart of the wizard: keep trying until the hosts are back."""
        if not self.waiting_since:
            self.waiting_since = time.monotonic()
        self.set_title("hosts", PageState.WAITING)
        waited = clock(time.monotonic() - self.waiting_since)
        self.tell(f"{', '.join(errors)}: rebooting, waited {waited}; F8 tries at once")
        if self.timer is not None:
            self.timer.stop()
        self.timer = self.set_timer(AGAIN, self._connect)

    def _focus_on(self, short: str) -> None:
        for row in self.rows:
            if row.node.short == short:
                row.query_one(Input).focus()

    def _ask_keys(self, unknown: list[HostKeyUnknown]) -> None:
        from screens.dialogs.hostkey import HostKeyModal

        def answered(accepted: bool | None) -> None:
            if not accepted:
                self.set_title("hosts", PageState.FAILED)
                self.tell("refused: nothing was sent to those hosts but the greeting")
                return
            try:
                accept(unknown, self.session.store)
            except WizardError as error:
                self.failed(error)
                return
            self._connect()

        self.push(HostKeyModal(unknown), answered)

    def _on(self) -> None:
        """All are connected: the inventory, or after a resume the overview at once."""
        self.waiting_since = 0.0
        self.set_title("hosts", PageState.CONNECTED)
        self.passwords.clear()
        if self.resume:
            from screens.overview import OverviewScreen

            self.resume = False
            self.push(OverviewScreen())
        else:
            from screens.inventory import InventoryScreen

            self.push(InventoryScreen())

    def failed(self, error: WizardError) -> None:
        """The hosts could not even be made."""
        self.set_title("hosts", PageState.FAILED)
        for row in self.rows:
            row.show("")
        super().failed(error)

    def action_edit(self) -> None:
        """Change the server under the cursor."""
        self._edit(self._at())

    def action_add(self) -> None:
        """One more server."""
        self._edit(None)

    def _edit(self, at: int | None) -> None:
        from screens.form.field_list import ItemModal
        from screens.form.making import form_for

        nodes = self.session.answers.nodes
        old = nodes[at] if at is not None else None

        def kept(item: BaseModel | None) -> None:
            if isinstance(item, Node):
                new = [*nodes, item] if at is None else [*nodes[:at], item, *nodes[at + 1 :]]
                self._keep(new, at or 0, {old.short: item.short} if old else {})

        heading = old.name if old else "A server"
        self.push(ItemModal(heading, Node, form_for(Node, old, ())), kept)

    def action_remove(self) -> None:
        """One server less, unless too few would be left."""
        nodes = self.session.answers.nodes
        if len(nodes) <= 2:
            self.tell(
                "a cluster needs two servers: F6 adds another one, F4 changes the one "
                "under the cursor"
            )
            return
        at = self._at()
        self._keep([*nodes[:at], *nodes[at + 1 :]], at, {})

    def _keep(self, nodes: list[Node], at: int, renamed: Mapping[str, str]) -> None:
        from wizard.answers.nodes import with_nodes

        try:
            self.session.decide(
                with_nodes(self.session.answers, nodes, renamed, settled=self.session.settled)
            )
        except WizardError as error:
            super().failed(error)
            return
        self.call_later(self._show, at)


def _told(error: WizardError) -> str:
    kind = "NOT CONNECTED" if not isinstance(error, HostKeyUnknown) else "UNKNOWN HOST KEY"
    mend = f" To mend it: {error.mend}" if error.mend else ""
    return f"{kind}: {error.what}.{mend}"
