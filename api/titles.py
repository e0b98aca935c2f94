"""What staff and applicants read in place of codes."""

from __future__ import annotations

from domain import titles
from domain.autorules import EffectKind
from domain.calls import CallKind, CallWay, Identity, Question
from domain.vocabulary import (
    CLOSED,
    AbsenceCode,
    Audience,
    CallResult,
    Danger,
    ErrandKind,
    ErrandState,
    Flag,
    Law,
    LetterKind,
    LetterState,
    LetterWay,
    NoticeKind,
    OneDay,
    Outcome,
    Role,
    Stage,
)
from storage.access import Opened

STAGES: dict[str, str] = {stage.value: title for stage, title in titles.STAGES.items()} | {CLOSED: "Завершено"}

ROLES: dict[str, str] = {
    Role.MODERATOR: "Модераторы",
    Role.COORDINATOR: "Координаторы",
    Role.EXECUTOR: "Исполнители",
    Role.HEAD: "Руководители",
    Role.CURATOR: "Кураторы",
    Role.ADMINISTRATOR: "Администраторы",
    Role.INTAKE_OPERATOR: "Операторы приёма",
}
"""Those of a role together, with whom a message may lie."""

ROLE: dict[str, str] = {
    Role.MODERATOR: "модератор",
    Role.COORDINATOR: "координатор",
    Role.EXECUTOR: "исполнитель",
    Role.HEAD: "руководитель",
    Role.CURATOR: "куратор",
    Role.ADMINISTRATOR: "администратор",
    Role.INTAKE_OPERATOR: "оператор приёма",
}
"""What one person is."""

DELEGATES: dict[Stage, str] = {
    Stage.ENDORSEMENT: "Передать право согласования",
    Stage.APPROVAL: "Передать право утверждения",
}
"""What «Передать право» is called where it is clear which. Source: S3-63, S3-68."""

OUTCOMES: dict[str, str] = {
    Outcome.ANSWERED: "Дан ответ",
    Outcome.DECLINED: "Отклонено",
    Outcome.REDIRECTED: "Направлено по принадлежности",
    Outcome.WITHDRAWN: "Отозвано заявителем",
    Outcome.CONVERTED: "Передано как жалоба",
}

DANGERS: dict[str, str] = {
    Danger.SUGGESTED: "Возможна угроза жизни",
    Danger.CONFIRMED: "Угроза жизни",
    Danger.DISMISSED: "Угрозы жизни нет",
}

ABSENCES: dict[str, str] = {
    AbsenceCode.VACATION: "Отпуск",
    AbsenceCode.SICKNESS: "Болезнь",
    AbsenceCode.DISMISSAL: "Увольнение",
    AbsenceCode.OTHER: "Иное",
}

AUDIENCES: dict[str, str] = {Audience.ADULT: "о взрослом", Audience.CHILD: "о ребёнке"}
"""Whom a message is about."""

RULE_EFFECTS: dict[str, str] = {
    EffectKind.ASSIGN: "назначить",
    EffectKind.TRANSFER: "передать",
    EffectKind.REDIRECT: "подготовить перенаправление",
    EffectKind.TERM: "сократить срок",
    EffectKind.TEMPLATE: "предложить шаблон",
    EffectKind.TAG: "поставить метку",
    EffectKind.PRIORITY: "отметить приоритетным",
}
"""What an auto-rule does."""

LETTERS: dict[str, str] = {
    LetterKind.REGISTRATION: "О регистрации",
    LetterKind.TERM_MOVED: "Об изменении срока",
    LetterKind.REDIRECT: "О перенаправлении",
    LetterKind.POSTPONEMENT: "Об отложении",
    LetterKind.DECLINE: "Об отклонении сообщения",
    LetterKind.ANSWER: "Ответ",
    LetterKind.ANSWER_READY: "О готовности ответа",
    LetterKind.FORWARDED: "Сообщение во внешнюю организацию",
    LetterKind.WITHDRAWN: "О прекращении рассмотрения",
    LetterKind.CONTINUED: "О продолжении рассмотрения",
    LetterKind.CONVERTED: "О передаче как жалобы",
    LetterKind.IN_WORK: "О взятии в работу",
    LetterKind.QUESTION: "Вопрос заявителю",
    LetterKind.CALL_MISSED: "Просьба связаться: не дозвонились",
}

WAYS: dict[str, str] = {
    LetterWay.PORTAL: "Личный кабинет портала",
    LetterWay.EMAIL: "Электронная почта",
    LetterWay.HANDOVER: "Передаёт оператор",
}

LETTER_STATES: dict[str, str] = {
    LetterState.PENDING: "Ждёт отправки",
    LetterState.BEGUN: "Отправляется",
    LetterState.SENT: "Отправлено",
    LetterState.REFUSED: "Не принято почтой",
    LetterState.TASK: "Нужно передать",
    LetterState.DELIVERED: "Передано",
    LetterState.NOT_NEEDED: "Больше не нужно",
}

NOTICES: dict[str, str] = {
    NoticeKind.TASK_ARRIVED: "Поступило вам",
    NoticeKind.STAGE_WARNING: "Подходит срок этапа",
    NoticeKind.STAGE_OVERDUE: "Срок этапа истёк",
    NoticeKind.MESSAGE_OVERDUE: "Срок ответа истёк",
    NoticeKind.OVERDUE_REMINDER: "Срок ответа истёк, ответа ещё нет",
    NoticeKind.ANSWER_REJECTED: "Ответ возвращён на доработку",
    NoticeKind.ANSWER_EDITED: "Текст ответа изменён",
    NoticeKind.ASSIGNMENT_ENDED: "Больше не у вас",
    NoticeKind.HANDOVER_ARRIVED: "Передайте ответ заявителю",
    NoticeKind.HANDOVER_OVERDUE: "Срок передачи ответа истёк",
    NoticeKind.DECISION_STUCK: "Решение не обработано",
    NoticeKind.APPLICANT_WROTE: "Заявитель написал",
    NoticeKind.CONFLICT: "Сообщение о сотруднике, который участвует в ответе",
    NoticeKind.NOBODY_MAY_APPROVE: "Утвердить ответ некому: назначьте руководителя здесь или в вышестоящем органе",
    NoticeKind.NOBODY_DECIDES_OR_APPROVES: "Решать некому и утвердить ответ некому: назначьте замещающего и руководителя",
    NoticeKind.NOBODY_PRESENT: "Решать некому: передайте право или назначьте замещающего",
    NoticeKind.AUTO_RULE_REFUSED: "Автоправило не применено",
    NoticeKind.FIRST_REACTION_OVERDUE: "Первой реакции нет в срок",
    NoticeKind.DANGER_SUGGESTED: "Возможна угроза жизни: подсказали слова, прочитайте и подтвердите или отклоните",
    NoticeKind.DANGER_CONFIRMED: "Угроза жизни",
    NoticeKind.DANGER_UNDECIDED: "Возможна угроза жизни, и никто не решил: подтвердите или отклоните",
    NoticeKind.WITHDRAWAL_ASKED: "Заявитель отзывает сообщение",
    NoticeKind.LINK_ENDED: "Нужен отдельный ответ: по связанному сообщению его не будет",
    NoticeKind.ERRAND_ARRIVED: "Вам поручено",
    NoticeKind.ERRAND_REMINDER: "Напоминание о поручении",
    NoticeKind.ERRAND_OVERDUE: "Срок поручения истёк",
    NoticeKind.ERRAND_DONE: "Поручение выполнено",
    NoticeKind.ERRAND_CANCELLED: "Поручение отменено",
    NoticeKind.ERRAND_PASSED: "Поручение больше не у вас",
    NoticeKind.ERRAND_UNATTENDED: "Поручение некому выполнить: отмените его или дайте другому",
}

ERRANDS: dict[str, str] = {
    ErrandKind.QUESTION: "Вопрос заявителю",
    ErrandKind.MINOR: "Проверить, кто представляет несовершеннолетнего",
    ErrandKind.LANGUAGE: "Перевести сообщение",
    ErrandKind.CALL: "Позвонить заявителю",
    ErrandKind.CONTRIBUTION: "Предложения соисполнителя",
    ErrandKind.COMPLAINT_210: "Рассмотреть жалобу по 210-ФЗ",
    ErrandKind.WITHDRAWAL: "Решить, прекратить ли рассмотрение",
}

CALL_RESULTS: dict[str, str] = {
    CallResult.REACHED: "Поговорили",
    CallResult.NO_ANSWER: "Не отвечает",
    CallResult.BUSY: "Занято",
    CallResult.WRONG_NUMBER: "Номер не его",
    CallResult.REFUSED: "Отказался говорить",
}

ERRAND_STATES: dict[str, str] = {
    ErrandState.OPEN: "Ждём",
    ErrandState.DONE: "Выполнено",
    ErrandState.CANCELLED: "Отменено",
    ErrandState.EXPIRED: "Больше не ждём: ответ дан",
}

LAWS: dict[str, str] = {
    Law.COMPLAINT_210: "Жалоба на предоставление услуги, 210-ФЗ",
    Law.APPEAL_59: "Обращение, 59-ФЗ (здесь пока не регистрируют)",
}

FLAGS: dict[str, str] = {Flag.MINOR: "Несовершеннолетний", Flag.LANGUAGE: "Другой язык"}

OPENED: dict[str, str] = {
    Opened.CARD: "Карточка",
    Opened.CONTACTS: "Контакты заявителя",
    Opened.FILE: "Файл",
    Opened.STORY: "Ход рассмотрения, в разговоре с заявителем",
    Opened.CALL: "Запись разговора коллеги",
    Opened.ANSWER: "Ответ, среди похожих",
    Opened.EXPORT: "Выгрузка списка",
}

ONE_DAY: dict[str, str] = {
    OneDay.NONE: "Ничего",
    OneDay.FIRST_REACTION: "Первая реакция: открыть и решить",
    OneDay.WHOLE_ANSWER: "Весь ответ",
}
"""What is due within one day. Source: S0, п. 5; G-01."""

DELIVERY_WAYS = {"phone": "По телефону", "in_person": "Лично", "post": "Почтой", "other": "Иначе"}

CALL_KINDS: dict[str, str] = {
    CallKind.NEW_MESSAGE: "Новое сообщение",
    CallKind.STATUS: "О ходе рассмотрения",
    CallKind.ABOUT_ANSWER: "Вопрос по ответу",
    CallKind.CONSULTATION: "Консультация",
}

CALL_WAYS: dict[str, str] = {CallWay.PHONE: "Звонок", CallWay.VISIT: "Личное обращение"}

IDENTITIES: dict[str, str] = {
    Identity.NOT_ASKED: "Не проверялась",
    Identity.FAILED: "Не подтверждена",
    Identity.CONFIRMED: "Подтверждена",
    Identity.TAKEN_IN: "Сообщение принято в этом разговоре",
}

QUESTIONS: dict[str, str] = {
    Question.CODE: "Код для просмотра",
    Question.NAME: "Фамилия, имя, отчество",
    Question.PHONE: "Телефон, указанный в сообщении",
    Question.EMAIL: "Электронная почта",
    Question.SNILS: "СНИЛС",
    Question.INN: "ИНН",
}
