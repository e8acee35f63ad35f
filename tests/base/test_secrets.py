"""Secret handles give nothing away."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle

import pytest

from wizard.base.secrets import BULLETS, Masked, Secret, mask
from wizard.hosts.output import Kept

CANARY = 'cánary-"7\\9'


def test_every_way_to_print_shows_bullets() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {secret:>40} {secret!s} {[secret]} {{'a': {secret}}}"
    assert "nary" not in shown and shown.count(BULLETS) == 6
    assert "nary" not in str(secret) + repr((secret,)) + "".join(map(str, [secret]))
    assert secret.reveal() == CANARY


def test_it_is_not_stored() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps({"password": Secret(CANARY)})
    with pytest.raises(TypeError):
        "".join([Secret(CANARY)])  # type: ignore[list-item]


def test_equality_truth_and_copies() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a" and not Secret("") and Secret("a")
    one = Secret(CANARY)
    assert copy.deepcopy(one) is one is copy.copy(one) and one in {Secret(CANARY)}


def test_mask_knows_every_shape_and_every_living_twin() -> None:
    secret, twin = Secret(CANARY), Secret(CANARY)
    text = (
        f"plain {CANARY} json {json.dumps(CANARY)} {json.dumps(CANARY, ensure_ascii=False)} repr "
        f"{CANARY!r}"
    )
    assert "nary" not in mask(text)
    del secret
    gc.collect()
    assert mask(CANARY) == BULLETS
    del twin
    gc.collect()
    assert mask(CANARY) == CANARY


def test_an_empty_secret_masks_nothing() -> None:
    empty = Secret("")
    assert mask("text") == "text" and not empty


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    both = Secret("pass"), Secret("password")
    assert mask("my password") == f"my {BULLETS}" and both


def test_in_a_log_record(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("login with %s", Secret(CANARY))
    assert "nary" not in caplog.text


def test_kept_output_is_bounded_and_says_so() -> None:
    kept = Kept(head=10, tail=10)
    for _ in range(100):
        kept.feed(b"0123456789")
    assert kept.text() == f"0123456789\n[… {kept.left_out} bytes left out …]\n0123456789"
    assert kept.left_out == 980


def test_kept_output_that_fits_is_whole() -> None:
    kept = Kept(head=10, tail=10)
    kept.feed("ümlaut-".encode())
    kept.feed(b"0123456789")
    assert kept.text() == "ümlaut-0123456789" and kept.left_out == 0


@pytest.mark.parametrize("size", range(1, 12))
def test_a_secret_that_comes_in_pieces_is_masked(size: int) -> None:
    secret = Secret("hunter-2-hunter")
    other = Secret("hunter-3")
    for text in ("a hunter-2-hunter b", "hunter-2-hunterhunter-3", "hunter-2-hunt", "hunthunter-3"):
        masked = Masked()
        pieces = [masked.feed(text[at : at + size]) for at in range(0, len(text), size)]
        pieces.append(masked.end())
        assert "".join(pieces) == mask(text)
    assert secret and other


def test_what_begins_no_secret_is_told_at_once() -> None:
    secret = Secret("hunter2")
    masked = Masked()
    assert masked.feed("all is well\nhun") == "all is well\n"
    assert masked.feed("dred\n") == "hundred\n" and masked.end() == ""
    assert secret
