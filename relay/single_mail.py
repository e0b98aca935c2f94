"""Mail that carries no notices: an invitation, a request to the support desk, missed rounds, measures of orders."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from activities.mail import ascii_address
from api.titles import STAGES
from domain.measures import Tell
from domain.rules import RULES
from domain.vocabulary import Action
from domain.words import moment_and_weekday
from relay.mail_words import Words
from storage import invitations, round_days, support, telling_measures
from storage.attachments import Attachment
from storage.files import FileStore
from storage.invitations import Invitation
from storage.media import EXTENSIONS
from storage.round_days import Day
from storage.staff_mail import INVITATION, MEASURES, ROUNDS, SUPPORT, Mail
from storage.support import CONTEXT, Kept
from storage.telling_measures import Line

KINDS = frozenset({INVITATION, SUPPORT, ROUNDS, MEASURES})

_AUTOMATIC = "Письмо отправлено автоматически"


def written(
    connection: sa.Connection, words: Words, mail: Mail, address: str, zone: ZoneInfo, files: FileStore
) -> EmailMessage | None:
    """The mail; None when there is nothing to tell any more: the link was used, or replaced by another."""
    if mail.kind == INVITATION:
        invitation = invitations.of_mail(connection, mail.id)
        return _invitation(words, mail, address, invitation, zone) if invitation else None
    if mail.kind == ROUNDS:
        return _rounds(words, mail, address, round_days.of_mail(connection, mail.id))
    if mail.kind == MEASURES:
        return _measures(words, mail, address, telling_measures.of_mail(connection, mail.id))
    request = support.of_mail(connection, mail.id)
    if request is None:
        return None
    made = _request(words, mail, address, request, zone)
    for place, screen in enumerate(support.screens_of(connection, request), 1):
        _attach(made, files, screen, f"{request.id}-{place}")
    return made


def _invitation(words: Words, mail: Mail, address: str, found: Invitation, zone: ZoneInfo) -> EmailMessage:
    made = words.envelope(mail, address, "Отклик: приглашение к работе")
    link = f"{words.public_url.rstrip('/')}/invitation?token={found.token}"
    made.set_content(
        f"Здравствуйте! Вас приглашают работать в системе «Отклик»: {found.organisation_title}.\n\n"
        f"Ваш логин: {found.login}\n\n"
        "Чтобы задать пароль и войти, откройте ссылку. Она действует один раз, до "
        f"{moment_and_weekday(found.expires_at, zone)} (время местное):\n{link}\n\n"
        "Никому её не пересылайте: кто откроет её первым, тот и задаст пароль. "
        "Если вы не ждали этого письма, ничего не делайте.\n\n"
        f"{_AUTOMATIC}, отвечать на него не нужно.\n"
    )
    return made


def _rounds(words: Words, mail: Mail, address: str, missed: Sequence[Day]) -> EmailMessage | None:
    """Who did not look over the messages on which working day. Source: S0, п. 2, 4."""
    if not missed:
        return None
    made = words.envelope(mail, address, f"Отклик: нет ежедневного просмотра, дней: {len(missed)}")
    lines = [
        f"{one.on_day:%d.%m.%Y}: {one.name}, {one.position or 'руководитель'}; {one.organisation_title}{_why(one)}"
        for one in missed
    ]
    made.set_content(
        "В эти рабочие дни просмотр сообщений не отмечен (приказ, п. 2 и 4):\n\n"
        + "\n".join(lines)
        + f"\n\nВсе дни: {words.public_url.rstrip('/')}/rounds\n\n{_AUTOMATIC}, отвечать на него не нужно.\n"
    )
    return made


def _why(one: Day) -> str:
    """What is to be said of the day of an absent head."""
    if one.by is None:
        return " — руководитель отсутствует, замещающего нет"
    return f" — за него не просмотрел замещающий {one.by_name}" if one.by != one.person else ""


_OF_MEASURES = {
    Tell.OVERDUE: ("просрочено", "Срок прошёл:"),
    Tell.CONTROL: ("просрочено у других", "Вы контролируете исполнение приказа; срок прошёл, а мера не исполнена:"),
    Tell.SOON: ("скоро срок", "Скоро срок:"),
    Tell.GIVEN: ("новых", "Вам поручено по приказу:"),
}
"""How the subject counts each kind, and what stands above its lines."""


def _measures(words: Words, mail: Mail, address: str, found: Sequence[Line]) -> EmailMessage | None:
    """What an order asks of the reader, or of those whom he controls. Source: S0, 3, 5–7."""
    if not found:
        return None
    kinds = {what: [one for one in found if one.what is what] for what in _OF_MEASURES}
    counts = ", ".join(f"{_OF_MEASURES[what][0]}: {len(some)}" for what, some in kinds.items() if some)
    made = words.envelope(mail, address, f"Отклик: меры по приказам ({counts})")
    parts = [
        "\n".join((_OF_MEASURES[what][1], *(_measure(one) for one in some))) for what, some in kinds.items() if some
    ]
    made.set_content(
        "\n\n".join(parts) + f"\n\nОтметить исполнение и прочесть приказ: {words.public_url.rstrip('/')}/measures\n\n"
        f"{_AUTOMATIC}, отвечать на него не нужно.\n"
    )
    return made


def _measure(one: Line) -> str:
    order = ", ".join(filter(None, (f"приказ № {one.number} от {one.signed_on:%d.%m.%Y}", one.clause)))
    return f"до {one.due_on:%d.%m.%Y}: {one.title} ({order}); {one.organisation_title}"


def _request(words: Words, mail: Mail, address: str, found: Kept, zone: ZoneInfo) -> EmailMessage:
    made = words.envelope(mail, address, f"Отклик: заявка в поддержку № {found.id}")
    answer_to = ascii_address(found.email) if found.email else None
    if answer_to:
        made["Reply-To"] = answer_to
    who = {
        "Фамилия, имя, отчество": found.name,
        "Должность": found.position or "не указана",
        "Почта в системе": found.email or "не указана",
        "Организация": found.organisation_title,
        "Когда": f"{moment_and_weekday(found.created_at, zone)} (время местное)",
    }
    where = {title: _told(name, found.context[name]) for name, title in CONTEXT.items() if name in found.context}
    texts = {"Причина": found.cause, "Суть": found.essence, "Чего ждали, по шагам": found.expected}
    blocks = [
        "\n".join(f"{title}: {value}" for title, value in (who | where).items()),
        *(f"{title}:\n{text}" for title, text in texts.items() if text),
        f"{_AUTOMATIC}. Ответ на него получит сотрудник, который обратился.",
    ]
    made.set_content("\n\n".join(blocks) + "\n")
    return made


def _attach(made: EmailMessage, files: FileStore, screen: Attachment, name: str) -> None:
    """Under a number: names of files tell of people. `screen`: what `storage.photos` has left of it."""
    main, _, sub = screen.media_type.partition("/")
    with files.open_file(UUID(screen.id)) as source:
        made.add_attachment(
            source.read(), maintype=main, subtype=sub, filename=f"{name}.{EXTENSIONS[screen.media_type][0]}"
        )


def _told(name: str, value: str) -> str:
    """Codes as people read them."""
    match name:
        case "stage":
            return STAGES.get(value, value)
        case "action":
            return RULES[Action(value)].title
        case _:
            return value
