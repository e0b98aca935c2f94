"""What a contact with an applicant looks like to frontends. Sources: S1, 6.1–6.6; S4, 2.1.2–2.1.4."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.fields import Email, Phone, Visible, YesNo
from api.shown import Named, PersonShown
from api.story_shapes import Tracked
from domain.calls import CallKind, CallWay, Question

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Visible]
AnyPhone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Visible]
"""As it was said, a half of it too: only a message that is registered needs a number that can be called."""

Subject = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), Visible]


class Body(BaseModel):
    """What is not declared is refused."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class Step(Body):
    """Что сделать после разговора: кто, когда, что (S4, 2.1.4)."""

    who: Line = Field(min_length=1, examples=["Вы"])
    when: Line = Field(min_length=1, examples=["до 5 августа"])
    what: Line = Field(min_length=1, examples=["принесите выписку в кабинет 12"])


class NewCall(Body):
    """Заявитель позвонил или пришёл."""

    way: CallWay


class CallNotes(Body):
    """Что записано по ходу разговора; чего нет, то не меняется."""

    kind: CallKind | None = None
    caller_name: Line | None = None
    caller_phone: AnyPhone | None = Field(default=None, description="как назван: проверяется при регистрации сообщения")
    subject: Subject | None = Field(default=None, description="что спросили и что ответили")
    steps: list[Step] | None = Field(default=None, max_length=20)
    message: UUID | None = Field(default=None, description="сообщение, зарегистрированное в этом разговоре")


class Transfer(Body):
    """Переключение на коллегу."""

    to: Line = Field(min_length=1, description="на кого: должность или подразделение", examples=["Регистратура"])
    beyond_limit: YesNo = Field(default=False, description="переключить, хотя столько раз не допускается (S1, 6.5)")


class Search(Body):
    """Чьё сообщение: одно из трёх."""

    number: Annotated[str, Field(max_length=40)] | None = Field(default=None, examples=["2026-0000123"])
    phone: Phone = None
    surname: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Search:
        if sum(bool(given and given.strip()) for given in (self.number, self.phone, self.surname)) != 1:
            raise ValueError("Укажите что-то одно: номер, телефон или фамилию.")
        return self


class Answers(Body):
    """Что ответил заявитель на вопросы о себе. Ответы сравниваются с карточкой и не хранятся."""

    message: UUID
    answers: dict[Question, Annotated[str, Field(max_length=300)]] = Field(
        min_length=1, max_length=len(Question), examples=[{"name": "Иванова Мария", "phone": "8 900 000-00-00"}]
    )


class EndOfCall(Body):
    """Конец разговора; итог — то, что записано."""

    summary_to: Email = Field(default=None, description="электронная почта: отправить туда, кто, когда и что сделает")


class CandidateShown(BaseModel):
    """Сообщение, которое может быть его: ничего, кроме времени поступления и того, что можно спросить."""

    message: UUID
    number: str = Field(examples=["2026-0000123"])
    received_at: datetime
    questions: list[Named]
    tries_left: int = Field(description="сколько раз ещё можно спросить: в этом разговоре и за день вместе")


class CandidatesShown(BaseModel):
    """Найденное, сначала новое."""

    found: list[CandidateShown]
    more: bool = Field(description="нашлось больше: уточните")


class IdentityShown(BaseModel):
    """Сошлись ли ответы с карточкой."""

    confirmed: bool
    right: dict[Question, bool] = Field(description="какие ответы верны, пока не подтверждено")
    tries_left: int


class TransferShown(BaseModel):
    """Звено цепочки переключений."""

    to: str
    at: datetime
    beyond_limit: bool


class MessageOfCall(BaseModel):
    """Сообщение, о котором разговор."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    code: str | None = Field(
        description="код сообщения, принятого в этом разговоре: тому, кто его принял, чтобы назвать"
    )


class CallShown(BaseModel):
    """Разговор с заявителем."""

    id: UUID
    operator: PersonShown
    organisation: str = Field(description="где принят разговор: полное название")
    way: Named
    kind: Named | None
    begun_at: datetime
    ended_at: datetime | None
    consultation_until: datetime = Field(description="позже консультация не длится (S4, 2.1.2)")
    too_long: bool = Field(description="это консультация, и она дольше")
    message: MessageOfCall | None
    identity: Named
    tries_left: int
    caller_name: str | None
    caller_phone: str | None
    subject: str | None
    steps: list[Step]
    transfers: list[TransferShown]
    transfers_left: int = Field(description="сколько раз ещё можно переключить (S1, 6.5)")
    greeting: str = Field(description="как представиться (S1, 6.5)")
    farewell: str = Field(description="как попрощаться (S1, 6.5)")
    summary: str | None = Field(description="что прочитать вслух в конце: кто, когда, что (S4, 2.1.4)")
    summary_sent_at: datetime | None


class CallsShown(BaseModel):
    """Мои разговоры."""

    calls: list[CallShown]
    next: str | None = None


class ToldShown(BaseModel):
    """Что можно рассказать заявителю, и что ему говорили раньше."""

    story: Tracked
    opens: bool = Field(description="карточка сообщения вам видна: там можно записать ответ заявителя")
    before: list[CallShown] = Field(description="прежние разговоры об этом сообщении, от новых к старым")
