"""What the public form does, behind its endpoints and its page: a draft is kept, its contact asked for a code, and confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api import attachments
from api.addresses import address_of
from api.attachments import AttachmentShown
from api.draft_shapes import CodeShown, Confirmed, DraftForm, DraftShown
from api.intake import NewMessage, begin_run, card_of
from api.problems import FieldError, Problem, field_errors, not_found, wrong_fields
from api.resources import Resources
from api.throttle import EVERYBODY, throttle, too_many
from domain.verdict import Refusal
from domain.vocabulary import Channel, PersonId
from storage import attachments as files
from storage import attempts, confirming, intake, public_drafts
from storage.attempts import Tried
from storage.files import Readable
from storage.form_account import form_account
from storage.intake import Card, Registered
from storage.personal import normal_email
from storage.public_drafts import Draft

FILES = 10
DRAFTS_FROM_ADDRESS, DRAFTS = 30, 3000
UPLOADS_FROM_ADDRESS, MEGABYTES_FROM_ADDRESS_A_DAY = 60, 5000
CODES_TO_EMAIL, CODES_FROM_ADDRESS, CODES = 10, 30, 1000
"""A day to one e-mail; the others in a quarter of an hour: from one address, behind which a whole office may sit, and in all.

Files of a day are counted by what they take of the disk: one address alone shall not fill what all strangers have together
(`storage.uploads`), and thousands of photos of those who share it fit.
"""


def begin(shared: Resources, request: Request, form: DraftForm) -> str:
    """A new draft is in the record, sealed; its key. A 403 while the form is closed, a 429 when there are too many."""
    throttle(
        shared,
        (Tried.DRAFT_ADDRESS, address_of(request), DRAFTS_FROM_ADDRESS),
        (Tried.DRAFT, EVERYBODY, DRAFTS),
    )
    with shared.engine.begin() as connection:
        _account(connection)
        return public_drafts.begin(connection, form.model_dump(mode="json"))


def shown(shared: Resources, key: str) -> DraftShown:
    """The draft as it is now, or the message that it became. A 404 when there is none any more."""
    with shared.engine.connect() as connection:
        draft = _found(public_drafts.find(connection, key))
        kept = {file.id: file for file in files.by_id(connection, draft.files)}
        registered = intake.known(connection, draft.message) if draft.message else None
    form = DraftForm.model_validate(draft.content) if draft.content is not None else None
    return DraftShown(
        form=form,
        written_by=draft.written_by,
        files=[attachments.shown(kept[file]) for file in draft.files if file in kept],
        expires_at=draft.expires_at,
        code=_code(draft, form) if form is not None else None,
        message=_confirmed(registered) if registered else None,
    )


def save(shared: Resources, key: str, form: DraftForm, page: str = "", seen: str | None = None) -> None:
    """The draft says this now. `page`: the mark of the opened page on which it was typed; `seen`: whose text that began with.

    A 409 where yet another page has written since: the draft is open twice, and what was typed there would be lost.
    """
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        if seen is not None and draft.written_by not in {seen, page}:
            detail = (
                "Черновик тем временем изменён в другом окне. Ниже то, что вы набрали здесь: сохраните ещё раз, "
                "и останется оно, или закройте эту страницу, и останется набранное там."
            )
            raise Problem(409, "draft_changed", detail)
        public_drafts.write(connection, draft, form.model_dump(mode="json"), page)


def discard(shared: Resources, key: str) -> None:
    """Nothing is left of the draft."""
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        public_drafts.discard(connection, shared.files, {draft.id: draft.files})


async def attach(
    shared: Resources, key: str, request: Request, content: Readable, name: str, once: str
) -> AttachmentShown:
    """The file goes with the draft. `once`: the same gives the same file."""
    draft, person = await run_in_threadpool(_before_upload, shared, key, request)
    async with shared.strangers_uploads.taken_by(address_of(request)):
        kept = await attachments.keep(shared, person, f"{draft.id} {once}", content, name)
    await run_in_threadpool(_take, shared, key, address_of(request), kept)
    return kept


def detach(shared: Resources, key: str, file: UUID) -> None:
    """The file is gone from the draft and from the disk."""
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        if str(file) in draft.files:
            public_drafts.discard_files(connection, shared.files, [str(file)])
            public_drafts.set_files(connection, draft, tuple(one for one in draft.files if one != str(file)))


def order_code(shared: Resources, key: str, request: Request) -> None:
    """A letter with a code is ordered, if the form is complete. A 422 names its fields, a 429 says when to ask again."""
    with shared.engine.connect() as connection:
        draft = _found(public_drafts.find(connection, key))
        _, contact = _card(_written(draft), ())
    _require_pause(draft, contact)  # whoever presses twice orders nothing, and uses up nothing
    throttle(
        shared,
        (Tried.CODE_ADDRESS, address_of(request), CODES_FROM_ADDRESS),
        (Tried.CODE_EMAIL, contact, CODES_TO_EMAIL),
        (Tried.CODE, EVERYBODY, CODES),
    )
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        _require_pause(draft, contact)
        _, contact = _card(_written(draft), draft.files)
        public_drafts.order_code(connection, draft, contact)


async def confirm(shared: Resources, key: str, code: str) -> Confirmed:
    """The draft is a message, committed, and its run begins. A 422 for a wrong code or one that is too old."""
    registered = await run_in_threadpool(_confirm, shared, key, code)
    await begin_run(shared, registered)
    return _confirmed(registered)


def _confirm(shared: Resources, key: str, code: str) -> Registered:
    found = confirming.confirm(shared.engine, shared.reference, key, code, _card)
    if isinstance(found, Refusal):
        raise Problem.of(found)
    if found is None:
        raise not_found()
    return found


def _before_upload(shared: Resources, key: str, request: Request) -> tuple[Draft, PersonId]:
    """Asked before the content is read."""
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        if len(draft.files) >= FILES:
            raise _too_many_files()
        person = _account(connection)
        address = address_of(request)
        taken = attempts.counted(connection, Tried.UPLOAD_ADDRESS_DAY, address)
    if taken >= MEGABYTES_FROM_ADDRESS_A_DAY:
        raise too_many(shared, (Tried.UPLOAD_ADDRESS_DAY, address, MEGABYTES_FROM_ADDRESS_A_DAY))
    throttle(shared, (Tried.UPLOAD_ADDRESS, address, UPLOADS_FROM_ADDRESS))
    return draft, person


def _take(shared: Resources, key: str, address: str, kept: AttachmentShown) -> None:
    file = str(kept.id)
    with shared.engine.begin() as connection:
        draft = _open(connection, key)
        if file in draft.files:
            return
        if len(draft.files) >= FILES:
            public_drafts.discard_files(connection, shared.files, [file])
            raise _too_many_files()
        public_drafts.set_files(connection, draft, (*draft.files, file))
        attempts.count(connection, Tried.UPLOAD_ADDRESS_DAY, address, by=ceil(kept.size / 1_000_000))


def _card(content: Mapping[str, Any], named: tuple[str, ...]) -> tuple[Card, str]:
    """The message as storage takes it, and its confirmed contact. A 422 names every field that is missing or wrong."""
    form = DraftForm.model_validate(content)
    wrong = _missing(form)
    given = _without_blanks(form.model_dump(mode="json")) | {"channel": Channel.FORM, "files": list(named)}
    try:
        message = NewMessage.model_validate({"applicant": {}} | given)
    except ValidationError as invalid:
        wrong += field_errors(invalid.errors())
        raise wrong_fields(wrong) from None
    if wrong:
        raise wrong_fields(wrong)
    assert message.applicant.email is not None
    return card_of(message), message.applicant.email


def _missing(form: DraftForm) -> list[FieldError]:
    """What the form needs beyond what a message needs: to whom it answers, and the agreement to the rules."""
    needed = {
        "applicant.name": (form.applicant.name.strip(), "Укажите имя."),
        "applicant.email": (
            form.applicant.email.strip(),
            "Укажите электронную почту: на неё придёт код. Если её нет, позвоните оператору приёма.",
        ),
        "rules_agreed": (form.rules_agreed, "Отметьте, что ознакомились с правилами подачи и согласны с ними."),
    }
    return [FieldError(field=name, detail=detail) for name, (given, detail) in needed.items() if not given]


def _without_blanks(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: _without_blanks(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ("", {})}
    return value.strip() if isinstance(value, str) else value


def _account(connection: sa.Connection) -> PersonId:
    person, active = form_account(connection)
    if not active:
        raise Problem(403, "form_closed", "Форма закрыта. Позвоните оператору приёма: он зарегистрирует сообщение.")
    return person


def _found(draft: Draft | None) -> Draft:
    if draft is None:
        raise not_found()
    return draft


def _open(connection: sa.Connection, key: str) -> Draft:
    """The draft, held until the commit. A 409 once it was confirmed."""
    draft = _found(public_drafts.find(connection, key, lock=True))
    _written(draft)
    return draft


def _written(draft: Draft) -> Mapping[str, Any]:
    if draft.content is None:
        raise Problem(409, "draft_confirmed", "Сообщение уже зарегистрировано: изменить его нельзя.")
    return draft.content


def _code(draft: Draft, form: DraftForm) -> CodeShown | None:
    """None also when the address was corrected since: the code proves the one before, and nothing was sent to this one."""
    if draft.code_sent_to is None or draft.code_sent_to != normal_email(form.applicant.email):
        return None
    return CodeShown(sent_to=draft.code_sent_to, until=draft.code_until, next_at=draft.next_code_at)


def _require_pause(draft: Draft, contact: str) -> None:
    """A 429 while the code before is too young, or when there were enough."""
    if draft.next_code_at is None or draft.next_code_at > draft.at:
        raise _code_later(draft, contact)


def _code_later(draft: Draft, contact: str) -> Problem:
    if draft.next_code_at is None:
        return Problem(429, "too_many_attempts", "Слишком много кодов. Позвоните оператору приёма.")
    seconds = max(1, round((draft.next_code_at - draft.at).total_seconds()))
    sent = "уже отправлено" if draft.code_sent_to == contact else "отправлено на прежний адрес"
    detail = f"Письмо с кодом {sent}. Новый код можно запросить через {seconds} с."
    return Problem(429, "code_sent_already", detail, headers={"Retry-After": str(seconds)})


def _too_many_files() -> Problem:
    return Problem(422, "too_many_files", f"К сообщению можно приложить не больше {FILES} файлов.", field="name")


def _confirmed(registered: Registered) -> Confirmed:
    return Confirmed(
        number=registered.number,
        code=registered.code,
        received_at=registered.received_at,
        due_at=registered.due_at,
    )
