"""Bacula's configuration in the forms that Bacula takes: whose it is, and that no password of it
leaves its host.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from steps.backup.bacula import STEP
from steps.backup.bacula_foreign import clients, director_of, directors, hidden
from steps.backup.facts.bacula import _STRIKE
from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import look

NAMES = ("inst1.name.org", "inst1")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("director{name=office-dir;password=x}", "office-dir"),
        ('DIRECTOR\n{\n  N a m e = "The Office"; Monitor = yes\n}\n', "The Office"),
        ("Director {\n  # Name = inst1-dir\n  Name = office-dir\n}\n", "office-dir"),
        ("#Director {\n#  Name = office-dir\n#}\nDirector { Name = inst1-dir }", ""),
        ('Director { Name = inst1-dir; Description = "} Director { Name = x"\n}', ""),
        ('Director {\n  Password = "a\\"}"\n  Name = office-dir # not inst1-dir\n}', "office-dir"),
        ("Messages { Name = Standard; director = office-dir = all, !skipped }", ""),
        (
            "FileDaemon { Name = x }\nDirector { Name = inst1-dir }\ndirector {name=other}",
            "other",
        ),
    ],
)
def test_the_director_is_found_in_every_form(text: str, found: str) -> None:
    assert director_of(text, *NAMES) == found and not hidden(text)


def test_clients_are_counted_in_every_form() -> None:
    text = (
        "client { name = a }\nCLIENT\n{ Name = b }\n  Client{Name=c;}\n# Client { Name = no }\n"
        'Job { Client = a; Name = "Client { Name = no }" }\nFileSet { Include { Options { a = b }\n'
        "File = /etc } }\nClient { Name = d }\n"
    )
    assert clients(text) == 4 and not hidden(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@/etc/bacula/bacula-fd.d/director.conf\n", "in other files"),
        ("Director { @/etc/bacula/director }", "in other files"),
        ("Director { Name = inst1-dir } @|\"sh -c 'cat /etc/bacula/d/*'\"", "in other files"),
        ('Messages { mail = root@localhost; operator = "@x" }\n', ""),
        ("# @/etc/bacula/off.conf\nDirector { Name = inst1-dir }\n", ""),
        ('Director { Name = "inst1-dir }\n', "has no end"),
        ("Director { Name = inst1-dir\n", "has no end"),
        ("Director { Name = inst1-dir } }\n", "has no end"),
        ("", ""),
    ],
)
def test_what_a_text_does_not_show_is_said(text: str, why: str) -> None:
    assert (why in hidden(text)) if why else not hidden(text)


def test_debians_own_configurations_show_all_and_are_nobodys() -> None:
    _, case, _, _ = load(case_path("bacula", "request-made"))
    parts = case["facts"]["backup1"]["bacula"].split("==> ")
    texts = {name: text for name, _, text in (part.partition(" <==\n") for part in parts)}
    for name in ("bacula-dir.conf", "bacula-sd.conf", "bconsole.conf"):
        text = texts[f"/etc/bacula/{name}"].partition("\n== state\n")[0]
        assert directors(text) and not hidden(text), name
        assert not director_of(text, "backup1.name.org", "backup1"), name
        assert clients(text) <= 1


FOREIGN = {
    "small letters": "director{name=backup1-dir;}\nclient{name=a}\nclient{name=b}\n",
    "braces below": "Director\n{ Name = backup1-dir }\nClient\n{\nName=a }\nClient\n{ Name=b }\n",
    "a comment with Debian's name": "Director {\n  # Name = backup1-dir\n  Name = office-dir\n}\n",
    "no end": 'Director { Name = backup1-dir\n  Description = "\n}\n',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_director_of_others_is_not_replaced(name: str) -> None:
    step, case, answers, _ = load(case_path("bacula", "synthetic-foreign-director"))
    said = (
        f"==> /etc/bacula/bacula-dir.conf <==\n{FOREIGN[name]}\n== state\nvolumes: \nclients: 0\n"
    )
    case["facts"]["backup1"]["bacula"] = said
    (finding,) = look(step, answers, Facts(case["facts"])).blockers
    assert "its configuration would be replaced" in finding.what


@pytest.mark.parametrize(
    ("host", "path", "what"),
    [
        ("inst1", "bacula-fd.conf", "the Directors that its file daemon serves are in other files"),
        ("backup1", "bacula-sd.conf", "a Storage daemon works here whose Directors are in other"),
    ],
)
def test_daemons_whose_director_stands_elsewhere_are_not_replaced(
    host: str, path: str, what: str
) -> None:
    step, case, answers, _ = load(case_path("bacula", "synthetic-foreign-director"))
    said = f"==> /etc/bacula/{path} <==\n@/etc/bacula/conf.d/director.conf\n\n== state\nvolumes: \n"
    case["facts"]["backup1"]["bacula"] = "\n== state\nvolumes: \n"
    case["facts"][host]["bacula"] = said
    (finding,) = look(step, answers, Facts(case["facts"])).blockers
    assert finding.host == host and what in finding.what and STEP.id == "bacula"


SECRETS = """Director { Name = a; Password = "s3cret one"; Monitor = yes }
  Password\t=\t"s3cret two"
  PASSWORD = s3cret-three
  pass word="s3cret \\" four" # it's
  Password =
    "s3cret five"
Catalog { Name = c; dbname = "bacula"; dbuser = ""; dbpassword = "s3cret six" }
Catalog { dbname = "x"; dbpassword = "" }
# Password = "s3cret seven"
@/etc/bacula/ganeti-wizard/director.password
  TLS Enable = yes
"""


def test_no_password_leaves_its_host_in_any_form(tmp_path: Path) -> None:
    (tmp_path / "c").write_text(SECRETS)
    done = subprocess.run(
        ["sh", "-c", f"tail -v -n +1 -- c | {_STRIKE}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "s3cret" not in done.stdout
    assert done.stdout.startswith("==> c <==\nDirector { Name = a; Password = ")
    for kept in ("Monitor = yes }", 'dbpassword = ""', "director.password\n  TLS Enable = yes\n"):
        assert kept in done.stdout, json.dumps(done.stdout)
