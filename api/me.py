"""Who is signed in: himself, his roles, his sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.problems import not_found, responses
from api.resources import Resources, Session, Shared, Token
from api.shown import Named, named, titled
from api.titles import ROLE
from domain.vocabulary import Role
from storage import people
from storage.conditions import in_force
from storage.people import SignedIn
from storage.reference import moment

router = APIRouter(prefix="/sessions", tags=["Вход"])

SessionId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=["9f86d081884c7d659a2feaa0c55ad015"])]


class Me(BaseModel):
    """Кто вошёл."""

    person: int = Field(description="табельный номер", examples=[103])
    name: str
    organisation: Named
    unit: Named | None
    roles: list[Named] = Field(description="роли, которые действуют сейчас, где бы они ни были даны")
    time_zone: str = Field(description="часовой пояс организации сотрудника", examples=["Europe/Moscow"])
    one_time_password: bool = Field(description="пароль дан администратором: смените его, прежде чем работать")


class OpenSession(BaseModel):
    """Открытый сеанс."""

    id: str
    created_at: datetime
    expires_at: datetime
    present: bool = Field(description="тот, в котором вы спрашиваете")


class OpenSessions(BaseModel):
    """Открытые сеансы, сначала новые."""

    sessions: list[OpenSession]


@router.get("/current", responses=responses(401, 503), summary="Кто вошёл")
def read_me(shared: Shared, session: Session) -> Me:
    """The person whose token this is; also before a one-time password was changed."""
    return me(shared, session)


def me(shared: Resources, session: SignedIn) -> Me:
    """The person behind a session, as of now."""
    with shared.engine.connect() as connection:
        at = moment(connection)
        directory = shared.reference.directory(connection, at)
        known = people.about(connection, session.person)
    held = {grant.role for grant in in_force(directory.grants_of(session.person), at.now)}
    return Me(
        person=session.person,
        name=known["name"],
        organisation=Named(code=known["organisation"], title=known["organisation_title"]),
        unit=named(known["unit"], {known["unit"]: known["unit_title"]}),
        roles=[titled(role.value, ROLE) for role in Role if role in held],
        time_zone=directory.organisations[known["organisation"]].calendar.zone.key,
        one_time_password=session.one_time,
    )


@router.get("", responses=responses(401, 503), summary="Мои сеансы")
def list_sessions(shared: Shared, session: Session, token: Token) -> OpenSessions:
    """Where one is signed in."""
    return sessions_of(shared, session, token)


def sessions_of(shared: Resources, session: SignedIn, token: str) -> OpenSessions:
    """The person's open sessions. `token`: of the one that asks."""
    with shared.engine.connect() as connection:
        found = people.open_sessions(connection, session.person, token)
    return OpenSessions(
        sessions=[
            OpenSession(id=one.id, created_at=one.created_at, expires_at=one.expires_at, present=one.present)
            for one in found
        ]
    )


@router.delete("/{session_id}", status_code=204, responses=responses(401, 404, 422, 503), summary="Завершить сеанс")
def end_session(shared: Shared, session: Session, session_id: SessionId) -> Response:
    """One of my sessions is over. Repeating it changes nothing."""
    with shared.engine.begin() as connection:
        if not people.close_session_of(connection, session.person, session_id):
            raise not_found()
    return Response(status_code=204)
