"""What the administrator's forms offer: places and categories that he may use, as options."""

from __future__ import annotations

from collections.abc import Iterator

from api.answerers import list_answerers
from api.classifiers import CategoryShown, list_categories
from api.organisations import OrganisationShown, list_organisations
from api.staff import PersonShown, list_people, read_person
from api.titles import ONE_DAY, ROLE
from api.units import UnitShown, list_units
from domain.vocabulary import OneDay, Role
from web.forms import Option
from web.visits import Visit

_MOST = 500


def organisations(visit: Visit, *, administered: bool = False) -> list[OrganisationShown]:
    """All, or the active ones that are his, by id."""
    found: list[OrganisationShown] = []
    cursor: str | None = None
    while True:
        part = list_organisations(
            visit.shared,
            visit.person,
            cursor=cursor,
            limit=_MOST,
            active=True if administered else None,
            administered=administered,
        )
        found += part.items
        if (cursor := part.next) is None:
            return found


def organisation_options(found: list[OrganisationShown]) -> list[Option]:
    """By title, as people look for them."""
    return sorted((Option(one.id, one.title) for one in found), key=lambda one: one.title)


def own_and_chosen(visit: Visit, asked: str) -> tuple[list[Option], str]:
    """The organisations that he administers, and the one that a list is of: as asked for, else his own, else the first."""
    own = organisation_options(organisations(visit, administered=True))
    at_home = read_person(visit.shared, visit.person, visit.person).organisation
    known = [one.value for one in own]
    return own, asked or (at_home if at_home in known else next(iter(known), ""))


def units_of(visit: Visit, organisation: str | None = None) -> list[UnitShown]:
    """Active units, of the organisation or of all."""
    return list_units(visit.shared, visit.person, limit=_MOST, organisation=organisation, active=True).items


def unit_options(units: list[UnitShown], titles: dict[str, str] | None = None) -> list[Option]:
    """Units with the title of their organisation, where that is to be told."""
    return [
        Option(one.id, f"{titles[one.organisation]}: {one.title}" if titles else one.title)
        for one in units
        if titles is None or one.organisation in titles
    ]


def answerer_options(visit: Visit) -> list[Option]:
    """Those who answer by the orders in force."""
    found = list_answerers(visit.shared, visit.person).answerers
    return [Option(one.code, one.title) for one in found]


def called_in_orders(visit: Visit, code: str | None) -> str:
    """Who that is by the orders in force; by none of them: the code."""
    titles = {one.value: one.title for one in answerer_options(visit)} if code else {}
    return titles.get(code or "", code or "")


def head_options(visit: Visit, organisation: str) -> list[Option]:
    """The organisation's people, by name."""
    return _people(list_people(visit.shared, visit.person, limit=_MOST, organisation=organisation, active=True).items)


def role_options() -> list[Option]:
    """All roles."""
    return [Option(role.value, ROLE[role].capitalize()) for role in Role]


def one_day_options() -> list[Option]:
    """What may be due within one day."""
    return [Option(rule.value, ONE_DAY[rule]) for rule in OneDay]


def categories_of(visit: Visit) -> list[CategoryShown]:
    """All categories, each followed by its own."""
    found: list[CategoryShown] = []
    cursor: str | None = None
    while True:
        part = list_categories(visit.shared, visit.person, cursor=cursor, limit=_MOST)
        found += part.items
        if (cursor := part.next) is None:
            return list(_in_order(found))


def category_options(found: list[CategoryShown], *, facts: bool = False) -> list[Option]:
    """Active categories and subcategories; those inside another know which. Authority reaches no deeper, rules reach `facts`."""
    titles = {one.code: one.title for one in found}
    roots = {one.code for one in found if one.parent is None}
    return [
        Option(one.code, one.title if above in roots else f"{titles[above]}: {one.title}", one.parent or "")
        for one in found
        if one.active and ((above := one.parent or one.code) in roots or facts)
    ]


def _in_order(found: list[CategoryShown]) -> Iterator[CategoryShown]:
    for one in found:
        if one.parent is None:
            for inner in (one, *(inner for inner in found if inner.parent == one.code)):
                yield inner
                yield from (fact for fact in found if inner is not one and fact.parent == inner.code)


def _people(found: list[PersonShown]) -> list[Option]:
    people = sorted((one for one in found if not one.system), key=lambda one: one.name)
    return [Option(str(one.number), f"{one.name}, № {one.number}") for one in people]


def staff_options(visit: Visit, field: str) -> dict[str, list[Option]]:
    """Whom a form may name in the field, by name; nothing where there are too many for a list: he is named by his number."""
    found = list_people(visit.shared, visit.person, limit=_MOST, active=True)
    return {} if found.next else {field: _people(found.items)}
