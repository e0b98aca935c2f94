"""«Отозвать сообщение» on the applicant's page: asked once more, with what follows from it. A person decides. Source: G-45.

Through the same function as `POST /api/v1/track/{number}/decisions`. Number and code travel in forms, never in an address.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.applicant import ApplicantDecision
from api.resources import Shared
from domain.vocabulary import Action
from web.posted import Form
from web.tracking import once_sure

router = APIRouter(include_in_schema=False)


@router.post("/track/withdraw")
async def withdraw(shared: Shared, request: Request, form: Form) -> Response:
    """The question whether he is sure; answered, the story with what he asked for."""
    reason = form.get("reason")
    body = ApplicantDecision(
        action=Action.ASK_WITHDRAWAL, parameters={"reason": reason.strip()} if reason.strip() else {}
    )
    return await once_sure(shared, request, form, "track/withdraw.html", body, reason=reason)
