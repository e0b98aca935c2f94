"""A case between its row and the rules: columns that lists need, and the rest that only the rules read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from domain.case import Case
from domain.case_parts import (
    CategoryTerms,
    Contact,
    Draft,
    Endorsement,
    FirstReaction,
    LastDecision,
    LetterFact,
    Rated,
    Repeat,
)
from domain.terms import Plan
from domain.vocabulary import (
    Action,
    AnswerType,
    Audience,
    Danger,
    DraftKind,
    Flag,
    LetterState,
    OneDay,
    Outcome,
    Stage,
)


def columns(case: Case) -> dict[str, Any]:
    """The columns that change with a verdict."""
    return {
        "stage": case.stage.value,
        "entry": case.entry,
        "entered_at": case.entered_at,
        "due_at": case.due_at,
        "stage_due_at": case.stage_due_at,
        "version": case.version,
        "organisation": case.organisation,
        "unit": case.unit,
        "declared_organisation": case.declared_organisation,
        "category": case.category,
        "subcategory": case.subcategory,
        "holder": case.holder.person,
        "executor": case.executor,
        "acting_for": case.acting_for,
        "first_reaction_due_at": _reaction_due_at(case),
        "started": case.started,
        "returned": case.returned,
        "postponed_until": case.postponed_until,
        "message_overdue": case.message_overdue,
        "stage_overdue": case.stage_overdue,
        "task_waiting": any(letter.state is LetterState.TASK for letter in case.letters),
        "outcome": case.outcome.value if case.outcome else None,
        "answered_at": case.answered_at,
        "closed_at": case.closed_at,
        "participants": list(case.participants),
        "called": list(case.called),
        "alerted": list(case.alerted),
        "sent_away": list(case.sent_away),
        "tags": list(case.tags),
        "prioritised": case.prioritised,
        "danger": case.danger.value if case.danger else None,
        "precedence": case.precedence,
        "withdrawal_at": case.withdrawal_at,
        "linked_to": case.linked_to,
        "rest": _rest(case),
    }


def _rest(case: Case) -> dict[str, Any]:
    return {
        "plan": {
            "seconds": case.plan.total // timedelta(seconds=1),
            "floor": case.plan.floor // timedelta(seconds=1),
            "shares": {stage.value: share for stage, share in case.plan.shares.items()},
        },
        "errands": bool(case.errands),
        "contact": {"portal": case.contact.portal, "email": case.contact.email},
        "complained_of": case.complained_of,
        "complained_of_person": case.complained_of_person,
        "conflict_overridden": case.conflict_overridden,
        "audience": case.audience.value if case.audience else None,
        "secret": case.secret,
        "coordinator": case.coordinator,
        "linked_number": case.linked_number,
        "flags": [flag.value for flag in case.flags],
        "flags_suggested": [flag.value for flag in case.flags_suggested],
        "draft": _draft_json(case.draft) if case.draft else None,
        "endorsements": [[endorsement.person, endorsement.digest] for endorsement in case.endorsements],
        "transfers": list(case.transfers),
        "given_back": list(case.given_back),
        "postponements": case.postponements,
        "answer_type": case.answer_type.value if case.answer_type else None,
        "warned_people": list(case.warned_people),
        "warned": case.warned,
        "overdue_once": case.overdue_once,
        "reminded_at": _iso(case.reminded_at),
        "executor_for": case.executor_for,
        "presence_at": case.presence_at.isoformat() if case.presence_at else None,
        "nobody_told": case.nobody_told,
        "unapprovable_told": case.unapprovable_told,
        "template": case.template,
        "tags_off": list(case.tags_off),
        "unprioritised": case.unprioritised,
        "fact": case.fact,
        "terms": [case.terms.days, case.terms.postponement_days, case.terms.one_day.value] if case.terms else None,
        "danger_since_answer": case.danger_since_answer,
        "danger_told_at": _iso(case.danger_told_at),
        "danger_reminded": case.danger_reminded,
        "danger_decided_at": _iso(case.danger_decided_at),
        "first_reaction": _reaction_json(case.first_reaction) if case.first_reaction else None,
        "approved_by": case.approved_by,
        "rated": [case.rated.score, _iso(case.rated.at)] if case.rated else None,
        "repeat": _repeat_json(case.repeat) if case.repeat else None,
        "last": [case.last.action.value, case.last.person, case.last.decided_at.isoformat()] if case.last else None,
    }


def _reaction_due_at(case: Case) -> datetime | None:
    """Until when somebody is to react, while nobody has: what lists look for."""
    known = case.first_reaction
    return known.due_at if known is not None and known.waits and not case.considered else None


def _reaction_json(known: FirstReaction) -> list[Any]:
    return [_iso(known.arrived_at), _iso(known.due_at), _iso(known.reacted_at), known.told]


def _reaction(found: list[Any]) -> FirstReaction:
    arrived_at, due_at, reacted_at, told = found
    return FirstReaction(datetime.fromisoformat(arrived_at), _instant(due_at), _instant(reacted_at), told)


def _terms(found: list[Any]) -> CategoryTerms:
    days, postponement_days, one_day = found
    return CategoryTerms(days, postponement_days, OneDay(one_day))


def _repeat_json(known: Repeat) -> list[Any]:
    of_first = [known.approved_by, known.score, _iso(known.answered_at), known.main, known.main_number]
    return [_iso(known.asked_at), *of_first]


def _repeat(found: list[Any]) -> Repeat:
    asked_at, approved_by, score, answered_at, *main = found
    return Repeat(datetime.fromisoformat(asked_at), approved_by, score, datetime.fromisoformat(answered_at), *main)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _draft_json(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind.value,
        "author": draft.author,
        "endorsers": list(draft.endorsers),
        "approver": draft.approver,
        "digest": draft.digest,
        "position": draft.position,
        "endorsed_here": draft.endorsed_here,
        "answer_type": draft.answer_type.value if draft.answer_type else None,
        "postponed_until": draft.postponed_until.isoformat() if draft.postponed_until else None,
        "organisation": draft.organisation,
        "external": draft.external,
        "external_email": draft.external_email,
        "acting_for": draft.acting_for,
    }


def _draft(found: Mapping[str, Any]) -> Draft:
    return Draft(
        kind=DraftKind(found["kind"]),
        author=found["author"],
        endorsers=tuple(found["endorsers"]),
        approver=found["approver"],
        digest=found["digest"],
        position=found["position"],
        endorsed_here=found["endorsed_here"],
        answer_type=AnswerType(found["answer_type"]) if found["answer_type"] else None,
        postponed_until=date.fromisoformat(found["postponed_until"]) if found["postponed_until"] else None,
        organisation=found["organisation"],
        external=found["external"],
        external_email=found["external_email"],
        acting_for=found["acting_for"],
    )


def case_of(row: Mapping[str, Any], letters: tuple[LetterFact, ...]) -> Case:
    """The case of a row of `message_case`."""
    return Case(
        id=row["id"],
        number=row["number"],
        stage=Stage(row["stage"]),
        entry=row["entry"],
        entered_at=row["entered_at"],
        received_at=row["received_at"],
        due_at=row["due_at"],
        stage_due_at=row["stage_due_at"],
        organisation=row["organisation"],
        version=row["version"],
        unit=row["unit"],
        declared_organisation=row["declared_organisation"],
        category=row["category"],
        subcategory=row["subcategory"],
        executor=row["executor"],
        started=row["started"],
        returned=row["returned"],
        sent_away=tuple(row["sent_away"]),
        participants=tuple(row["participants"]),
        called=tuple(row["called"]),
        alerted=tuple(row["alerted"]),
        tags=tuple(row["tags"]),
        prioritised=row["prioritised"],
        postponed_until=row["postponed_until"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        answered_at=row["answered_at"],
        closed_at=row["closed_at"],
        stage_overdue=row["stage_overdue"],
        message_overdue=row["message_overdue"],
        danger=Danger(row["danger"]) if row["danger"] else None,
        withdrawal_at=row["withdrawal_at"],
        linked_to=row["linked_to"],
        letters=letters,
        **_of_rest(row["rest"]),
    )


def _of_rest(rest: Mapping[str, Any]) -> dict[str, Any]:
    """What `_rest` put away."""
    plan, last = rest["plan"], rest["last"]
    shares = {Stage(stage): share for stage, share in plan["shares"].items()}
    return {
        "plan": Plan(timedelta(seconds=plan["seconds"]), shares, timedelta(seconds=plan["floor"])),
        "contact": Contact(rest["contact"]["portal"], rest["contact"]["email"]),
        "complained_of": rest["complained_of"],
        "complained_of_person": rest["complained_of_person"],
        "conflict_overridden": rest["conflict_overridden"],
        "audience": Audience(rest["audience"]) if rest.get("audience") else None,
        "secret": rest["secret"],
        "coordinator": rest["coordinator"],
        "linked_number": rest["linked_number"],
        "flags": tuple(Flag(flag) for flag in rest["flags"]),
        "flags_suggested": tuple(Flag(flag) for flag in rest["flags_suggested"]),
        "draft": _draft(rest["draft"]) if rest["draft"] else None,
        "endorsements": tuple(Endorsement(person, digest) for person, digest in rest["endorsements"]),
        "transfers": tuple(rest["transfers"]),
        "given_back": tuple(rest.get("given_back", ())),
        "postponements": rest["postponements"],
        "answer_type": AnswerType(rest["answer_type"]) if rest["answer_type"] else None,
        "warned_people": tuple(rest["warned_people"]),
        "warned": rest["warned"],
        "overdue_once": rest["overdue_once"],
        "reminded_at": _instant(rest["reminded_at"]),
        "executor_for": rest["executor_for"],
        "presence_at": datetime.fromisoformat(rest["presence_at"]) if rest["presence_at"] else None,
        "nobody_told": rest["nobody_told"],
        "unapprovable_told": rest.get("unapprovable_told", False),
        "template": rest["template"],
        "tags_off": tuple(rest.get("tags_off", ())),
        "unprioritised": rest.get("unprioritised", False),
        "fact": rest.get("fact"),
        "terms": _terms(rest["terms"]) if rest.get("terms") else None,
        "danger_since_answer": rest.get("danger_since_answer", False),
        "danger_told_at": _instant(rest.get("danger_told_at")),
        "danger_reminded": rest.get("danger_reminded", False),
        "danger_decided_at": _instant(rest.get("danger_decided_at")),
        "first_reaction": _reaction(rest["first_reaction"]) if rest.get("first_reaction") else None,
        "approved_by": rest.get("approved_by"),
        "rated": Rated(rest["rated"][0], datetime.fromisoformat(rest["rated"][1])) if rest.get("rated") else None,
        "repeat": _repeat(rest["repeat"]) if rest.get("repeat") else None,
        "last": LastDecision(Action(last[0]), last[1], datetime.fromisoformat(last[2])) if last else None,
    }
