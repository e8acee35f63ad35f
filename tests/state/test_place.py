"""Where no state directory can be, that is said, by verbs that only look as well; and whatever lies
in the place of one of its files, nothing waits and nothing is overwritten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from wizard.base.errors import WizardError
from wizard.base.exits import Exit
from wizard.daily.accident import accidents
from wizard.daily.card.keeping import FILE, kept
from wizard.hosts.connect import own_key, public_key
from wizard.hosts.known_hosts import KnownHosts
from wizard.lab.base import paths
from wizard.state import adopted, owner, place, store
from wizard.state.store import Store


def _ring(path: Path) -> Path:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)
    return path


def _file(path: Path) -> Path:
    path.write_text("mine")
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _dangling(path: Path) -> Path:
    path.symlink_to("nowhere")
    return path


PLACES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a file": (_file, "no folder"),
    "a pipe": (_pipe, "no folder"),
    "below a file": (lambda path: _file(path) / "x", "a part of this path is a file"),
    "links in a ring": (_ring, "Too many levels"),
    "a link to nothing": (_dangling, "leads to nothing"),
    "a name too long": (lambda path: path / ("x" * 4096), "File name too long"),
}


@pytest.mark.parametrize("name", PLACES)
def test_no_place_for_a_state_directory(name: str, tmp_path: Path) -> None:
    made, words = PLACES[name]
    folder = made(tmp_path / "s")
    before = sorted(tmp_path.iterdir())
    for use in (Store(folder).open, lambda: place.refuse_no_folder(folder)):
        with pytest.raises(WizardError, match=words) as caught:
            use()
        error = caught.value
        assert error.what.startswith("the state directory cannot be used: ")
        assert error.code is Exit.STATE and "--state DIR" in error.mend and error.where
    assert sorted(tmp_path.iterdir()) == before


def test_a_path_of_thousands_of_folders(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="the state directory cannot be used: ") as caught:
        Store(Path("/proc/none" + "/x" * 2000)).open()
    assert caught.value.code is Exit.STATE


def _left(name: str) -> Path:
    return Path("~/.local/state") / name


def _raised(name: str) -> Path:
    raise RuntimeError("could not determine the home directory")


@pytest.mark.parametrize("found", [_left, _raised])
def test_no_home_is_known(found: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Older and newer versions of platformdirs."""
    for variable in ("GANETI_WIZARD_STATE", "GANETI_WIZARD_LAB", "GANETI_WIZARD_LAB_IMAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(platformdirs, "user_state_path", found)
    monkeypatch.setattr(paths, "user_cache_dir", found)
    for place_of, code in (
        (store.default_dir, Exit.STATE),
        (paths.default_lab_dir, Exit.LAB),
        (paths.images_dir, Exit.LAB),
    ):
        with pytest.raises(WizardError, match="no home folder is known") as caught:
            place_of()
        assert caught.value.code is code and "set HOME" in caught.value.mend


@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_what_is_only_looked_at_is_believed_as_well(mode: int, tmp_path: Path) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(WizardError, match="everybody may write"):
        place.refuse_strangers(tmp_path)
    place.refuse_strangers(tmp_path / "none")
    tmp_path.chmod(0o700)
    place.refuse_strangers(tmp_path)


def _first_use(folder: Path, name: str) -> object:
    """What reads the file of that name in a state directory."""
    uses: dict[str, Callable[[], object]] = {
        "answers.json": Store(folder).load,
        "journal.jsonl": Store(folder).journal,
        "lock": Store(folder).open,
        "log": Store(folder).open,
        FILE: lambda: kept(Store(folder)),
        adopted.NAME: lambda: adopted.read(folder),
        owner.NAME: lambda: owner.known_token(folder),
        "known_hosts": lambda: KnownHosts(folder / "known_hosts", ()).of("host", 22),
        "id_ed25519": lambda: own_key(folder),
        "id_ed25519.pub": lambda: public_key(folder / "id_ed25519"),
        "recover/20261130T000000Z-home/accident.json": lambda: list(accidents(Store(folder))),
    }
    return uses[name]()


NAMES = {
    **dict.fromkeys(("answers.json", "journal.jsonl", "lock", "log", FILE), True),
    **dict.fromkeys(("id_ed25519", "id_ed25519.pub"), True),
    **dict.fromkeys((adopted.NAME, owner.NAME, "known_hosts"), False),
    "recover/20261130T000000Z-home/accident.json": False,
}
"""By a file's name, whether nothing can be done without it."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("made", [_pipe, lambda path: path.symlink_to("/dev/zero")])
def test_no_file_of_the_state_is_waited_for(
    name: str, made: Callable[[Path], object], tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    made(path)
    if not NAMES[name]:
        assert not _first_use(tmp_path, name)
        return
    with pytest.raises(WizardError) as caught:
        _first_use(tmp_path, name)
    assert caught.value.code is Exit.STATE and str(path) in str(caught.value) and caught.value.mend


def test_a_link_for_the_lock_cuts_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "precious").write_text(json.dumps("mine"))
    (tmp_path / "lock").symlink_to("precious")
    with pytest.raises(WizardError, match="no file of the wizard's own"):
        Store(tmp_path).open()
    assert (tmp_path / "precious").read_text() == json.dumps("mine")


def test_answers_that_are_no_text_are_damaged_answers(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(WizardError, match="is damaged: byte 0 is no UTF-8") as caught:
        Store(tmp_path).load()
    assert caught.value.code is Exit.ANSWERS
