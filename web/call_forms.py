"""What stands on the page of a call, and what a press of one of its buttons means to the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from api.call_shapes import Answers, CallNotes, CallShown, CandidateShown, Search
from api.intake import NewMessage
from api.problems import Problem, invalid
from api.titles import CALL_KINDS
from web.forms import Field, Kind, Option, Typed
from web.posted import Posted
from web.work import NUMBER

NOTES = ("kind", "caller_name", "caller_phone", "subject")
STEP = ("who", "when", "what")
MOST_STEPS, OFFERED_STEPS = 20, 3
_PHONE_DIGITS = 6
"""No surname has so many."""

_SHOWN_AS = {
    "text": "subject",
    "applicant.name": "caller_name",
    "applicant.phone": "caller_phone",
    "number": "search",
    "phone": "search",
    "surname": "search",
}
"""Fields of the API that this page asks under another name."""

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of who does what by when, as far as it is filled in."""

    who: str = ""
    when: str = ""
    what: str = ""

    @property
    def whole(self) -> bool:
        """It can be kept."""
        return all((self.who, self.when, self.what))

    @property
    def empty(self) -> bool:
        """Nobody has begun it."""
        return not any((self.who, self.when, self.what))


def rows_of(form: Posted) -> list[Row]:
    """The lines that somebody has begun."""
    columns = ([text.strip() for text in form.all(f"step.{name}")] for name in STEP)
    return [row for row in (Row(*texts) for texts in zip(*columns, strict=False)) if not row.empty]


def offered_rows(call: CallShown, form: Posted | None) -> list[Row]:
    """What was filled in, and room for more."""
    known = rows_of(form) if form else [Row(step.who, step.when, step.what) for step in call.steps]
    room = min(MOST_STEPS, max(OFFERED_STEPS, len(known) + 1)) - len(known)
    return [*known, *[Row()] * room]


def notes_of(form: Posted) -> CallNotes:
    """What is noted so far. Lines that are not whole wait on the page."""
    values: dict[str, object] = {name: form.get(name).strip() or None for name in NOTES}
    steps = [{"who": row.who, "when": row.when, "what": row.what} for row in rows_of(form) if row.whole]
    return made(CallNotes, values | {"steps": steps})


def search_of(text: str) -> Search:
    """A number of a message, of a telephone, or a surname: they look different enough."""
    if NUMBER.fullmatch(text):
        return made(Search, {"number": text})
    digits = sum(one.isdigit() for one in text)
    return made(Search, {"phone" if digits >= _PHONE_DIGITS else "surname": text})


def answers_of(form: Posted, message: UUID) -> Answers:
    """What the caller has answered."""
    given = {name.removeprefix("answers."): text for name, text in form.texts if name.startswith("answers.")}
    found = {name: text for name, text in given.items() if text.strip()}
    if not found:
        raise Problem(422, "invalid_request", "Запишите, что ответил заявитель.", field="answers.code")
    return made(Answers, {"message": message, "answers": found})


def message_of(form: Posted, call: CallShown, categories: Iterable[Option]) -> NewMessage:
    """The message that the caller has told, out of the notes and what else it needs."""
    parents = {one.value: one.group for one in categories}
    chosen = form.get("category")
    applicant = {
        "name": call.caller_name,
        "phone": call.caller_phone,
        "email": form.get("applicant.email").strip() or None,
        "address": form.get("applicant.address").strip() or None,
    }
    values = {
        "channel": call.way.code,
        "text": call.subject or "",
        "applicant": applicant,
        "category": parents.get(chosen) or chosen or None,
        "subcategory": chosen if parents.get(chosen) else None,
        "organisation": form.get("organisation") or None,
        "secret": form.get("secret") == "true",
        "rules_agreed": form.get("rules_agreed") == "true",
    }
    return made(NewMessage, values)


def typed_of(call: CallShown, form: Posted | None, problem: Problem | None, forgotten: Iterable[str]) -> Typed:
    """What is noted, over it what was typed but for what is `forgotten`, and what is wrong with it."""
    noted = {name: getattr(call, name) for name in NOTES[1:]} | {"kind": call.kind.code if call.kind else None}
    values = {name: [text] for name, text in noted.items() if text}
    sent = Typed.of(form, problem.details if problem else None) if form else Typed()
    values |= {name: texts for name, texts in sent.values.items() if name not in set(forgotten)}
    return Typed(values, {_SHOWN_AS.get(name, name): why for name, why in sent.errors.items()})


def notes_fields(typed: Typed) -> list[Field]:
    """What is noted of every call."""
    kinds = tuple(Option(code, title) for code, title in CALL_KINDS.items())
    hint = "Если регистрируете сообщение, это его текст."
    return [
        field(typed, "caller_name", "Как представился", longest=300),
        field(typed, "caller_phone", "Телефон для связи", longest=40),
        field(typed, "kind", "О чём разговор", "select", options=kinds),
        field(typed, "subject", "Что спросили и что ответили", "area", longest=4000, hint=hint),
    ]


def message_fields(typed: Typed, categories: tuple[Option, ...], organisations: tuple[Option, ...]) -> list[Field]:
    """What a new message needs besides."""
    found = [
        field(typed, "applicant.email", "Электронная почта для ответа", longest=254),
        field(typed, "applicant.address", "Почтовый адрес", longest=300),
        field(typed, "category", "Категория", "select", options=categories),
        field(typed, "organisation", "О какой организации", "select", options=organisations),
        field(typed, "secret", "Врачебная тайна: ответ не уйдёт почтой", "check"),
        field(typed, "rules_agreed", "Правила подачи рассказаны, заявитель согласен", "check"),
    ]
    return [one for one in found if one.kind != "select" or one.options]


def question_fields(typed: Typed, asked: CandidateShown, right: Mapping[str, bool]) -> list[Field]:
    """The questions that the card can answer, and of those that were answered wrong that they were."""
    wrong = {f"answers.{code}": "Не сошлось с карточкой." for code, fits in right.items() if not fits}
    known = Typed(typed.values, {**typed.errors, **wrong})
    return [field(known, f"answers.{one.code}", one.title, longest=300) for one in asked.questions]


def field(
    typed: Typed,
    name: str,
    label: str,
    kind: Kind = "text",
    *,
    longest: int | None = None,
    hint: str = "",
    options: tuple[Option, ...] = (),
) -> Field:
    """With what was typed and what is wrong with it. No button but the last needs it filled in, so none is required."""
    values, error = tuple(typed.values.get(name, ())), typed.errors.get(name, "")
    return Field(name, label, kind, False, hint=hint, longest=longest, options=options, values=values, error=error)


def made(shape: type[Body], values: Mapping[str, object]) -> Body:
    """What the page asked, as the API takes it. A Problem names the fields that do not fit."""
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise invalid(error.errors()) from None
