"""Tracking without sign-in: by the message's number and its code, in the body or in a header, never in the address. G-49, G-50."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api import downloads
from api.addresses import address_of
from api.problems import Problem, not_found, responses
from api.resources import TRACKING_CODE, Resources, Shared
from api.shown import typed_number
from api.stories import is_shown, told
from api.story_shapes import Tracked
from api.throttle import throttle, too_many
from storage import attempts, short_letters, stories
from storage.attempts import Tried
from storage.engine import reading
from storage.personal import normal_email
from storage.stories import Story

router = APIRouter(prefix="/track", tags=["Заявителю"])

LOST_CODES, LOST_CODES_FROM_ADDRESS = 5, 20
"""A day for one message and e-mail; in a quarter of an hour from one address."""

NUMBER_ATTEMPTS = 20
ADDRESS_ATTEMPTS = 200
"""Wrong attempts in a quarter of an hour: with one number, until the right code; and from one address."""

_NOBODY = UUID(int=0)
"""Whose code a wrong number is compared with, so that it takes as long as a wrong code."""

MAX_NUMBER = 40
MAX_CODE = 128
Number = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NUMBER)]
TrackingCode = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE)]
InPath = Annotated[Number, Path(examples=["2026-0000123"])]
InHeader = Annotated[
    TrackingCode, Header(alias=TRACKING_CODE, description="код из письма или от оператора", examples=["7K3M-…"])
]


class Proof(BaseModel):
    """Номер сообщения и код, который дали при регистрации."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "2026-0000123", "code": "7K3M-9QXD-1ZBT-5RWA"}]}
    )

    number: Number
    code: TrackingCode = Field(description="пробелы, дефисы и похожие буквы прощаются")


def _in_address(number: InPath, code: InHeader) -> Proof:
    return Proof(number=number, code=code)


InAddress = Annotated[Proof, Depends(_in_address)]
"""Number in the address, code in a header."""


def _address(value: str) -> str:
    found = normal_email(value)
    if found is None:
        raise ValueError("Это не адрес электронной почты.")
    return found


class LostCode(BaseModel):
    """Номер сообщения и электронная почта, которую при нём указали."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "2026-0000123", "email": "applicant@example.org"}]}
    )

    number: Number
    email: Annotated[str, Field(max_length=254), AfterValidator(_address)]


@router.post("", responses=responses(400, 404, 422, 429, 503), summary="Узнать ход рассмотрения")
def track(shared: Shared, request: Request, response: Response, body: Proof) -> Tracked:
    """What happened, what happens next and by when. A wrong number and a wrong code answer alike."""
    return _told(shared, request, response, body)


@router.post(
    "/code",
    status_code=202,
    response_class=Response,
    responses=responses(400, 413, 422, 429, 503),
    summary="Забыли код",
    description="Если у сообщения с этим номером эта электронная почта, на неё придёт новый код, а прежний перестанет действовать. "
    "Ответ одинаков и тогда, когда такого сообщения нет.",
)
def ask_for_code(shared: Shared, request: Request, body: LostCode) -> Response:
    """The letter is ordered; whether there is such a message is looked up later, so that the answer takes as long either way."""
    ask_for_new_code(shared, request, body)
    return Response(status_code=202)


def ask_for_new_code(shared: Resources, request: Request, body: LostCode) -> None:
    """A new code is on its way to whoever is the message's contact. A 429 after too many."""
    number = typed_number(body.number)
    throttle(
        shared,
        (Tried.LOST_CODE_ADDRESS, address_of(request), LOST_CODES_FROM_ADDRESS),
        (Tried.LOST_CODE, f"{number} {body.email}", LOST_CODES),
    )
    with shared.engine.begin() as connection:
        short_letters.ask_for_tracking_code(connection, number, body.email)


@router.get("/{number}", responses=responses(404, 422, 429, 503), summary="Узнать ход рассмотрения (код в заголовке)")
def read_track(shared: Shared, request: Request, response: Response, proof: InAddress) -> Tracked:
    """The same with the code in a header."""
    return _told(shared, request, response, proof)


@router.get(
    "/{number}/files/{file_id}",
    response_class=Response,
    responses=responses(404, 422, 429, 503) | downloads.CONTENT,
    summary="Скачать файл ответа",
)
def download(shared: Shared, request: Request, proof: InAddress, file_id: UUID) -> Response:
    """A file of an approved answer, unless the matter is secret."""
    return file_answer(shared, story_of(shared, request, proof), file_id)


def file_answer(shared: Resources, story: Story, file_id: UUID) -> StreamingResponse:
    """The file's content to save. A 404 unless the story shows it."""
    if not is_shown(story, file_id):
        raise not_found()
    return downloads.download(shared.files, story.files[str(file_id)])


def _told(shared: Resources, request: Request, response: Response, proof: Proof) -> Tracked:
    response.headers["Cache-Control"] = "private, no-store"
    return told(story_of(shared, request, proof))


def story_of(shared: Resources, request: Request, proof: Proof) -> Story:
    """The story behind number and code. A 404 unless they belong together, a 429 after too many wrong attempts.

    The right code always opens: no one else's guesses lock the applicant out, and 80 bits are not guessed however often.
    """
    number = typed_number(proof.number)
    with shared.engine.connect() as connection:
        known = stories.issue_of(connection, number)
    id_, issue = known or (str(_NOBODY), 1)
    if not shared.keys.matches_tracking_code(proof.code, UUID(id_), issue) or known is None:
        raise _wrong(shared, number, address_of(request))
    with shared.engine.begin() as connection:
        attempts.forget(connection, Tried.TRACKING, number)
    with reading(shared.engine) as connection:
        return stories.find(connection, shared.reference, id_)


def _wrong(shared: Resources, number: str, address: str) -> Problem:
    """The answer to a wrong number or code, which is counted."""
    with shared.engine.begin() as connection:
        tried = attempts.count(connection, Tried.TRACKING, number)
        from_address = attempts.count(connection, Tried.TRACKING_ADDRESS, address)
    if tried > NUMBER_ATTEMPTS or from_address > ADDRESS_ATTEMPTS:
        limits = (Tried.TRACKING, number, NUMBER_ATTEMPTS), (Tried.TRACKING_ADDRESS, address, ADDRESS_ATTEMPTS)
        return too_many(shared, *limits)
    return Problem(404, "not_found", "Сообщения с таким номером и кодом нет. Проверьте номер и код.")
