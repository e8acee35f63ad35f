"""What dpkg and apt say on servers with a history: holds, audits for good, sources of all forms."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from steps.common.apt import blockers
from steps.common.facts.aptsources import sources
from steps.common.facts.packages import APT, parse_apt, parse_packages, parse_unfinished
from steps.common.facts.release import parse as parse_system
from tests.cases import case_path, load
from wizard.answers import Answers
from wizard.model.facts import Facts
from wizard.model.review import State, look

AUDITS_FOR_GOOD = [
    "are missing the md5sums control file in the\ndatabase, they need to be reinstalled:",
    "are missing the list control file in the\ndatabase, they need to be reinstalled:",
    "do not have an architecture:",
    "have an illegal architecture:",
    "have an unknown foreign architecture, which will\ncause dependency issues on front-ends.",
]
AUDITS_TO_FINISH = [
    "are in a mess due to serious problems during\ninstallation.  They must be reinstalled",
    "have been unpacked but not yet configured.\nThey must be configured using dpkg --configure",
    "are only half configured, probably due to problems\nconfiguring them the first time.",
    "are only half installed, due to problems during\ninstallation.",
    "are awaiting processing of triggers that they\nhave activated in other packages.",
    "have been triggered, but the trigger processing\nhas not yet been done.",
]


def audit(*sentences: str) -> str:
    parts = [f"The following packages {one}\n megacli              tool\n\n" for one in sentences]
    return "updates: 0\n" + "".join(parts)


@pytest.mark.parametrize("sentence", AUDITS_FOR_GOOD)
def test_what_an_audit_says_at_every_look_is_no_work(sentence: str) -> None:
    assert not parse_unfinished(audit(sentence)).broken
    step, _, answers, facts = load(case_path("packages", "done"))
    raw = {host: {**texts, "unfinished": audit(sentence)} for host, texts in facts.raw.items()}
    assert look(step, answers, Facts(raw)).state is State.DONE


@pytest.mark.parametrize("sentence", AUDITS_TO_FINISH)
def test_what_is_half_way_is_finished_beside_it(sentence: str) -> None:
    for order in ((sentence, *AUDITS_FOR_GOOD), (*AUDITS_FOR_GOOD, sentence)):
        assert parse_unfinished(audit(*order)).packages == ("megacli",)


@pytest.mark.parametrize("status", ["ii", "hi", "pi", "ri"])
def test_a_package_is_there_whatever_is_wanted_of_it(status: str) -> None:
    assert parse_system(f"ID=debian\nganeti: {status} 3.0.2-3\n").ganeti == "3.0.2-3"


@pytest.mark.parametrize("status", ["un", "rc", "iU", "iF", "hF", "iiR", "hn"])
def test_half_a_package_is_not_there(status: str) -> None:
    assert parse_system(f"ID=debian\nganeti: {status} 3.0.2-3\n").ganeti == ""


def test_a_package_on_hold_that_is_missing_is_named_before_apt_fails() -> None:
    raw = {"packages": "hn \trestic\t\nhi \topenssh-client\t1\n", "unfinished": "updates: 0\n"}
    facts = Facts({"node1": {**raw, "apt-lists": "fresh"}})
    (finding,) = blockers(facts, "node1", ("restic", "openssh-client"))
    assert finding.host == "node1" and "restic is on hold and not installed" in finding.what
    assert "apt-mark unhold restic" in finding.mend


def test_ganeti_on_hold_is_installed_and_its_upgrade_begins_with_the_hold() -> None:
    step, _, answers, facts = load(case_path("packages", "synthetic-versions-differ"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    for texts in raw.values():
        texts["packages"] = texts["packages"].replace("ii \tganeti\t", "hi \tganeti\t")
    (finding,) = [one for one in look(step, answers, Facts(raw)).problems if "Ganeti" in one.what]
    assert finding.mend.startswith("apt-mark unhold ganeti on node2; apt-get update")


STANZAS = """# a comment
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

types: deb deb-src
# between
uris: http://a.example/debian
 http://b.example/debian
Suites:
 bookworm
 bookworm-updates
Components: main
Enabled: yes

Types: deb
URIs: http://flat.example/repo
Suites: ./

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
"""


def test_sources_that_are_switched_off_or_flat_are_no_archive() -> None:
    lines = (
        "deb http://c.example/debian bookworm main\n# deb http://no.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://d.example/debian bookworm main\n"
        "deb http://flat.example/repo ./\n"
    )
    assert sources({"/etc/apt/x.sources": STANZAS, "/etc/apt/x.list": lines}) == (
        ("http://a.example/debian", "bookworm"),
        ("http://a.example/debian", "bookworm-updates"),
        ("http://b.example/debian", "bookworm"),
        ("http://b.example/debian", "bookworm-updates"),
        ("http://c.example/debian", "bookworm"),
        ("http://d.example/debian", "bookworm"),
    )


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ("un \topenssl\t\nii \topenssl\t3.0.11\n", "ii"),
        ("rc \topenssl\t3.0.9\nhi \topenssl\t3.0.11\n", "hi"),
        ("ii \topenssl\t3.0.11\nrc \topenssl\t3.0.9\n", "ii"),
        ("iW \topenssl\t3.0.11\n", "iW"),
        ("iHR\topenssl\t3.0.11\n", "iHR"),
        ("rc \topenssl\t3.0.9\nun \topenssl\t\n", "rc"),
    ],
)
def test_a_package_that_is_there_for_two_architectures(rows: str, state: str) -> None:
    packages = parse_packages(rows)
    assert packages.get("openssl").state == state
    assert packages.lacking(("openssl",)) == (() if state in ("ii", "hi") else ("openssl",))


POLICY = """sources: 3
mirror: ok
== policy
ganeti:
  Installed: (none)
  Candidate: (none)
  Version table:
     3.0.2-3 -1
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
drbd-utils:
  Installed: (none)
  Candidate: 9.22.0-1
  Version table:
     9.22.0-1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
socat:
  Installed: 1.7.4.4-2
  Candidate: 1.7.4.4-2
  Version table:
 *** 1.7.4.4-2 100
        100 /var/lib/dpkg/status
xen-system-amd64:
  Installed: (none)
  Candidate: (none)
  Version table:
"""


def test_a_package_that_apt_may_not_install_is_named_before_apt_fails() -> None:
    apt = parse_apt(POLICY)
    assert (apt.sources, apt.mirror, apt.pinned) == (3, "ok", ("ganeti",))
    step, _, answers, facts = load(case_path("packages", "fresh"))
    raw = {host: {**texts} for host, texts in facts.raw.items()}
    raw["node1"]["apt"] = POLICY
    review = look(step, answers, Facts(raw))
    (finding,) = review.blockers
    assert finding.host == "node1" and "no version of ganeti:" in finding.what
    assert "apt-cache policy ganeti" in finding.mend


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="no apt on this machine")
@pytest.mark.parametrize(
    ("stanzas", "said"),
    [
        ("Types: deb\nURIs: file:@/flat\nSuites: ./\n", "sources: 1\nmirror: ok\n"),
        (
            "Types: deb\nURIs: file:@/none\nSuites: bookworm\nComponents: main\nEnabled: no\n\n"
            "Types: deb\nURIs: file:@/suite\nSuites: bookworm\nComponents: main\n",
            "sources: 1\nmirror: ok\n",
        ),
        (
            "Types: deb\nURIs: file:@/suite\nSuites: bookworm trixie\nComponents: main\n",
            "/suite/dists/trixie/Release (2: No such file or directory)",
        ),
        ("Types: deb\nnonsense\n", "sources: 0\nmirror: E: "),
        ("", "sources: 0\nmirror: no package source is configured\n"),
    ],
    ids=["flat", "switched-off", "one-of-two-is-not-there", "unreadable", "none"],
)
def test_the_probe_asks_apt_what_it_would_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stanzas: str, said: str
) -> None:
    for name in ("parts", "lists", "flat", "suite/dists/bookworm"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("flat/Release", "suite/dists/bookworm/InRelease"):
        (tmp_path / name).write_text("Origin: test\n")
    (tmp_path / "parts/x.sources").write_text(stanzas.replace("@", str(tmp_path)))
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": f"{tmp_path}/parts",
        "Dir::State::Lists": f"{tmp_path}/lists",
    }
    conf = tmp_path / "apt.conf"
    conf.write_text("".join(f"{name} {json.dumps(value)};\n" for name, value in settings.items()))
    monkeypatch.setenv("APT_CONFIG", str(conf))
    script = APT.script_for(Answers(), "node1").replace("dpkg-query", "false")
    done = subprocess.run(["sh"], input=script, capture_output=True, text=True, check=False)
    assert said in done.stdout, done.stderr
