"""What the applicant decides himself while he follows his message: by number and code, beside the stage. Source: S3, 5.2; G-43."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from api import attachments
from api.addresses import address_of
from api.decisions import decided_by_applicant
from api.problems import Problem, responses
from api.resources import Key, Resources, Shared
from api.stories import told
from api.story_shapes import Tracked
from api.throttle import throttle
from api.tracking import InAddress, Proof, story_of
from domain.vocabulary import Action, PersonId
from storage.attachments import waiting_for
from storage.attempts import Tried
from storage.files import Readable
from storage.form_account import form_account
from storage.repeats import key_known
from storage.stories import Story
from storage.uploads import UNUSED_LIFETIME

router = APIRouter(prefix="/track", tags=["Заявителю"])

UPLOAD = ("POST", r"/api/v1/track/[^/]+/files")
"""Takes its body in pieces; `api.hardening` counts them."""

WAITING = 20
"""Files of one message that its applicant may have uploaded and not sent: twice as many as go with one decision."""

WRITTEN, UPLOADS = 20, 60
"""What one message takes from its applicant in a quarter of an hour: words, and files, kept or refused.

By message and not by address: he has proved that it is his, and behind a portal's one address a whole region may write.
"""


class ApplicantDecision(BaseModel):
    """Что решил заявитель: действие и его поля."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "add_facts", "parameters": {"text": "Вчера звонил ещё раз, с 9 до 10: занято."}}]
        },
    )

    action: Literal[
        Action.ADD_FACTS,
        Action.ASK_WITHDRAWAL,
        Action.CHOOSE_LAW,
        Action.ANSWER_QUESTION,
        Action.RATE,
        Action.ASK_REPEAT,
    ]
    parameters: dict[str, Any] = Field(default={}, description="поля действия", max_length=10)


@router.post(
    "/{number}/decisions", responses=responses(400, 404, 409, 413, 422, 429, 503), summary="Дополнить сообщение"
)
async def decide(
    shared: Shared,
    request: Request,
    response: Response,
    proof: InAddress,
    key: Key,
    body: ApplicantDecision,
) -> Tracked:
    """The story with what the applicant has just decided; when there is no verdict yet, it shows it soon."""
    response.headers["Cache-Control"] = "private, no-store"
    await written(shared, request, proof, key, body)
    return told(await run_in_threadpool(story_of, shared, request, proof))


@router.post(
    "/{number}/files",
    status_code=201,
    responses=responses(400, 404, 408, 409, 411, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": attachments.BODY},
    summary="Приложить файл",
    description="Тело запроса — содержимое файла, как в POST /attachments. Затем назовите `id` в `own_files` действия "
    "add_facts или answer_question. Пока сообщение не рассмотрено.",
)
async def upload(
    shared: Shared,
    request: Request,
    proof: InAddress,
    key: Key,
    name: Annotated[str, Query(min_length=1, max_length=255, description="имя файла", examples=["IMG_0001.HEIC"])],
) -> attachments.AttachmentShown:
    """The file waits for the decision that names it. The same Idempotency-Key gives the same file."""
    story = await run_in_threadpool(story_of, shared, request, proof)
    if story.case.considered:
        raise Problem(409, "action_not_allowed", "Сообщение уже рассмотрено: дополнить его нельзя.")
    return await attach(shared, request, story, attachments.Pieces(request.stream()), name, key)


async def attach(
    shared: Resources, request: Request, story: Story, content: Readable, name: str, once: str
) -> attachments.AttachmentShown:
    """The file waits for the decision that names it. The caller was shown the story. `once`: the same is one file."""
    message, key = story.case.id, f"{story.case.id} {once}"
    await run_in_threadpool(throttle, shared, (Tried.UPLOAD_MESSAGE, message, UPLOADS))
    person = await run_in_threadpool(_account, shared, message, key)
    async with shared.strangers_uploads.taken_by(address_of(request)):
        return await attachments.keep(shared, person, key, content, name)


def _account(shared: Resources, message: str, key: str) -> PersonId:
    """In whose name the file comes in. A 429 where too many wait for this message's applicant already, unless it is one of them."""
    with shared.engine.begin() as connection:
        person = form_account(connection)[0]
        if not key_known(connection, person, key) and waiting_for(connection, person, message) >= WAITING:
            detail = "Много загруженных файлов ещё не отправлено: отправьте без новых файлов или повторите завтра."
            later = str(int(UNUSED_LIFETIME.total_seconds()))
            raise Problem(429, "too_many_unused_files", detail, headers={"Retry-After": later})
        return person


async def written(shared: Resources, request: Request, proof: Proof, key: str, body: ApplicantDecision) -> bool:
    """What the applicant decided is in the record; whether it has its verdict. A Problem when it is refused."""
    story = await run_in_threadpool(story_of, shared, request, proof)
    await run_in_threadpool(throttle, shared, (Tried.APPLICANT, story.case.id, WRITTEN))
    entry = await decided_by_applicant(shared, story.case.id, body.action, body.parameters, key)
    return entry.verdict != "pending"
