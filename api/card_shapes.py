"""The shapes of a card: what `GET /messages/{id}` answers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.answering import AnsweringShown
from api.attachments import AttachmentShown
from api.choices import ActionShown
from api.differences import Piece
from api.duplicates import DuplicateShown
from api.errands import ErrandShown
from api.marks import MarkShown
from api.receipts import DateExplained
from api.shown import HolderShown, Named, PersonShown
from api.timelines import StageSpan
from storage.sight import Sight


class ApplicantShown(BaseModel):
    """Заявитель. Имя видно тем, кто готовит ответ или говорит с заявителем; контакты открывают отдельно."""

    kind: str = Field(examples=["citizen"])
    hidden: bool = Field(description="данные есть, но вам не видны")
    name: str | None = None
    contacts: list[str] = Field(
        description="какие контакты и реквизиты есть: их открывает GET /messages/{id}/contacts", examples=[["email"]]
    )


class ConcernedShown(BaseModel):
    """О ком сообщение (пациент)."""

    relation: str = Field(examples=["applicant"])
    name: str | None = None
    basis: str | None = None


class MessageText(BaseModel):
    """Сообщение, каким оно поступило."""

    channel: str = Field(examples=["phone"])
    received_at: datetime
    registered_at: datetime
    text: str
    location: str | None
    declared_category: Named | None
    declared_subcategory: Named | None
    declared_organisation: Named | None = Field(description="организация, которую назвал заявитель")
    complained_of: Named | None = Field(description="на какую организацию жалоба")
    complained_of_person: PersonShown | None = Field(
        description="на какого сотрудника жалоба: он не участвует в ответе"
    )
    complained_of_title: str | None = Field(description="на кого жалоба, словами; видят те, кто видит заявителя")
    audience: Named | None = Field(description="о взрослом или о ребёнке")
    rules_agreed: bool
    secret: bool = Field(description="врачебная тайна")
    files: list[AttachmentShown]


class StateShown(BaseModel):
    """Где сообщение сейчас."""

    stage: Named
    entered_at: datetime
    holder: HolderShown | None
    acting_for: PersonShown | None = Field(default=None, description="за кого решает: этот сотрудник отсутствует")
    may_appoint: bool = Field(default=False, description="вы вправе дать роль на время: POST /messages/{id}/acting")
    nobody_present: bool = Field(default=False, description="решать некому, и об этом сказано вышестоящим и куратору")
    nobody_may_approve: bool = Field(
        default=False, description="ни здесь, ни выше нет руководителя, который вправе утвердить ответ"
    )
    executor: PersonShown | None
    organisation: Named
    unit: Named | None
    category: Named | None
    subcategory: Named | None
    category_then: str | None = Field(
        default=None, description="как категория называлась, когда сообщение поступило; null: так же, как сейчас"
    )
    subcategory_then: str | None = Field(
        default=None, description="как подкатегория называлась, когда сообщение поступило; null: так же, как сейчас"
    )
    fact: Named | None = Field(description="третья ступень классификатора, если выбрана")
    fact_then: str | None = Field(
        default=None, description="как факт назывался, когда сообщение поступило; null: так же, как сейчас"
    )
    due_at: datetime
    stage_due_at: datetime | None
    first_reaction_due_at: datetime | None = Field(
        description="до какого времени организация должна открыть и решить; null: суток на это нет (S0, п. 5)"
    )
    reacted_at: datetime | None = Field(description="когда решила")
    overdue: bool
    stage_overdue: bool
    started: bool = Field(description="исполнитель взял в работу")
    returned: bool = Field(description="возвращено руководителем")
    postponed_until: date | None
    withdrawal_at: datetime | None = Field(description="когда заявитель попросил отозвать; ждёт решения человека")
    outcome: Named | None
    answered_at: datetime | None
    closed_at: datetime | None
    tags: list[str] = Field(default=[], description="метки")
    prioritised: bool = Field(default=False, description="отмечено приоритетным")
    marks: list[MarkShown] = Field(default=[], description="приоритет и метки, и кто их поставил")


class Endorsed(BaseModel):
    """Кто и когда согласовал именно этот текст: в этой подаче или раньше, если он тот же."""

    person: PersonShown
    at: datetime


class Returned(BaseModel):
    """Возврат на доработку. Причина и её файлы — для тех, кто работает над ответом."""

    person: PersonShown
    at: datetime
    reason: str | None = Field(examples=["Не назван срок, к которому вопрос будет решён."])
    files: list[AttachmentShown]


class MadeOf(BaseModel):
    """По какому шаблону сделан ответ."""

    title: str = Field(examples=["Недозвон: линия добавлена"])
    missing: list[str] = Field(description="закреплённые слова шаблона, которых в ответе нет")


class AnswerShown(BaseModel):
    """Версия ответа, чем она отличается от предыдущей и что с ней стало."""

    version: int
    submission: int = Field(description="с какой подачи: правки руководителя той же подачи — новые версии")
    edited: bool = Field(description="правка руководителя: автор версии — он")
    author: PersonShown
    created_at: datetime
    type: Named
    text: str
    difference: list[Piece] | None = Field(description="отличие от предыдущей видимой вам версии")
    postponed_until: date | None
    ground: Named | None
    comment: str | None = Field(description="внутренний, заявителю не показывается")
    files: list[AttachmentShown]
    comment_files: list[AttachmentShown]
    endorsed: list[Endorsed]
    returned: Returned | None
    approved_at: datetime | None
    approved_by: PersonShown | None
    made_of: MadeOf | None = Field(default=None, description="для тех, кто работает над ответом")


class Asked(BaseModel):
    """Кого спрашивают."""

    person: PersonShown
    done: bool
    turn: bool = Field(description="сейчас его очередь")


class DraftShown(BaseModel):
    """Что сейчас согласуют и утверждают."""

    kind: str = Field(description="answer: ответ, redirect: перенаправление")
    author: PersonShown
    endorsers: list[Asked]
    approver: Asked
    answer_type: Named | None
    organisation: Named | None
    external_name: str | None
    comment: str | None


class LetterShown(BaseModel):
    """Письмо заявителю."""

    id: UUID
    kind: Named
    way: Named
    state: Named
    created_at: datetime
    settled_at: datetime | None
    doubtful: bool = Field(description="могло уйти дважды: неизвестно, приняла ли его почта в первый раз")
    task_due_at: datetime | None = Field(description="до какого времени передать")


class RatingShown(BaseModel):
    """Оценка ответа заявителем и просьба рассмотреть повторно."""

    answer: int = Field(description="1: первый ответ, 2: ответ на повторное рассмотрение")
    score: int = Field(ge=1, le=5)
    at: datetime
    words: str | None = Field(description="что написал заявитель")
    missing: str | None = Field(
        description="чего, по его словам, не хватает; есть, если он попросил рассмотреть повторно"
    )
    repeat_asked_at: datetime | None


class Links(BaseModel):
    """Куда дальше."""

    journal: str
    contacts: str | None = Field(description="контакты заявителя; null: их нет или они не для вас")
    temporal_ui: str | None = Field(description="ход процесса в Temporal, для кураторов")


class LinkedShown(BaseModel):
    """Другое сообщение того же заявителя, на которое ответ один."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    due_at: datetime | None = Field(default=None, description="его срок ответа")


class DangerShown(BaseModel):
    """Угроза жизни: что её выдаёт и что делать."""

    state: Named = Field(examples=[{"code": "suggested", "title": "Возможна угроза жизни"}])
    signs: list[str] = Field(description="слова текста, которые могут о ней говорить; решает человек")
    steps: list[str] = Field(description="что делать, пока она не отклонена")


class CardShown(BaseModel):
    """Карточка сообщения."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    at: datetime = Field(description="когда прочитано, по часам сервера: от этого времени считайте, сколько осталось")
    time_zone: str = Field(description="часовой пояс организации, у которой сообщение", examples=["Europe/Moscow"])
    version: int | None = Field(
        description="передайте в решении; растёт с каждым принятым решением; null, если сообщение от вас ушло"
    )
    sight: Sight
    message: MessageText
    applicant: ApplicantShown
    concerned: ConcernedShown
    flags: list[Named] = Field(description="отметки: несовершеннолетний, другой язык")
    flags_suggested: list[Named] = Field(description="отметки, которые подсказывает текст; ставит их человек")
    linked_to: LinkedShown | None = Field(description="ответ будет дан (или дан) по этому сообщению")
    first_answer: LinkedShown | None = Field(
        description="рассматривают повторно, а первый ответ дан вместе с ответом на это сообщение"
    )
    answers_too: list[LinkedShown] = Field(description="на эти сообщения ответ будет тот же; сначала ближайший срок")
    danger: DangerShown | None = Field(description="null: слов о ней нет, и никто о ней не сказал")
    state: StateShown | None = Field(description="null: вы видите только прежнюю часть работы")
    dates: list[DateExplained]
    timeline: list[StageSpan] = Field(description="этапы: что было, что идёт и что впереди; пусто, если сообщение ушло")
    answers: list[AnswerShown]
    draft: DraftShown | None
    letters: list[LetterShown]
    errands: list[ErrandShown] = Field(description="поручения и вопросы рядом с этапом")
    ratings: list[RatingShown] = Field(description="пусто, если ответ не оценён или вам не виден")
    actions: list[ActionShown]
    answering: AnsweringShown | None = Field(
        default=None, description="кто отвечает по приложению 2: тому, кто может сейчас назначить исполнителя"
    )
    duplicates: list[DuplicateShown] = Field(description="вероятные повторы, которые вы видите")
    links: Links
