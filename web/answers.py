"""The form of an answer: kept as it is written, read over and shown as the letter before it is sent. Source: S3, 5.2; S1, 3.2.

Its buttons beside «Подготовить ответ» are submits of the same form, named `ASIDE`: they decide nothing and bring the form back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api import drafts
from api.answer_template_shapes import OfferedTemplate
from api.answer_templates import offered_for
from api.attachments import AttachmentShown
from api.card_shapes import AnswerShown, CardShown
from api.drafts import DraftKept
from api.hints import HintShown, TextToRead, hints_for
from api.previews import AnswerToPreview, Preview, preview
from api.problems import Problem, invalid
from api.similar import SimilarAnswer, similar_to
from domain.vocabulary import Action
from domain.words import moment_in_short
from storage.attachments import ROLES
from storage.unsent import Whose
from web.forms import Option, Typed
from web.posted import Form, Posted
from web.rendering import Page, Shell, see
from web.sent import Sent

router = APIRouter(prefix="/messages", include_in_schema=False)

ASIDE, DRAFT_VERSION = "_aside", "draft_version"
WRITTEN = (Action.SUBMIT_ANSWER, Action.EDIT_ANSWER)
"""The actions whose texts are worth a form of their own."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says of its draft. `elsewhere`: it was changed in another window, whose words stay until one is chosen."""

    version: int = 0
    saved: str = ""
    elsewhere: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands around the fields of an answer."""

    draft: Draft
    similar: list[SimilarAnswer]
    templates: list[OfferedTemplate]
    hints: list[HintShown] | None = None
    preview: Preview | None = None
    problem: str = ""


@router.post("/{message_id:uuid}/drafts/{action}")
async def keep_draft(page: Shell, form: Form, message_id: UUID, action: Action) -> Response:
    """What was written so far is kept; a piece of the form says so, with the hints for its text. For scripts alone."""
    return await run_in_threadpool(_kept, page, form, message_id, action)


def _kept(page: Page, form: Posted, message_id: UUID, action: Action) -> Response:
    desk = Desk(_keep(page, Sent(message_id, action, form)), [], [], _hints(form.get("text")))
    return page.show("answer/kept.html", desk=desk, here=f"/messages/{message_id}/decisions/{action.value}")


def begun(page: Page, card: CardShown, action: Action) -> tuple[Typed, Desk]:
    """What a form that is opened begins with: the draft; else the answer that came back or is to be changed; else nothing."""
    draft = drafts.kept(page.visit.shared, _whose(page, card.id, action))
    around = _similar(page, card, action), _templates(page, card, action)
    last = card.answers[-1] if card.answers else None
    if draft is not None:
        return _typed(draft), Desk(_told(page, draft, card.at), *around)
    if last is None or last.approved_at is not None:
        return Typed(), Desk(Draft(), *around)
    return _typed_again(last), Desk(Draft(), *around)


def asked(page: Page, card: CardShown, sent: Sent, typed: Typed) -> tuple[Typed, Desk]:
    """The form that was sent, with what one of its buttons asked for. Whatever was asked, what is written is kept."""
    what, _, which = sent.form.get(ASIDE).partition(".")
    similar, offered = _similar(page, card, sent.action), _templates(page, card, sent.action)
    if what == "template":
        typed = _with_template(typed, next((one for one in offered if one.template == which), None))
    if what == "insert":
        typed = _with_inserted(typed, next((one.text for one in similar if str(one.message) == which), ""))
    desk = Desk(_keep(page, sent, typed, anyway=what == "overwrite"), similar, offered)
    if what == "hints":
        return typed, replace(desk, hints=_hints(_text(typed)))
    if what == "preview":
        return typed, _previewed(page, sent, desk)
    return typed, desk


def rescued(page: Page, sent: Sent) -> None:
    """What was written is kept although the form cannot come back: the action, or the message, is another's now."""
    if sent.action in WRITTEN:
        _keep(page, sent)


def discarded(page: Page, sent: Sent) -> Response:
    """The form as it is without a draft."""
    drafts.discard(page.visit.shared, _whose(page, sent.message_id, sent.action), _version(sent.form))
    return see(f"/messages/{sent.message_id}/decisions/{sent.action.value}")


def _keep(page: Page, sent: Sent, typed: Typed | None = None, *, anyway: bool = False) -> Draft:
    """Kept, or why not. `typed`: as a button changed it; `anyway`: in the place of what another window kept."""
    shared, whose, version = page.visit.shared, _whose(page, sent.message_id, sent.action), _version(sent.form)
    parameters = _parameters(page, sent, typed)
    try:
        if anyway and (other := drafts.kept(shared, whose)):
            version = other.version
        kept = drafts.keep(shared, whose, version, parameters)
        return _told(page, kept, kept.saved_at)
    except Problem as problem:
        elsewhere = problem.details.code == "draft_stale"
        return Draft(version, elsewhere=elsewhere, problem="" if elsewhere else problem.details.detail)


def _parameters(page: Page, sent: Sent, typed: Typed | None) -> dict[str, Any]:
    found = sent.parameters(page.zone)
    if typed is not None:
        found |= {name: said for name in ("text", "template") if (said := _value(typed, name))}
        found = {name: value for name, value in found.items() if name != "template" or _value(typed, name)}
    return found


def _previewed(page: Page, sent: Sent, desk: Desk) -> Desk:
    given = sent.parameters(page.zone)
    try:
        wanted = AnswerToPreview.model_validate(
            {name: given[name] for name in AnswerToPreview.model_fields if name in given}
        )
        if sent.action is Action.SUBMIT_ANSWER and wanted.type is None:
            raise Problem(422, "invalid_request", "Выберите тип ответа: от него зависят слова письма.")
        return replace(desk, preview=preview(page.visit.shared, page.visit.person, sent.message_id, wanted))
    except ValidationError as error:
        return replace(desk, problem=invalid(error.errors()).details.detail)
    except Problem as problem:
        return replace(desk, problem=problem.details.detail)


def _hints(text: str) -> list[HintShown] | None:
    """None for what is no text to read: nothing, or more than an answer may hold."""
    try:
        TextToRead(text=text)
    except ValidationError:
        return None
    return hints_for(text).hints


def _similar(page: Page, card: CardShown, action: Action) -> list[SimilarAnswer]:
    if action is not Action.SUBMIT_ANSWER:
        return []
    try:
        return similar_to(page.visit.shared, page.visit.person, card.id).answers
    except Problem:
        return []  # the message went elsewhere since the card was read


def _templates(page: Page, card: CardShown, action: Action) -> list[OfferedTemplate]:
    if action is not Action.SUBMIT_ANSWER:
        return []
    try:
        return offered_for(page.visit.shared, page.visit.person, card.id).templates
    except Problem:
        return []  # the message went elsewhere since the card was read


def _whose(page: Page, message_id: UUID, action: Action) -> Whose:
    return Whose(page.visit.person, str(message_id), action)


def _version(form: Posted) -> int:
    given = form.get(DRAFT_VERSION, "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0


def _told(page: Page, kept: DraftKept, at: datetime) -> Draft:
    """«12:03», or with its day where that is not today's. `at`: now."""
    return Draft(kept.version, _clock(kept.saved_at, at, page.zone))


def _clock(saved_at: datetime, at: datetime, zone: ZoneInfo) -> str:
    local = saved_at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == at.astimezone(zone).date() else moment_in_short(saved_at, zone)


def _typed(draft: DraftKept) -> Typed:
    names = {str(file.id): file.name for file in draft.files}
    values, uploaded = {}, {}
    for name, value in draft.parameters.items():
        if name in ROLES:
            uploaded[name] = [Option(file, names[file]) for file in value if file in names]
        else:
            values[name] = [_as_typed(one) for one in (value if isinstance(value, list) else [value])]
    return Typed(values, uploaded=uploaded)


def _typed_again(last: AnswerShown) -> Typed:
    """The answer as it was sent: rework begins with it."""
    values = {
        "type": [last.type.code],
        "text": [last.text],
        "postponed_until": [last.postponed_until.isoformat()] if last.postponed_until else [],
        "ground": [last.ground.code] if last.ground else [],
        "comment": [last.comment] if last.comment else [],
    }
    uploaded = {"files": _options(last.files), "comment_files": _options(last.comment_files)}
    return Typed({name: value for name, value in values.items() if value}, uploaded=uploaded)


def _options(files: list[AttachmentShown]) -> list[Option]:
    return [Option(str(file.id), file.name) for file in files]


def _as_typed(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)


def _text(typed: Typed) -> str:
    return _value(typed, "text")


def _value(typed: Typed, name: str) -> str:
    return next(iter(typed.values.get(name, ())), "")


def _with_template(typed: Typed, chosen: OfferedTemplate | None) -> Typed:
    """The template below what is written already, which stays; without one the answer is made of none any more."""
    if chosen is None:
        return replace(typed, values={**typed.values, "template": []})
    inserted = _with_inserted(typed, chosen.text)
    return replace(inserted, values={**inserted.values, "template": [chosen.template]})


def _with_inserted(typed: Typed, text: str) -> Typed:
    """A similar answer below what is written already."""
    return replace(typed, values={**typed.values, "text": ["\n\n".join(part for part in (_text(typed), text) if part)]})
