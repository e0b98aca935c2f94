"""What may be chosen in the fields of errands: whom to ask, and which errand is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.titles import ERRANDS
from domain.case import Case
from domain.concerned import place_of
from domain.rules.calls import CALLERS
from domain.rules.co_executors import also_named, may_contribute
from domain.rules.errands import CANCELLED
from domain.vocabulary import Action, ErrandKind, Flag, Law, PersonId
from domain.words import moment_in_short
from storage.cards import Card


def errand_candidates(card: Card, action: Action) -> dict[str, Iterable[Any]]:
    """Who and what may come into question for an action about errands; nothing for the others."""
    case = card.case
    match action:
        case Action.ANSWER_QUESTION:
            return {"errand": _waiting(case, ErrandKind.QUESTION)}
        case Action.RECORD_ATTEMPT:
            return {"errand": _waiting(case, ErrandKind.CALL)}
        case Action.CONTRIBUTE:
            mine = {one.id for one in case.errands if one.person == card.viewer.person}
            return {"errand": [one for one in _waiting(case, ErrandKind.CONTRIBUTION) if one in mine]}
        case Action.CANCEL_ERRAND:
            return {"errand": _waiting(case, *CANCELLED)}
        case Action.SETTLE_FLAG:
            return {"errand": _waiting(case, ErrandKind.MINOR, ErrandKind.LANGUAGE)}
        case Action.SETTLE_COMPLAINT:
            return {"errand": _waiting(case, ErrandKind.COMPLAINT_210)}
        case Action.CONVERT:
            return {"law": [Law.COMPLAINT_210.value]}
        case Action.SET_FLAG:
            return {"flag": [flag.value for flag in Flag if flag not in case.flags]}
        case Action.DROP_FLAG:
            return {"flag": [flag.value for flag in Flag if flag in {*case.flags, *case.flags_suggested}]}
        case Action.ASK_FOR_CALL:
            return {"caller": _callers(card)}
        case Action.ASK_CO_EXECUTORS:
            return {"people": _related(card)}
        case _:
            return {}


def errand_title(card: Card, errand_id: str) -> str:
    """«Вопрос заявителю, до 10.03»: of several of a kind the due tells which."""
    errand = card.case.errand(errand_id)
    if errand is None:
        return errand_id
    zone = card.world.directory.organisations[card.case.organisation].calendar.zone
    return f"{ERRANDS[errand.kind]}, до {moment_in_short(errand.due_at, zone)}"


def _waiting(case: Case, *kinds: ErrandKind) -> list[str]:
    return [one.id for one in case.errands if one.open and one.kind in kinds]


def _callers(card: Card) -> list[PersonId]:
    place, directory = place_of(card.case, unit=False), card.world.directory
    return sorted({person for role in CALLERS for person in directory.holders(role, place, card.at)})


def _related(card: Card) -> Iterator[PersonId]:
    case, world = card.case, card.world
    asked = {one.person for one in case.errands if one.open and one.kind is ErrandKind.CONTRIBUTION} | {case.executor}
    directory = world.directory
    near = {*directory.subtree(case.organisation), *directory.organisations[case.organisation].path}
    named = also_named(case, world)
    near |= {one for answerer in named for one in answerer.organisations}
    units = {one for answerer in named for one in answerer.units}
    people = sorted(n for n, known in directory.people.items() if known.organisation in near or known.unit in units)
    return (one for one in people if one not in asked and may_contribute(case, one, world, card.at))
