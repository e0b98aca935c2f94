"""What the public form holds while it is being filled in, and what it becomes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.attachments import AttachmentShown
from api.fields import YesNo

Typed = Annotated[str, StringConstraints(max_length=300)]


class DraftApplicant(BaseModel):
    """Кто пишет, как набрано: проверяется, когда запрашивают код."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["citizen", "legal_entity"] = "citizen"
    name: Typed = ""
    inn: Typed = ""
    contact_person: Typed = ""
    email: Typed = Field(default="", description="сюда придут код, номер и ответ", examples=["applicant@example.org"])
    phone: Typed = ""
    address: Typed = ""


class DraftConcerned(BaseModel):
    """О ком сообщение. Source: G-50."""

    model_config = ConfigDict(extra="forbid")

    relation: Literal["applicant", "represented", "other_with_consent", "other_without_consent"] = "applicant"
    name: Typed = ""
    basis: Typed = ""


class DraftForm(BaseModel):
    """Форма, как она набрана; пустое разрешено, пока не запрошен код."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=20_000)
    applicant: DraftApplicant = DraftApplicant()
    concerned: DraftConcerned = DraftConcerned()
    category: Typed = ""
    subcategory: Typed = ""
    organisation: Typed = Field(default="", description="организация, о которой или в которую пишут")
    location: Typed = ""
    rules_agreed: YesNo = Field(default=False, description="с правилами подачи ознакомлен и согласен (S2, 1.2 д)")


class CodeShown(BaseModel):
    """Куда и когда отправлен код."""

    sent_to: str
    until: datetime | None = Field(description="до какого времени код действует; null: нужен новый")
    next_at: datetime | None = Field(description="когда можно запросить следующий; null: больше нельзя")


class Confirmed(BaseModel):
    """Зарегистрированное сообщение: номер и код, с которыми за ним следят."""

    number: str = Field(examples=["2026-0000123"])
    code: str = Field(examples=["7K3M-9QXD-1ZBT-5RWA"])
    received_at: datetime
    due_at: datetime


class DraftShown(BaseModel):
    """Черновик. Номера и срока у него нет, работа не начата; через сутки он удаляется."""

    form: DraftForm | None = Field(description="null: сообщение зарегистрировано")
    written_by: str = Field(description="метка страницы, на которой это набрано; пусто: набрано не на странице")
    files: list[AttachmentShown]
    expires_at: datetime
    code: CodeShown | None = Field(description="null: код не запрошен, или почту с тех пор исправили")
    message: Confirmed | None = Field(description="появляется после подтверждения")


class NewDraft(BaseModel):
    """Ключ черновика: храните его в браузере, второй раз его не показывают."""

    key: str


class Confirmation(BaseModel):
    """Код из письма."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=40, description="шесть цифр", examples=["042137"])
