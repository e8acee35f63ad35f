"""The card: what it says, that it is one page of at least 11 points, and that it tells when the
cluster changed.
"""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from steps.card.card import CARDS
from tests.daily.scene import Scene
from wizard.answers import Answers, Phone
from wizard.base.errors import WizardError
from wizard.daily.card.keeping import differences
from wizard.daily.card.layout import HEIGHT, SMALLEST, STYLES, WIDTH, set_card, wrap
from wizard.daily.card.pdf import FILES, FOLDERS, Pen, below, pdf
from wizard.daily.card.text import markdown
from wizard.model.card import Block, Card

DAY = "2026-11-22"
PHONES = [
    Phone(name="Duty administrator", number="+49 30 1234567"),
    Phone(name="Data centre", number="030/7654321"),
]


def renamed(names: dict[str, str]) -> Scene:
    """The scene with other full names."""
    scene = Scene()
    raw, answers = json.dumps(scene.raw), json.dumps(scene.answers.model_dump(mode="json"))
    for old, new in names.items():
        raw, answers = raw.replace(old, new), answers.replace(old, new)
    data: dict[str, Any] = json.loads(answers)
    shorts = {old.partition(".")[0]: new.partition(".")[0] for old, new in names.items()}
    for one in data["instance"]["wanted"]:
        one["primary"], one["secondary"] = shorts[one["primary"]], shorts[one["secondary"]]
    scene.answers = Answers.model_validate(data)
    scene.raw = {shorts[host]: texts for host, texts in json.loads(raw).items()}
    return scene


def names(label: int, domain: str) -> dict[str, str]:
    """Full names whose first labels have a length."""
    olds = ("node1.name.org", "node2.name.org", "cluster1.name.org", "inst1.name.org")
    return {old: f"{old.partition('.')[0]:x<{label}}.{domain}" for old in olds}


def card(scene: Scene, phones: list[Phone] = PHONES) -> Card:
    """The card of a scene with telephone numbers."""
    scene.answers.card.phones = phones
    return CARDS.make(scene.answers, scene.facts)


def sizes(content: bytes) -> tuple[int, dict[float, str], str]:
    """Pages, the sizes of type with a text of each, and all text, as another program reads them
    from the file.
    """
    reader, found = PdfReader(io.BytesIO(content)), {}

    def seen(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            found[round(size * abs(tm[3]) * abs(cm[3]), 2)] = text

    text = "".join(page.extract_text(visitor_text=seen) for page in reader.pages)
    return len(reader.pages), found, text


SCENES = {
    "usual": (Scene, PHONES),
    "no telephone": (Scene, []),
    "many telephones": (
        Scene,
        [Phone(name=f"Person {n}", number=f"+49 30 123456{n}") for n in range(9)],
    ),
    "long names": (lambda: renamed(names(20, "datacentre.example-provider.net")), PHONES),
    "short names": (lambda: renamed(names(6, "a.b")), PHONES),
}


@pytest.mark.parametrize("name", SCENES)
def test_it_is_one_page_of_readable_type(name: str) -> None:
    scene, phones = SCENES[name]
    made = card(scene(), phones)
    pages, found, text = sizes(pdf(made, DAY))
    assert pages == 1
    assert found and min(found) >= SMALLEST, found
    for block in made.blocks:
        for row in block.rows:
            assert row.command.replace(" ", "") in text.replace(" ", "").replace("\n", "")
    assert made.digest in text and DAY in text


@pytest.mark.parametrize("name", SCENES)
def test_nothing_leaves_the_page_or_overlaps(name: str) -> None:
    scene, phones = SCENES[name]
    made, pen = card(scene(), phones), Pen()
    layout = set_card(made, below(made, DAY), pen.width)
    rows: dict[float, list[tuple[float, float]]] = {}
    for piece in layout.pieces:
        end = piece.x + pen.width(piece.text, piece.face, piece.size)
        assert layout.style.margin - 0.1 <= piece.x and end <= WIDTH - layout.style.margin + 0.1, (
            piece
        )
        assert layout.style.margin <= piece.y <= HEIGHT - layout.style.margin, piece
        rows.setdefault(round(piece.y, 1), []).append((piece.x, end))
    for spans in rows.values():
        spans.sort()
        assert all(left[1] < right[0] for left, right in pairwise(spans)), spans
    heights = sorted(rows)
    assert all(b - a >= layout.style.size for a, b in pairwise(heights))


def test_what_does_not_fit_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(
        WizardError, match=r"does not fit one page: \d+ lines too many at 11 points"
    ):
        pdf(card(renamed(names(60, f"{'y' * 60}.org"))), DAY)
    phones = [
        Phone(name=f"Somebody with a rather long name and title {n}", number="+49 30 1234567")
        for n in range(12)
    ]
    with pytest.raises(WizardError, match="fit one page"):
        pdf(card(renamed(names(20, "datacentre.example-provider.net")), phones), DAY)


def test_a_command_that_is_too_long_goes_on_after_a_backslash() -> None:
    made = card(renamed(names(63, "org")), [])
    (accident,) = [block for block in made.blocks if block.title.startswith("C.")]
    layout = set_card(Card("t", 1, (accident,)), "b", Pen().width)
    commands = [piece.text for piece in layout.pieces if piece.face in ("command", "condensed")]
    assert any(text.endswith("\\") for text in commands)
    joined = "\n".join(commands).replace(" \\\n", " ").replace("\\\n", "")
    assert f"gnt-instance failover -f inst1{'x' * 58}" in joined


def test_both_directions_and_their_dangers() -> None:
    made = card(Scene())
    blocks = {
        block.title[:2]: Block(block.title.replace("\u00a0", " "), block.rows)
        for block in made.blocks
    }
    master, other = (
        [row.command for row in blocks["C."].rows],
        [row.command for row in blocks["D."].rows],
    )
    assert "node1 (master) is dead: on node2, ssh root@192.168.0.112" in blocks["C."].title
    assert "node2 is dead: on node1, ssh root@192.168.0.111" in blocks["D."].title
    assert master == [
        "gnt-cluster master-failover --no-voting --yes-do-it",
        "gnt-node modify -f -O yes node1",
        "gnt-instance failover -f inst1",
        "ganeti-wizard unlock inst1",
        "rm -f /var/lib/ganeti/watcher.pause",
    ]
    assert other == ["gnt-cluster getmaster", "gnt-node modify -f -O yes node2", *master[2:]]
    assert [row.command for row in blocks["B."].rows if row.command] == [
        "ganeti-wizard recover diagnose",
        'echo "$(($(date +%s) + 7200))" >/var/lib/ganeti/watcher.pause',
        "cat /proc/drbd",
    ]
    # E sends the reader on to it.
    assert "D from 3" in blocks["E."].title
    assert other[2] == "gnt-instance failover -f inst1"
    planned = [row.command for row in blocks["A."].rows]
    assert "gnt-instance failover -f inst1" in planned and not any(
        "migrate" in one for one in planned
    )
    assert sum(row.danger for block in made.blocks for row in block.rows) >= 4


def test_the_master_is_read_off_the_cluster() -> None:
    scene = Scene()
    for host in ("node1", "node2"):
        data = json.loads(scene.raw[host]["ganeti"])
        data["config"]["master"] = next(
            one["uuid"] for one in data["config"]["nodes"] if "node2" in one["name"]
        )
        scene.raw[host]["ganeti"] = json.dumps(data)
    titles = [block.title for block in card(scene).blocks]
    assert any("node2 (master) is dead: on node1" in title for title in titles)


def test_kvm_moves_while_it_runs() -> None:
    scene = Scene()
    scene.answers.xen.hypervisor = "kvm"
    text = markdown(card(scene), DAY)
    assert (
        "gnt-instance migrate -f inst1" in text
        and "this Xen cannot" not in text
        and "xl list" not in text
    )


def test_no_encrypted_volume_no_unlock() -> None:
    scene = Scene()
    scene.raw["inst1"]["ciphers"] = '{"blockdevices": []}\n'
    assert "unlock" not in markdown(card(scene), DAY)
    del scene.raw["inst1"]
    assert "unlock" not in markdown(card(scene), DAY)


def test_where_the_only_copies_of_the_headers_are_is_said_of_encrypted_volumes() -> None:
    where = "copies of the LUKS headers lie on the operator's machine only"
    assert where in " ".join(markdown(card(Scene()), DAY).split())
    scene = Scene()
    scene.raw["inst1"]["ciphers"] = '{"blockdevices": []}\n== crypttab\n== mapped\n== luks\n'
    assert where not in " ".join(markdown(card(scene), DAY).split())


def test_another_user_becomes_root_first() -> None:
    scene = Scene()
    scene.answers.nodes[0].ssh.user = "admin"
    assert "ssh admin@192.168.0.111, sudo -i" in markdown(card(scene), DAY)


def test_without_a_cluster_or_an_instance_there_is_no_card() -> None:
    scene = Scene().take("node1", "ganeti", "cluster/done").take("node2", "ganeti", "cluster/fresh")
    with pytest.raises(WizardError, match="no instance yet"):
        card(scene)
    scene.raw["node1"]["ganeti"] = ""
    with pytest.raises(WizardError, match="no cluster yet"):
        card(scene)


def test_the_digest_follows_the_content_and_not_the_serial() -> None:
    first, same = card(Scene()), Scene()
    for host in ("node1", "node2"):
        same.change(host, "ganeti", '"serial": 20', '"serial": 77')
    assert card(same).serial == 77 and card(same).digest == first.digest
    moved = card(Scene().change("node2", "disks", "GWN2D2", "NEWDISK"))
    assert moved.digest != first.digest
    assert list(differences(first.facts, moved.facts)) == [
        "node2.name.org: disks: GWN2D1, GWN2D2 -> GWN2D1, NEWDISK"
    ]
    assert card(Scene(), PHONES[:1]).digest != first.digest


def test_other_alphabets() -> None:
    phones = [
        Phone(name="Дежурный администратор", number="+7 495 1234567"),
        Phone(name="Żółw", number="112"),
    ]
    made = card(Scene(), phones)
    if not any(Path(folder, FILES["bold"]).is_file() for folder in FOLDERS):
        with pytest.raises(WizardError, match="fonts-dejavu-core"):
            pdf(made, DAY)
        return
    pages, found, text = sizes(pdf(made, DAY))
    assert pages == 1 and min(found) >= SMALLEST and "администратор" in text
    with pytest.raises(WizardError, match="cannot be printed"):
        pdf(card(Scene(), [Phone(name="当番", number="112")]), DAY)
    assert "当番" in markdown(card(Scene(), [Phone(name="当番", number="112")]), DAY)


def test_markdown_escapes_what_is_not_code() -> None:
    text = markdown(card(Scene(), [Phone(name="A*b_c", number="112")]), DAY)
    assert "A\\*b\\_c" in text and "`gnt-node modify -f -O yes node1`" in text
    assert text.startswith("# cluster1.name.org")


def test_wrapping_keeps_every_word() -> None:
    text = "one two threeeeeeeeeeee four"
    lines = wrap(text, 10, lambda part: float(len(part)))
    assert all(len(line) <= 10 for line in lines) and "".join(lines).replace(
        " ", ""
    ) == text.replace(" ", "")
    assert min(style.size for style in STYLES) == SMALLEST == 11
