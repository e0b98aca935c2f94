from __future__ import annotations

import base64
import os
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from storage.key_file import KeyFileInvalid, create_key_file, read_key_file
from storage.keys import KeyRing
from tests.storage.rings import key, key_file

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def test_a_created_key_file_loads_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"

    create_key_file(path)

    keys = read_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    single = {keys.index, keys.tracking, keys.journal, keys.confirmation}
    assert len(single | {keys.data[keys.current]}) == 5
    assert list(tmp_path.iterdir()) == [path]


def test_creating_over_an_existing_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    create_key_file(path)
    before = path.read_bytes()

    with pytest.raises(FileExistsError):
        create_key_file(path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path / "мои ключи.toml", mode=mode)

    with pytest.raises(KeyFileInvalid) as refusal:
        KeyRing.load(path)

    command = str(refusal.value).partition("mend it with: ")[2]
    subprocess.run(shlex.split(command), check=True)
    KeyRing.load(path)


SHORT = base64.b64encode(b"secret too short").decode()


@pytest.mark.parametrize(
    ("replaced", "named"),
    [
        ({"index": SHORT}, "index"),
        ({"tracking": "not base64: тайна"}, "tracking"),
        ({"journal": ""}, "journal"),
        ({"k1": SHORT}, "data.keys.k1"),
    ],
)
def test_a_bad_key_is_named_without_its_value(tmp_path: Path, replaced: dict[str, str], named: str) -> None:
    path = key_file(tmp_path / "keys.toml", replaced=replaced)

    with pytest.raises(KeyFileInvalid, match=named) as refusal:
        read_key_file(path)

    assert str(path) in str(refusal.value)
    assert not any(value and value in str(refusal.value) for value in replaced.values())


GOOD = base64.b64encode(key(9)).decode()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "[data]"),
        (f'index = "{GOOD}"\n[data]\ncurrent = "k1"\n', "[data.keys]"),
        (f'index = "{GOOD}"\n[data]\ncurrent = "k1"\n[data.keys]\nk1 = "{GOOD}"\n', "tracking"),
        (f'index = "{GOOD}"\n[data.keys]\n"к1" = "{GOOD}"\n', "data.keys"),
        (f"index = {GOOD}", "TOML"),
        ("index = 7\n[data.keys]\nk1 = 5\n", "index"),
    ],
)
def test_a_broken_file_is_refused_by_the_name_of_what_is_missing(tmp_path: Path, text: str, named: str) -> None:
    path = key_file(tmp_path / "keys.toml", text)

    with pytest.raises(KeyFileInvalid) as refusal:
        read_key_file(path)

    assert named in str(refusal.value)
    assert GOOD not in str(refusal.value)


def test_a_current_key_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path / "keys.toml")
    path.write_text(path.read_text().replace('current = "k1"', 'current = "k2"'))

    with pytest.raises(KeyFileInvalid, match=r"data\.current"):
        read_key_file(path)


def test_one_key_for_two_purposes_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path / "keys.toml", replaced={"journal": base64.b64encode(key(1)).decode()})

    with pytest.raises(KeyFileInvalid, match="index and journal are the same key"):
        read_key_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileInvalid, match=r"nowhere\.toml cannot be read"):
        read_key_file(tmp_path / "nowhere.toml")


def test_keys_and_ring_do_not_print_their_secrets(tmp_path: Path) -> None:
    path = key_file(tmp_path / "keys.toml")

    shown = repr(read_key_file(path)) + repr(KeyRing.load(path))

    assert not any(repr(key(number))[2:10] in shown for number in range(1, 5))
    assert "k1" not in shown
