"""The fields of the public form: out of the shape of a draft, with the words that an applicant reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from api.draft_shapes import DraftForm
from api.problems import ProblemDetails
from api.public_form import CategoryChoice, FormShown
from web.forms import Field, Option, Typed, all_fields, errors_of
from web.posted import Posted
from web.schemas import fields_of, parameters_of

LABELS: Mapping[str, tuple[str, str]] = {
    "text": ("Что произошло", "Где и когда это было и какого результата вы ждёте. Пишите об одном вопросе."),
    "organisation": (
        "О какой организации вы пишете",
        "Если не знаете, оставьте как есть: сообщение направят куда нужно.",
    ),
    "location": ("Где это было", "Адрес или место, если оно важно."),
    "applicant": ("Кто пишет", ""),
    "applicant.kind": ("Кто пишет", ""),
    "applicant.name": ("Фамилия, имя, отчество (для организации — название)", ""),
    "applicant.inn": ("ИНН организации", ""),
    "applicant.contact_person": ("Контактное лицо организации", ""),
    "applicant.email": ("Электронная почта", "На неё придут код подтверждения, номер сообщения и ответ."),
    "applicant.phone": ("Телефон", "Чтобы уточнить подробности."),
    "applicant.address": ("Почтовый адрес", ""),
    "concerned": ("О ком сообщение", ""),
    "concerned.relation": ("О ком сообщение", ""),
    "concerned.name": ("Фамилия, имя, отчество этого человека", ""),
    "concerned.basis": (
        "На каком основании вы пишете",
        "Например: доверенность, свидетельство о рождении, письменное согласие.",
    ),
}
"""Label and hint of each field."""

KINDS = (Option("citizen", "Гражданин"), Option("legal_entity", "Организация (юридическое лицо)"))
RELATIONS = (
    Option("applicant", "Обо мне"),
    Option("represented", "О человеке, которого я законно представляю"),
    Option("other_with_consent", "О другом человеке, он согласен"),
    Option("other_without_consent", "О другом человеке, его согласия у меня нет"),
)
_COMPLETE = {
    "applicant.name": "name",
    "applicant.email": "email",
    "applicant.phone": "tel",
    "applicant.address": "street-address",
}
_REQUIRED = frozenset({"text", "applicant.name", "applicant.email", "applicant.kind", "concerned.relation"})
_BY_CHOICE = frozenset({"applicant.inn", "applicant.contact_person", "concerned.name", "concerned.basis"})
"""Needed or not by what was chosen above them."""

_ANY_ZONE = ZoneInfo("UTC")
"""No field is a moment."""

_SCHEMA: dict[str, Any] = DraftForm.model_json_schema()


def draft_of(form: Posted, categories: Sequence[CategoryChoice]) -> DraftForm:
    """The draft as it was typed: the topic is a category or one of its subcategories. Raises ValidationError."""
    found = parameters_of(_SCHEMA, form, _ANY_ZONE)
    topic = form.get("topic")
    above = next((one.code for one in categories if _has(one, topic)), "")
    found |= {"category": above or topic, "subcategory": topic if above else "", "rules_agreed": True}
    return DraftForm.model_validate(found)


def topic_of(draft: DraftForm | None) -> str:
    """What was chosen in the list of topics."""
    return (draft.subcategory or draft.category) if draft else ""


def fields_shown(
    asked: FormShown, draft: DraftForm, form: Posted | None, problem: ProblemDetails | None
) -> dict[str, Field]:
    """The fields by name: as they were typed now or kept before, each with what is wrong with it."""
    typed = Typed.of(form, problem) if form else Typed(dict(_kept(draft)), errors_of(problem))
    choices = {
        "applicant.kind": KINDS,
        "concerned.relation": RELATIONS,
        "organisation": tuple(Option(one.code, one.title) for one in asked.organisations),
    }
    found = {}
    for one in all_fields(fields_of(_SCHEMA, typed)):
        label, hint = LABELS.get(one.name, (one.label, ""))
        found[one.name] = replace(
            one,
            label=label,
            hint=hint,
            kind="select" if one.name in choices else one.kind,
            options=choices.get(one.name, one.options),
            required=one.name in _REQUIRED,
            optional="" if one.name in _BY_CHOICE else one.optional,
            complete=_COMPLETE.get(one.name, ""),
            error=typed.errors.get(one.name, ""),
        )
    wrong = typed.errors.get("category") or typed.errors.get("subcategory", "")
    return found | {
        "category": replace(found["category"], name="topic", label="Тема", error=wrong),
        "files": Field("files", "Файлы", "files", required=False, error=typed.errors.get("files", "")),
    }


def _has(category: CategoryChoice, code: str) -> bool:
    return any(one.code == code for one in category.subcategories)


def _kept(draft: DraftForm) -> list[tuple[str, list[str]]]:
    whole = draft.model_dump(mode="json")
    inner = [(f"{group}.{name}", [text]) for group in ("applicant", "concerned") for name, text in whole[group].items()]
    return [(name, [text]) for name, text in whole.items() if isinstance(text, str)] + inner
