"""How the screen of a call is put together: what is noted, what was typed, what was found, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import Response

from api import calling
from api.call_shapes import CallShown, CandidateShown, CandidatesShown, Search, ToldShown
from api.organisations import list_organisations
from api.problems import Problem
from domain.calls import SHOWN, CallKind
from web import admin_choices
from web.call_forms import field as one_field
from web.call_forms import made, message_fields, notes_fields, offered_rows, question_fields, search_of, typed_of
from web.forms import Field, Option, Typed
from web.posted import Posted
from web.record_forms import next_key, with_status
from web.rendering import Page

ASKED = "asked"
"""A hidden field: the number of the message about which the caller is being asked."""

MOST_ORGANISATIONS = 200
"""Where there are more, what the caller calls them stands in the text, and the moderator chooses."""


_NOTED = {"save": "Записано.", "transfer": "Переключение записано.", "register": "Сообщение зарегистрировано."}
"""What is said after these buttons; what others did stands on the page."""


@dataclass(frozen=True)
class Done:
    """What a button did. `forgotten`: fields that are not shown again; `right`: which answers fit the card; `asked`: whom to ask
    about what now."""

    forgotten: tuple[str, ...] = ()
    right: Mapping[str, bool] = field(default_factory=dict)
    asked: str | None = None


NOTHING = Done()


def screen(
    page: Page, call_id: UUID, form: Posted | None = None, refused: Problem | None = None, done: Done = NOTHING
) -> Response:
    """The page with everything typed on it. Where the call is over or a colleague's, the page of the problem keeps that."""
    call = calling.call_of(page.visit.shared, page.visit.person, call_id)
    if call.ended_at is not None or call.operator.number != page.visit.person:
        if refused is not None:
            raise refused
        track = f"{page.visit.shared.settings.public_url}/track"
        return page.show("calls/over.html", call=call, track=track)
    typed = typed_of(call, form, refused, done.forgotten)
    pressed = form.get("do") if form else ""
    search = _Search.of(page, call, typed, done.asked)
    fields = {
        "search": search.field,
        "questions": question_fields(typed, search.asked, done.right) if search.asked else [],
        "notes": notes_fields(typed),
        "message": message_fields(typed, categories_of(page), organisations_of(page)),
        "to": one_field(typed, "to", "На кого: должность или подразделение", longest=300),
        "summary_to": one_field(typed, "summary_to", "Отправить итог на электронную почту", longest=254),
    }
    return with_status(
        page,
        "calls/call.html",
        refused,
        call=call,
        act=page.act,
        fields=fields,
        wrong=_wrong(fields),
        found=search.found,
        asked=search.asked,
        right=done.right,
        rows=offered_rows(call, form),
        rows_error=next((why for name, why in typed.errors.items() if name.startswith("steps")), ""),
        **_told(page, call),
        problem=refused.details if refused else None,
        noted=None if refused else _NOTED.get(pressed),
        registers=pressed == "register" or (call.kind is not None and call.kind.code == CallKind.NEW_MESSAGE),
        key=next_key(form, refused),
    )


def asked_of(page: Page, call: CallShown, number: str) -> CandidateShown | None:
    """The message with this number, as far as a caller may be asked about it."""
    if not number.strip():
        return None
    found = calling.search(page.visit.shared, page.visit.person, call.id, made(Search, {"number": number})).found
    return found[0] if found else None


def categories_of(page: Page) -> tuple[Option, ...]:
    """Each category and each subcategory, told as «Медицина / Вакцинация»; facts are for whoever accepts the message."""
    known = [one for one in admin_choices.categories_of(page.visit) if one.active]
    titles = {one.code: one.title for one in known if one.parent is None}
    found = [one for one in known if one.parent is None or one.parent in titles]

    def told(title: str, parent: str | None) -> str:
        return f"{titles[parent]} / {title}" if parent in titles else title

    return tuple(Option(one.code, told(one.title, one.parent), one.parent or "") for one in found)


@dataclass(frozen=True)
class _Search:
    """What is looked for, what was found, and the message about which the caller is being asked."""

    field: Field
    found: CandidatesShown | None = None
    asked: CandidateShown | None = None

    @classmethod
    def of(cls, page: Page, call: CallShown, typed: Typed, chosen: str | None) -> _Search:
        label = "Номер сообщения, телефон или фамилия"
        shown = one_field(typed, "search", label, longest=100)
        if call.identity.code in SHOWN:
            return cls(shown)
        number = chosen if chosen is not None else typed.values.get(ASKED, [""])[0]
        if (asked := asked_of(page, call, number)) is not None:
            return cls(shown, asked=asked)
        if not shown.value.strip():
            return cls(shown)
        try:
            wanted = search_of(shown.value.strip())
        except Problem as problem:
            again = typed_of(call, None, problem, ())
            return cls(one_field(Typed(typed.values, again.errors), "search", label, longest=100))
        return cls(shown, calling.search(page.visit.shared, page.visit.person, call.id, wanted))


def _told(page: Page, call: CallShown) -> Mapping[str, ToldShown | str | None]:
    """What may be told now, or else why nothing any more. Neither as long as nobody knows whose the message is."""
    if call.message is None or call.identity.code not in SHOWN:
        return {"told": None, "untold": ""}
    try:
        return {"told": calling.story_for_caller(page.visit.shared, page.visit.person, call.id), "untold": ""}
    except Problem as problem:
        if problem.details.status != HTTPStatus.FORBIDDEN:
            raise
        return {"told": None, "untold": problem.details.detail}


def organisations_of(page: Page) -> tuple[Option, ...]:
    """By title; none where there are too many for a list."""
    found = list_organisations(page.visit.shared, page.visit.person, limit=MOST_ORGANISATIONS, active=True)
    return tuple(admin_choices.organisation_options(found.items)) if found.next is None else ()


def _wrong(fields: Mapping[str, Any]) -> list[Field]:
    """Those to be mended, in the order of the page."""
    each = [one for found in fields.values() for one in (found if isinstance(found, list) else [found])]
    return [one for one in each if one.error]
