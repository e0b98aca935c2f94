"""Messages of one applicant about one thing: one answer, each number told. Source: G-45.

The later message waits for the answer to the main one. It follows the main one by what the record says of that, not by a
decision of anybody: whenever it is looked at, `followed` says what has come of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from domain.case import Case, Decision
from domain.concerned import with_whom
from domain.rules import conflict, first_reaction
from domain.rules.base import Rule, enter, fact, holds, letters, needs_text, plan_of
from domain.rules.errands import handed_on, tidied, with_expired
from domain.verdict import Accepted, Fact, Notice, Refusal, Verdict, World
from domain.vocabulary import (
    Action,
    AnswerType,
    Event,
    LetterKind,
    NoticeKind,
    Outcome,
    PersonId,
    Role,
    Stage,
)

_CLAUSE = "G-45"

PAST_LINK = frozenset({Action.UNLINK, Action.CORRECT_CARD, Action.CONFIRM_WITHDRAWAL})
"""What is decided about a message that waits for another's answer; beside it what is beside the stage."""


@dataclass(frozen=True, slots=True)
class Main:
    """What the record says of the main message. `sent_away`: whether it left the organisation of the linked one.

    `answer_type`, `approved_by`: of the answer that was approved last; None while there is none. `linked`: whether it is linked.
    `executor`: who prepares its answer.
    """

    id: str
    number: str
    outcome: Outcome | None
    answer_type: AnswerType | None
    secret: bool
    sent_away: bool
    linked: bool = False
    answered_at: datetime | None = None
    approved_by: PersonId | None = None
    complained_of_person: PersonId | None = None
    postponed_until: date | None = None
    due_at: datetime | None = None
    executor: PersonId | None = None

    @property
    def answered(self) -> bool:
        """Whether it has an answer of its own to give."""
        return self.outcome is Outcome.ANSWERED and self.answer_type is not None and not self.linked


def link(case: Case, decision: Decision, world: World) -> Verdict:
    """The message waits for the answer to the main one. Its own dates stay, and what is overdue is told.

    Whoever prepares that answer reads this message, too, and hears what its applicant adds.
    """
    if refusal := needs_text(decision, "reason", "почему ответ будет один", _CLAUSE):
        return refusal
    found = decision.parameters.get("found")
    if not isinstance(found, Mapping):
        return Refusal("message_unknown", "Сообщения с таким номером нет, или оно вам не видно.", _CLAUSE, "main")
    if refusal := _refused(case, found):
        return refusal
    if _guarded(case, found["complained_of_person"]):
        detail = "Это сообщение о сотруднике, то — не о нём: ответ может подготовить или утвердить он сам. Отвечайте отдельно."
        return Refusal("conflict_of_interest", detail, conflict.CLAUSE, "main")
    executor = _reader(case, found["executor"])
    linked = replace(case, linked_to=found["id"], linked_number=found["number"], returned=False, executor=executor)
    told = (Notice(executor, NoticeKind.APPLICANT_WROTE),) if executor is not None else ()
    row = fact(Event.MESSAGE_LINKED, decision, main=found["id"], number=found["number"], executor=executor)
    return Accepted(linked.joined_by(executor), (row,), told)


def _reader(case: Case, executor: PersonId | None) -> PersonId | None:
    """Whoever prepares the main answer, if he may read this message: not the one whom it complains of. Source: G-06."""
    return None if executor is None or conflict.is_about(case, executor) else executor


def apart(case: Case) -> Case:
    """The message that waits for no other any more, and that nobody prepares yet."""
    return replace(case, linked_to=None, linked_number=None, executor=None)


def _refused(case: Case, found: Mapping[str, Any]) -> Refusal | None:
    reasons = (
        (case.urgent, "danger_open", "Сначала решите об угрозе жизни: такое сообщение ждать не может."),
        (found["id"] == case.id, "same_message", "Это то же самое сообщение."),
        (
            not found["same_applicant"],
            "other_applicant",
            "Это сообщение другого заявителя: не совпал ни СНИЛС, ни фамилия с почтой или телефоном.",
        ),
        (not found["open"], "main_considered", "Решение по тому сообщению уже принято."),
        (found["linked"], "main_linked", "То сообщение само ждёт ответа по другому: свяжите с главным."),
        (found["has_linked"], "has_linked", "С этим сообщением связаны другие: свяжите их с главным."),
        (not found["earlier"], "main_later", "Связывают более позднее сообщение с более ранним, откройте другое."),
        (
            found["organisation"] != case.organisation,
            "main_elsewhere",
            "То сообщение рассматривает другая организация.",
        ),
    )
    return next((Refusal(code, detail, _CLAUSE, "main") for wrong, code, detail in reasons if wrong), None)


def _guarded(case: Case, complained_of: PersonId | None) -> bool:
    """Whether the one of whom this message complains may decide on the main one, which complains of another or of nobody."""
    return case.complained_of_person not in {None, complained_of}


def unlink(case: Case, decision: Decision, world: World) -> Verdict:
    """The message has an answer of its own again: coordination begins anew within what is left of its term."""
    if refusal := needs_text(decision, "reason", "почему нужен отдельный ответ", _CLAUSE):
        return refusal
    back, entry = enter(apart(case), Stage.COORDINATION, decision.decided_at)
    return Accepted(
        back, (fact(Event.MESSAGE_UNLINKED, decision, main=case.linked_to, number=case.linked_number, **entry),)
    )


def followed(case: Case, main: Main, at: datetime, world: World) -> Accepted | None:
    """What comes of the main message for the linked one: the same answer, or postponement, by its own letter, or it comes back,
    as it does where it speaks of danger to life by now; None meanwhile.
    """
    if case.considered or case.linked_to != main.id:
        return None
    guarded = _guarded(case, main.complained_of_person)
    alone = guarded or case.urgent
    if main.answered and not alone:
        return _answered(case, main, at)
    if main.outcome is None and not main.sent_away and not main.linked and not alone:
        return _postponed(case, main, at, world) or _prepared(case, main)
    back, entry = enter(handed_on(case, apart(case)), Stage.COORDINATION, at)
    back, clock = first_reaction.begun(back, at, world)
    told = tuple(Notice(one, NoticeKind.LINK_ENDED) for one in with_whom(back, at, world))
    facts = {"main": main.id, "number": main.number, "main_outcome": _why_alone(case, main, guarded), **entry, **clock}
    return Accepted(back, (Fact(Event.LINK_ENDED, at, None, facts),), told)


def _why_alone(case: Case, main: Main, guarded: bool) -> str:
    """Why it gets an answer of its own, for the journal."""
    if guarded or case.urgent:
        return "conflict" if guarded else "danger"
    if main.linked:
        return "linked"
    return main.outcome.value if main.outcome else "sent_away"


def followed_at(case: Case, main: Main, now: datetime) -> datetime:
    """When the main one's news is this one's too: an answer counts from when it was given, not from when it is heard of."""
    if not main.answered or main.answered_at is None:
        return now
    return max(main.answered_at, case.entered_at, case.last.decided_at if case.last else case.entered_at)


def _prepared(case: Case, main: Main) -> Accepted | None:
    """Another prepares the answer now; the main message's journal says since when and why."""
    executor = _reader(case, main.executor)
    if executor == case.executor:
        return None
    return Accepted(handed_on(case, replace(case, executor=executor)).joined_by(executor), ())


def _postponed(case: Case, main: Main, at: datetime, world: World) -> Accepted | None:
    """An answer that is put off beyond this one's term is put off for both, and each applicant's number is told so."""
    due_at, until = main.due_at, main.postponed_until
    if due_at is None or until is None or until == case.postponed_until or due_at <= case.due_at:
        return None
    postponed = replace(
        case,
        due_at=due_at,
        plan=plan_of(due_at - at, case.organisation, world, postponed=True),
        postponements=case.postponements + 1,
        postponed_until=until,
        message_overdue=False,
        reminded_at=None,
        secret=case.secret or main.secret,
    )
    dates = {"postponed_until": until.isoformat(), "due_at": due_at.isoformat(), "due_was": case.due_at.isoformat()}
    row = Fact(Event.POSTPONEMENT_APPROVED, at, None, {"main": main.id, "number": main.number, **dates})
    return Accepted(postponed, (row,), letters=letters(postponed, LetterKind.POSTPONEMENT))


def _answered(case: Case, main: Main, at: datetime) -> Accepted:
    answered = replace(
        case,
        outcome=Outcome.ANSWERED,
        answer_type=main.answer_type,
        answered_at=at,
        approved_by=main.approved_by,
        secret=case.secret or main.secret,
        withdrawal_at=None,
    )
    answered, entry = enter(tidied(answered, at), Stage.DELIVERY, at)
    facts = {"main": main.id, "number": main.number, "in_time": at <= case.due_at, **entry}
    facts |= {"withdrawal_open": True} if case.withdrawal_at else {}
    rows = with_expired(case, answered, (Fact(Event.ANSWERED_TOGETHER, at, None, facts),))
    return Accepted(answered, rows, letters=letters(answered, LetterKind.ANSWER))


def _single(case: Case) -> bool:
    return case.linked_to is None and not case.considered


def _linked(case: Case) -> bool:
    return case.linked_to is not None and not case.considered


RULES = (
    Rule(
        Action.LINK,
        "Ответить вместе с более ранним сообщением",
        frozenset({Stage.COORDINATION}),
        holds(Role.COORDINATOR),
        link,
        _CLAUSE,
        "координатор",
        (Stage.COORDINATION,),
        _single,
    ),
    Rule(
        Action.UNLINK,
        "Ответить отдельно",
        frozenset({Stage.COORDINATION}),
        holds(Role.COORDINATOR),
        unlink,
        _CLAUSE,
        "координатор",
        (Stage.COORDINATION,),
        _linked,
    ),
)
