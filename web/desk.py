"""Deciding from the list: a suggestion accepted by one press, many ticked messages at once, and a minute to take it back.

Through the same function as `POST /api/v1/decisions`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from api.actions import FIELDS
from api.choices import ActionShown
from api.decisions import NewDecision, checked
from api.many import MOST, ONE_BY_ONE, Fate, ManyDecided, OneOfMany, decided_many, offered, require_recent
from api.problems import Problem
from domain.rules import RULES
from domain.vocabulary import Action
from web.choices import searched
from web.forms import Typed, all_fields
from web.posted import Form, Posted
from web.record_forms import KEY
from web.rendering import Page, Shell
from web.schemas import parameters_of
from web.signing_in import safe_next

router = APIRouter(prefix="/work", include_in_schema=False)

SUGGESTED = "suggested"
"""What is done instead of an action: each ticked message goes to the person suggested for it."""

UNDO = timedelta(seconds=60)
_ON_THE_WAY = timedelta(seconds=5)
"""A press within the minute may arrive after it."""

WITHDRAWN = "Назначение отменено сразу: сделано по ошибке."

NOT_TOGETHER = ONE_BY_ONE | {
    Action.REJECT,
    Action.SUBMIT_ANSWER,
    Action.EDIT_ANSWER,
    Action.CORRECT_CARD,
    Action.CONFIRM_DANGER,
    Action.DISMISS_DANGER,
    Action.RECORD_WITHDRAWAL,
    Action.CONFIRM_WITHDRAWAL,
    Action.CONTINUE_CONSIDERATION,
    Action.LINK,
    Action.UNLINK,
    Action.SET_FLAG,
    Action.DROP_FLAG,
    Action.SETTLE_FLAG,
    Action.CONVERT,
    Action.SETTLE_COMPLAINT,
}
"""What the list does not offer for many: it is about the text of one message."""


_NUMBER = re.compile("[0-9]{1,9}")
_TO, _ANEW = "to:", "re:"
"""Before the organisation that is suggested instead of a person; before who is to get what somebody else works on."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A message as it stood in the list: its card's version, and what the list suggested: an executor or an organisation."""

    message: UUID
    version: int
    number: str
    executor: int | None = None
    organisation: str = ""
    name: str = ""
    reason: str = ""
    """Why somebody else gets it; empty where nobody works on it yet."""

    @classmethod
    def of(cls, value: str) -> Picked:
        """What the row's box or button says. A 422 for anything else."""
        message, version, number, given, name, reason = [*value.split("|", 5), "", "", "", "", ""][:6]
        organisation = given.removeprefix(_TO) if given.startswith(_TO) else ""
        executor = "" if organisation else given.removeprefix(_ANEW)
        if not _NUMBER.fullmatch(version) or not (_NUMBER.fullmatch(executor) or not executor):
            raise _nothing()
        person = int(executor) if executor else None
        return cls(_uuid(message), int(version), number, person, organisation, name, reason)

    def suggested(self) -> tuple[Action, dict[str, Any]] | None:
        """What accepting the suggestion decides; None where there was none."""
        if self.executor is not None and self.reason:
            return Action.REASSIGN, {"executor": self.executor, "reason": self.reason}
        if self.executor is not None:
            return Action.ASSIGN, {"executor": self.executor}
        if self.organisation:
            return Action.TRANSFER_TO_SUBORDINATE, {"organisation": self.organisation}
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one decision, for its reader. `undo`: what takes it back."""

    picked: Picked
    fate: Fate
    undo: str = ""


@router.post("/decisions")
async def decide(page: Shell, form: Form) -> Response:
    """The report of what was done; or the form of the action, first if it has fields, again if they are wrong."""
    picked = [Picked.of(value) for value in form.all("one") or form.all("pick")][:MOST]
    what = SUGGESTED if form.get("one") else form.get("what")
    if not picked:
        raise _nothing()
    if what == SUGGESTED:
        return await _suggested(page, form, picked)
    action = _action(what)
    messages = [one.message for one in picked]
    shown = await run_in_threadpool(offered, page.visit.shared, page.visit.person, action, messages)
    if shown is None:
        raise Problem(409, "action_not_allowed", "Это действие сейчас ни для одного из отмеченных недоступно.")
    if shown[1].fields.get("properties") and (form.get("_find") or form.get("_more") or not form.get("filled")):
        return await run_in_threadpool(_form, page, form, shown, picked, Typed.of(form))
    try:
        parameters = parameters_of(FIELDS[action].model_json_schema(), form, page.zone)
        checked(NewDecision(action=action, version=0, parameters=parameters))
    except Problem as problem:
        return await run_in_threadpool(_form, page, form, shown, picked, Typed.of(form, problem.details), problem)
    found = await _decided(page, form, picked, [(action, parameters)] * len(picked))
    return await run_in_threadpool(_report, page, form, action, picked, found)


@router.post("/undo")
async def undo(page: Shell, form: Form) -> Response:
    """The assignments of the last minute are recalled, those of them that nobody has gone on with."""
    made = [value.partition("|") for value in form.all("undo")][:MOST]
    picked = [Picked.of(row) for _, _, row in made]
    if not picked:
        raise _nothing()
    visit, limit = page.visit, UNDO + _ON_THE_WAY
    decisions = [(one.message, _uuid(decision)) for one, (decision, _, _) in zip(picked, made, strict=True)]
    await run_in_threadpool(require_recent, visit.shared, visit.person, decisions, limit)
    reason = {"reason": WITHDRAWN}
    found = await _decided(page, form, picked, [(Action.RECALL, reason)] * len(picked))
    return await run_in_threadpool(_report, page, form, Action.RECALL, picked, found)


async def _suggested(page: Page, form: Posted, picked: list[Picked]) -> Response:
    """Each to the person whom the list suggested; without one a message stays where it is."""
    known = [one for one in picked if one.suggested()]
    if not known:
        raise Problem(
            422, "nothing_suggested", "Ни для одного из отмеченных нет предложения: назначьте исполнителя сами."
        )
    decisions = [decided for one in known if (decided := one.suggested())]
    found = await _decided(page, form, known, decisions)
    actions = {action for action, _ in decisions}
    action = next(one for one in (Action.ASSIGN, *actions) if one in actions)
    without = len(picked) - len(known)
    return await run_in_threadpool(_report, page, form, action, known, found, without)


async def _decided(
    page: Page, form: Posted, picked: Sequence[Picked], what: Sequence[tuple[Action, dict[str, Any]]]
) -> ManyDecided:
    wanted = [
        OneOfMany(message=one.message, action=action, version=one.version, parameters=given)
        for one, (action, given) in zip(picked, what, strict=True)
    ]
    shared, person = page.visit.shared, page.visit.person
    async with shared.many.taken_by(person):
        return await decided_many(shared, person, _key(form, wanted), wanted)


def _key(form: Posted, wanted: Sequence[OneOfMany]) -> str:
    """The same for the same press sent twice; another for what the same page decides next."""
    words = [form.get(KEY), *(one.model_dump_json() for one in wanted)]
    return blake2b("\n".join(words).encode(), digest_size=24).hexdigest()


def _action(what: str) -> Action:
    try:
        action = Action(what)
    except ValueError:
        raise Problem(422, "action_missing", "Выберите, что сделать с отмеченными.", field="what") from None
    if action in NOT_TOGETHER:
        raise Problem(422, "one_by_one", "Это решают по одному: откройте карточку.")
    return action


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _nothing() from None


def _nothing() -> Problem:
    return Problem(422, "nothing_picked", "Отметьте сообщения в списке.")


def _form(
    page: Page,
    form: Posted,
    offered_by: tuple[UUID, ActionShown],
    picked: list[Picked],
    typed: Typed,
    problem: Problem | None = None,
) -> Response:
    message, shown = offered_by
    fields = searched(page.visit, message, shown.action, shown.fields, typed)
    fields = [one for one in fields if one.kind != "files"]  # a file belongs to one message
    return page.show(
        "desk/form.html",
        problem.details.status if problem else HTTPStatus.OK,
        action=shown,
        fields=fields,
        picked=picked,
        values=form.all("pick"),
        problem=problem.details if problem else None,
        wrong=[field for field in all_fields(fields) if field.error],
        key=form.get(KEY),
        back=safe_next(form.get("back")),
    )


def _report(
    page: Page, form: Posted, action: Action, picked: Sequence[Picked], found: ManyDecided, without: int = 0
) -> Response:
    """Alone for a script, which puts it beneath the list; a page of its own without one."""
    told = [Told(one, fate, _undo(one, fate)) for one, fate in zip(picked, found.decisions, strict=True)]
    return page.show(
        "desk/report.html" if "HX-Request" in page.visit.request.headers else "desk/page.html",
        title=RULES[action].title,
        done=[one for one in told if one.fate.state == "accepted"],
        refused=[one for one in told if one.fate.refusal is not None],
        waiting=[one for one in told if one.fate.refusal is None and one.fate.state != "accepted"],
        without=without,
        undo=[
            one.undo
            for one in told
            if action is Action.ASSIGN and one.undo and not (one.picked.organisation or one.picked.reason)
        ],
        seconds=int(UNDO.total_seconds()),
        key=str(uuid4()),
        back=safe_next(form.get("back")),
    )


def _undo(one: Picked, fate: Fate) -> str:
    """The decision and the message as the assignment left it."""
    if fate.state != "accepted" or fate.version is None:
        return ""
    return f"{fate.decision}|{one.message}|{fate.version}|{one.number}"
