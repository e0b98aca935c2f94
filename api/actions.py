"""The fields of each action: their shape and sizes, told to frontends as JSON Schema and checked on arrival.

What the values mean is the rules' business (`domain.rules`); here only their form is.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from domain.vocabulary import AbsenceCode, Action, AnswerType, Audience, CallResult, Flag, Law
from regulations.wording import ready_reasons
from storage.personal import normal_email, normal_phone


def _email(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    found = normal_email(value)
    if found is None:
        raise ValueError("Это не адрес электронной почты.")
    return found


def _phone(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    found = normal_phone(value)
    if found is None:
        raise ValueError("Это не номер телефона.")
    return found


Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]*$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000)]
FromApplicant = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Email = Annotated[Annotated[str, Field(max_length=254)] | None, AfterValidator(_email)]
Phone = Annotated[Annotated[str, Field(max_length=40)] | None, AfterValidator(_phone)]
Staff = Annotated[int, Field(ge=1, le=2**53, strict=True, description="табельный номер")]
Files = Annotated[list[UUID], Field(max_length=20)]
People = Annotated[list[Staff], Field(max_length=20)]


class Parameters(BaseModel):
    """Fields of an action. What is not declared is refused."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


Official = Annotated[int, Field(ge=0, le=2**53, strict=True, description="табельный номер; 0: ни на кого")]
_EXCEPTION = (
    "Обоснование исключения: сообщение о сотруднике, который участвует в ответе, или о руководителе организации"
)


class Accept(Parameters):
    """Принять сообщение в работу."""

    category: Code = Field(title="Категория")
    subcategory: Code = Field(title="Подкатегория")
    fact: Code | None = Field(default=None, title="Факт")
    organisation: Code = Field(title="Организация, которая должна ответить")
    location: Short | None = Field(default=None, title="Место")
    complained_of: Code | None = Field(default=None, title="На какую организацию жалоба")
    complained_of_person: Official | None = Field(default=None, title="На какого сотрудника жалоба")
    complained_of_title: Short | None = Field(
        default=None, title="На кого жалоба, словами", description="если это не пользователь системы"
    )
    audience: Audience | None = Field(default=None, title="О ком сообщение")
    secret: bool | None = Field(default=None, title="Врачебная тайна")


class Decline(Parameters):
    """Отклонить сообщение."""

    ground: Code = Field(title="Причина из правил подачи")
    reason: Reason = Field(title="Мотивированное пояснение для заявителя")


class Assign(Parameters):
    """Назначить исполнителя."""

    executor: Staff = Field(title="Исполнитель")
    conflict_reason: Reason | None = Field(default=None, title=_EXCEPTION)


class Nothing(Parameters):
    """Полей нет."""


class Take(Parameters):
    """Взять в работу самому."""

    conflict_reason: Reason | None = Field(default=None, title=_EXCEPTION)


class Transfer(Parameters):
    """Передать в подведомственную организацию."""

    organisation: Code = Field(title="Подведомственная организация")
    conflict_reason: Reason | None = Field(default=None, title=_EXCEPTION)


class ProposeRedirect(Parameters):
    """Предложить перенаправление: внутри системы или во внешнюю организацию."""

    organisation: Code | None = Field(default=None, title="Организация системы")
    external_name: Short | None = Field(default=None, title="Наименование внешней организации")
    external_email: Email = Field(default=None, title="Электронная почта внешней организации")
    endorsers: People = Field(default=[], title="Согласующие, по порядку")
    approver: Staff = Field(title="Утверждающий")
    comment: Reason | None = Field(default=None, title="Обоснование")


class WithReason(Parameters):
    """Действие с мотивированной причиной."""

    reason: Reason = Field(title="Мотивированная причина")


class Reassign(Parameters):
    """Переназначить исполнителя."""

    executor: Staff = Field(title="Новый исполнитель")
    reason: Reason = Field(title="Мотивированная причина")
    absence: AbsenceCode | None = Field(default=None, title="Причина отсутствия (обязательна для исполнителя)")
    conflict_reason: Reason | None = Field(default=None, title=_EXCEPTION)


class SubmitAnswer(Parameters):
    """Подготовить ответ."""

    type: AnswerType = Field(title="Тип ответа")
    text: Text = Field(title="Текст ответа")
    postponed_until: date | None = Field(default=None, title="Отложено до (для типа «Отложено»)")
    ground: Code | None = Field(default=None, title="Причина из правил подачи (для типа «Отклонено»)")
    files: Files = Field(default=[], title="Файлы заявителю")
    comment: Reason | None = Field(default=None, title="Внутренний комментарий")
    comment_files: Files = Field(default=[], title="Файлы к комментарию")
    endorsers: People = Field(default=[], title="Согласующие, по порядку")
    approver: Staff = Field(title="Утверждающий")
    secret: bool | None = Field(default=None, title="Врачебная тайна: ответ не уйдёт по электронной почте")
    template: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}\.[0-9]{1,9}$")] | None = Field(
        default=None, title="Шаблон ответа и его версия", examples=["3.2"]
    )

    @model_validator(mode="after")
    def _of_its_type(self) -> SubmitAnswer:
        """A date or ground that the type does not have is not kept: forms show both and send what was filled in before."""
        if self.type != AnswerType.POSTPONED:
            self.postponed_until = None
        if self.type != AnswerType.DECLINED:
            self.ground = None
        return self


class Reject(Parameters):
    """Отклонить ответ или решение о перенаправлении."""

    reason: Reason = Field(
        title="Мотивированная причина отклонения",
        examples=list(ready_reasons(Action.REJECT)),
        description="готовые причины дополняют своими словами",
    )
    reason_files: Files = Field(default=[], title="Файлы к причине")


class Delegate(Parameters):
    """Передать право согласования или утверждения."""

    head: Staff = Field(title="Руководитель с полномочиями")
    reason: Reason = Field(title="Мотивированная причина", examples=list(ready_reasons(Action.DELEGATE)))
    absence: AbsenceCode | None = Field(default=None, title="Причина отсутствия (обязательна для администратора)")


class EditAnswer(Parameters):
    """Изменить текст ответа."""

    text: Text = Field(title="Новый текст ответа")


class Contacts(Parameters):
    """Контактные данные заявителя целиком: чего нет, того больше нет."""

    email: Email = Field(default=None, title="Электронная почта")
    phone: Phone = Field(default=None, title="Телефон")
    address: Short | None = Field(default=None, title="Адрес")


class CorrectCard(Parameters):
    """Исправить карточку; прежние значения сохраняются."""

    category: Code | None = Field(default=None, title="Категория")
    subcategory: Code | None = Field(default=None, title="Подкатегория")
    fact: Code | None = Field(default=None, title="Факт")
    contacts: Contacts | None = Field(default=None, title="Контактные данные")
    complained_of: Code | None = Field(default=None, title="На какую организацию жалоба")
    complained_of_person: Official | None = Field(default=None, title="На какого сотрудника жалоба")
    complained_of_title: Short | None = Field(
        default=None, title="На кого жалоба, словами", description="если это не пользователь системы"
    )
    audience: Audience | None = Field(default=None, title="О ком сообщение")


class ConfirmDelivery(Parameters):
    """Ответ передан заявителю."""

    letter: UUID = Field(title="Письмо")
    way: Literal["phone", "in_person", "post", "other"] = Field(title="Способ передачи")
    handed_over_at: AwareDatetime = Field(title="Когда")
    recipient: Short = Field(title="Кому")


class ReportFailure(Parameters):
    """Отправленное письмо вернулось."""

    letter: UUID = Field(title="Письмо")
    reason: Reason = Field(title="Что случилось")


OwnFiles = Annotated[list[UUID], Field(max_length=10)]
Errand = Annotated[UUID, Field(title="Поручение")]


class AskApplicant(Parameters):
    """Спросить заявителя: он ответит на странице «Проверить сообщение»; срок ответа при этом идёт."""

    text: FromApplicant = Field(title="Вопрос заявителю")
    due_on: date | None = Field(
        default=None, title="Ответить до (день включительно)", description="пусто — обычный срок из регламента"
    )


class AnswerQuestion(Parameters):
    """Ответить на вопрос; оператор записывает со слов заявителя."""

    errand: Errand = Field(title="Вопрос")
    text: FromApplicant = Field(title="Ответ заявителя")
    own_files: OwnFiles = Field(default=[], title="Файлы")


class CancelErrand(Parameters):
    """Отменить поручение или вопрос."""

    errand: Errand = Field(title="Поручение")
    reason: Reason = Field(title="Почему больше не нужно")


class AskForCall(Parameters):
    """Поручить звонок заявителю; срок ответа при этом идёт."""

    text: FromApplicant = Field(title="Что узнать у заявителя")
    caller: Staff | None = Field(default=None, title="Кто позвонит", description="пусто — операторы приёма")
    due_on: date | None = Field(
        default=None, title="Позвонить до (день включительно)", description="пусто — обычный срок из регламента"
    )


class RecordAttempt(Parameters):
    """Записать звонок заявителю."""

    errand: Errand = Field(title="Звонок")
    result: CallResult = Field(title="Результат")
    text: FromApplicant | None = Field(default=None, title="Что сказал заявитель")


class AskCoExecutors(Parameters):
    """Спросить соисполнителей; ответ остаётся один."""

    people: Annotated[People, Field(min_length=1)] = Field(title="Соисполнители")
    text: FromApplicant = Field(title="Что от них нужно")


class Contribute(Parameters):
    """Предложения соисполнителя, или отметка, что их нет."""

    errand: UUID | None = Field(default=None, title="Поручение")
    text: FromApplicant | None = Field(default=None, title="Предложения в ответ")
    comment_files: Files = Field(default=[], title="Файлы исполнителю")
    nothing: bool | None = Field(default=None, title="Предложений нет")


class AddFacts(Parameters):
    """Заявитель дополняет своё сообщение."""

    text: FromApplicant = Field(title="Что добавить")
    own_files: OwnFiles = Field(default=[], title="Файлы")


class ConfirmDanger(Parameters):
    """Подтвердить угрозу жизни: дежурные узнают сразу."""

    comment: Reason | None = Field(
        default=None, title="Что сделано и кому передано", examples=["Вызвана скорая помощь по адресу заявителя."]
    )


class DismissDanger(Parameters):
    """Угрозы жизни нет."""

    reason: Reason = Field(title="Почему угрозы жизни нет", examples=["Оборот речи: «убит горем»."])


class AskWithdrawal(Parameters):
    """Отозвать сообщение."""

    reason: FromApplicant | None = Field(default=None, title="Почему заявитель отзывает сообщение")


class ConfirmWithdrawal(Parameters):
    """Прекратить рассмотрение по отзыву."""

    comment: Reason | None = Field(default=None, title="Внутренний комментарий")


class ContinueConsideration(Parameters):
    """Продолжить рассмотрение несмотря на отзыв."""

    reason: Reason = Field(
        title="Почему рассмотрение продолжается: это прочитает заявитель",
        examples=["Есть угроза жизни и здоровью.", "Вопрос касается и других людей."],
    )


class Link(Parameters):
    """Ответить вместе с более ранним сообщением того же заявителя."""

    main: Annotated[str, Field(max_length=20)] = Field(
        title="Номер более раннего сообщения того же заявителя", examples=["2026-0000123"]
    )
    reason: Reason = Field(title="Почему ответ будет один", examples=["Тот же вопрос, новых сведений нет."])


class SetFlag(Parameters):
    """Поставить отметку: пишет несовершеннолетний, нужен перевод."""

    flag: Flag = Field(title="Отметка")
    comment: Reason | None = Field(default=None, title="Что важно знать тому, кому поручено")


class DropFlag(Parameters):
    """Снять отметку."""

    flag: Flag = Field(title="Отметка")
    reason: Reason = Field(title="Почему отметка не нужна")


class SettleFlag(Parameters):
    """Выполнено по отметке."""

    errand: UUID = Field(title="Поручение")
    text: Reason = Field(title="Что сделано", examples=["Пишет с согласия матери, она подтвердила по телефону."])


class Rate(Parameters):
    """Заявитель оценивает ответ."""

    score: int = Field(ge=1, le=5, title="Оценка", description="5 — вопрос решён, 1 — совсем нет")
    words: FromApplicant | None = Field(default=None, title="Что понравилось или нет")


class AskRepeat(Parameters):
    """Заявитель просит рассмотреть сообщение повторно."""

    missing: FromApplicant = Field(title="Чего не хватает в ответе")


class ChooseLaw(Parameters):
    """Рассмотреть сообщение по другому закону."""

    law: Law = Field(title="По какому закону рассмотреть")


class Convert(ChooseLaw):
    """Передать сообщение как жалобу по другому закону."""

    reason: Reason = Field(
        title="Почему: это прочитает заявитель", examples=["Это жалоба на отказ в записи через Госуслуги."]
    )


class SettleComplaint(Parameters):
    """Жалоба рассмотрена."""

    errand: UUID = Field(title="Поручение")
    text: Reason = Field(title="Что решено, когда и как ответили заявителю")


FIELDS: dict[Action, type[Parameters]] = {
    Action.ACCEPT: Accept,
    Action.DECLINE: Decline,
    Action.ASSIGN: Assign,
    Action.TAKE: Take,
    Action.TRANSFER_TO_SUBORDINATE: Transfer,
    Action.PROPOSE_REDIRECT: ProposeRedirect,
    Action.RETURN_TO_SUPERIOR: WithReason,
    Action.START_WORK: Nothing,
    Action.RETURN_TO_COORDINATION: WithReason,
    Action.REASSIGN: Reassign,
    Action.SUBMIT_ANSWER: SubmitAnswer,
    Action.RECALL: WithReason,
    Action.WITHDRAW_ANSWER: Nothing,
    Action.ENDORSE: Nothing,
    Action.APPROVE: Nothing,
    Action.REJECT: Reject,
    Action.DELEGATE: Delegate,
    Action.EDIT_ANSWER: EditAnswer,
    Action.CORRECT_CARD: CorrectCard,
    Action.CONFIRM_DELIVERY: ConfirmDelivery,
    Action.REPORT_DELIVERY_FAILURE: ReportFailure,
    Action.ADD_FACTS: AddFacts,
    Action.RATE: Rate,
    Action.ASK_REPEAT: AskRepeat,
    Action.CONFIRM_DANGER: ConfirmDanger,
    Action.DISMISS_DANGER: DismissDanger,
    Action.ASK_WITHDRAWAL: AskWithdrawal,
    Action.RECORD_WITHDRAWAL: AskWithdrawal,
    Action.CONFIRM_WITHDRAWAL: ConfirmWithdrawal,
    Action.CONTINUE_CONSIDERATION: ContinueConsideration,
    Action.LINK: Link,
    Action.UNLINK: WithReason,
    Action.SET_FLAG: SetFlag,
    Action.DROP_FLAG: DropFlag,
    Action.SETTLE_FLAG: SettleFlag,
    Action.CONVERT: Convert,
    Action.CHOOSE_LAW: ChooseLaw,
    Action.SETTLE_COMPLAINT: SettleComplaint,
    Action.ASK_APPLICANT: AskApplicant,
    Action.ANSWER_QUESTION: AnswerQuestion,
    Action.CANCEL_ERRAND: CancelErrand,
    Action.ASK_FOR_CALL: AskForCall,
    Action.RECORD_ATTEMPT: RecordAttempt,
    Action.ASK_CO_EXECUTORS: AskCoExecutors,
    Action.CONTRIBUTE: Contribute,
}


def as_json(parameters: Parameters) -> dict[str, Any]:
    """The fields as the inbox keeps them; what was not given is not there."""
    return parameters.model_dump(mode="json", exclude_none=True)
