"""What may be decided and what follows: one module a stage, one table of transitions that the docs draw.

`judge` is pure. It is called inside an activity, so a replay reads the verdict and never judges again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.case import Case, Decision
from domain.case_parts import LastDecision
from domain.concerned import with_whom
from domain.rules import danger, first_reaction
from domain.rules.approval import RULES as APPROVAL
from domain.rules.base import Rule
from domain.rules.calls import RULES as CALLS
from domain.rules.card import RULES as CARD
from domain.rules.co_executors import RULES as CO_EXECUTORS
from domain.rules.conflict import is_barred
from domain.rules.conversion import RULES as CONVERSION
from domain.rules.coordination import RULES as COORDINATION
from domain.rules.danger import RULES as DANGER
from domain.rules.delivery import RULES as DELIVERY
from domain.rules.dialogue import RULES as DIALOGUE
from domain.rules.draft import RULES as DRAFT
from domain.rules.endorsement import RULES as ENDORSEMENT
from domain.rules.errands import OF_ERRAND, handed_on, moved_along, tidied, with_expired
from domain.rules.errands import RULES as ERRANDS
from domain.rules.execution import RULES as EXECUTION
from domain.rules.flags import RULES as FLAGS
from domain.rules.linking import PAST_LINK
from domain.rules.linking import RULES as LINKING
from domain.rules.moderation import RULES as MODERATION
from domain.rules.rating import RULES as RATING
from domain.rules.withdrawal import RULES as WITHDRAWAL
from domain.verdict import Accepted, Fact, Refusal, Verdict, World
from domain.vocabulary import APPLICANT, Action, PersonId

RULES: dict[Action, Rule] = {
    rule.action: rule
    for rule in (
        *MODERATION,
        *COORDINATION,
        *EXECUTION,
        *ENDORSEMENT,
        *APPROVAL,
        *DRAFT,
        *CARD,
        *DELIVERY,
        *DIALOGUE,
        *RATING,
        *DANGER,
        *WITHDRAWAL,
        *LINKING,
        *FLAGS,
        *CONVERSION,
        *ERRANDS,
        *CALLS,
        *CO_EXECUTORS,
    )
}
"""The transition table: each action with its stages, its people and its clause."""


def judge(case: Case, decision: Decision, world: World) -> Verdict:
    """The verdict on one decision against the case as it stands.

    A refusal changes nothing. An acceptance raises `version` by one, unless its rule is beside the stage, and yields exactly
    one journal row.
    """
    rule = RULES[decision.action]
    if refusal := refused_at_once(case, decision, world):
        return refusal
    verdict = rule.decide(case, decision, world)
    if isinstance(verdict, Refusal):
        return verdict
    verdict = first_reaction.followed(case, verdict, decision, world)
    verdict = danger.noticed(case, verdict, decision, world)
    stands_in = case.executor_for if verdict.case.executor == case.executor else None
    after = moved_along(handed_on(case, replace(verdict.case, executor_for=stands_in)))
    after = tidied(after, decision.decided_at).joined_by(decision.person)
    if not rule.beside:
        last = LastDecision(decision.action, decision.person, decision.decided_at)
        if _attended(case, after, decision, world):
            after = after.attended(decision.decided_at)
        after = replace(after, version=case.version + 1, last=last)
    after = danger.followed(case, after, decision.decided_at, world)
    facts = _in_whose_place(case, decision, verdict.facts)
    return replace(verdict, case=after, facts=with_expired(case, after, facts))


def _attended(case: Case, after: Case, decision: Decision, world: World) -> bool:
    """Whether the decision is one of those with whom the message lay, or it lies elsewhere now.

    A card that somebody else corrects says nothing of who is there to decide.
    """
    moved = (after.entry, after.holder) != (case.entry, case.holder)
    return moved or decision.person in with_whom(case, decision.decided_at, world)


def _in_whose_place(case: Case, decision: Decision, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The journal says for whom a substitute decided. Source: S2, 3.3 в, 3.7 в, 3.9 в.

    Who does what he was asked for beside the stage does it for himself, or in the place of whom the errand names.
    """
    if case.acting_for is None or decision.person != case.holder.person or facts[0].event in OF_ERRAND:
        return facts
    return tuple(replace(one, facts={**one.facts, "acting_for": case.acting_for}) for one in facts)


def refused_at_once(case: Case, decision: Decision, world: World) -> Refusal | None:
    """What needs no look at the parameters: closed, stale, not this person's to decide.

    The applicant saw no version: what he asks is judged by where the message stands when its turn comes.
    """
    rule = RULES[decision.action]
    if not case.open:
        return Refusal("case_closed", "Работа по сообщению завершена, решения больше не принимаются.", rule.clause)
    if decision.version != case.version and not rule.beside and decision.person != APPLICANT:
        return Refusal("version_stale", _who_was_first(case), rule.clause, "version")
    if case.stage not in rule.stages or not rule.applies(case):
        return Refusal("action_not_allowed", _impossible(decision, rule), rule.clause)
    if _waits_for_another(case, rule):
        return Refusal(
            "message_linked", f"Ответ будет дан по сообщению № {case.linked_number}: решайте по нему.", rule.clause
        )
    if is_barred(case, decision.person) or not rule.who(case, decision.person, world, decision.decided_at):
        return _not_yours(case, decision, rule)
    return None


def _impossible(decision: Decision, rule: Rule) -> str:
    if decision.action is Action.ANSWER_QUESTION:
        return "Этот вопрос больше не ждёт ответа: на него ответили, или его сняли."
    if decision.person == APPLICANT:
        return "Сейчас этого сделать нельзя: посмотрите, что произошло с сообщением и что будет дальше."
    return f"Действие «{rule.title}» на этом этапе невозможно."


def _not_yours(case: Case, decision: Decision, rule: Rule) -> Refusal:
    if decision.person == case.acting_for:
        detail = (
            f"Вы отмечены отсутствующим, сообщение у замещающего (сотрудник № {case.holder.person}). "
            "Если вы вернулись, завершите отсутствие на странице «Отсутствия»: сообщение придёт обратно."
        )
        return Refusal("absent", detail, rule.clause)
    if decision.person == case.complained_of_person:
        way = "право передаст администратор" if decision.person == case.holder.person else "решает другой"
        detail = f"Сообщение о ваших действиях, вы по нему не решаете: {way}."
        return Refusal("conflict_of_interest", detail, "G-06")
    return Refusal("action_forbidden", f"Действие «{rule.title}» сейчас принадлежит не вам.", rule.clause)


def allowed_actions(case: Case, person: PersonId, world: World, at: datetime) -> tuple[Rule, ...]:
    """What this person may decide at the instant, in the order of the act."""
    if not case.open or is_barred(case, person):
        return ()
    return tuple(
        rule
        for rule in RULES.values()
        if case.stage in rule.stages
        and rule.applies(case)
        and not _waits_for_another(case, rule)
        and rule.who(case, person, world, at)
    )


def _waits_for_another(case: Case, rule: Rule) -> bool:
    """Whether it is to be decided about the main message instead. Source: G-45."""
    waits = case.linked_to is not None and not case.considered
    return waits and not rule.beside and rule.action not in PAST_LINK


def _who_was_first(case: Case) -> str:
    if case.last is None:
        return "Версия сообщения указана неверно: обновите карточку."
    title = RULES[case.last.action].title
    who = "заявитель" if case.last.person == APPLICANT else f"сотрудник № {case.last.person}"
    return (
        f"Пока вы работали, по сообщению уже принято решение «{title}» ({who}). "
        "Обновите карточку; ваш текст сохранён у вас."
    )


__all__ = ["RULES", "Accepted", "Refusal", "Rule", "Verdict", "World", "allowed_actions", "judge", "refused_at_once"]
