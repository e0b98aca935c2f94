"""What staff and applicants read in place of codes."""

from __future__ import annotations

from domain import titles
from domain.autorules import EffectKind
from domain.calls import CallKind, CallWay, Identity, Question
from domain.vocabulary import (
    AbsenceCode,
    Audience,
    CallResult,
    Danger,
    ErrandKind,
    ErrandState,
    Event,
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

CLOSED = "closed"

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

EVENTS: dict[str, str] = {
    Event.MESSAGE_REGISTERED: "Сообщение зарегистрировано",
    Event.MESSAGE_ACCEPTED: "Принято в работу модератором",
    Event.MESSAGE_DECLINED: "Сообщение отклонено модератором",
    Event.EXECUTOR_ASSIGNED: "Назначен исполнитель",
    Event.MESSAGE_TAKEN: "Взято в работу координатором",
    Event.MESSAGE_TRANSFERRED: "Передано в подведомственную организацию",
    Event.REDIRECT_PROPOSED: "Предложено перенаправление",
    Event.MESSAGE_RETURNED_TO_SUPERIOR: "Возвращено в вышестоящий орган",
    Event.WORK_STARTED: "Взято в работу исполнителем",
    Event.MESSAGE_RETURNED_TO_COORDINATION: "Возвращено на координацию",
    Event.EXECUTOR_REASSIGNED: "Исполнитель переназначен",
    Event.ANSWER_SUBMITTED: "Ответ подготовлен и направлен",
    Event.ASSIGNMENT_RECALLED: "Назначение отозвано",
    Event.ANSWER_WITHDRAWN: "Ответ отозван исполнителем",
    Event.DRAFT_ENDORSED: "Согласовано",
    Event.ANSWER_APPROVED: "Ответ утверждён",
    Event.POSTPONEMENT_APPROVED: "Рассмотрение отложено",
    Event.REDIRECT_APPROVED: "Перенаправление утверждено",
    Event.DRAFT_REJECTED: "Отклонено руководителем",
    Event.RIGHT_DELEGATED: "Право решения передано",
    Event.ANSWER_EDITED: "Текст ответа изменён",
    Event.CARD_CORRECTED: "Карточка исправлена",
    Event.DELIVERY_CONFIRMED: "Передано заявителю",
    Event.DELIVERY_FAILURE_REPORTED: "Письмо вернулось",
    Event.TRACKING_CODE_REISSUED: "Заявителю выдан новый код",
    Event.CALL_RECORDED: "Разговор с заявителем",
    Event.STAGE_WARNING_SENT_AHEAD: "Предупреждение о сроке этапа отправлено заранее",
    Event.STAGE_WARNED: "Подходит срок этапа",
    Event.STAGE_OVERDUE: "Срок этапа истёк",
    Event.MESSAGE_OVERDUE: "Срок ответа истёк",
    Event.OVERDUE_REMINDED: "Напоминание об истёкшем сроке ответа",
    Event.HANDOVER_OVERDUE: "Срок передачи ответа истёк",
    Event.RATING_AWAITED: "Ответ дан, ждём оценку",
    Event.ANSWER_RATED: "Заявитель оценил ответ",
    Event.REPEAT_ASKED: "Заявитель попросил рассмотреть повторно",
    Event.FIRST_REACTION_OVERDUE: "Первой реакции нет в срок",
    Event.LETTER_SENT: "Письмо отправлено",
    Event.LETTER_REFUSED: "Письмо не принято почтой",
    Event.CASE_CLOSED: "Работа завершена",
    Event.FACTS_ADDED: "Заявитель дополнил сообщение",
    Event.SUBSTITUTE_ACTS: "Передано замещающему на время отсутствия",
    Event.SUBSTITUTION_ENDED: "Возвращено после отсутствия",
    Event.NOBODY_PRESENT: "Решать некому: сообщено вышестоящим и куратору",
    Event.AUTO_RULE_APPLIED: "Применено автоправило",
    Event.DANGER_CONFIRMED: "Угроза жизни подтверждена",
    Event.DANGER_DISMISSED: "Угрозы жизни нет",
    Event.WITHDRAWAL_ASKED: "Заявитель отзывает сообщение",
    Event.MESSAGE_WITHDRAWN: "Рассмотрение прекращено по отзыву",
    Event.CONSIDERATION_CONTINUED: "Рассмотрение продолжено несмотря на отзыв",
    Event.MESSAGE_LINKED: "Будет отвечено вместе с другим сообщением",
    Event.MESSAGE_UNLINKED: "Будет отвечено отдельно",
    Event.ANSWERED_TOGETHER: "Ответ дан вместе с другим сообщением",
    Event.LINK_ENDED: "Связь с другим сообщением прекращена: ответа по нему не будет",
    Event.FLAG_DROPPED: "Отметка снята",
    Event.MESSAGE_CONVERTED: "Передано как жалоба по 210-ФЗ",
    Event.ERRAND_GIVEN: "Дано поручение",
    Event.ERRAND_DONE: "Поручение выполнено",
    Event.CALL_ATTEMPTED: "Заявителю звонили, поговорить не удалось",
    Event.ERRAND_CANCELLED: "Поручение отменено",
    Event.ERRAND_REMINDED: "Напоминание о поручении",
    Event.ERRAND_OVERDUE: "Срок поручения истёк",
}

EVENTS_BY_EXECUTOR: dict[str, str] = {
    Event.ANSWER_APPROVED: "Ответ утверждён исполнителем",
    Event.POSTPONEMENT_APPROVED: "Рассмотрение отложено, утверждено исполнителем",
}
"""The same where the one who prepared the answer approves it himself. Source: S2, 3.8 б; G-48."""

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
    NoticeKind.NOBODY_PRESENT: "Решать некому: отсутствуют все, кто вправе",
    NoticeKind.AUTO_RULE_REFUSED: "Автоправило не применено",
    NoticeKind.FIRST_REACTION_OVERDUE: "Первой реакции нет в срок",
    NoticeKind.DANGER_SUGGESTED: "Возможна угроза жизни",
    NoticeKind.DANGER_CONFIRMED: "Угроза жизни",
    NoticeKind.WITHDRAWAL_ASKED: "Заявитель отзывает сообщение",
    NoticeKind.LINK_ENDED: "Нужен отдельный ответ: по связанному сообщению его не будет",
    NoticeKind.ERRAND_ARRIVED: "Вам поручено",
    NoticeKind.ERRAND_REMINDER: "Напоминание о поручении",
    NoticeKind.ERRAND_OVERDUE: "Срок поручения истёк",
    NoticeKind.ERRAND_DONE: "Поручение выполнено",
    NoticeKind.ERRAND_CANCELLED: "Поручение отменено",
}

ERRANDS: dict[str, str] = {
    ErrandKind.QUESTION: "Вопрос заявителю",
    ErrandKind.MINOR: "Проверить, кто представляет несовершеннолетнего",
    ErrandKind.LANGUAGE: "Перевести сообщение",
    ErrandKind.CALL: "Позвонить заявителю",
    ErrandKind.CONTRIBUTION: "Предложения соисполнителя",
    ErrandKind.COMPLAINT_210: "Рассмотреть жалобу по 210-ФЗ",
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

ERRAND_EVENTS: dict[tuple[str, str], str] = {
    (ErrandKind.MINOR, Event.ERRAND_GIVEN): "Отмечено: пишет несовершеннолетний",
    (ErrandKind.MINOR, Event.ERRAND_DONE): "Проверено, кто представляет несовершеннолетнего",
    (ErrandKind.LANGUAGE, Event.ERRAND_GIVEN): "Отмечено: сообщение на другом языке",
    (ErrandKind.LANGUAGE, Event.ERRAND_DONE): "Сообщение переведено",
    (ErrandKind.QUESTION, Event.ERRAND_GIVEN): "Заявителю задан вопрос",
    (ErrandKind.QUESTION, Event.ERRAND_DONE): "Заявитель ответил на вопрос",
    (ErrandKind.QUESTION, Event.ERRAND_CANCELLED): "Вопрос заявителю снят",
    (ErrandKind.QUESTION, Event.ERRAND_OVERDUE): "Заявитель не ответил в срок",
    (ErrandKind.CALL, Event.ERRAND_GIVEN): "Поручен звонок заявителю",
    (ErrandKind.CALL, Event.ERRAND_DONE): "Обзвон заявителя закончен",
    (ErrandKind.CALL, Event.ERRAND_REMINDED): "Пора звонить заявителю снова",
    (ErrandKind.CALL, Event.ERRAND_OVERDUE): "Срок звонка заявителю истёк",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_GIVEN): "Спрошены соисполнители",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_DONE): "Соисполнитель ответил",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_OVERDUE): "Соисполнитель не ответил в срок",
}
"""What the journal calls an event of a kind, where the common title says too little."""

OPENED: dict[str, str] = {
    Opened.CARD: "Карточка",
    Opened.CONTACTS: "Контакты заявителя",
    Opened.FILE: "Файл",
    Opened.STORY: "Ход рассмотрения, в разговоре с заявителем",
    Opened.CALL: "Запись разговора коллеги",
    Opened.ANSWER: "Ответ, среди похожих",
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
