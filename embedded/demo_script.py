"""The demonstration's messages as their data file tells them: a card, and who decides what in which order."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.regulation import DayLength
from domain.vocabulary import Action, Channel
from embedded.demo_reference import PORTAL

MESSAGES_FILE = Path(__file__).with_name("demo_messages.toml")
_PEOPLE_FIELDS = ("executor", "approver", "head")
_DAYS_AFTER_DUE = "postponed_days_after_due"


@dataclass(frozen=True)
class Step:
    """One decision. `fields`: as written in the file, people by login."""

    login: str
    action: Action
    fields: Mapping[str, Any]
    answer: str | None = None


@dataclass(frozen=True)
class Message:
    """One message with the steps that bring it to where a newcomer meets it."""

    name: str
    received_days_ago: float
    channel: Channel
    category: str
    text: str
    applicant: Mapping[str, Any]
    more: Mapping[str, Any]
    steps: tuple[Step, ...]

    @property
    def sender(self) -> str:
        """Whose account registers it."""
        return PORTAL if self.channel is Channel.PORTAL else "operator"

    def body(self, beginning: datetime, day: DayLength) -> dict[str, Any]:
        """What `POST /messages` takes; the same at each repetition, so that its idempotency key holds."""
        back = timedelta(seconds=round(self.received_days_ago * day.seconds))
        return dict(self.more) | {
            "channel": self.channel.value,
            "text": self.text,
            "applicant": dict(self.applicant),
            "category": self.category.split(".")[0],
            "subcategory": self.category,
            "received_at": (beginning - back).isoformat(),
            "rules_agreed": self.channel is Channel.PORTAL,
        }

    def runs(self, step: Step, day: DayLength) -> bool:
        """Whether the step is possible here: a real date cannot be named where days are shortened."""
        return not (day.shortened and _DAYS_AFTER_DUE in step.fields)

    def parameters(self, step: Step, staff: Mapping[str, int], due_at: datetime) -> dict[str, Any]:
        """What `POST …/decisions` takes as the step's parameters, but for what only the record knows."""
        found = dict(step.fields)
        if step.action is Action.ACCEPT:
            found = {"category": self.category.split(".")[0], "subcategory": self.category} | found
        for name in _PEOPLE_FIELDS:
            if name in found:
                found[name] = staff[found[name]]
        for name in ("endorsers", "people"):
            if name in found:
                found[name] = [staff[login] for login in found[name]]
        if step.answer is not None:
            found["text"] = step.answer
        if (days := found.pop(_DAYS_AFTER_DUE, None)) is not None:
            found["postponed_until"] = (due_at.date() + timedelta(days=days)).isoformat()
        return found


def messages() -> list[Message]:
    """All of the file, oldest first: so their numbers rise with their dates."""
    source = tomllib.loads(MESSAGES_FILE.read_text(encoding="utf-8"))["messages"]
    return sorted((_message(one) for one in source), key=lambda message: -message.received_days_ago)


def _message(source: dict[str, Any]) -> Message:
    answers = iter([answer.strip() for answer in source.pop("answers", [])])
    steps = tuple(_step(one, answers) for one in source.pop("steps", []))
    return Message(
        name=source.pop("name"),
        received_days_ago=source.pop("received_days_ago"),
        channel=Channel(source.pop("channel")),
        category=source.pop("category"),
        text=source.pop("text").strip(),
        applicant=source.pop("applicant"),
        more=source,
        steps=steps,
    )


def _step(source: list[Any], answers: Any) -> Step:
    login, action, fields = source[0], Action(source[1]), source[2] if len(source) > 2 else {}
    return Step(login, action, fields, next(answers) if action is Action.SUBMIT_ANSWER else None)
