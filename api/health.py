"""Is the process there, and can it work?"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api.problems import responses
from api.resources import Shared
from temporal.client import reachable

router = APIRouter(prefix="/health", tags=["Служба"])


class Alive(BaseModel):
    """Процесс отвечает."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Готовность по частям. Без Temporal решения принимаются и ждут."""

    database: bool
    temporal: bool


@router.get("/live", summary="Процесс жив")
def live() -> Alive:
    """200 while the process answers at all."""
    return Alive()


@router.get("/ready", responses=responses(503), summary="Процесс готов")
async def ready(shared: Shared) -> Ready:
    """200 when the record can be read; without it nothing can be done. Temporal's absence delays verdicts and is told."""

    def database() -> bool:
        with shared.engine.connect() as connection:
            return bool(connection.execute(sa.text("SELECT 1 FROM installation")).scalar_one())

    await run_in_threadpool(database)
    return Ready(database=True, temporal=await reachable(shared.client))
