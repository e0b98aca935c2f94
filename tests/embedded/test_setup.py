"""What a newcomer meets first: a Python without venv, and lock files that install anywhere, unchanged."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zlib
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def python_that(tmp_path: Path, *, version: str = "3.11", venv: bool = True) -> Path:
    """A program that answers like a Python of this version, with or without the venv module."""
    script = tmp_path / "мой python"
    old = 'case "$2" in *version_info*) exit 1;; esac' if version < "3.11" else ""
    missing = "" if venv else 'case "$2" in *ensurepip*) exit 1;; esac'
    script.write_text(f'#!/bin/sh\n{old}\n{missing}\ncase "$2" in *%d*) echo {version};; esac\n')
    script.chmod(0o755)
    return script


def check(python: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "embedded" / "check_python.sh"
    return subprocess.run(["/bin/sh", str(script), python], capture_output=True, text=True, check=False, timeout=20)


def test_missing_venv_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    told = check(str(python_that(tmp_path, version="3.12", venv=False)))

    assert told.returncode == 1
    assert "sudo apt-get install -y python3.12-venv" in told.stderr


def test_old_python_is_told(tmp_path: Path) -> None:
    told = check(str(python_that(tmp_path, version="3.10")))

    assert told.returncode == 1
    assert "3.11" in told.stderr


def test_no_python_is_told() -> None:
    told = check("")

    assert told.returncode == 1
    assert "sudo apt-get install -y python3 python3-venv" in told.stderr


def test_good_python_passes_in_silence(tmp_path: Path) -> None:
    told = check(str(python_that(tmp_path)))

    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_make_stops_within_a_second_where_venv_is_missing(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-dev.lock", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "embedded").mkdir()
    (tmp_path / "embedded" / "check_python.sh").write_bytes((ROOT / "embedded" / "check_python.sh").read_bytes())
    python = python_that(tmp_path, venv=False)

    told = subprocess.run(
        ["make", "up", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert told.returncode != 0
    assert "python3.11-venv" in told.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", LOCKS)
def test_lock_is_hashed_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()

    requirements = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE)
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(requirements) > 20
    assert len(blocks) == len(requirements)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "index-url" not in text


def test_locks_agree_and_hold_every_named_dependency() -> None:
    runtime, dev = (
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=;\[ ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}

    assert names(project["project"]["dependencies"]) <= runtime.keys()
    assert names(project["dependency-groups"]["dev"]) <= dev.keys()
    assert {name: runtime[name] for name in runtime.keys() & dev.keys()} == {
        name: dev[name] for name in runtime.keys() & dev.keys()
    }
    assert "uv" in dev


def packed(path: Path) -> int:
    """Bytes of the file as a wheel would hold it, at the least: wheels are packed harder than by the fastest method."""
    packer, size = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            size += len(packer.compress(piece))
    return size + len(packer.flush())


def test_newcomer_on_linux_downloads_less_than_150_megabytes() -> None:
    """No lock knows sizes, so what is installed here is packed again, which overstates wheels by a tenth; uv comes along."""
    blocks = re.findall(r"^([a-z0-9._-]+)==[^;\\]*(;[^\\]*)?", (ROOT / LOCKS[0]).read_text(), re.MULTILINE)
    here = [name for name, marker in blocks if "win32" not in marker]
    files = [file for name in [*here, "uv"] for file in distribution(name).files or () if file.suffix != ".pyc"]
    with ThreadPoolExecutor(2) as threads:
        megabytes = sum(threads.map(packed, {Path(str(file.locate())) for file in files})) / 1e6

    print(f"a newcomer downloads less than {megabytes:.0f} MB")
    assert 100 < megabytes < 150


def test_project_is_installed_from_this_checkout() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import settings; print(settings.__file__)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert Path(shown.stdout.strip()) == ROOT / "settings.py"
