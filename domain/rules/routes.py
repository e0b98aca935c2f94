"""The way of a draft: who endorses it, in order, and who approves it. Source: S2, 3.2 г, 3.5 д–е, 3.6; G-22."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.case import Case, Decision
from domain.case_parts import Draft
from domain.rules.base import enter
from domain.rules.people import check_approver, check_head
from domain.verdict import Refusal, World
from domain.vocabulary import Stage


def check_route(
    case: Case, endorsers: tuple[int, ...], approver: int, decision: Decision, world: World, clause: str
) -> Refusal | None:
    """A refusal unless each endorser is a head, named once, and the approver is a head. Source: S2, 3.2 г, 3.5 д–е."""
    if len(set(endorsers)) != len(endorsers):
        return Refusal("endorser_twice", "Согласующий указан дважды.", clause, "endorsers")
    if endorsers and not world.directory.organisations[case.organisation].endorsement:
        return Refusal("endorsement_off", "В этой организации этап согласования не применяется.", clause, "endorsers")
    for person in endorsers:
        if refusal := check_head(case, person, world, decision.decided_at, clause, "endorsers"):
            return refusal
    return check_approver(case, approver, world, decision.decided_at, clause, "approver")


def sent_round(case: Case, draft: Draft, at: datetime) -> tuple[Case, dict[str, Any]]:
    """The case with the draft before its endorsers, or before its approver where nobody is to endorse; and the journal's facts.

    Whoever has endorsed the identical text before is not asked again. Source: G-22.
    """
    asked = tuple(person for person in draft.endorsers if not case.has_endorsed(person, draft.digest))
    sent = replace(case, draft=replace(draft, endorsers=asked), returned=False)
    sent, entry = enter(
        sent.joined_by(*draft.endorsers, draft.approver), Stage.ENDORSEMENT if asked else Stage.APPROVAL, at
    )
    return sent, {
        "text_digest": draft.digest or None,
        "endorsers": list(asked),
        "endorsers_skipped": [person for person in draft.endorsers if person not in asked] or None,
        "approver": draft.approver,
    } | entry
