"""`otklik demo`: an invented region with its people, and 36 messages driven through the real API. Safe to repeat.

The record itself tells how far an interrupted run came: a message is there when its text is, and its version counts the
steps made.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain import alarms
from domain.regulation import DayLength
from domain.rules import RULES
from domain.vocabulary import Action
from embedded import demo_reference
from embedded.demo_api import Api, Refused
from embedded.demo_reference import PORTAL
from embedded.demo_script import Message, Step, messages
from settings import Settings
from storage import cases
from storage import tables as t
from storage.engine import make_engine
from storage.keys import KeyRing
from storage.reference import Reference, moment
from storage.types import keys_in_use, use_keys

Echo = Callable[[str], None]

_AT_ONCE = 4
RATINGS: Mapping[str, tuple[tuple[Action, Mapping[str, Any]], ...]] = {
    "pharmacy-hours": ((Action.RATE, {"score": 5, "words": "Спасибо, теперь успеваю после работы."}),),
    "evening-bus": (
        (Action.RATE, {"score": 2, "words": "Рейса 21:20 так и нет."}),
        (Action.ASK_REPEAT, {"missing": "Кто проверяет, что дополнительный автобус выходит каждый вечер?"}),
    ),
}
"""What applicants say of their answers, by the message's name. Source: S0, п. 2; G-28."""
_VERDICT_SECONDS = 60.0
_SETTLE_SECONDS = 30.0


@dataclass(frozen=True)
class Stand:
    """Where a message stands: `version` is the number of steps made."""

    id: str
    version: int
    due_at: datetime
    number: str


def main(settings: Settings, echo: Echo) -> None:
    """The demonstration is in the record, with its warnings and overdues. A database that others filled is left alone.

    Ends the process with the reason when OTKLIK_DEMO_PASSWORD is missing.
    """
    password = os.environ.get("OTKLIK_DEMO_PASSWORD")
    if not password:
        raise SystemExit("Укажите в OTKLIK_DEMO_PASSWORD пароль для всех показательных логинов.")
    use_keys(KeyRing.load(settings.keys_file))
    engine = make_engine(settings.database_url.get_secret_value(), pool=_AT_ONCE + 2)
    try:
        fill(engine, settings.public_url, password, echo)
    finally:
        engine.dispose()


def fill(engine: sa.Engine, url: str, password: str, echo: Echo) -> None:
    """What is missing of the demonstration is made through the API at `url`."""
    with engine.connect() as connection:
        staff, foreign = demo_reference.staff_numbers(connection), demo_reference.anything_there(connection)
    if not staff:
        if foreign:
            echo("В базе уже есть свои организации: показательные данные не нужны.")
            return
        echo("Заводим показательные организации, людей и категории")
        demo_reference.create(engine, password)
    demonstration = Demonstration(engine, url, password, echo)
    if demonstration.finished():
        echo("Показательные данные на месте.")
        return
    demonstration.run()


class Demonstration:
    """The messages on their way through the API."""

    def __init__(self, engine: sa.Engine, url: str, password: str, echo: Echo) -> None:
        self._engine = engine
        self._echo = echo
        self._messages = messages()
        self._passwords = {PORTAL: secrets.token_urlsafe(24)}
        self._api = Api(url, lambda login: self._passwords.get(login, password))
        with engine.connect() as connection:
            self._staff = demo_reference.staff_numbers(connection)
            self._day: DayLength = moment(connection).day
            made = sa.select(t.person.c.created_at).where(t.person.c.login == PORTAL)
            self._beginning: datetime = connection.execute(made).scalar_one()

    def finished(self) -> bool:
        """Every message has made its steps."""
        stands = self._stands()
        return all(
            message.text in stands and stands[message.text].version >= len(self._steps(message))
            for message in self._messages
        )

    def run(self) -> None:
        """All messages are registered, then driven, then what time says about them is in the record."""
        # nobody knows the portal's password: each run that needs it sets a new one
        demo_reference.set_password(self._engine, PORTAL, self._passwords[PORTAL])
        self._register()
        stands = self._stands()
        with ThreadPoolExecutor(_AT_ONCE, "demo") as hands:
            driven = hands.map(lambda message: self._drive(message, stands[message.text]), self._messages)
            for count, message in enumerate(self._messages, 1):
                if problem := next(driven):
                    self._echo(f"Сообщение {message.name}: {problem}")
                if count % 6 == 0:
                    self._echo(f"Проведено сообщений: {count} из {len(self._messages)}")
        self._plan_absence()
        self._rate()
        self._settle()

    def _plan_absence(self) -> None:
        """A holiday to come, with who stands in, and a stay in hospital without a paper yet: to be seen under «Отсутствия»."""
        today = self._beginning.date()
        holiday = {"code": "vacation", "basis": "приказ № 17-к от 02.02.2026", "substitutes": [self._staff["head2"]]}
        hospital = {"code": "sickness", "substitutes": [self._staff["executor"]]}
        for login, absence, first in (("head3", holiday, 14), ("executor2", hospital, 21)):
            days = today + timedelta(days=first), today + timedelta(days=first + 13)
            body = absence | dict(zip(("first_day", "last_day"), map(str, days), strict=True))
            with contextlib.suppress(Refused):  # an interrupted run that goes on after these days
                self._api.post(login, "/absences", body, f"demo:absence:{login}")

    def _rate(self) -> None:
        """What two applicants say of their answers; one is not content, and his message is considered once more."""
        stands = self._stands()
        for message in self._messages:
            for action, parameters in RATINGS.get(message.name, ()):
                stand = stands[message.text]
                code = keys_in_use().tracking_code(UUID(stand.id), 1)
                body = {"action": action.value, "parameters": parameters}
                with contextlib.suppress(Refused):  # an interrupted run that goes on when the rating is over
                    self._api.post_as_applicant(stand.number, code, body, f"demo:{message.name}:{action.value}")

    def _steps(self, message: Message) -> list[Step]:
        """The steps up to the first that is impossible in this installation."""
        possible = []
        for step in message.steps:
            if not message.runs(step, self._day):
                break
            possible.append(step)
        return possible

    def _register(self) -> None:
        known = self._stands()
        missing = [message for message in self._messages if message.text not in known]
        for message in missing:
            body = message.body(self._beginning, self._day)
            self._api.post(message.sender, "/messages", body, f"demo:{message.name}")
        self._echo(f"Зарегистрировано сообщений: {len(missing)}")

    def _drive(self, message: Message, stand: Stand) -> str | None:
        """The message has made its steps; or why it could not: somebody else may have decided meanwhile."""
        number = 0
        for step in self._steps(message):
            beside = RULES[step.action].beside
            made_before = stand.version >= number if beside else stand.version > number
            number += not beside
            if made_before:
                continue
            try:
                self._decide(message, stand, number - (not beside), step)
            except Refused as refused:
                return f"шаг {number}, {step.login} {step.action.value}: {refused}"
        return None

    def _decide(self, message: Message, stand: Stand, number: int, step: Step) -> None:
        parameters = message.parameters(step, self._staff, stand.due_at)
        if step.action is Action.CONFIRM_DELIVERY:
            parameters |= self._handed_over(stand.id, str(parameters.pop("of")))
        made = self._api.post(
            step.login,
            f"/messages/{stand.id}/decisions",
            {"action": step.action.value, "version": number, "parameters": parameters},
            f"demo:{message.name}:{number}:{step.action.value}",
        )
        until = time.monotonic() + _VERDICT_SECONDS
        while made["state"] == "pending" and time.monotonic() < until:
            time.sleep(0.2)
            made = self._api.get(step.login, f"/messages/{stand.id}/decisions/{made['id']}")
        if made["state"] != "accepted":
            raise Refused(200, made.get("refusal") or {"code": made["state"], "detail": "нет вердикта"})

    def _handed_over(self, case_id: str, kind: str) -> dict[str, str]:
        """The letter that waits for a person; handed over as soon as it was there."""
        table = t.letter
        query = sa.select(table.c.id, table.c.created_at).where(table.c.case_id == case_id, table.c.kind == kind)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(table.c.way == "handover")).one()
        return {"letter": row.id, "handed_over_at": row.created_at.isoformat()}

    def _stands(self) -> dict[str, Stand]:
        """The demonstration's messages in the record, by text."""
        message, case = t.message, t.message_case
        query = (
            sa.select(message.c.text, message.c.id, case.c.version, case.c.due_at, message.c.number)
            .join(case, case.c.id == message.c.id)
            .where(message.c.text.in_([one.text for one in self._messages]))
        )
        with self._engine.connect() as connection:
            return {row.text: Stand(row.id, row.version, row.due_at, row.number) for row in connection.execute(query)}

    def _settle(self) -> None:
        """Warnings, overdues and letters so far are in the record."""
        reference, until = Reference(), time.monotonic() + _SETTLE_SECONDS
        while (unrecorded := self._unrecorded(reference)) and time.monotonic() < until:
            time.sleep(0.2)
        if unrecorded:
            self._echo(f"Сроки или письма ещё записываются: сообщений {unrecorded}")

    def _unrecorded(self, reference: Reference) -> int:
        """How many of the messages have an alarm that fell due, or a letter under way, that the record lacks."""
        found = 0
        with self._engine.connect() as connection:
            at = moment(connection)
            for stand in self._stands().values():
                record = cases.read(connection, stand.id)
                assert record is not None
                world = reference.world(connection, at, record.regulation, record.revision)
                alarm = alarms.next_alarm(record.case, world)
                under_way = any(letter.state.value in {"pending", "begun"} for letter in record.case.letters)
                found += under_way or (alarm is not None and alarm.at < at.now)
        return found
