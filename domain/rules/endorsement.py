"""Endorsement (согласование): heads agree to a draft, one after another. Source: S2, 3.6, 3.7 а."""

from __future__ import annotations

from dataclasses import replace

from domain.case import Case, Decision
from domain.case_parts import Endorsement
from domain.rules.base import Rule, decides, draft_of, enter, fact
from domain.rules.people import check_head
from domain.verdict import Accepted, Verdict, World
from domain.vocabulary import Action, Event, Stage


def endorse(case: Case, decision: Decision, world: World) -> Verdict:
    """The next endorser is asked, or the approver when all have endorsed. Source: S2, 3.7 а; G-22.

    Skipped is who endorsed this very text before: an edit may have brought it back.
    """
    draft = draft_of(case)
    if refusal := check_head(case, decision.person, world, decision.decided_at, "S2, 3.7 а", None):
        return refusal
    own = Endorsement(decision.person, draft.digest)
    endorsed = case if own in case.endorsements else replace(case, endorsements=(*case.endorsements, own))
    position = draft.position + 1
    while position < len(draft.endorsers) and endorsed.has_endorsed(draft.endorsers[position], draft.digest):
        position += 1
    nxt = replace(draft, position=position, endorsed_here=draft.endorsed_here + 1, acting_for=None)
    endorsed = replace(endorsed, draft=nxt)
    entry: dict[str, object] = {}
    if nxt.endorser is None:
        endorsed, entry = enter(endorsed, Stage.APPROVAL, decision.decided_at)
    return Accepted(
        endorsed, (fact(Event.DRAFT_ENDORSED, decision, kind=draft.kind.value, text_digest=draft.digest, **entry),)
    )


RULES = (
    Rule(
        Action.ENDORSE,
        "Согласовать",
        frozenset({Stage.ENDORSEMENT}),
        decides,
        endorse,
        "S2, 3.7 а",
        "руководитель",
        (Stage.ENDORSEMENT, Stage.APPROVAL),
    ),
)
