"""One example of each body that the OpenAPI document describes and whose shape does not carry its own."""

from __future__ import annotations

from typing import Any

from domain.vocabulary import Action

_FILE = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
_LETTER = "0b6a3f0e-6f0c-4a52-9a50-7f5d8a3b1f6e"

PARAMETERS: dict[Action, dict[str, Any]] = {
    Action.ACCEPT: {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"},
    Action.DECLINE: {"ground": "no_essence", "reason": "Напишите, в какую поликлинику вы звонили."},
    Action.ASSIGN: {"executor": 104},
    Action.TAKE: {},
    Action.TRANSFER_TO_SUBORDINATE: {"organisation": "branch"},
    Action.PROPOSE_REDIRECT: {
        "organisation": "transport",
        "endorsers": [106],
        "approver": 107,
        "comment": "Маршрут обслуживает служба перевозок.",
    },
    Action.RETURN_TO_SUPERIOR: {"reason": "Вопрос не относится к филиалу."},
    Action.START_WORK: {},
    Action.RETURN_TO_COORDINATION: {"reason": "Вопрос ведёт другой отдел."},
    Action.REASSIGN: {"executor": 105, "reason": "Ухожу в отпуск.", "absence": "vacation"},
    Action.SUBMIT_ANSWER: {
        "type": "solved",
        "text": "В регистратуре добавлена вторая телефонная линия.",
        "files": [_FILE],
        "comment": "Договор с оператором связи приложен.",
        "endorsers": [106],
        "approver": 107,
    },
    Action.RECALL: {"reason": "Вопрос срочный, исполнитель занят."},
    Action.WITHDRAW_ANSWER: {},
    Action.ENDORSE: {},
    Action.APPROVE: {},
    Action.REJECT: {"reason": "Укажите, когда заработала линия.", "reason_files": [_FILE]},
    Action.DELEGATE: {"head": 108, "reason": "Командировка до пятницы."},
    Action.EDIT_ANSWER: {"text": "В регистратуре с 3 марта добавлена вторая телефонная линия."},
    Action.CORRECT_CARD: {"contacts": {"email": "applicant@example.org"}, "complained_of": "polyclinic"},
    Action.CONFIRM_DELIVERY: {
        "letter": _LETTER,
        "way": "in_person",
        "handed_over_at": "2026-03-03T12:00:00+03:00",
        "recipient": "Заявитель",
    },
    Action.CONFIRM_DANGER: {"comment": "Вызвана скорая помощь, передано заместителю министра."},
    Action.DISMISS_DANGER: {"reason": "Оборот речи: «убит горем»."},
    Action.REPORT_DELIVERY_FAILURE: {"letter": _LETTER, "reason": "Почта сообщила, что ящика больше нет."},
    Action.ADD_FACTS: {"text": "Вчера звонил ещё раз, с 9 до 10 часов: занято."},
}

COMPONENTS: dict[str, dict[str, Any]] = {
    "SignIn": {"login": "coordinator", "password": "…"},
    "PasswordChange": {"old": "нынешний пароль", "new": "новый длинный пароль"},
    "NewOrganisation": {"id": "polyclinic2", "parent": "ministry", "title": "Поликлиника № 2"},
    "OrganisationChanges": {"opens": "08:00", "closes": "20:00"},
    "OrganisationPage": {
        "full_name": "Государственное учреждение «Городская поликлиника»",
        "hours": [{"days": "Понедельник – пятница", "hours": "8:00–20:00"}],
        "reception": [{"position": "Главный врач", "days": "Вторник", "hours": "15:00–17:00", "place": "Кабинет 12"}],
    },
    "DraftForm": {
        "text": "Третий день не могу дозвониться в регистратуру поликлиники.",
        "applicant": {"name": "Бадмаева Делгр Очировна", "email": "applicant@example.org"},
        "category": "medicine",
        "subcategory": "medicine.no_answer",
        "organisation": "polyclinic",
        "rules_agreed": True,
    },
    "Confirmation": {"code": "042137"},
    "NewCall": {"way": "phone"},
    "CallNotes": {
        "kind": "status",
        "caller_name": "Мария Петровна",
        "subject": "Спрашивает, когда будет ответ; сказали срок.",
        "steps": [{"who": "Мы", "when": "до 5 августа", "what": "пришлём ответ на электронную почту"}],
    },
    "Search": {"number": "2026-0000123"},
    "NewOrder": {
        "code": "S0",
        "title": "Об организации работы с сообщениями граждан",
        "body": "Министерство здравоохранения",
        "number": "1031пр",
        "signed_on": "2021-08-11",
        "controller": 107,
    },
    "OrderChanges": {"controller": 107},
    "NewMeasure": {
        "kind": "publish",
        "title": "Разместить приказ на сайте",
        "clause": "S0, п. 5",
        "organisation": "ministry",
        "person": 104,
        "due_on": "2026-09-01",
    },
    "MeasureChanges": {"due_on": "2026-09-15"},
    "MeasureCancelled": {"reason": "Приказ отменён."},
    "OrderReaders": {"organisations": ["polyclinic", "branch"]},
    "MeasureDone": {"evidence": "Размещён в разделе «Документы».", "link": "https://minzdrav.example/documents/1031"},
    "Answers": {"message": _FILE, "answers": {"name": "Иванова Мария", "phone": "8 900 000-00-00"}},
    "Transfer": {"to": "Регистратура"},
    "EndOfCall": {"summary_to": "applicant@example.org"},
    "NewUnit": {"id": "reception", "organisation": "polyclinic", "title": "Регистратура", "head": 106},
    "UnitChanges": {"head": None},
    "NewPerson": {
        "login": "ochirova",
        "name": "Очирова Саглара Бадмаевна",
        "position": "Главный специалист",
        "email": "ochirova@example.org",
        "organisation": "polyclinic",
    },
    "PersonChanges": {"active": False},
    "NewGrant": {"role": "executor", "organisation": "polyclinic", "categories": ["medicine"]},
    "NewAbsence": {
        "code": "vacation",
        "first_day": "2026-03-02",
        "last_day": "2026-03-15",
        "basis": "приказ № 12 от 20 февраля 2026 года",
        "substitutes": [107, 106],
        "person": 105,
    },
    "AbsenceFields": {"code": "sickness", "first_day": "2026-03-02", "substitutes": [107]},
    "NewCategory": {"code": "medicine.queue", "parent": "medicine", "title": "Очередь к врачу", "days": 10},
    "CategoryChanges": {"days": None},
    "NewAnnex": {
        "kind": "categories",
        "act": "S0",
        "issuer": "Министерство здравоохранения",
        "order_number": "15пр",
        "signed_on": "2026-11-20",
        "title": "О внесении изменений в приказ № 1031пр",
    },
    "AnnexOrder": {"version": 1, "order_number": "15пр", "signed_on": "2026-11-20"},
    "AnnexContent": {"version": 1, "table": "Медицина\tАптеки\tначальник отдела кадрового обеспечения"},
    "Publication": {"version": 2, "valid_from": "2026-12-01", "successors": {"staff": "law"}},
    "TakingBack": {"reason": "Ошибка в строке «Аптеки»"},
    "DraftVersion": {"version": 1},
    "Day": {"working": False, "title": "Перенос с 4 января"},
    "NewSupportRequest": {
        "cause": "Не открывается карточка",
        "essence": "Открыл сообщение из списка «Новые», вместо карточки ошибка.",
        "context": {"number": "2026-0000123", "page": "/work/new", "incident": "1f3a5b7c9d0e"},
    },
    "Link": {"token": "Nw3Zk0…"},
    "Acceptance": {"token": "Nw3Zk0…", "password": "серый волк в поле"},
    "ManyDecisions": {
        "decisions": [
            {"message": _FILE, "action": "assign", "version": 1, "parameters": {"executor": 104}},
            {"message": _LETTER, "action": "take", "version": 1},
        ]
    },
    "ProblemDetails": {
        "type": "urn:otklik:problem:version_stale",
        "title": "Уже решено другим сотрудником",
        "status": 409,
        "code": "version_stale",
        "detail": "Пока вы работали, по сообщению уже принято решение «Назначить исполнителя» (сотрудник № 103). "
        "Обновите карточку; ваш текст сохранён у вас.",
        "clause": "S2, 3.2 а",
        "field": "version",
    },
}
