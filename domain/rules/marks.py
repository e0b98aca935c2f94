"""Priority and tags: an auto-rule gives them, whoever leads the message gives or takes them off. Source: G-40."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.rules.base import holds
from domain.verdict import Refusal, World
from domain.vocabulary import PersonId, Role, Stage

_CLAUSE = "G-40"
MARKS = ("prioritised", "unprioritised", "tags", "tags_off")
FIELDS = ("prioritised", "tag", "tags_off")


def remarked(case: Case, decision: Decision, world: World) -> Case | Refusal:
    """The case with the marks that the decision gives or takes off; what was taken off no rule gives again by itself."""
    given = decision.parameters
    if not (named := asked(given)):
        return case
    if not leads(case, decision.person, world, decision.decided_at):
        detail = "После принятия сообщения приоритет и метки меняет координатор."
        return Refusal("action_forbidden", detail, _CLAUSE, named[0])
    marked = case
    if given.get("prioritised") is not None:
        marked = replace(marked, prioritised=bool(given["prioritised"]), unprioritised=not given["prioritised"])
    off = frozenset(given.get("tags_off") or ())
    if not off <= frozenset(case.tags):
        return Refusal("tag_unknown", "Такой метки у сообщения нет.", _CLAUSE, "tags_off")
    tag = decision.text("tag")
    if tag and tag not in known_tags(case, world):
        return Refusal("tag_unknown", "Такой метки нет в действующих автоправилах.", _CLAUSE, "tag")
    on = (tag,) if tag else ()
    return replace(
        marked,
        tags=tuple(dict.fromkeys((*(one for one in case.tags if one not in off), *on))),
        tags_off=tuple(one for one in dict.fromkeys((*case.tags_off, *sorted(off))) if one not in on),
    )


def asked(given: Mapping[str, Any]) -> list[str]:
    """Which marks the parameters name."""
    return [name for name in FIELDS if given.get(name) not in (None, "", [])]


def known_tags(case: Case, world: World) -> tuple[str, ...]:
    """What the message may be marked with: words of the auto-rules where it lies and above, and those that were taken off it."""
    known = world.directory.organisations
    of_rules = [tag for one in known[case.organisation].path for tag in known[one].tags]
    return tuple(sorted({*of_rules, *case.tags_off} - set(case.tags)))


def leads(case: Case, person: PersonId, world: World, at: datetime) -> bool:
    """Who coordinates it; before it is accepted whoever may correct its card."""
    return case.stage is Stage.MODERATION or holds(Role.COORDINATOR)(case, person, world, at)
