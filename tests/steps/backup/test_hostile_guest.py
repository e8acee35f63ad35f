"""A guest whose root is not the operator any more: what it says becomes no program to run in
Bacula's Director, no option of a key, and no folder of another machine.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import Review, look

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII6RTdac6IcQge3WixoGfEG97778mXpMrBINBim/uCmc"
PATHS = (
    '/var/secure"@|id',
    '/var/secure";@|sh',
    "|id",
    "@|id",
    "</etc/shadow",
    "/a'$(id)",
    "/a`id`",
    "/../etc",
    "/a;id",
    "/a\\b",
)


def _said(step_id: str, case_name: str, said: Mapping[str, str]) -> Review:
    """The case, with other values of the guest's state."""
    step, case, answers, _ = load(case_path(step_id, case_name))
    lines = []
    for line in case["facts"]["inst1"]["backup-client"].split("\n"):
        if line.partition(": ")[0] not in said:
            lines.append(line)
    lines += [f"{name}: {value}" for name, value in said.items()]
    guest = {**case["facts"]["inst1"], "backup-client": "\n".join([*lines, ""])}
    return look(step, answers, Facts({**case["facts"], "inst1": guest}))


def _refused(review: Review, said: str) -> bool:
    told = [finding.what for finding in review.blockers if finding.host == "inst1"]
    beginning = f"it says {said[:60]!r}"[:-1]
    return not review.plan and any(beginning in what for what in told)


@pytest.mark.parametrize("step", ["bacula", "backup"])
@pytest.mark.parametrize("name", ["volume", "crypt", "datadir"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_more_than_that_is_told_to_nobody(step: str, name: str, path: str) -> None:
    case = "done" if step == "bacula" else "synthetic-done-and-checked"
    assert _refused(_said(step, case, {name: path}), path)


@pytest.mark.parametrize(
    "key",
    [
        f'command="id" {KEY}',
        f"cert-authority {KEY}",
        f",port-forwarding,pty {KEY}",
        f"* {KEY}",
        "no key",
    ],
)
def test_a_key_brings_no_options(key: str) -> None:
    assert _refused(_said("backup", "account-and-key-made", {"key": key}), key)


def test_a_comment_of_a_key_that_is_more_than_a_word_is_left_out() -> None:
    review = _said("backup", "account-and-key-made", {"key": f'{KEY} x" command="id'})
    written = [command.stdin for command in review.plan.commands if command.host == "backup1"]
    assert f"restrict {KEY}\n" in written


@pytest.mark.parametrize("text", ["@|id\n", "-----BEGIN CERTIFICATE REQUEST-----\n@|id\n"])
def test_a_request_for_a_certificate_is_one(text: str) -> None:
    step, case, answers, _ = load(case_path("bacula", "request-made"))
    guest = case["facts"]["inst1"]
    before, mark, rest = guest["bacula"].partition("-----BEGIN CERTIFICATE REQUEST-----\n")
    guest = {**guest, "bacula": f"{before}{text}{rest if mark else ''}"}
    review = look(step, answers, Facts({**case["facts"], "inst1": guest}))
    assert not any("@|id" in (command.stdin or "") for command in review.plan.commands)


@pytest.mark.parametrize("step", ["backup", "bacula", "restoretest", "configbackup"])
def test_a_record_of_the_future_is_not_fresh(step: str) -> None:
    """A clock that ran ahead for a while leaves records that would count for years."""
    name = {"backup": "synthetic-done-and-checked", "configbackup": "done"}.get(step, "done")
    loaded, case, answers, facts = load(case_path(step, name))
    assert not look(loaded, answers, facts).plan
    early = {
        host: {fact: _earlier(text) for fact, text in texts.items()}
        for host, texts in case["facts"].items()
    }
    review = look(loaded, answers, Facts(early))
    assert review.plan or review.blockers or review.problems


def _earlier(text: str) -> str:
    """The same, looked at a day before its records were made."""
    lines = []
    for line in text.split("\n"):
        name, sign, value = line.partition(": ")
        lines.append(f"now: {int(value) - 5 * 86400}" if sign and name == "now" else line)
    return "\n".join(lines)
