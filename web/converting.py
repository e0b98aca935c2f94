"""«Рассмотреть по другому закону» on the applicant's page: what each way means, and what this page can do about it. Source: G-41.

Through the same function as `POST /api/v1/track/{number}/decisions`.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.applicant import ApplicantDecision
from api.resources import Shared
from domain.rules.conversion import NOT_HERE
from domain.vocabulary import Action, Law
from web.posted import Form
from web.tracking import once_sure

router = APIRouter(include_in_schema=False)


@router.post("/track/law")
async def convert(shared: Shared, request: Request, form: Form) -> Response:
    """What the applicant may choose; chosen, the story with what came of it."""
    body = ApplicantDecision(action=Action.CHOOSE_LAW, parameters={"law": Law.COMPLAINT_210.value})
    return await once_sure(shared, request, form, "track/law.html", body, not_here=NOT_HERE)
