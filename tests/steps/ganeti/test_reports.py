"""What a verification complains of, and what is known to mend it."""

from __future__ import annotations

import pytest

from steps.ganeti.facts.reports import Complaint, mend

GHOST = "ECLUSTERCFG:cluster:None:ghost disk 'e7be0fe2-cb9a-443d-bbc5-285f5c29bc2b' in {}"


@pytest.mark.parametrize(
    ("error", "mended"),
    [
        (GHOST.format("temporary DRBD map"), "tempres.data"),
        (GHOST.format("temporary DRBD map").replace("disk", "instance"), "tempres.data"),
        (GHOST.format("the map of somebody"), "gnt-cluster(8)"),
        ("ENODEDRBD:node:node1.name.org:drbd minor 2 of disk is not active", "gnt-cluster(8)"),
    ],
)
def test_what_a_failed_job_reserved_is_given_free(error: str, mended: str) -> None:
    level, code, domain, item, message = f"ERROR:{error}".split(":", 4)
    assert mended in mend(Complaint(level, code, domain, item, message))
