"""Who and what may be chosen in an action's fields.

It is asked of the rules themselves: a choice that they would refuse for its own sake is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from api.errand_choices import errand_candidates
from domain.case import Decision
from domain.concerned import place_of
from domain.rules import RULES, Rule, allowed_actions, marks
from domain.rules.base import HEARD
from domain.rules.people import approvers
from domain.verdict import Refusal, World
from domain.vocabulary import Action, LetterState, PersonId, Role, Stage
from storage.cards import Card
from storage.sight import Sight

MOST = 200
"""What is longer is searched by words: the field then names the address in `x-choices`."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What each action offers in which field, as bare values; None: more than a card shows."""

    rules: tuple[Rule, ...]
    values: Mapping[tuple[Action, str], tuple[Any, ...] | None]

    def people(self) -> set[PersonId]:
        """Everybody who may be chosen."""
        return {value for (_, name), found in self.values.items() if name in PEOPLE for value in found or ()}


PARTS = frozenset({"executor", "approver", "endorsers", "head", "caller", "people"})

PEOPLE = PARTS | {"complained_of_person"}
"""Fields in which people are chosen."""

NOBODY = 0
"""The person of whom a message complains no more."""


def choices(card: Card) -> Choices:
    """The person's actions with the values that the rules would take."""
    rules, trial = allowed(card), Trial.of(card)
    values = {
        (rule.action, name): _offered(trial, rule, name, found)
        for rule in rules
        for name, found in candidates(card, rule.action).items()
    }
    return Choices(rules, values)


def allowed(card: Card) -> tuple[Rule, ...]:
    """What this person may decide now."""
    if card.sight is Sight.FORMER:
        return ()
    found = allowed_actions(card.case, card.viewer.person, card.world, card.at)
    return tuple(rule for rule in found if card.heard or rule.action not in HEARD)


def _offered(trial: Trial, rule: Rule, name: str, found: Iterable[Any]) -> tuple[Any, ...] | None:
    first = tuple(islice(found, MOST + 1))
    return None if len(first) > MOST else tuple(one for one in first if trial.fits(rule, name, one))


def candidates(card: Card, action: Action) -> dict[str, Iterable[Any]]:
    """Who and what may come into question, in order. Of thousands no more are looked at than are asked for."""
    case, world, at = card.case, card.world, card.at
    directory = world.directory
    heads = directory.holders(Role.HEAD, place_of(case), at)
    match action:
        case Action.ASSIGN | Action.REASSIGN:
            return {"executor": directory.holders(Role.EXECUTOR, place_of(case, unit=False), at)}
        case Action.SUBMIT_ANSWER:
            return {"approver": approvers(case, world, at), "endorsers": heads}
        case Action.DELEGATE:
            return {"head": approvers(case, world, at) if case.stage is Stage.APPROVAL else heads}
        case Action.TRANSFER_TO_SUBORDINATE:
            below = (one for one in sorted(directory.organisations) if directory.is_below(one, case.organisation))
            return {"organisation": below}
        case Action.PROPOSE_REDIRECT:
            return {
                "organisation": sorted(directory.organisations),
                "approver": approvers(case, world, at),
                "endorsers": heads,
            }
        case Action.ACCEPT:
            return {
                "organisation": _coordinated(world, at),
                "complained_of": sorted(directory.organisations),
                "complained_of_person": _officials(world),
            } | _categories(world)
        case Action.CORRECT_CARD:
            nobody = (NOBODY,) if case.complained_of_person else ()
            leads = marks.leads(case, card.viewer.person, world, at)
            return {
                "complained_of": sorted(directory.organisations),
                "complained_of_person": chain(nobody, _officials(world)),
                "tag": marks.known_tags(case, world) if leads else (),
                "tags_off": case.tags if leads else (),
            } | _categories(world)
        case Action.CONFIRM_DELIVERY:
            return {"letter": [one.id for one in case.letters if one.state is LetterState.TASK]}
        case Action.REPORT_DELIVERY_FAILURE:
            return {"letter": [one.id for one in case.letters if one.may_come_back]}
        case _:
            return errand_candidates(card, action)


def _coordinated(world: World, at: datetime) -> Iterator[str]:
    """Organisations that have a coordinator, for whatever category: the category is chosen together with them."""
    directory = world.directory
    for id_, known in sorted(directory.organisations.items()):
        grants = directory.grants_over(Role.COORDINATOR, id_)
        if known.active and any(
            grant.unit is None and grant.is_valid(at) and directory.people[grant.person].active for grant in grants
        ):
            yield id_


def _officials(world: World) -> Iterator[PersonId]:
    """Whoever works here: of any of them a message may complain."""
    yield from (number for number, known in sorted(world.directory.people.items()) if known.active and not known.system)


def _categories(world: World) -> dict[str, Iterable[Any]]:
    known = world.directory.categories
    parents = {code: known[code].parent for code in sorted(known) if known[code].active}
    steps: dict[str, list[Any]] = {"category": [], "subcategory": [], "fact": []}
    for code, above in parents.items():
        steps["category" if above is None else "subcategory" if known[above].parent is None else "fact"].append(code)
    return dict(steps)


_TRIED = PARTS | {"organisation"}

_GIVEN: dict[str, Any] = {
    "reason": "…",
    "absence": "other",
    "text": "…",
    "type": "solved",
    "external_name": "…",
    "text_digest": "…",
}
"""What the rules need beside the choice itself; of a trial's refusal only the one about the choice counts."""

_LEFT_OUT: Mapping[tuple[Action, str], dict[str, Any]] = {
    (Action.PROPOSE_REDIRECT, "organisation"): {"external_name": "", "approver": 0},
    (Action.ASK_CO_EXECUTORS, "people"): {"text": ""},
}
"""What is missed only after the choice was looked at: left out where many may be chosen, so that nothing beyond it is reckoned."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Asks the rules about a choice. `approver`: one who would do, where the choice is another."""

    card: Card
    approver: PersonId

    @classmethod
    def of(cls, card: Card) -> Trial:
        """With another head than the person himself, where there is one."""
        heads = card.world.directory.holders(Role.HEAD, place_of(card.case), card.at)
        return cls(card, next((head for head in heads if head != card.viewer.person), next(iter(heads), 0)))

    def fits(self, rule: Rule, name: str, value: Any) -> bool:
        """Whether the rule would not refuse the choice for its own sake, all else being well."""
        if name not in _TRIED or rule.action is Action.ACCEPT:
            return True
        card = self.card
        given = _GIVEN | {"approver": self.approver} | _LEFT_OUT.get((rule.action, name), {})
        given[name] = [value] if name in {"endorsers", "people"} else value
        decision = Decision("", rule.action, card.viewer.person, card.at, card.case.version, given)
        verdict = RULES[rule.action].decide(card.case, decision, card.world)
        return not isinstance(verdict, Refusal) or verdict.field != name
