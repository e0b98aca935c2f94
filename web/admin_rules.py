"""Auto-rules as administrators keep them: the list in its order, the form, dry runs, switching on and off. Source: S0-23; G-40."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.answer_templates import list_templates
from api.autorule_shapes import Mode, NewRule, RuleFields, RuleShown, Switch, Trial, Turn
from api.autorules import (
    create_rule,
    list_applications,
    list_revisions,
    list_rules,
    move_rule,
    read_dry_run,
    read_rule,
    revise_rule,
    set_mode,
    switch_rule,
    try_rule,
)
from api.problems import Problem, not_found
from api.staff import list_people
from api.titles import RULE_EFFECTS
from domain.vocabulary import Role
from web import admin_choices as choices
from web import rule_words as words
from web.admin_people import Admin
from web.forms import Option, Typed
from web.posted import Form
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page, see
from web.rule_words import Titles
from web.schemas import fields_of

Code = Annotated[str, Query(max_length=63)]
DONE = {"moved": "Порядок изменён.", "on": "Правило включено.", "off": "Правило выключено.", "saved": "Сохранено."}
_CONDITIONS = "categories words organisations channels applicant_kinds repeated tagged prioritised".split()
_EFFECTS = "executor unit transfer redirect days template tag priority".split()
_MOST = 500

router = APIRouter(prefix="/admin/rules", include_in_schema=False)


@router.get("")
def show_rules(page: Admin, organisation: Code = "") -> Response:
    """The rules of one organisation, in their order."""
    return _list(page, organisation)


@router.post("/mode")
def choose_mode(page: Admin, form: Form) -> Response:
    """The first that matches, or all."""
    organisation = form.get("organisation")
    try:
        visit = page.visit
        set_mode(visit.shared, visit.person, key_of(form), organisation, Mode(every=form.get("every") == "true"))
    except Problem as problem:
        return _list(page, organisation, problem)
    return see(f"/admin/rules?organisation={organisation}&done=saved")


@router.get("/new")
def ask_new_rule(page: Admin, organisation: Code) -> Response:
    """The form of a new rule of the organisation."""
    return _form(page, organisation, _sheet(page, organisation).shown())


@router.post("/new")
def add_rule(page: Admin, form: Form, organisation: Code) -> Response:
    """The rule is there, switched off."""
    sheet = _sheet(page, organisation)
    try:
        body = NewRule(organisation=organisation, **sheet.body(form, page).model_dump())
        made = create_rule(page.visit.shared, page.visit.person, key_of(form), body)
    except Problem as problem:
        return _form(page, organisation, sheet.shown(form, problem), problem=problem)
    return see(f"/admin/rules/{made.id}")


@router.get("/dry-runs/{run}")
def show_dry_run(page: Admin, run: UUID) -> Response:
    """How far the run has come, and what it has found."""
    found = read_dry_run(page.visit.shared, page.visit.person, run)
    rule = _rule(page, found.rule)
    return page.show(
        "admin/dry_run.html",
        run=found,
        rule=rule,
        percent=100 * found.seen // found.total if found.total else 100,
        comparisons=words.COMPARISONS,
        effect_titles=RULE_EFFECTS,
        deeds=words.DEEDS,
        titles=_titles(page, rule.organisation),
    )


@router.get("/{rule}")
def show_rule(page: Admin, rule: int) -> Response:
    """The form of the rule's latest revision, with its history."""
    found = _rule(page, rule)
    known = found.rule.model_dump(mode="json")
    return _form(page, found.organisation, _sheet(page, found.organisation).filled(known), found)


@router.post("/{rule}")
def save_rule(page: Admin, form: Form, rule: int) -> Response:
    """The rule has a new revision."""
    found = _rule(page, rule)
    sheet = _sheet(page, found.organisation)
    try:
        revise_rule(page.visit.shared, page.visit.person, key_of(form), rule, sheet.body(form, page))
    except Problem as problem:
        return _form(page, found.organisation, sheet.shown(form, problem), found, problem)
    return see(f"/admin/rules/{rule}?done=saved")


@router.post("/{rule}/dry-runs")
def begin_dry_run(page: Admin, form: Form, rule: int) -> Response:
    """The latest revision is tried on past messages."""
    found = _rule(page, rule)
    run = try_rule(page.visit.shared, page.visit.person, key_of(form), rule, Trial(revision=found.revision))
    return see(f"/admin/rules/dry-runs/{run.id}")


@router.post("/{rule}/switch")
def switch(page: Admin, form: Form, rule: int) -> Response:
    """The revision that the reader saw is applied from now on, or none."""
    given = form.get("revision")
    revision = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None
    found = _rule(page, rule)
    try:
        switch_rule(page.visit.shared, page.visit.person, key_of(form), rule, Switch(revision=revision))
    except Problem as problem:
        sheet = _sheet(page, found.organisation).filled(found.rule.model_dump(mode="json"))
        return _form(page, found.organisation, sheet, found, problem)
    return see(f"/admin/rules/{rule}?done={'on' if revision else 'off'}")


@router.post("/{rule}/place")
def move(page: Admin, form: Form, rule: int) -> Response:
    """The rule is asked earlier or later."""
    found = _rule(page, rule)
    place = max(1, found.place + (1 if form.get("way") == "down" else -1))
    move_rule(page.visit.shared, page.visit.person, key_of(form), rule, Turn(place=place))
    return see(f"/admin/rules?organisation={found.organisation}&done=moved")


def _rule(page: Page, rule: int) -> RuleShown:
    if not 1 <= rule <= 2**53:
        raise not_found()
    return read_rule(page.visit.shared, page.visit.person, rule)


def _list(page: Page, organisation: str, problem: Problem | None = None) -> Response:
    visit = page.visit
    own, chosen = choices.own_and_chosen(visit, organisation)
    found = list_rules(visit.shared, visit.person, chosen)
    titles = _titles(page, chosen)
    return with_status(
        page,
        "admin/rules.html",
        problem,
        problem=problem.details if problem else None,
        own=own,
        organisation=chosen,
        found=found,
        told=[(one, words.conditions(one.rule, titles), words.effects(one.rule, titles)) for one in found.items],
        done=DONE.get(visit.request.query_params.get("done", "")),
    )


def _form(
    page: Page,
    organisation: str,
    sheet: dict[str, Any],
    rule: RuleShown | None = None,
    problem: Problem | None = None,
) -> Response:
    visit = page.visit
    fields = {one.name: one for one in sheet["fields"]}
    titles = _titles(page, organisation)
    history = list_revisions(visit.shared, visit.person, rule.id) if rule else []
    return with_status(
        page,
        "admin/rule.html",
        problem,
        sheet=sheet,
        title=fields["title"],
        asked=[fields[name] for name in _CONDITIONS],
        doing=[fields[name] for name in _EFFECTS],
        organisation=organisation,
        place=titles.places.get(organisation, organisation),
        rule=rule,
        history=[(one, words.conditions(one.rule, titles), words.effects(one.rule, titles)) for one in history],
        tried=any(one.tried and one.revision == rule.revision for one in history) if rule else False,
        applications=list_applications(visit.shared, visit.person, rule.id)[:20] if rule else [],
        effect_titles=RULE_EFFECTS,
        done=DONE.get(visit.request.query_params.get("done", "")) if problem is None else None,
    )


class RuleSheet(Sheet[RuleFields]):
    """The form of a rule; lists are filled from a rule too."""

    def filled(self, known: dict[str, object]) -> dict[str, object]:
        """The fields as the rule has them."""
        values = {
            name: [str(one) for one in value] if isinstance(value, list) else [_text(value)]
            for name, value in known.items()
            if value not in (None, "", [], False) or (value is False and name in ("repeated", "prioritised"))
        }
        return self.shown() | {"fields": fields_of(self.schema, Typed(values))}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sheet(page: Page, organisation: str) -> RuleSheet:
    visit = page.visit
    places = [one for one in choices.organisations(visit) if one.active]
    options = choices.organisation_options(places)
    below = _below(organisation, {one.id: one.parent for one in places})
    return RuleSheet(
        RuleFields,
        {
            "categories": choices.category_options(choices.categories_of(visit), facts=True),
            "organisations": options,
            "channels": [Option(code, title.capitalize()) for code, title in words.CHANNELS.items()],
            "applicant_kinds": [Option(code, title.capitalize()) for code, title in words.APPLICANTS.items()],
            "executor": _executors(page, organisation),
            "unit": choices.unit_options(choices.units_of(visit, organisation)),
            "template": [Option(str(number), title) for number, title in _templates(page, organisation).items()],
            "transfer": [one for one in options if one.value in below],
            "redirect": [one for one in options if one.value not in below and one.value != organisation],
        },
        only=("title", *_CONDITIONS, *_EFFECTS),
    )


def _below(organisation: str, parents: dict[str, str | None]) -> set[str]:
    def is_below(one: str) -> bool:
        parent = parents.get(one)
        return parent is not None and (parent == organisation or is_below(parent))

    return {one for one in parents if is_below(one)}


def _executors(page: Page, organisation: str) -> list[Option]:
    visit = page.visit
    people = list_people(visit.shared, visit.person, limit=_MOST, organisation=organisation, active=True).items
    fit = [one for one in people if any(grant.role is Role.EXECUTOR for grant in one.roles)]
    return [Option(str(one.number), f"{one.name}, № {one.number}") for one in sorted(fit, key=lambda one: one.name)]


def _templates(page: Page, organisation: str) -> dict[int, str]:
    found = list_templates(page.visit.shared, page.visit.person, organisation)
    return {one.id: one.template.title for one in found if one.active}


def _titles(page: Page, organisation: str) -> Titles:
    visit = page.visit
    people = list_people(visit.shared, visit.person, limit=_MOST, organisation=organisation).items
    return Titles(
        places={one.id: one.title for one in choices.organisations(visit)},
        units={one.id: one.title for one in choices.units_of(visit, organisation)},
        categories={one.code: one.title for one in choices.categories_of(visit)},
        people={one.number: one.name for one in people},
        templates=_templates(page, organisation),
    )
