"""Whatever people decide and however time passes: what must hold of every message. A state machine over the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import terms
from domain.alarms import Alarm, next_alarm, record
from domain.calendar import Calendar
from domain.case import Case
from domain.case_parts import Contact, LetterFact
from domain.concerned import place_of
from domain.directory import Grant
from domain.rules import RULES, allowed_actions, judge, refused_at_once
from domain.rules.delivery import handover_due_at
from domain.verdict import Accepted, Fact, Refusal, World
from domain.vocabulary import (
    APPLICANT,
    TIMED_STAGES,
    Action,
    AlarmKind,
    Danger,
    Event,
    LetterKind,
    LetterState,
    LetterWay,
    Role,
    Stage,
)
from tests.domain.builders import (
    COORDINATOR,
    DAY,
    DEFAULTS,
    EXECUTOR,
    FOUND,
    GRANTS,
    HEAD,
    HEAD2,
    HOSPITAL,
    HOUR,
    MINISTRY,
    MOSCOW,
    OUTSIDER,
    RECEIVED,
    REGION,
    ROADS,
    ROADS_SUB,
    decision,
    new_case,
    world,
)

SECRET_WORDS = "слова заявителя"
TEXTS = ["", f"Первый ответ, {SECRET_WORDS}.", f"Второй ответ, {SECRET_WORDS}."]
PEOPLE = sorted({grant.person for grant in GRANTS} | {OUTSIDER})
ACTORS = [APPLICANT, *PEOPLE]
ORGANISATIONS = [REGION, MINISTRY, HOSPITAL, ROADS, ROADS_SUB, "nowhere"]
BRANCHES = [["roads", "potholes"], ["medicine", "queue"], ["medicine", "potholes"]]
STEPS = [timedelta(microseconds=1), timedelta(seconds=1), HOUR, 9 * HOUR, DAY, 6 * DAY, 20 * DAY]
SCRIPT = [Action.ACCEPT, Action.ASSIGN, Action.START_WORK, Action.SUBMIT_ANSWER, Action.ENDORSE]
"""How far a message may have come in the usual way before chance takes over."""
FORWARD = [
    *(Action.ACCEPT, Action.ASSIGN, Action.TAKE, Action.PROPOSE_REDIRECT, Action.START_WORK, Action.SUBMIT_ANSWER),
    *(Action.ENDORSE, Action.EDIT_ANSWER, Action.DELEGATE, Action.APPROVE, Action.REJECT),
]
ENDINGS = {AlarmKind.BOUNCE_DAYS_OVER, AlarmKind.RATING_BEGINS, AlarmKind.RATING_OVER}
ONCE_AN_ENTRY = {AlarmKind.STAGE_WARNING, AlarmKind.STAGE_OVERDUE}
ZONES = [MOSCOW, ZoneInfo("Asia/Kamchatka"), ZoneInfo("America/New_York")]

EXTRA_GRANTS = [
    Grant(EXECUTOR, Role.HEAD, MINISTRY),
    Grant(COORDINATOR, Role.HEAD, MINISTRY),
    Grant(HEAD, Role.COORDINATOR, REGION, subtree=True),
    Grant(HEAD2, Role.HEAD, REGION, subtree=True),
    Grant(HEAD2, Role.EXECUTOR, ROADS),
    Grant(EXECUTOR, Role.ADMINISTRATOR, REGION, subtree=True),
]


class Message(RuleBasedStateMachine):
    """One message; random people with random, mostly sensible decisions; random lengths of time between them."""

    world: World
    case: Case
    at: datetime

    @initialize(data=st.data())
    def arrives(self, data: st.DataObject) -> None:
        off = data.draw(st.sets(st.sampled_from(ORGANISATIONS[:-1])), "endorsement is not used")
        own = data.draw(st.booleans(), "self-approval")
        zones = data.draw(st.tuples(*(st.sampled_from(ZONES) for _ in ORGANISATIONS[:-1])), "time zones")
        changes = {
            one: {"endorsement": one not in off, "self_approval": own, "calendar": Calendar(zone)}
            for one, zone in zip(ORGANISATIONS[:-1], zones, strict=True)
        }
        extra = data.draw(st.lists(st.sampled_from(EXTRA_GRANTS), unique=True), "combined roles")
        self.world = world(*extra, **changes)
        contact = Contact(portal=data.draw(st.booleans()), email=data.draw(st.booleans()))
        days = data.draw(st.sampled_from([10, 30]), "declared term")
        self.case = new_case(self.world, days=days, contact=contact, secret=data.draw(st.booleans()))
        self.at = RECEIVED
        self.due_at, self.stage_due_at, self.entered_at = self.case.due_at, self.case.stage_due_at, RECEIVED
        self.alarms: list[Alarm] = []
        for action in SCRIPT[: data.draw(st.integers(min_value=0, max_value=len(SCRIPT)), "steps already made")]:
            person, parameters = DEFAULTS[action]
            if action is Action.SUBMIT_ANSWER and MINISTRY in off:
                parameters = parameters | {"endorsers": []}
            self.at += HOUR
            self._decide(action, person, dict(parameters), self.case.version)

    # --- What happens

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        marks = [mark - self.at for mark in (self.case.stage_due_at, self.case.due_at) if mark and mark > self.at]
        self._until(self.at + data.draw(st.sampled_from([*marks, *STEPS]), "for"))

    @rule(data=st.data())
    def somebody_entitled_decides(self, data: st.DataObject) -> None:
        able = [
            (found.action, person)
            for person in ACTORS
            for found in allowed_actions(self.case, person, self.world, self.at)
        ]
        onwards = [(action, person) for action, person in able if action in FORWARD]
        if onwards and data.draw(st.booleans(), "onwards"):
            able = onwards
        if able:
            action = data.draw(st.sampled_from(sorted({one for one, _ in able})), "what")
            person = data.draw(st.sampled_from([who for one, who in able if one is action]), "who")
            self._decide(action, person, self._parameters(data, action, sensible=True), self.case.version)

    @rule(data=st.data(), action=st.sampled_from(Action), person=st.sampled_from(ACTORS))
    def anybody_decides_anything(self, data: st.DataObject, action: Action, person: int) -> None:
        version = data.draw(st.sampled_from([self.case.version, self.case.version - 1]), "version")
        self._decide(action, person, self._parameters(data, action, sensible=False), version)

    @precondition(lambda self: any(one.state is LetterState.PENDING for one in self.case.letters))
    @rule(sent=st.booleans())
    def mail_has_an_outcome(self, sent: bool) -> None:
        if not self.case.open:
            return
        letter = next(one for one in self.case.letters if one.state is LetterState.PENDING)
        task_due_at = handover_due_at(self.case, self.at, self.world)
        settled = (
            replace(letter, state=LetterState.SENT, settled_at=self.at)
            if sent
            else replace(letter, state=LetterState.TASK, task_due_at=task_due_at)
        )
        self.case = self.case.with_letter(settled)

    # --- How it is judged

    def _until(self, at: datetime) -> None:
        while (alarm := next_alarm(self.case, self.world)) and alarm.at < at:
            self._ring(alarm)
        self.at = at

    def _ring(self, alarm: Alarm) -> None:
        recorded = record(self.case, alarm, self.world)
        self._absorb(recorded.facts)

        assert len(recorded.facts) == 1
        assert recorded.facts[0].at == alarm.at
        assert recorded.case.version == self.case.version
        if alarm.kind not in ENDINGS:
            assert (recorded.case.stage, recorded.case.holder) == (self.case.stage, self.case.holder)
        if alarm.kind in ONCE_AN_ENTRY:
            assert (alarm.entry, alarm.kind) not in {(one.entry, one.kind) for one in self.alarms}
        if alarm.kind is AlarmKind.STAGE_WARNING_AHEAD:
            assert recorded.notices, "nothing is sent ahead to nobody"
        assert len(set(recorded.case.warned_people)) == len(recorded.case.warned_people), "nobody is warned twice"
        if self.alarms:
            assert alarm.at >= self.alarms[-1].at
        self.case = recorded.case
        self.alarms.append(alarm)

        following = next_alarm(self.case, self.world)
        about = (following.letter, following.errand) if following else None
        assert following is None or _mark(following) > _mark(alarm) or about != (alarm.letter, alarm.errand)

    def _decide(self, action: Action, person: int, parameters: dict[str, Any], version: int) -> None:
        before, this = self.case, decision(self.case, action, person, self.at, **parameters, version=version)
        verdict = judge(before, this, self.world)

        assert judge(before, this, self.world) == verdict, "a rule must judge alike each time"
        if isinstance(verdict, Refusal):
            assert verdict.code
            assert verdict.detail
            return
        assert before.open, "closed is final"
        assert version == before.version or RULES[action].beside or person == APPLICANT
        assert refused_at_once(before, this, self.world) is None
        self._check_accepted(before, verdict, action, person)
        self._absorb(verdict.facts)
        letters = tuple(self._letter(n, order.way) for n, order in enumerate(verdict.letters))
        self.case = replace(verdict.case, letters=(*verdict.case.letters, *letters))

    def _check_accepted(self, before: Case, verdict: Accepted, action: Action, person: int) -> None:
        after = verdict.case
        assert after.version == before.version + (0 if RULES[action].beside else 1)
        assert len(verdict.facts) == 1
        assert (verdict.facts[0].at, verdict.facts[0].person or APPLICANT) == (self.at, person)
        assert SECRET_WORDS not in json.dumps([dict(fact.facts) for fact in verdict.facts], ensure_ascii=False)
        assert after.stage in RULES[action].leads_to
        assert after.entry in {before.entry, before.entry + 1}
        assert after.stage is before.stage or after.entry == before.entry + 1
        assert set(before.participants) <= set(after.participants)
        assert after.considered is (after.stage in {Stage.DELIVERY, Stage.RATING})
        assert after.received_at == before.received_at
        self._check_endorsers(before, after, action, person)

    def _check_endorsers(self, before: Case, after: Case, action: Action, person: int) -> None:
        if after.stage is Stage.ENDORSEMENT and after.draft and before.holder != after.holder:
            asked = {(given.person, given.digest) for given in after.endorsements}
            assert (after.holder.person, after.draft.digest) not in asked, "none is asked twice for one text"
        if action is Action.ENDORSE and before.draft and after.draft:
            assert person == before.draft.endorsers[before.draft.position], "endorsers are asked in order"
            assert after.draft.position > before.draft.position
            assert after.draft.endorsers == before.draft.endorsers
        if before.stage is Stage.ENDORSEMENT and after.stage is Stage.APPROVAL and after.draft:
            assert after.draft.endorser is None, "approval comes after the last endorser"

    def _absorb(self, facts: tuple[Fact, ...]) -> None:
        """What an inspector makes of the journal: the dues in force, recomputed from its rows alone."""
        for fact in facts:
            given = fact.facts
            if fact.event is Event.MESSAGE_ACCEPTED:
                assert datetime.fromisoformat(given["due_at"]) == RECEIVED + given["term_days"] * DAY
            if fact.event in {
                Event.MESSAGE_ACCEPTED,
                Event.POSTPONEMENT_APPROVED,
                Event.CARD_CORRECTED,
                Event.REPEAT_ASKED,
            }:
                self.due_at = datetime.fromisoformat(given.get("due_at") or self.due_at.isoformat())
            if "term" in given:
                self.entered_at, self.stage_due_at = fact.at, terms.due_of(given["term"])
                assert datetime.fromisoformat(given["term"]["message_due_at"]) == self.due_at
            elif fact.event is Event.CARD_CORRECTED and "due_at" in given:
                due_at, shortened = self.stage_due_at, self.due_at > self.entered_at
                self.stage_due_at = min(due_at, self.due_at) if due_at and shortened else None
            elif fact.event in {Event.RATING_AWAITED, Event.MESSAGE_CONVERTED} or (
                given.get("stage") == Stage.DELIVERY and fact.person
            ):
                self.entered_at, self.stage_due_at = fact.at, None

    def _letter(self, number: int, way: LetterWay) -> LetterFact:
        """The letter as the record begins it."""
        id_ = f"{len(self.case.letters)}-{number}"
        kind = LetterKind.ANSWER
        match way:
            case LetterWay.PORTAL:
                return LetterFact(id_, kind, way, LetterState.DELIVERED, settled_at=self.at)
            case LetterWay.EMAIL:
                return LetterFact(id_, kind, way, LetterState.PENDING)
            case LetterWay.HANDOVER:
                due_at = handover_due_at(self.case, self.at, self.world)
                return LetterFact(id_, kind, way, LetterState.TASK, task_due_at=due_at)

    # --- What is decided

    def _parameters(self, data: st.DataObject, action: Action, *, sensible: bool) -> dict[str, Any]:
        draw = data.draw
        text = draw(st.sampled_from(TEXTS[1:] if sensible else TEXTS), "text")
        heads = self._with(Role.HEAD) if sensible else PEOPLE
        executors = self._with(Role.EXECUTOR) if sensible else PEOPLE
        reason = {"reason": text}
        match action:
            case Action.ACCEPT:
                category, subcategory = draw(st.sampled_from(BRANCHES[:2] if sensible else BRANCHES), "category")
                targets = ORGANISATIONS[:-1] if sensible else ORGANISATIONS
                organisation = draw(st.sampled_from(targets), "organisation")
                return {"category": category, "subcategory": subcategory, "organisation": organisation}
            case Action.DECLINE:
                return {"ground": "rude" if sensible else draw(st.sampled_from(["rude", "no such"])), **reason}
            case Action.ASSIGN:
                return {"executor": draw(st.sampled_from(executors), "executor")}
            case Action.REASSIGN:
                absence = draw(st.sampled_from([None, "vacation", "bored"]), "absence")
                return {"executor": draw(st.sampled_from(executors), "executor"), "absence": absence, **reason}
            case Action.TRANSFER_TO_SUBORDINATE:
                known = self.world.directory.organisations
                below = [one for one in ORGANISATIONS[:-1] if self.case.organisation in known[one].path[:-1]]
                targets = below if sensible and below else ORGANISATIONS
                return {"organisation": draw(st.sampled_from(targets), "organisation")}
            case Action.PROPOSE_REDIRECT:
                path = self.world.directory.organisations[self.case.organisation].path
                others = [one for one in ORGANISATIONS[:-1] if one not in path] if sensible else ORGANISATIONS
                target = draw(st.sampled_from([*others, ""]), "organisation")
                outside = "" if target else "Прокуратура"
                given = {"organisation": target, "external_name": outside, "comment": text}
                return given | self._route(data, heads, sensible=sensible)
            case Action.SUBMIT_ANSWER:
                kind = draw(st.sampled_from(["solved", "not_solved", "postponed", "declined"]), "type")
                days = draw(st.integers(min_value=-5, max_value=40), "postponed by")
                until = (self.case.due_at + days * DAY).date().isoformat()
                given = {"type": kind, "text": text, "postponed_until": until, "ground": "rude"}
                return given | self._route(data, heads, sensible=sensible)
            case Action.DELEGATE:
                absence = draw(st.sampled_from([None, "sickness"]), "absence")
                return {"head": draw(st.sampled_from(heads), "head"), "absence": absence, **reason}
            case Action.ANSWER_QUESTION | Action.CANCEL_ERRAND | Action.SETTLE_FLAG | Action.SETTLE_COMPLAINT:
                open_ = [one.id for one in self.case.errands if one.open or not sensible] or ["none"]
                given = {"errand": draw(st.sampled_from(open_), "errand"), "text": text, "identified": sensible}
                return given | reason
            case Action.RECORD_ATTEMPT | Action.CONTRIBUTE:
                open_ = [one.id for one in self.case.errands if one.open and not one.of_applicant] or ["none"]
                result = draw(
                    st.sampled_from(["reached", "no_answer", "busy", "wrong_number", "refused", "sleeps"]), "result"
                )
                given = {"errand": draw(st.sampled_from(open_), "errand"), "text": text, "result": result}
                return {"text": text} if action is Action.CONTRIBUTE else given
            case Action.ASK_CO_EXECUTORS:
                return {"people": draw(st.lists(st.sampled_from(PEOPLE), max_size=3), "people"), "text": text}
            case Action.ASK_FOR_CALL:
                return {"caller": draw(st.sampled_from([None, *PEOPLE]), "caller"), "text": text}
            case Action.ADD_FACTS:
                return {"text": text, "danger": draw(st.booleans(), "danger")}
            case Action.EDIT_ANSWER | Action.ASK_APPLICANT:
                return {"text": text}
            case Action.CORRECT_CARD:
                category, subcategory = draw(st.sampled_from(BRANCHES), "category")
                given = {"category": category, "subcategory": subcategory, "contacts": {"email": None}}
                return given | {"prioritised": draw(st.sampled_from([None, True, False]), "priority")}
            case Action.CONFIRM_DELIVERY | Action.REPORT_DELIVERY_FAILURE:
                letters = [one.id for one in self.case.letters] or ["none"]
                given = {"letter": draw(st.sampled_from(letters), "letter"), "way": "лично", "recipient": "он"}
                return given | {"handed_over_at": self.at.isoformat()} | reason
            case Action.TAKE | Action.START_WORK | Action.WITHDRAW_ANSWER | Action.ENDORSE | Action.APPROVE:
                return {}
            case Action.RETURN_TO_SUPERIOR | Action.RETURN_TO_COORDINATION | Action.RECALL | Action.REJECT:
                return reason
            case Action.RATE:
                score = draw(st.integers(min_value=1 if sensible else 0, max_value=5), "score")
                return {"score": score, "danger": draw(st.booleans(), "danger")}
            case Action.ASK_REPEAT:
                return {"missing": text, "danger": draw(st.booleans(), "danger")}
            case Action.CONFIRM_DANGER | Action.ASK_WITHDRAWAL | Action.CONFIRM_WITHDRAWAL:
                return {}
            case Action.RECORD_WITHDRAWAL:
                return {"identified": sensible}
            case Action.DISMISS_DANGER | Action.CONTINUE_CONSIDERATION | Action.UNLINK:
                return reason
            case Action.CONVERT | Action.CHOOSE_LAW:
                return {"law": "210-fz" if sensible else "59-fz"} | reason
            case Action.SET_FLAG | Action.DROP_FLAG:
                return {"flag": draw(st.sampled_from(["minor", "language"]), "flag")} | reason
            case Action.LINK:
                return reason | {"found": FOUND | {"organisation": self.case.organisation} if sensible else None}

    def _route(self, data: st.DataObject, heads: list[int], *, sensible: bool) -> dict[str, Any]:
        most = 3 if not sensible or self.world.directory.organisations[self.case.organisation].endorsement else 0
        endorsers = data.draw(st.lists(st.sampled_from(heads), max_size=most, unique=sensible), "endorsers")
        return {"endorsers": endorsers, "approver": data.draw(st.sampled_from(heads), "approver")}

    def _with(self, role: Role) -> list[int]:
        """Those who can be named here; everybody where there is none."""
        return list(self.world.directory.holders(role, place_of(self.case), self.at)) or PEOPLE

    # --- What holds

    @invariant()
    def exactly_one_holder_or_pool_in_the_five_stages(self) -> None:
        if self.case.stage in TIMED_STAGES:
            assert (self.case.holder.person is None) is not (self.case.holder.pool is None)

    @invariant()
    def entry_then_stage_due_then_message_due_while_that_lies_ahead(self) -> None:
        case = self.case
        if case.stage in TIMED_STAGES and case.due_at > self.at and case.due_at - case.entered_at >= timedelta(0, 1):
            assert case.stage_due_at is not None
            assert case.entered_at <= case.stage_due_at <= case.due_at

    @invariant()
    def dues_are_those_of_the_journal(self) -> None:
        assert self.case.due_at == self.due_at
        assert self.case.stage_due_at == self.stage_due_at
        assert self.case.entered_at == self.entered_at

    @invariant()
    def closed_is_final(self) -> None:
        if not self.case.open:
            assert next_alarm(self.case, self.world) is None
            assert all(not allowed_actions(self.case, person, self.world, self.at) for person in PEOPLE)

    @invariant()
    def danger_waits_for_a_person_and_those_told_are_there_to_decide(self) -> None:
        case = self.case
        assert case.open or case.danger is not Danger.SUGGESTED, "a suggestion is decided on before the end"
        if case.danger_undecided:
            assert case.alerted, "somebody was told"
            for one in case.alerted:
                able = {found.action for found in allowed_actions(case, one, self.world, self.at)}
                assert {Action.CONFIRM_DANGER, Action.DISMISS_DANGER} <= able

    @invariant()
    def no_alarm_waits_in_the_past(self) -> None:
        alarm = next_alarm(self.case, self.world)
        assert alarm is None or alarm.at >= min(self.at, self.case.entered_at)
        assert self.case.last is None or alarm is None or alarm.at >= self.case.last.decided_at


def _mark(alarm: Alarm) -> tuple[datetime, int]:
    return alarm.at, [*AlarmKind].index(alarm.kind)


TestMessage = Message.TestCase
PROFILE = settings.get_profile(settings.get_current_profile_name())
TestMessage.settings = settings(PROFILE, max_examples=max(200, PROFILE.max_examples), stateful_step_count=40)
