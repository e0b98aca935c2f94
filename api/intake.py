"""`POST /messages`: a citizen's message enters the record, from a portal or from an intake operator. Source: S2, 2.1 ж, 3.1."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from sqlalchemy.exc import SQLAlchemyError

from api.fields import Code, Email, Moment, Phone, Short, Visible, YesNo
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.verdict import Refusal
from domain.vocabulary import Channel, PersonId, Role
from logs import where
from storage import intake, running, tracking_codes
from storage.engine import glance
from storage.intake import Registered
from storage.personal import inn_is_valid, normal_snils
from storage.reference import moment
from storage.repeats import KeyReused
from temporal import bell

router = APIRouter(prefix="/messages", tags=["Сообщения"])
log = structlog.get_logger()

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible]


class Applicant(BaseModel):
    """Заявитель: гражданин или юридическое лицо. Source: S2, 1.2 а; S0-01."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["citizen", "legal_entity"] = "citizen"
    name: Name | None = Field(default=None, description="ФИО или наименование", examples=["Бадмаева Делгр Очировна"])
    inn: str | None = Field(default=None, max_length=12, description="ИНН юридического лица")
    contact_person: Name | None = Field(default=None, description="контактное лицо юридического лица")
    email: Email = Field(default=None, examples=["applicant@example.org"])
    phone: Phone = Field(default=None, examples=["+7 900 000-00-00"])
    address: Short | None = None
    snils: str | None = Field(default=None, max_length=20)
    portal_account: str | None = Field(
        default=None, max_length=100, description="учётная запись портала; ответ появится и там"
    )

    @field_validator("snils")
    @classmethod
    def _snils(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        found = normal_snils(value)
        if found is None:
            raise ValueError("Это не номер СНИЛС.")
        return found

    @model_validator(mode="after")
    def _legal_entity(self) -> Applicant:
        if self.kind == "legal_entity":
            if not self.name or not self.contact_person:
                raise ValueError("Для юридического лица укажите наименование, ИНН и контактное лицо.")
            if not self.inn or not inn_is_valid(self.inn):
                raise ValueError("ИНН неверен: проверьте цифры.")
        return self


class Concerned(BaseModel):
    """О ком сообщение (пациент). Source: G-50."""

    model_config = ConfigDict(extra="forbid")

    relation: Literal["applicant", "represented", "other_with_consent", "other_without_consent"] = "applicant"
    name: Name | None = None
    basis: Short | None = Field(default=None, description="документ о представительстве или согласии")

    @model_validator(mode="after")
    def _represented(self) -> Concerned:
        if self.relation == "represented" and not (self.name and self.basis):
            raise ValueError("Для представителя укажите, кого он представляет и на каком основании.")
        return self


class NewMessage(BaseModel):
    """Новое сообщение."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "channel": "phone",
                    "text": "Третий день не могу дозвониться в регистратуру поликлиники.",
                    "applicant": {
                        "kind": "citizen",
                        "name": "Бадмаева Делгр Очировна",
                        "email": "applicant@example.org",
                    },
                    "category": "medicine",
                    "subcategory": "medicine.no_answer",
                    "organisation": "polyclinic",
                }
            ]
        },
    )

    channel: Channel
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), Visible]
    applicant: Applicant
    concerned: Concerned = Concerned()
    received_at: Moment | None = Field(
        default=None, description="когда поступило; по умолчанию сейчас, не позже и не раньше 60 дней назад"
    )
    category: Code | None = None
    subcategory: Code | None = None
    organisation: Code | None = Field(default=None, description="организация, которую назвал заявитель")
    complained_of: Code | None = Field(default=None, description="на какую организацию жалоба")
    location: Short | None = None
    secret: YesNo = Field(default=False, description="врачебная тайна: ответ не уйдёт по электронной почте")
    rules_agreed: YesNo = Field(default=False, description="заявитель ознакомлен с правилами подачи (S2, 1.2 д)")
    files: Annotated[list[UUID], Field(max_length=20)] = []


class RegisteredMessage(BaseModel):
    """Зарегистрированное сообщение."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    code: str = Field(description="код, с которым заявитель следит за сообщением", examples=["7K3M-…"])
    received_at: datetime
    due_at: datetime


@router.post(
    "", status_code=201, responses=responses(400, 401, 403, 413, 422, 503), summary="Зарегистрировать сообщение"
)
async def register_message(
    shared: Shared, person: Person, key: Key, body: NewMessage, response: Response
) -> RegisteredMessage:
    """The message is committed before the answer leaves; its run starts now, or later if Temporal is away."""
    registered = await run_in_threadpool(_register, shared, person, key, body)
    response.headers["Location"] = f"/api/v1/messages/{registered.id}"
    await begin_run(shared, registered)
    return RegisteredMessage(
        id=UUID(registered.id),
        number=registered.number,
        code=registered.code,
        received_at=registered.received_at,
        due_at=registered.due_at,
    )


async def begin_run(shared: Resources, registered: Registered) -> None:
    """The run of a message that was registered just now is on its way, or the relay will start it."""
    if registered.begin is None:
        return
    try:
        await bell.start(shared.client, registered.begin, request_id=registered.id)
        await run_in_threadpool(running.mark_started, shared.engine, registered.id)
    except (bell.Unreachable, SQLAlchemyError) as error:
        # the message is in the record and must be told so; the relay starts what is not marked as started
        log.warning("run not started, the relay will", case=registered.id, where=where(error))


class IssuedCode(BaseModel):
    """Номер сообщения и код, с которым заявитель следит за ним теперь."""

    number: str = Field(examples=["2026-0000123"])
    code: str = Field(description="прежний код больше не действует", examples=["7K3M-9QXD-1ZBT-5RWA"])


@router.post(
    "/{message_id}/tracking-code",
    responses=responses(400, 401, 403, 404, 422, 503),
    summary="Выдать новый код для заявителя",
    description="Когда заявитель потерял код или код узнал кто-то другой. Прежний код перестаёт действовать сразу. "
    "Выдаёт оператор приёма: организации, у которой сообщение, или тот, кто его зарегистрировал.",
)
def issue_code(shared: Shared, person: Person, key: Key, message_id: UUID, response: Response) -> IssuedCode:
    """The new code is in force and committed; the same key gives the one in force. The journal tells who had it issued."""
    response.headers["Cache-Control"] = "private, no-store"
    try:
        issued = tracking_codes.issue_anew(shared.engine, shared.reference, str(message_id), person, key)
    except KeyReused:
        raise key_reused() from None
    if issued is None:
        raise not_found()
    if isinstance(issued, Refusal):
        raise Problem.of(issued)
    return IssuedCode(number=issued.number, code=issued.code)


def _register(shared: Resources, person: PersonId, key: str, body: NewMessage) -> Registered:
    require_operator(shared, person)
    try:
        found = intake.register_message(shared.engine, shared.reference, card_of(body), person, key)
    except KeyReused:
        raise key_reused() from None
    if isinstance(found, Refusal):
        raise Problem.of(found)
    return found


def require_operator(shared: Resources, person: PersonId) -> None:
    """Operators of any organisation, and portals, which hold the same role."""
    with glance(shared.engine) as connection:
        at = moment(connection)
        directory = shared.reference.directory(connection, at)
    if not any(grant.role is Role.INTAKE_OPERATOR and grant.is_valid(at.now) for grant in directory.grants_of(person)):
        raise Problem(403, "action_forbidden", "Регистрировать сообщения может оператор приёма или портал.")


def card_of(body: NewMessage) -> intake.Card:
    """The message as storage takes it."""
    applicant: dict[str, Any] = body.applicant.model_dump(exclude={"kind", "name"})
    return intake.Card(
        values=applicant
        | {
            "channel": body.channel.value,
            "applicant_kind": body.applicant.kind,
            "applicant_name": body.applicant.name,
            "person_concerned": body.concerned.relation,
            "concerned_name": body.concerned.name,
            "concerned_basis": body.concerned.basis,
            "text": body.text,
            "location": body.location,
            "rules_agreed": body.rules_agreed,
        },
        received_at=body.received_at,
        category=body.category,
        subcategory=body.subcategory,
        organisation=body.organisation,
        complained_of=body.complained_of,
        secret=body.secret,
        files=tuple(str(file) for file in body.files),
    )


def key_reused() -> Problem:
    """Another body under the same key."""
    return Problem(422, "key_reused", "С этим ключом Idempotency-Key уже приходил другой запрос: возьмите новый ключ.")
