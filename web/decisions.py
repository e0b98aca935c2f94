"""The form of an action, and its decision: through the same function as `POST /api/v1/messages/{id}/decisions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.card_shapes import CardShown
from api.cards import card_of
from api.choices import ActionShown
from api.decisions import DecisionShown, NewDecision, decided
from api.errors import problem_of
from api.journals import journal_of
from api.presence import present
from api.problems import Problem, invalid
from domain.rules.conflict import REASON
from domain.vocabulary import Action
from domain.words import moment_in_short
from web import answers, heads
from web.choices import searched
from web.forms import Typed, all_fields
from web.posted import Form, Posted, number_of
from web.record_forms import KEY, next_key
from web.rendering import Page, Shell, see
from web.sent import Sent
from web.uploaded import stored

router = APIRouter(prefix="/messages", include_in_schema=False)

VERSION = "version"
"""A hidden field: the version of the card that the person saw."""


@router.get("/{message_id:uuid}/decisions/{action}")
def ask(page: Shell, message_id: UUID, action: Action, main: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The form of an action that is allowed now. `main`: the message with which it is answered, where the card names one."""
    card = card_of(page.visit.shared, page.visit.person, message_id)
    if (offered := _offered(card, action)) is not None:
        return _form(page, card, offered, None, known={"main": [main]} if main else {})
    if action is Action.SUBMIT_ANSWER and _offered(card, Action.START_WORK):
        return see(f"/messages/{message_id}/decisions/{Action.START_WORK.value}")
    raise _not_offered()


@router.post("/{message_id:uuid}/decisions/{action}")
async def decide(page: Shell, form: Form, message_id: UUID, action: Action) -> Response:
    """The card, which tells the decision's fate; or the form again with what was typed and what is wrong with it."""
    visit, form = page.visit, heads.completed(form)
    sent = Sent(message_id, action, form)
    try:
        sent = replace(sent, uploaded=await stored(page, form, _key(form)))
        if form.get(answers.ASIDE) == "discard":
            return await run_in_threadpool(answers.discarded, page, sent)
        if form.get("_more") or form.get("_find") or form.get(answers.ASIDE):
            return await run_in_threadpool(_again, page, sent, None)
        body = await run_in_threadpool(_decision, page, sent)
        made = await decided(visit.shared, visit.person, _key(form), message_id, body)
    except (Problem, OperationalError, PoolTimeout) as error:
        return await run_in_threadpool(_again, page, sent, problem_of(error))
    return see(_onwards(form, message_id, made))


def _onwards(form: Posted, message_id: UUID, made: DecisionShown) -> str:
    """Where work goes on: to the next answer that waits for a head, to the text that he has changed, to the answer of what was
    just taken into work, or to the card."""
    if form.get(heads.THEN) == heads.QUEUE:
        return f"/queue?after={message_id}&decision={made.id}"
    if made.action is Action.EDIT_ANSWER:
        return f"/messages/{message_id}/decide?after={message_id}&decision={made.id}"
    if made.action is Action.START_WORK and made.state == "accepted":
        return f"/messages/{message_id}/decisions/{Action.SUBMIT_ANSWER.value}"
    return f"/messages/{message_id}?decision={made.id}"


def _decision(page: Page, sent: Sent) -> NewDecision:
    version = number_of(sent.form.get(VERSION))
    try:
        return NewDecision.model_validate(
            {"action": sent.action, "version": version, "parameters": sent.parameters(page.zone)}
        )
    except ValidationError as error:
        raise invalid(error.errors()) from None


def _key(form: Posted) -> str:
    key = form.get(KEY).strip()
    if not 0 < len(key) <= 128:
        raise Problem(422, "key_missing", "Форма неполна: откройте её на карточке заново.")
    return key


def _again(page: Page, sent: Sent, problem: Problem | None) -> Response:
    """The form with everything typed. Where the card or the action is gone, the page of the problem keeps it."""
    try:
        card = card_of(page.visit.shared, page.visit.person, sent.message_id)
    except (Problem, OperationalError, PoolTimeout) as error:
        raise problem or error from None
    problem = _naming_the_first(page, card, problem)
    offered = _offered(card, sent.action)
    if sent.form.get(heads.THEN) == heads.QUEUE and heads.waits(card):
        return heads.decision_page(page, card, next_key(sent.form, problem), sent.typed(problem), problem)
    if offered is None:
        answers.rescued(page, sent)
        raise problem or _not_offered()
    return _form(page, card, offered, sent, problem)


def _naming_the_first(page: Page, card: CardShown, problem: Problem | None) -> Problem | None:
    """The rules know people by number alone; who sees the card reads there, too, who decided before him."""
    if problem is None or problem.details.code != "version_stale":
        return problem
    rows = journal_of(page.visit.shared, page.visit.person, card.id).rows
    last = next((row for row in reversed(rows) if row.person), None)
    if last is None or last.person is None:
        return problem
    at = moment_in_short(last.at, ZoneInfo(card.time_zone))
    known = problem.details
    detail = f"{known.detail} Последнее в журнале: {at}, {last.person.name}: «{last.event.title}»."
    return Problem(known.status, known.code, detail, clause=known.clause, field=known.field)


def _not_offered() -> Problem:
    return Problem(409, "action_not_allowed", "Это действие сейчас вам недоступно: посмотрите карточку.")


def _offered(card: CardShown, action: Action) -> ActionShown | None:
    return next((one for one in card.actions if one.action == action), None)


def _asked(offered: ActionShown, typed: Typed) -> Mapping[str, Any]:
    """The fields; who names of whom it complains is asked why it goes elsewhere once the rules want to know."""
    properties = offered.fields.get("properties", {})
    wanted = REASON in typed.errors or any(typed.values.get(REASON, ()))
    if "complained_of_person" not in properties or wanted:
        return offered.fields
    return {**offered.fields, "properties": {name: own for name, own in properties.items() if name != REASON}}


def _form(
    page: Page,
    card: CardShown,
    offered: ActionShown,
    sent: Sent | None,
    problem: Problem | None = None,
    known: Mapping[str, list[str]] = MappingProxyType({}),
) -> Response:
    """The form, with what is known or as it was sent. Answers have a page of their own."""
    typed = sent.typed(problem) if sent else Typed(known)
    template, desk = "decision.html", None
    if offered.action in answers.WRITTEN:
        template = "answer/form.html"
        typed, desk = answers.asked(page, card, sent, typed) if sent else answers.begun(page, card, offered.action)
    fields = searched(page.visit, card.id, offered.action, _asked(offered, typed), typed)
    return page.show(
        template,
        problem.details.status if problem else HTTPStatus.OK,
        card=card,
        action=offered,
        fields=fields,
        by={field.name: field for field in fields},
        wrong=[field for field in all_fields(fields) if field.error],
        has_files=any(field.kind == "files" for field in fields),
        problem=problem.details if problem else None,
        others=present(page.visit.shared, page.visit.person, card.id).others,
        key=next_key(sent.form if sent else None, problem),
        desk=desk,
        here=f"/messages/{card.id}/decisions/{offered.action.value}",
        at=card.at,
    )
