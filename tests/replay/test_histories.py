"""Every history that was ever recorded is replayed by the present code; and a wrong change would be caught."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from temporal.client import CONVERTER
from tests.process.walk import PATHS
from tests.replay import record
from tests.replay.record import FOLDER, file_of
from tests.replay.variants import Gated, Ungated, WithoutAlarms, WithoutAttributes
from workflows.platform_message import PlatformMessage

HISTORIES = sorted(FOLDER.glob("*.json"))


async def replay(workflow: type[PlatformMessage], file: Path) -> None:
    """Raises NondeterminismError when the code would have given other commands."""
    history = WorkflowHistory.from_json(file.stem, file.read_text())
    await Replayer(workflows=[workflow], data_converter=CONVERTER).replay_workflow(history)


@pytest.mark.anyio
@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_recorded_history_replays(file: Path) -> None:
    await replay(PlatformMessage, file)


@pytest.mark.anyio
async def test_run_without_sandbox_leaves_modules_as_they_were() -> None:
    """The worker has no sandbox that would give each run modules of its own; above each history ran in the strict one."""
    before = _held_by_modules()

    for file in HISTORIES:
        history = WorkflowHistory.from_json(file.stem, file.read_text())
        replayer = Replayer(
            workflows=[PlatformMessage], data_converter=CONVERTER, workflow_runner=UnsandboxedWorkflowRunner()
        )
        await replayer.replay_workflow(history)

    assert _held_by_modules() == before


def test_each_path_of_this_release_has_its_history() -> None:
    missing = [path for path in PATHS if not file_of(path, 1).exists()]

    assert missing == [], "record them: python -m tests.replay.record"


@pytest.mark.anyio
@pytest.mark.parametrize("mutated", [Ungated, WithoutAlarms, WithoutAttributes], ids=lambda variant: variant.__name__)
async def test_mutated_workflow_is_caught(mutated: type[PlatformMessage]) -> None:
    with pytest.raises(
        (NondeterminismError, RuntimeError)
    ):  # one or the other, by what the command meets in the history
        await replay(mutated, file_of("answered", 1))


@pytest.mark.anyio
async def test_gated_change_is_not() -> None:
    await replay(Gated, file_of("answered", 1))


@pytest.mark.anyio
async def test_recording_replaces_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    for path in PATHS:
        file_of(path, 1).write_text("as it was")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}

    await record.main()

    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    assert "never replaced" in capsys.readouterr().out


def test_histories_hold_no_word_of_a_person_and_no_name_of_a_machine() -> None:
    """Names, addresses, texts and reasons of the walks are in none of them; identities are `worker`, `otklik` or `staff-N`."""
    assert all("@" not in file.read_text() for file in HISTORIES)
    words = ["Иванов", "Петров", "Сидоров", "example.org", "дозвониться", "вторая линия", "вариант", "отпуск", "123-45"]
    for file in HISTORIES:
        text = _readable(json.loads(file.read_text()))
        assert [word for word in words if word in text] == []
        for identity in _values(json.loads(file.read_text()), "identity"):
            assert identity in {"worker", "otklik"} or identity.removeprefix("staff-").isdigit(), identity


def test_search_for_words_finds_a_planted_one() -> None:
    planted = base64.b64encode('"Иванова Мария"'.encode()).decode()

    assert "Иванов" in _readable({"events": [{"payloads": [{"data": planted}]}]})


def _held_by_modules() -> dict[tuple[str, str], str]:
    """What the modules that a run imports hold, as text: tables, sets and lists among them could be changed."""
    return {
        (name, key): repr(value)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in {"domain", "workflows"}
        for key, value in vars(module).items()
        if not key.startswith("__")
    }


def _readable(value: Any) -> str:
    """All text of a history, its payloads decoded."""
    match value:
        case dict():
            return "\n".join(_readable(one) for one in value.values())
        case list():
            return "\n".join(_readable(one) for one in value)
        case str():
            return f"{value}\n{_decoded(value)}"
        case _:
            return str(value)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _values(value: Any, key: str) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _values(one, key)]
    if not isinstance(value, dict):
        return []
    own = [value[key]] if isinstance(value.get(key), str) else []
    return own + [found for one in value.values() for found in _values(one, key)]
