"""What the journal's events are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.vocabulary import ErrandKind, Event

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
    Event.DANGER_REMINDED: "Напоминание: возможна угроза жизни, и никто не решил",
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
    Event.SOMEBODY_PRESENT: "Снова есть кому решать",
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
    Event.ERRAND_UNATTENDED: "Поручение некому выполнить: сообщено тем, кто его ждёт",
}

EVENTS_OF_APPROVERS: dict[str, str] = {
    Event.NOBODY_PRESENT: "Утвердить ответ некому: сообщено кураторам и администраторам",
    Event.SOMEBODY_PRESENT: "Снова есть кому утвердить ответ",
}
"""The same where it is not that somebody is away, but that nobody has the right. Source: G-06, G-28."""

EVENTS_OF_ALL: dict[str, str] = {
    Event.NOBODY_PRESENT: "Решать некому и утвердить ответ некому: сообщено вышестоящим, кураторам и администраторам",
    Event.SOMEBODY_PRESENT: "Снова есть кому решать и кому утвердить ответ",
}
"""The same where both begin or end at once."""

WRONG_ADDRESSEE = "Отклонено руководителем: готовил не тот, возвращено на координацию"
"""Of a rejected answer that goes to the coordinators. Source: G-24."""

EVENTS_BY_EXECUTOR: dict[str, str] = {
    Event.ANSWER_APPROVED: "Ответ утверждён исполнителем",
    Event.POSTPONEMENT_APPROVED: "Рассмотрение отложено, утверждено исполнителем",
}
"""The same where the one who prepared the answer approves it himself. Source: S2, 3.8 б; G-48."""

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
    (ErrandKind.WITHDRAWAL, Event.ERRAND_OVERDUE): "Об отзыве не решили в срок",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_GIVEN): "Спрошены соисполнители",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_DONE): "Соисполнитель ответил",
    (ErrandKind.CONTRIBUTION, Event.ERRAND_OVERDUE): "Соисполнитель не ответил в срок",
    **{(kind, Event.SUBSTITUTE_ACTS): "Поручение передано замещающему на время отсутствия" for kind in ErrandKind},
    **{(kind, Event.SUBSTITUTION_ENDED): "Поручение возвращено после отсутствия" for kind in ErrandKind},
    (
        ErrandKind.COMPLAINT_210,
        Event.SUBSTITUTE_ACTS,
    ): "Жалоба передана замещающему или руководителям на время отсутствия",
}
"""What the journal calls an event of a kind, where the common title says too little."""


def title_of(event: str, facts: Mapping[str, Any]) -> str:
    """What the journal calls the event, by the facts recorded with it."""
    if (of_errand := ERRAND_EVENTS.get((facts.get("kind", ""), event))) is not None:
        return of_errand
    if facts.get("wrong_addressee"):
        return WRONG_ADDRESSEE
    if "approvers" in facts:
        return (EVENTS_OF_ALL if "holder" in facts else EVENTS_OF_APPROVERS)[event]
    return (EVENTS | EVENTS_BY_EXECUTOR if facts.get("by_executor") else EVENTS).get(event, event)
