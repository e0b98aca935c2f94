"""The actions allowed to me now, each with its fields as JSON Schema and what may be chosen in them.

Who and what may be chosen is asked of the rules themselves: a choice that they would refuse for its own sake is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, Field

from api.actions import FIELDS
from api.titles import DELEGATES, DELIVERY_WAYS, LETTERS
from domain.case import Case, Decision
from domain.regulation import Ground
from domain.rules import RULES, Rule, allowed_actions
from domain.rules.base import place_of
from domain.verdict import Refusal, World
from domain.vocabulary import Action, Event, LetterState, LetterWay, PersonId, Role
from storage.cards import Card, Titles
from storage.sight import Sight, in_force, organisations_of

MOST = 200
"""Longer lists are searched elsewhere (`GET /people`, `/organisations`, `/categories`)."""


class ActionShown(BaseModel):
    """Действие, доступное сейчас. Отправьте его в POST /messages/{id}/decisions."""

    action: Action
    title: str = Field(examples=["Назначить исполнителя"])
    clause: str = Field(examples=["S2, 3.2 а"])
    fields: dict[str, Any] = Field(
        description=f"JSON Schema полей; выбор не длиннее {MOST} значений — в oneOf: [{{const, title}}]"
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What each action offers in which field, as bare values."""

    rules: tuple[Rule, ...]
    values: Mapping[tuple[Action, str], tuple[Any, ...]]

    def people(self) -> set[PersonId]:
        """Everybody who may be chosen."""
        return {value for (_, name), found in self.values.items() if name in _PEOPLE for value in found}


_PEOPLE = {"executor", "approver", "endorsers", "head"}
_TRIAL = {"reason": "…", "absence": "other", "text": "…", "type": "solved", "external_name": "…", "text_digest": "…"}
"""What the rules need beside the choice itself; of a trial's refusal only the one about the choice counts."""


def choices(card: Card) -> Choices:
    """The person's actions with the values that the rules would take."""
    person, at = card.viewer.person, card.at
    rules = () if card.sight is Sight.FORMER else allowed_actions(card.case, person, card.world, at)
    heads = card.world.directory.holders(Role.HEAD, place_of(card.case), at)
    approver = next((head for head in heads if head != person), next(iter(heads), 0))
    values = {
        (rule.action, name): tuple(one for one in found if _fits(card, rule, name, one, approver))
        for rule in rules
        for name, found in _candidates(card.case, rule.action, card.world, at).items()
    }
    return Choices(rules, values)


def _candidates(case: Case, action: Action, world: World, at: datetime) -> dict[str, Iterable[Any]]:
    directory = world.directory
    heads = directory.holders(Role.HEAD, place_of(case), at)
    match action:
        case Action.ASSIGN | Action.REASSIGN:
            return {"executor": directory.holders(Role.EXECUTOR, place_of(case, unit=False), at)}
        case Action.SUBMIT_ANSWER:
            return {"approver": heads, "endorsers": heads}
        case Action.DELEGATE:
            return {"head": heads}
        case Action.TRANSFER_TO_SUBORDINATE:
            return {"organisation": sorted(directory.organisations)}
        case Action.PROPOSE_REDIRECT:
            return {"organisation": sorted(directory.organisations), "approver": heads, "endorsers": heads}
        case Action.ACCEPT:
            return {
                "organisation": _coordinated(world, at),
                "complained_of": sorted(directory.organisations),
            } | _categories(world)
        case Action.CORRECT_CARD:
            return {"complained_of": sorted(directory.organisations)} | _categories(world)
        case Action.CONFIRM_DELIVERY:
            return {"letter": [one.id for one in case.letters if one.state is LetterState.TASK]}
        case Action.REPORT_DELIVERY_FAILURE:
            sent = [one for one in case.letters if one.way is LetterWay.EMAIL and one.state is LetterState.SENT]
            return {"letter": [one.id for one in sent]}
        case _:
            return {}


def _coordinated(world: World, at: datetime) -> list[str]:
    """Organisations that have a coordinator, for whatever category: the category is chosen together with them."""
    directory = world.directory
    found = {
        organisation
        for grant in in_force(directory.grants, at)
        if grant.role is Role.COORDINATOR and grant.unit is None and directory.people[grant.person].active
        for organisation in organisations_of(grant, directory)
    }
    return sorted(one for one in found if directory.organisations[one].active)


def _categories(world: World) -> dict[str, Iterable[Any]]:
    active = sorted(known.code for known in world.directory.categories.values() if known.active)
    parents = {code: world.directory.categories[code].parent for code in active}
    return {
        "category": [code for code in active if parents[code] is None],
        "subcategory": [code for code in active if parents[code] is not None],
    }


_TRIED = _PEOPLE | {"organisation"}


def _fits(card: Card, rule: Rule, name: str, value: Any, approver: PersonId) -> bool:
    """Whether the rule would not refuse the choice for its own sake, all else being well. `approver`: one who would do."""
    if name not in _TRIED or rule.action is Action.ACCEPT:
        return True
    given: dict[str, Any] = _TRIAL | {"approver": approver}
    if rule.action is Action.PROPOSE_REDIRECT and name == "organisation":
        del given["external_name"]
    given[name] = [value] if name == "endorsers" else value
    decision = Decision("", rule.action, card.viewer.person, card.at, card.case.version, given)
    verdict = RULES[rule.action].decide(card.case, decision, card.world)
    return not isinstance(verdict, Refusal) or verdict.field != name


def shown(card: Card, found: Choices, names: Mapping[PersonId, str], titles: Titles) -> list[ActionShown]:
    """The actions with their schemas."""
    return [
        ActionShown(
            action=rule.action,
            title=DELEGATES.get(card.case.stage, rule.title) if rule.action is Action.DELEGATE else rule.title,
            clause=rule.clause,
            fields=_schema(card, rule, found, names, titles),
        )
        for rule in found.rules
    ]


def _schema(card: Card, rule: Rule, found: Choices, names: Mapping[PersonId, str], titles: Titles) -> dict[str, Any]:
    schema = FIELDS[rule.action].model_json_schema()
    properties = cast(dict[str, dict[str, Any]], schema.get("properties", {}))
    for name, own in properties.items():
        if (options := _fixed(card, name)) is not None:
            properties[name] = _chosen(own, options)
        elif (values := found.values.get((rule.action, name))) is not None and len(values) <= MOST:
            options = [{"const": value} | _title(card, name, value, names, titles) for value in values]
            properties[name] = _chosen(own | _former_route(card, rule.action, name, values), options)
    _drop_unused_definitions(schema)
    return schema


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
        case "way":
            return [{"const": code, "title": title} for code, title in DELIVERY_WAYS.items()]
        case _:
            return None


def _title(card: Card, name: str, value: Any, names: Mapping[PersonId, str], titles: Titles) -> dict[str, Any]:
    if name in _PEOPLE:
        return {"title": names.get(value, f"№ {value}")}
    if name == "letter":
        letter = card.case.letter(value)
        return {"title": LETTERS[letter.kind] if letter else value}
    if name == "subcategory":
        parent = card.world.directory.categories[value].parent
        return {"title": titles.categories.get(value, value), "x-category": parent}
    known = titles.categories if name == "category" else titles.organisations
    return {"title": known.get(value, value)}


def _chosen(own: dict[str, Any], options: list[dict[str, Any]]) -> dict[str, Any]:
    """The property with its options in place of its form. No option at all: nothing is valid."""
    kept = {key: own[key] for key in ("title", "description", "default") if key in own}
    fits: dict[str, Any] = {"oneOf": options} if options else {"not": {}}
    if own.get("type") == "array":
        return kept | {"type": "array", "maxItems": own.get("maxItems", 20), "items": fits}
    return kept | fits


def _drop_unused_definitions(schema: dict[str, Any]) -> None:
    used = str(schema.get("properties", {}))
    definitions = {name: one for name, one in schema.pop("$defs", {}).items() if f"#/$defs/{name}'" in used}
    if definitions:
        schema["$defs"] = definitions
