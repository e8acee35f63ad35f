"""A step that a look finds done is recorded once; the build's last takes the login message away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.toy import TOY
from tests.sim import SimHost
from wizard.base.exits import Exit
from wizard.cli import parser
from wizard.model.inventory import Inventory
from wizard.remote import login_message, reboot
from wizard.run.session import Session
from wizard.state.store import Store
from wizard.verbs import headless, opening

FAREWELL = ("rm", "-f", login_message.PATH)
LAST = replace(TOY, id="last", needs=("toy",))


@pytest.fixture
def hosts() -> dict[str, SimHost]:
    """The wizard's own node and another one, both finished."""
    return {
        "node1": SimHost("node1", {"flag": "up"}, is_self=True),
        "node2": SimHost("node2", {"flag": "up"}),
    }


@pytest.fixture
def session(tmp_path: Path, hosts: dict[str, SimHost]) -> Iterator[Session]:
    session = Session(Store(tmp_path), (TOY, LAST), lambda *_: dict(hosts))
    session.open()
    session.connect()
    yield session
    session.close()


def verified(session: Session) -> list[str]:
    """The steps that the journal holds as verified, in the order of its records."""
    return [one["step"] for one in session.journal.records if one["kind"] == "verified"]


def test_every_front_ends_look_records_a_step_once(session: Session) -> None:
    session.review(TOY)
    session.review(TOY)
    assert verified(session) == ["toy"] and headless.status(session) is Exit.PENDING
    assert headless.verify(session, session.steps) is Exit.OK
    assert verified(session) == ["toy", "last"] and headless.status(session) is Exit.OK


def test_what_ran_since_is_recorded_anew(session: Session, hosts: dict[str, SimHost]) -> None:
    session.review(TOY)
    session.journal.add(
        "start", step="toy", host="node1", key="k", line="x", kind_of="exec", unit=""
    )
    session.review(TOY)
    assert verified(session) == ["toy", "toy"]


def test_the_login_message_goes_when_the_last_step_is_seen_done(
    session: Session, hosts: dict[str, SimHost]
) -> None:
    session.review(TOY)
    assert FAREWELL not in hosts["node1"].ran
    session.review(LAST)
    assert hosts["node1"].ran == [FAREWELL] and FAREWELL not in hosts["node2"].ran


def test_a_message_whose_removal_was_cut_is_removed_at_the_next_look(
    session: Session, hosts: dict[str, SimHost]
) -> None:
    def killed(host: SimHost, argv: tuple[str, ...], stdin: bytes | None) -> None:
        raise KeyboardInterrupt

    session.review(TOY)
    hosts["node1"].on_run = killed
    with pytest.raises(KeyboardInterrupt):
        session.review(LAST)
    hosts["node1"].on_run = None
    session.review(LAST)
    assert hosts["node1"].ran == [FAREWELL, FAREWELL] and verified(session) == ["toy", "last"]


def test_a_node_that_is_reached_by_ssh_though_the_wizard_runs_there(
    session: Session, hosts: dict[str, SimHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reboot, "same_machine", lambda host: host.name == "node2")
    session.journal.add("boot", step="toy", host="node2", key="k", boot="1111")
    list(session.survey(session.steps))
    assert hosts["node2"].ran == [FAREWELL]


def test_daily_work_on_a_cluster_leaves_the_builds_message(
    tmp_path: Path, hosts: dict[str, SimHost]
) -> None:
    session = Session(Store(tmp_path), (LAST,), lambda *_: dict(hosts), whole=False)
    session.open()
    session.connect()
    session.review(LAST)
    assert verified(session) == ["last"] and not hosts["node1"].ran
    session.close()


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        (["verify"], True),
        (["plan", "toy"], True),
        (["verify", "--answers", "other.toml"], False),
        (["apply", "--answers", "other.toml"], True),
    ],
)
def test_what_is_only_tried_is_not_recorded(
    tmp_path: Path,
    hosts: dict[str, SimHost],
    monkeypatch: pytest.MonkeyPatch,
    line: list[str],
    noted: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.toml").write_text("version = 1\n")
    monkeypatch.setattr("wizard.hosts.access.make_hosts", lambda *_: dict(hosts))
    begun = Store(tmp_path / "s")
    begun.open()
    begun.save(Session(begun, (), lambda *_: {}).answers)
    begun.close()
    args = parser().parse_args(["--state", str(tmp_path / "s"), *line])
    with opening.opened(args, (TOY, LAST), None, Inventory()) as session:  # type: ignore[arg-type]
        session.connect()
        session.review(TOY)
        assert verified(session) == ["toy"] * noted


def test_a_look_where_nothing_was_begun_begins_nothing(
    tmp_path: Path, hosts: dict[str, SimHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.hosts.access.make_hosts", lambda *_: dict(hosts))
    args = parser().parse_args(["--state", str(tmp_path / "s"), "verify"])
    with opening.opened(args, (TOY,), None, Inventory()) as session:  # type: ignore[arg-type]
        session.connect()
        session.review(TOY)
        assert not session.resumable


def test_without_the_lock_nothing_is_written(tmp_path: Path, hosts: dict[str, SimHost]) -> None:
    session = Session(Store(tmp_path), (TOY,), lambda *_: dict(hosts))
    session.open(read_only=True)
    session.connect()
    session.review(TOY)
    assert not session.journal.records and not (tmp_path / "journal.jsonl").exists()
