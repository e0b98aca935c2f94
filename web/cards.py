"""The card: what was asked, where it stands, what can be done now and until when."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from api.attachments import download
from api.cards import card_of
from api.contacts import contacts_of
from api.decisions import DecisionShown, read_decision
from api.journals import journal_of
from api.presence import present
from api.problems import Problem
from web.rendering import Page, Shell

router = APIRouter(prefix="/messages", include_in_schema=False)

CONTACTS = {
    "phone": "Телефон",
    "email": "Электронная почта",
    "address": "Адрес",
    "contact_person": "Контактное лицо",
    "inn": "ИНН",
    "snils": "СНИЛС",
    "portal_account": "Учётная запись портала",
}


@router.get("/{message_id:uuid}")
def show(page: Shell, message_id: UUID, decision: Annotated[UUID | None, Query()] = None) -> Response:
    """The card. `decision`: the one just made, whose fate is told above it."""
    visit = page.visit
    card = card_of(visit.shared, visit.person, message_id)
    return page.show(
        "card.html",
        card=card,
        dates={date.kind: date for date in card.dates},
        journal=journal_of(visit.shared, visit.person, message_id),
        decision=_fate(page, message_id, decision) if decision else None,
        key=str(uuid4()),
        others=present(visit.shared, visit.person, message_id).others,
        at=card.at,
        zone=ZoneInfo(card.time_zone),
    )


@router.get("/{message_id:uuid}/contacts")
def show_contacts(page: Shell, message_id: UUID) -> Response:
    """How the applicant is reached; that the person opened it is recorded."""
    found = contacts_of(page.visit.shared, page.visit.person, message_id)
    return page.show(
        "contacts.html",
        message_id=message_id,
        contacts=[(title, getattr(found, name)) for name, title in CONTACTS.items()],
    )


@router.get("/{message_id:uuid}/files/{file_id:uuid}")
def save_file(page: Shell, message_id: UUID, file_id: UUID) -> Response:
    """A file of the message or of its answers, to save."""
    return download(page.visit.shared, page.visit.person, file_id)


def _fate(page: Page, message_id: UUID, decision: UUID) -> DecisionShown | None:
    try:
        return read_decision(page.visit.shared, page.visit.person, message_id, decision)
    except Problem:
        return None
