"""The decision of a head, on a phone too: one answer at a time, read from the question to the verdict. Source: S3, 5.3–5.4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from api.card_shapes import CardShown
from api.cards import card_of
from api.choices import ActionShown
from api.decisions import DecisionShown, read_decision
from api.journals import JournalRow, journal_of
from api.presence import present
from api.previews import LetterPreviewed, preview
from api.problems import Problem
from api.queue import queue_of
from domain.vocabulary import Action, Event
from web.forms import Field, Typed
from web.posted import Posted
from web.rendering import Page, Shell, see
from web.schemas import fields_of

router = APIRouter(include_in_schema=False)

VERDICTS = (Action.ENDORSE, Action.APPROVE)
"""Either of them is offered to whoever is to decide now, and to nobody else."""
_SENT = (Event.ANSWER_SUBMITTED, Event.REDIRECT_PROPOSED)
THEN, READY = "then", "ready"
QUEUE = "queue"
"""The value of `THEN` in forms of this page: after the decision comes the next answer that waits."""


@router.get("/queue")
def show_next(
    page: Shell, after: Annotated[UUID | None, Query()] = None, decision: Annotated[UUID | None, Query()] = None
) -> Response:
    """The next answer that waits; after the last one, that there is none. `decision`: the one just made about `after`."""
    found = queue_of(page.visit.shared, page.visit.person, after)
    if found.next is not None:
        told = {name: str(value) for name, value in (("after", after), ("decision", decision)) if value}
        return see(f"/messages/{found.next.id}/decide?{urlencode(told)}")
    return page.show("head/done.html", fate=_fate(page, after, decision), waiting=found.waiting)


@router.get("/messages/{message_id:uuid}/decide")
def show(
    page: Shell,
    message_id: UUID,
    after: Annotated[UUID | None, Query()] = None,
    decision: Annotated[UUID | None, Query()] = None,
) -> Response:
    """The answer to decide on. Whoever has not to decide on it reads the card."""
    card = card_of(page.visit.shared, page.visit.person, message_id)
    if not waits(card):
        return see(f"/messages/{message_id}")
    return decision_page(page, card, str(uuid4()), fate=_fate(page, after, decision))


def waits(card: CardShown) -> bool:
    """Whether it is the reader's turn to endorse or approve."""
    return any(one.action in VERDICTS for one in card.actions)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the decision made on the page before."""

    message: UUID
    decision: DecisionShown


def decision_page(
    page: Page,
    card: CardShown,
    key: str,
    typed: Typed | None = None,
    problem: Problem | None = None,
    fate: Fate | None = None,
) -> Response:
    """The page, empty or as it was sent with what is wrong with it. `key`: for the form."""
    visit = page.visit
    actions = {one.action: one for one in card.actions}
    return page.show(
        "head/decide.html",
        problem.details.status if problem else HTTPStatus.OK,
        card=card,
        actions={action.value: one for action, one in actions.items()},
        verdict=next(one for one in card.actions if one.action in VERDICTS),
        reject=_fields(actions.get(Action.REJECT), typed or Typed()),
        delegate=_fields(actions.get(Action.DELEGATE), typed or Typed()),
        ready={action.value: _ready(one) for action, one in actions.items()},
        letters=_letters(page, card),
        passed=_passed(page, card),
        waiting=queue_of(visit.shared, visit.person, card.id).waiting,
        problem=problem.details if problem else None,
        sent=typed is not None,
        fate=fate,
        key=key,
        others=present(visit.shared, visit.person, card.id).others,
        at=card.at,
        zone=ZoneInfo(card.time_zone),
    )


def completed(form: Posted) -> Posted:
    """A ready reason that was chosen stands before what was typed."""
    if not (ready := form.get(READY)):
        return form
    reason = " ".join(part for part in (ready, form.get("reason").strip()) if part)
    others = tuple((name, text) for name, text in form.texts if name not in ("reason", READY))
    return replace(form, texts=(*others, ("reason", reason)))


def _fields(offered: ActionShown | None, typed: Typed) -> Mapping[str, Field]:
    return {one.name: one for one in fields_of(offered.fields, typed)} if offered else {}


def _ready(offered: ActionShown) -> list[str]:
    """The reasons that the action's schema offers to begin with."""
    found: dict[str, Any] = offered.fields.get("properties", {}).get("reason", {})
    return list(found.get("examples", ()))


def _passed(page: Page, card: CardShown) -> list[JournalRow]:
    """Who passed his right on since the draft was sent, and why."""
    rows = journal_of(page.visit.shared, page.visit.person, card.id).rows
    sent = max((row.seq for row in rows if row.event.code in _SENT), default=0)
    return [row for row in rows if row.seq > sent and row.event.code == Event.RIGHT_DELEGATED]


def _letters(page: Page, card: CardShown) -> list[LetterPreviewed]:
    """What the applicant will get; nothing where a redirect is decided on."""
    if card.draft is None or card.draft.kind != "answer":
        return []
    return preview(page.visit.shared, page.visit.person, card.id).letters


def _fate(page: Page, message: UUID | None, decision: UUID | None) -> Fate | None:
    if message is None or decision is None:
        return None
    try:
        return Fate(message, read_decision(page.visit.shared, page.visit.person, message, decision))
    except Problem:
        return None
