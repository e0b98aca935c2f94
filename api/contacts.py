"""`GET /messages/{id}/contacts`: how the applicant is reached, opened for itself and recorded."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.problems import Problem, not_found, responses
from api.resources import Person, Resources, Shared
from domain.vocabulary import PersonId
from storage import cards
from storage.engine import reading
from storage.sight import Sight

router = APIRouter(prefix="/messages", tags=["Сообщения"])


class FormerContacts(BaseModel):
    """Контакты, которые заменило решение «Исправить карточку»."""

    decision: UUID
    email: str | None = None
    phone: str | None = None
    address: str | None = None


class ContactsShown(BaseModel):
    """Контакты и реквизиты заявителя. Кто и когда их открыл, записывается."""

    inn: str | None = Field(description="ИНН юридического лица")
    contact_person: str | None = Field(description="контактное лицо юридического лица")
    email: str | None = Field(examples=["applicant@example.org"])
    phone: str | None = Field(examples=["+79000000000"])
    address: str | None
    snils: str | None
    portal_account: str | None
    former: list[FormerContacts] = Field(description="прежние, от старых к новым; пусто: контакты не меняли")


@router.get("/{message_id}/contacts", responses=responses(401, 403, 404, 422, 503), summary="Контакты заявителя")
def read_contacts(shared: Shared, person: Person, message_id: UUID, response: Response) -> ContactsShown:
    """For who prepares the answer or talks to the applicant; 403 for whoever sees the card without them."""
    response.headers["Cache-Control"] = "private, no-store"
    return contacts_of(shared, person, message_id)


def contacts_of(shared: Resources, person: PersonId, message_id: UUID) -> ContactsShown:
    """The contacts; that the person opened them is in the record. A 404 or 403 for whoever may not."""
    with reading(shared.engine) as connection:
        card = cards.find(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        if card.sight is not Sight.FULL:
            raise Problem(403, "contacts_hidden", "Контакты видны тем, кто готовит ответ или говорит с заявителем.")
        found = cards.contacts(connection, card)
    former = [FormerContacts(decision=UUID(decision), **values) for decision, values in found.former.items()]
    return ContactsShown(**found.present, former=former)
