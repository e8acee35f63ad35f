"""What lies encrypted is restored to where it lies encrypted too, whether a database is dumped or
not.
"""

from __future__ import annotations

import pytest

from tests.cases import answers_of, case_path, load, merged
from wizard.model.facts import Facts
from wizard.model.review import look
from wizard.model.step import Finding


def _blockers(step_id: str, case_name: str, backup: dict[str, object]) -> list[Finding]:
    """Of a guest that has an encrypted volume, and no database."""
    step, case, _, _ = load(case_path(step_id, case_name))
    answers = answers_of(merged(case["answers"], {"backup": backup}))
    said = case["facts"]["inst1"]["backup-client"]
    said = said.replace("crypt: \n", "crypt: /var/secure\nvolume: /var/secure /srv/data\n")
    said = said.replace("database: mariadb\n", "").replace("datadir: /var/lib/mysql/\n", "")
    guest = {**case["facts"]["inst1"], "backup-client": said}
    return list(look(step, answers, Facts({**case["facts"], "inst1": guest})).blockers)


CASES = (("restoretest", "never"), ("backup", "synthetic-done-and-checked"), ("bacula", "done"))


@pytest.mark.parametrize(("step", "case"), CASES)
@pytest.mark.parametrize("folder", ["/var/secure", "/var/secure/mail", "/srv/data", "/srv/data/a"])
def test_it_is_not_restored_to_the_bare_disk(step: str, case: str, folder: str) -> None:
    backup = {"folders": ["/etc", folder], "work": "/var/lib/bacula"}
    told = [finding.what for finding in _blockers(step, case, backup)]
    assert any(f"brings back of {folder} could be read off the disk" in what for what in told)


@pytest.mark.parametrize(("step", "case"), CASES)
@pytest.mark.parametrize(
    "backup",
    [
        {"folders": ["/etc", "/var/secure"], "work": "/var/secure/backup"},
        {"folders": ["/etc", "/srv", "/var"], "work": "/var/lib/bacula"},
    ],
)
def test_on_the_volume_or_without_it_nothing_is_in_the_way(
    step: str, case: str, backup: dict[str, object]
) -> None:
    told = [finding.what for finding in _blockers(step, case, backup)]
    assert not any("read off the disk" in what for what in told)
