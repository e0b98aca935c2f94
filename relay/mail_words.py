"""The words of mail to staff, in Russian: number, category, stage, due and link; never a name or text of an applicant. G-50."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from html import escape

from activities.mail import headed
from domain import titles
from domain.calendar import Calendar
from domain.vocabulary import NoticeKind, Stage
from domain.words import plural
from storage.staff_cases import CaseRow
from storage.staff_mail import ALARM, MORNING, URGENT, Mail

MOST_ROWS = 100
"""A longer table is not read; the rest is counted."""

_EVENTS = {
    NoticeKind.TASK_ARRIVED: "поступило вам",
    NoticeKind.STAGE_WARNING: "срок этапа подходит",
    NoticeKind.STAGE_OVERDUE: "срок этапа истёк",
    NoticeKind.MESSAGE_OVERDUE: "срок ответа истёк",
    NoticeKind.OVERDUE_REMINDER: "срок ответа истёк, ответа ещё нет",
    NoticeKind.ANSWER_REJECTED: "ответ возвращён на доработку",
    NoticeKind.ANSWER_EDITED: "текст ответа изменён",
    NoticeKind.ASSIGNMENT_ENDED: "больше не у вас",
    NoticeKind.HANDOVER_ARRIVED: "передайте ответ заявителю",
    NoticeKind.HANDOVER_OVERDUE: "срок передачи ответа истёк",
    NoticeKind.DECISION_STUCK: "решение не обработано",
    NoticeKind.APPLICANT_WROTE: "заявитель написал",
    NoticeKind.CONFLICT: "сообщение о том, кто участвует в ответе",
    NoticeKind.NOBODY_MAY_APPROVE: "утвердить ответ некому: назначьте руководителя здесь или в вышестоящем органе",
    NoticeKind.NOBODY_DECIDES_OR_APPROVES: "решать некому и утвердить ответ некому: назначьте замещающего и руководителя",
    NoticeKind.NOBODY_PRESENT: "решать некому: передайте право или назначьте замещающего",
    NoticeKind.AUTO_RULE_REFUSED: "автоправило не применено, решите сами",
    NoticeKind.FIRST_REACTION_OVERDUE: "первой реакции нет в срок",
    NoticeKind.DANGER_SUGGESTED: "возможна угроза жизни, прочитайте и подтвердите или отклоните",
    NoticeKind.DANGER_CONFIRMED: "угроза жизни",
    NoticeKind.DANGER_UNDECIDED: "возможна угроза жизни, и никто не решил",
    NoticeKind.WITHDRAWAL_ASKED: "заявитель отзывает сообщение, решите",
    NoticeKind.LINK_ENDED: "нужен отдельный ответ",
    NoticeKind.ERRAND_ARRIVED: "вам поручено",
    NoticeKind.ERRAND_REMINDER: "напоминание о поручении",
    NoticeKind.ERRAND_OVERDUE: "срок поручения истёк",
    NoticeKind.ERRAND_DONE: "поручение выполнено",
    NoticeKind.ERRAND_CANCELLED: "поручение отменено",
    NoticeKind.ERRAND_PASSED: "поручение больше не у вас",
    NoticeKind.ERRAND_UNATTENDED: "поручение некому выполнить: отмените его или дайте другому",
}
_OF_HEADS = (Stage.ENDORSEMENT, Stage.APPROVAL)
_WEEKDAYS = "пн вт ср чт пт сб вс".split()
_HIDDEN = "—"
_HEADINGS = ("Номер", "Тема", "Этап", "Что случилось", "Срок этапа", "Срок ответа")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: one message with all that happened to it. `kinds` is empty for what merely lies there.

    `former`: the reader took part only formerly. He is told what happened while he did, and nothing of where it is now.
    """

    case: CaseRow
    kinds: tuple[NoticeKind, ...]
    former: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Writes a mail from its rows. `public_url`: what links begin with."""

    public_url: str
    sender: str

    def write(self, mail: Mail, address: str, lines: Sequence[Line], calendar: Calendar, now: datetime) -> EmailMessage:
        """The whole mail, most urgent row first. The same mail has the same Message-ID each time. Times are local."""
        lines = sorted(lines, key=lambda line: _urgency(line, now))
        made = self.envelope(mail, address, subject(mail.kind, lines, now))
        rows = [self._cells(line, calendar, now) for line in lines[:MOST_ROWS]]
        links = [self._link(line) for line in lines]
        ending = _ending(len(lines), calendar, now)
        made.set_content(_text(rows, links, ending))
        made.add_alternative(_html(rows, links, ending), subtype="html")
        return made

    def envelope(self, mail: Mail, address: str, about: str) -> EmailMessage:
        """A mail without its text."""
        return headed(
            EmailMessage(),
            sender=self.sender,
            to=address,
            subject=about,
            at=mail.created_at,
            name=f"staff-mail-{mail.id}",
        )

    def _link(self, line: Line) -> str:
        """The card; of what is to be endorsed or approved, the page of the decision, which sends all others to the card."""
        card = f"{self.public_url.rstrip('/')}/messages/{line.case.id}"
        return f"{card}/decide" if not line.former and line.case.stage in _OF_HEADS else card

    def _cells(self, line: Line, calendar: Calendar, now: datetime) -> tuple[str, ...]:
        case = line.case
        events = ", ".join(dict.fromkeys(_EVENTS[kind] for kind in line.kinds)) or "у вас"
        if line.former:
            return case.number, _HIDDEN, _HIDDEN, events, _HIDDEN, _HIDDEN
        stage = case.task_due_at if case.considered else case.stage_due_at
        return (
            case.number,
            case.category or "не указана",
            titles.STAGES[case.stage] if case.open else "Работа завершена",
            events,
            _due(stage, calendar, now),
            "ответ дан" if case.considered else _due(case.due_at, calendar, now),
        )


def subject(kind: str, lines: Sequence[Line], now: datetime) -> str:
    """How many messages, how many of them overdue; of an urgent one, what happened to which."""
    if kind in (ALARM, URGENT) and len(lines) == 1:
        return f"Отклик: срочно, {_EVENTS[lines[0].kinds[0]]}, сообщение № {lines[0].case.number}"
    overdue = sum(line.case.is_overdue(now) for line in lines if not line.former)
    counted = f"{_messages(len(lines))}" + (f", {overdue} просрочено" if overdue else "")
    return f"Отклик, утренний список: {counted}" if kind == MORNING else f"Отклик: {counted}"


def _messages(count: int) -> str:
    return f"{count} {plural(count, ('сообщение', 'сообщения', 'сообщений'))}"


def _urgency(line: Line, now: datetime) -> tuple[bool, float, str]:
    due = None if line.former else line.case.next_due_at
    return line.former or not line.case.is_overdue(now), due.timestamp() if due else float("inf"), line.case.number


def _due(at: datetime | None, calendar: Calendar, now: datetime) -> str:
    """Local time with its weekday. Midnight is the end of the day before, as people count."""
    if at is None:
        return "нет"
    local = calendar.local(at)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        local -= timedelta(minutes=1)
    shown = f"{_WEEKDAYS[local.weekday()]} {local:%d.%m.%Y %H:%M}"
    if at < now:
        return f"{shown}, истёк"
    return f"{shown}, сегодня" if local.date() == calendar.local(now).date() else shown


def _ending(count: int, calendar: Calendar, now: datetime) -> str:
    rest = f"И ещё {_messages(count - MOST_ROWS)}. " if count > MOST_ROWS else ""
    offset = f"{calendar.local(now):%z}"
    return f"{rest}Время местное (UTC{offset[:3]}:{offset[3:]}). Письмо отправлено автоматически, отвечать на него не нужно."


def _text(rows: Sequence[tuple[str, ...]], links: Sequence[str], ending: str) -> str:
    blocks = []
    for cells, link in zip(rows, links, strict=False):
        number, *others = cells
        lines = [f"{heading}: {cell}" for heading, cell in zip(_HEADINGS[1:], others, strict=True)]
        blocks.append("\n".join([f"№ {number}", *lines, link]))
    return "\n\n".join([*blocks, ending]) + "\n"


def _html(rows: Sequence[tuple[str, ...]], links: Sequence[str], ending: str) -> str:
    body = []
    for cells, link in zip(rows, links, strict=False):
        number, *others = map(escape, cells)
        first = f'<td><a href="{escape(link)}">{number}</a></td>'
        body.append(f"<tr>{first}{''.join(f'<td>{cell}</td>' for cell in others)}</tr>")
    head = "".join(f'<th align="left">{heading}</th>' for heading in _HEADINGS)
    table = f'<table border="1" cellpadding="4" cellspacing="0"><tr>{head}</tr>{"".join(body)}</table>'
    return f'<!doctype html><html lang="ru"><body>{table}<p>{escape(ending)}</p></body></html>\n'
