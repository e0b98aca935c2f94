"""Who answers: the suggestion of G-05, out of those whom the order in force lists for the subcategory. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain.case import Case
from domain.directory import Directory
from domain.directory_records import Succession
from domain.vocabulary import Audience, Stage

MEDICAL = "medical"
"""«Руководители медицинских организаций»: which of them, only the message can say. Source: S0, annex 2."""

_FOR: Mapping[Audience, str] = MappingProxyType({Audience.CHILD: "children", Audience.ADULT: "adults"})


_OF_CHILDREN = frozenset(
    "ребенок дитя малыш младенец новорожденный грудничок подросток школьник сын сынок дочь дочка внук внучка "
    "детский педиатр педиатрия детсад".split()
)
"""Words in their dictionary form; nothing says of an adult that he is one."""


def hinted(lemmas: Iterable[str]) -> Audience | None:
    """What the words of a message suggest of whom it is about; a person decides."""
    return Audience.CHILD if not _OF_CHILDREN.isdisjoint(lemmas) else None


class Because(StrEnum):
    """Why the one is suggested."""

    SUCCESSOR = "successor"
    """Whoever it was given to answers no more by an order, which names this one for his open work."""
    NAMED = "named"
    """The medical organisation is named in the message."""
    HERE = "here"
    """The message lies with one of those listed already."""
    ONLY = "only"
    """No other that is listed is known here."""
    FOR_AUDIENCE = "for_audience"
    """It is about a child, or an adult."""
    CHOOSE = "choose"
    """Several are listed, and nothing tells which: the coordinator chooses."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """Who is suggested, as a unit or an organisation; none where the coordinator has to choose.

    `listed`: all whom the order lists and who are known here, in its sequence.
    """

    because: Because
    listed: tuple[str, ...]
    code: str | None = None
    unit: str | None = None
    organisation: str | None = None
    succession: Succession | None = None

    def is_met_by(self, organisation: str | None, unit: str | None = None) -> bool:
        """Whether who gets the message is the one suggested."""
        return unit == self.unit if self.unit is not None else organisation == self.organisation


def suggested(case: Case, directory: Directory, at: datetime) -> Suggested | None:
    """Who takes over what lies with somebody that an order names no more. Else always one of those listed: the medical organisation
    named in the message; else where it lies already; else the only one; else by the age of the person concerned; else nobody.
    Nobody who gave the message back or sent it away gets it again by suggestion, no organisation what is about its own head.
    None where the order says nothing of the subcategory. Source: G-05, G-06.
    """
    codes = directory.responsible.get(case.subcategory or "", ())
    listed = tuple(code for code in codes if _is_known(code, directory))
    if succeeding := _succeeding(listed, case, directory, at):
        return succeeding
    if not listed:
        return None
    if MEDICAL in listed and (named := _named(case, directory, at)):
        return Suggested(Because.NAMED, listed, MEDICAL, organisation=named)
    for code in listed:
        if case.organisation in directory.answerers[code].organisations and not _is_passed_over(
            case.organisation, case, directory, at
        ):
            return Suggested(Because.HERE, listed, code, organisation=case.organisation)
    places = {code: place for code in listed if (place := _place(code, case, directory, at))}
    if len(places) == 1:
        [(code, (unit, organisation))] = places.items()
        return Suggested(Because.ONLY, listed, code, unit, organisation)
    audience = _FOR[case.audience] if case.audience else None
    if audience in places:
        unit, organisation = places[audience]
        return Suggested(Because.FOR_AUDIENCE, listed, audience, unit, organisation)
    return Suggested(Because.CHOOSE, listed)


def _succeeding(listed: tuple[str, ...], case: Case, directory: Directory, at: datetime) -> Suggested | None:
    gone = directory.succession_of(case.organisation, case.unit)
    if gone is None or gone.successor is None:
        return None
    place = _place(gone.successor, case, directory, at)
    if gone.successor == MEDICAL and (named := _named(case, directory, at)):
        place = None, named
    if place is None:
        return None
    unit, organisation = place
    # to a unit of another organisation it goes by way of that organisation's coordinators
    unit = unit if organisation == case.organisation else None
    return Suggested(Because.SUCCESSOR, listed, gone.successor, unit, organisation, gone)


def waits_for_somebody(case: Case, directory: Directory) -> bool:
    """Whether somebody is suggested for it: nobody works on it, or somebody does who answers no more by an order."""
    if case.stage is Stage.EXECUTION:
        return directory.succession_of(case.organisation, case.unit) is not None
    return case.stage is Stage.COORDINATION


def as_facts(found: Suggested | None, organisation: str | None, unit: str | None = None) -> dict[str, Any]:
    """What the journal says of a choice: who was suggested and why, and whether that is who got the message. Source: G-05."""
    if found is None:
        return {}
    followed = found.is_met_by(organisation, unit) if found.code else None
    return {
        "suggested": found.code,
        "suggested_unit": found.unit,
        "suggested_organisation": found.organisation,
        "suggested_because": found.because.value,
        "suggestion_followed": followed,
    }


def _is_known(code: str, directory: Directory) -> bool:
    answerer = directory.answerers.get(code)
    return answerer is not None and bool(answerer.units or answerer.organisations)


def _named(case: Case, directory: Directory, at: datetime) -> str | None:
    """The medical organisation that the message is about; else the one to which it was addressed."""
    medical = directory.answerers[MEDICAL].organisations if MEDICAL in directory.answerers else ()
    named = (one for one in (case.complained_of, case.declared_organisation) if one in medical)
    return next((one for one in named if not _is_passed_over(one, case, directory, at)), None)


def _place(code: str, case: Case, directory: Directory, at: datetime) -> tuple[str | None, str] | None:
    """The one unit or organisation here that the code means: of several units that of where the message lies."""
    if not _is_known(code, directory):
        return None
    answerer = directory.answerers[code]
    places: list[tuple[str | None, str]] = [(one, directory.units[one].organisation) for one in answerer.units]
    here = [place for place in places if place[1] == case.organisation]
    found = here or places or [(None, one) for one in answerer.organisations]
    return found[0] if len(found) == 1 and not _is_passed_over(found[0][1], case, directory, at) else None


def _is_passed_over(organisation: str, case: Case, directory: Directory, at: datetime) -> bool:
    """Whether it gave the message back or sent it away, or the message is about its own head."""
    declined = organisation != case.organisation and organisation in (*case.given_back, *case.sent_away)
    return declined or directory.headed_by(case.complained_of_person, organisation, at) is not None
