"""The actions allowed to me now, each with its fields as JSON Schema, and what people read of each choice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from api.actions import FIELDS
from api.candidates import MOST, NOBODY, PARTS, PEOPLE, Choices
from api.errand_choices import errand_title
from api.titles import AUDIENCES, CALL_RESULTS, DELEGATES, DELIVERY_WAYS, FLAGS, LAWS, LETTERS
from domain import answering
from domain.regulation import Ground
from domain.rules import Rule, marks
from domain.rules.conflict import REASON
from domain.vocabulary import AbsenceCode, Action, DraftKind, Event, PersonId
from storage.cards import Card
from storage.lemmas import lemmas
from storage.sight import Sight


class ActionShown(BaseModel):
    """Действие, доступное сейчас. Отправьте его в POST /messages/{id}/decisions."""

    action: Action
    title: str = Field(examples=["Назначить исполнителя"])
    clause: str = Field(examples=["S2, 3.2 а"])
    beside: bool = Field(description="рядом с этапом: версия карточки не важна и не меняется")
    fields: dict[str, Any] = Field(
        description=f"JSON Schema полей; выбор не длиннее {MOST} значений — в oneOf: [{{const, title}}], "
        "о более длинном спросите по адресу в x-choices"
    )


def shown(card: Card, found: Choices, names: Mapping[PersonId, str]) -> list[ActionShown]:
    """The actions with their schemas."""
    return [
        ActionShown(
            action=rule.action,
            title=DELEGATES.get(card.case.stage, rule.title) if rule.action is Action.DELEGATE else rule.title,
            clause=rule.clause,
            beside=rule.beside,
            fields=_schema(card, rule, found, names),
        )
        for rule in found.rules
    ]


def _schema(card: Card, rule: Rule, found: Choices, names: Mapping[PersonId, str]) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(_fields(rule.action))
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    for name in _NOT_WITHOUT_CHOICE:
        if not found.values.get((rule.action, name), True):
            del properties[name]
    if not marks.leads(card.case, card.viewer.person, card.world, card.at):
        properties.pop("prioritised", None)
    if card.case.complained_of_person is None and "complained_of_person" not in properties:
        properties.pop(REASON, None)
    if card.case.draft is None or card.case.draft.kind is not DraftKind.ANSWER:
        properties.pop("wrong_addressee", None)
    if rule.action is Action.ASK_FOR_CALL and card.sight is Sight.FULL and "phone" not in card.message["contacts"]:
        properties["text"] |= {"x-note": _NO_PHONE}
    for name, own in properties.items():
        if (options := _fixed(card, name)) is not None:
            properties[name] = _chosen(own | _hinted(card, rule.action, name), options)
        elif (rule.action, name) in found.values:
            values = found.values[rule.action, name]
            if values is None:
                properties[name] = own | {"x-choices": search_path(card.case.id, rule.action, name)}
            else:
                options = [option(card, name, value, names) for value in values]
                properties[name] = _chosen(own | _former_route(card, rule.action, name, values), options)
                properties[name] |= _left_out(card, name, values, names)
    _drop_unused_definitions(schema)
    return schema


_NOT_WITHOUT_CHOICE = ("fact", "tag", "tags_off")
"""Fields for which nobody is asked where there is nothing to choose: a category without a third step, no auto-rules."""

_NO_PHONE = "Телефона на карточке нет. Если его нет и в тексте, задайте заявителю вопрос: он ответит на своей странице."


def _left_out(card: Card, name: str, values: tuple[Any, ...], names: Mapping[PersonId, str]) -> dict[str, Any]:
    """Why somebody is not offered: the message is about him. Source: G-06."""
    about = card.case.complained_of_person
    if name not in PARTS or about is None or about in values:
        return {}
    return {"x-note": f"{names.get(about, f'№ {about}')} не предлагается: сообщение о нём."}


@cache
def _fields(action: Action) -> str:
    """The fields' schema before anything is chosen in it: to make it anew for each card took longer than the card."""
    return json.dumps(FIELDS[action].model_json_schema())


def _former_route(card: Card, action: Action, name: str, values: tuple[Any, ...]) -> dict[str, Any]:
    """The people of the last submission, as far as they may be chosen still: after a return it goes to them again. G-22."""
    if action is not Action.SUBMIT_ANSWER or name not in {"endorsers", "approver"}:
        return {}
    row = next((row for row in reversed(card.rows) if row["event"] == Event.ANSWER_SUBMITTED), None)
    if row is None:
        return {}
    facts = row["facts"]
    if name == "approver":
        return {"default": facts["approver"]} if facts.get("approver") in values else {}
    asked = [*(facts.get("endorsers_skipped") or ()), *(facts.get("endorsers") or ())]
    return {"default": [person for person in asked if person in values]}


def _hinted(card: Card, action: Action, name: str) -> dict[str, Any]:
    """What the words of the message say of whom it is about: chosen beforehand, for the moderator to agree or not. Source: G-05."""
    if action is not Action.ACCEPT or name != "audience":
        return {}
    found = card.case.audience or answering.hinted(lemmas(card.message["text"]).split())
    return {"default": found.value} if found else {}


def _fixed(card: Card, name: str) -> list[dict[str, Any]] | None:
    """The words of the act."""
    act = card.world.regulation

    def words(found: Iterable[Ground]) -> list[dict[str, Any]]:
        return [{"const": word.code, "title": word.title} for word in found]

    match name:
        case "ground":
            return words(act.decline_grounds)
        case "absence":
            return words(act.absence_codes)
        case "type":
            return words(act.answer_types)
        case "audience":
            return [{"const": code, "title": title} for code, title in AUDIENCES.items()]
        case "result":
            return [{"const": code, "title": title} for code, title in CALL_RESULTS.items()]
        case "way":
            return [{"const": code, "title": title} for code, title in DELIVERY_WAYS.items()]
        case _:
            return None


def search_path(case_id: str, action: Action, name: str) -> str:
    """Where the choices of a field are searched."""
    return f"/api/v1/messages/{case_id}/choices?action={action.value}&field={name}"


def option(card: Card, name: str, value: Any, names: Mapping[PersonId, str]) -> dict[str, Any]:
    """A value with what people read."""
    found = {"const": value}
    match name:
        case "letter":
            letter = card.case.letter(value)
            return found | {"title": LETTERS[letter.kind] if letter else value}
        case "law":
            return found | {"title": LAWS[value]}
        case "flag":
            return found | {"title": FLAGS[value]}
        case "errand":
            return found | {"title": errand_title(card, value)}
        case "subcategory" | "fact":
            parent = card.world.directory.categories[value].parent
            return found | {"title": card.titles.categories.get(value, value), "x-category": parent}
        case "category":
            return found | {"title": card.titles.categories.get(value, value)}
        case "tag" | "tags_off":
            return found | {"title": value}
        case "complained_of_person" if value == NOBODY:
            return found | {"title": "ни на кого из сотрудников"}
        case _ if name in PEOPLE:
            away = _away(card, value, names) if name in PARTS else ""
            return found | {"title": names.get(value, f"№ {value}") + away}
        case _:
            return found | {"title": card.titles.organisations.get(value, value)}


def _away(card: Card, person: PersonId, names: Mapping[PersonId, str]) -> str:
    """What is to be known of whoever is not there, to be chosen all the same: until when, and who gets it in his place."""
    directory = card.world.directory
    absence = next((one for one in directory.absences_of(person) if one.lasts(card.at)), None)
    if absence is None:
        return ""
    said = "в отпуске" if absence.code is AbsenceCode.VACATION else "отсутствует"
    if absence.ends_at is not None:
        last = directory.calendar_of(person).local(absence.ends_at - timedelta(microseconds=1))
        said += f" до {last:%d.%m.%Y}"
    first = directory.in_place_of(person, card.at)
    return f" — {said}, " + (f"замещает {names.get(first, f'№ {first}')}" if first is not None else "никто не замещает")


def _chosen(own: dict[str, Any], options: list[dict[str, Any]]) -> dict[str, Any]:
    """The property with its options in place of its form. No option at all: nothing is valid."""
    kept = {key: own[key] for key in ("title", "description", "default", "uniqueItems") if key in own}
    fits: dict[str, Any] = {"oneOf": options} if options else {"not": {}}
    if own.get("type") == "array":
        return kept | {"type": "array", "maxItems": own.get("maxItems", 20), "items": fits}
    return kept | fits


def _drop_unused_definitions(schema: dict[str, Any]) -> None:
    used = str(schema.get("properties", {}))
    definitions = {name: one for name, one in schema.pop("$defs", {}).items() if f"#/$defs/{name}'" in used}
    if definitions:
        schema["$defs"] = definitions
