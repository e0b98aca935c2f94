"""Failure texts are history too: whatever an activity did not mean to say becomes an incident id without words."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.judge import CaseMissing
from activities.mail import TryAgain
from domain.vocabulary import ACTIVITY_JUDGE
from logs import where
from storage import incidents

STUCK_AFTER = 5
"""Attempts after which a rule that raises is taken for a bug and people are told."""

_AWAY = ("08", "53", "57P", "55P03", "40", "25006")
"""PostgreSQL's codes and classes for: the connection failed, no room for more, it is shutting down, a row is held
by somebody, a deadlock, a server that only reads for now. All pass; none says anything about a rule."""

log = structlog.get_logger()
_MEANT = (TryAgain, CaseMissing)
"""Exceptions whose text we wrote ourselves, of codes alone."""


class ForeignFailures(Interceptor):
    """Put on each worker: no message, value or traceback of a foreign exception leaves an activity."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # SDK's name
        """The activity with its failures made harmless."""
        return _Harmless(next, self._engine)


class _Harmless(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, engine: sa.Engine) -> None:  # SDK's name
        super().__init__(next)
        self._engine = engine

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # SDK's name
        try:
            return await super().execute_activity(input)
        except _MEANT as error:
            raise ApplicationError(str(error), type=type(error).__name__) from None
        except ApplicationError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever is foreign: its text may quote what a citizen wrote
            incident = uuid4().hex[:12]
            info = activity.info()
            log.error("activity failed", incident=incident, activity=info.activity_type, where=where(error))
            is_rule = info.activity_type == ACTIVITY_JUDGE and not _database_away(error)
            if is_rule and not info.is_local and info.attempt >= STUCK_AFTER:
                await asyncio.to_thread(self._mark, str(input.args[0]), incident, where(error))
            raise ApplicationError(incident, type="Incident") from None

    def _mark(self, case_id: str, incident: str, what: str) -> None:
        """People see the decision as stuck; without a database they cannot see anything, and the retry tries again."""
        try:
            incidents.stuck(self._engine, case_id, incident, what)
        except sa.exc.SQLAlchemyError as error:
            log.error("incident not recorded", incident=incident, where=where(error))


def _database_away(error: Exception) -> bool:
    """Whether the record could not be reached: that mends itself, and says nothing about the rule."""
    if isinstance(error, (sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return True
    if not isinstance(error, sa.exc.OperationalError):
        return False
    code = getattr(error.orig, "pgcode", None)
    return code is None or str(code).startswith(_AWAY)
