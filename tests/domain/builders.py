"""What the tests of the rules share: a small region with its people, a regulation by hand, a desk at which a message is worked on.

The regulation here is written out, not read from `regulations/`: rules are tested apart from the data that is shipped.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain import terms
from domain.alarms import Alarm, next_alarm, record
from domain.calendar import Calendar
from domain.case import Case, Decision
from domain.case_parts import Contact, LetterFact
from domain.directory import Directory, Grant
from domain.directory_records import Category, Organisation, Person, Unit
from domain.notices import decision_notices
from domain.regulation import DayLength, Ground, Order, Regulation, Settings, StageRule, TermRule
from domain.rules import judge
from domain.verdict import Accepted, Fact, LetterOrder, Notice, Refusal, World
from domain.vocabulary import APPLICANT, Action, AlarmKind, LetterKind, LetterState, LetterWay, PersonId, Role, Stage

MOSCOW = ZoneInfo("Europe/Moscow")
KALININGRAD = ZoneInfo("Europe/Kaliningrad")

REGION, MINISTRY, HOSPITAL, ROADS, ROADS_SUB = "region", "ministry", "hospital", "roads", "roads_sub"
TITLES = {
    REGION: "Правительство области",
    MINISTRY: "Министерство здравоохранения",
    HOSPITAL: "Областная больница",
    ROADS: "Министерство дорог",
    ROADS_SUB: "Дорожный участок",
}
"""The tree: region over ministry over hospital, and region over roads over roads_sub."""

LETTERS_UNIT, CLINIC_UNIT, FOREIGN_UNIT = "letters", "clinic", "foreign"

MODERATOR, COORDINATOR, EXECUTOR, EXECUTOR2 = 1, 2, 3, 4
HEAD, HEAD2, HEAD3 = 5, 6, 7
CURATOR, ADMINISTRATOR, OPERATOR = 8, 9, 10
COORDINATOR2 = 11
HOSPITAL_COORDINATOR, HOSPITAL_EXECUTOR, HOSPITAL_HEAD = 21, 22, 23
ROADS_COORDINATOR, ROADS_HEAD, ROADS_EXECUTOR = 31, 32, 33
ROADS_SUB_COORDINATOR, REGION_COORDINATOR = 41, 51
GUEST_EXECUTOR = 61
"""Works for roads, but may execute for the ministry too."""
OUTSIDER, DISMISSED = 98, 99
"""Active without any grant; inactive with all grants."""

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RECEIVED = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday, 09:00 in Moscow."""

SHARES = {Stage.MODERATION: 5, Stage.COORDINATION: 5, Stage.EXECUTION: 65, Stage.ENDORSEMENT: 15, Stage.APPROVAL: 10}


def regulation(**settings: Any) -> Regulation:
    """S2 as the rules need it, with settings that a test may change."""
    given: dict[str, Any] = {
        "warn_left_percent": 25,
        "floor_percent": 1,
        "default_days": 30,
        "postponements": 1,
        "postponement_days": 30,
        "postponed_shares": {Stage.EXECUTION: 75, Stage.ENDORSEMENT: 15, Stage.APPROVAL: 10},
        "bounce_days": 3,
        "handover_working_days": 2,
        "complaint_working_days": 15,
        "received_back_days": 60,
        "reminder_hour": 9,
        "first_reaction_hours": 24,
        "rating_days": 14,
        "endorse_again": 1,
        "rating_low": 3,
        "question_days": 5,
        "call_attempts": 3,
        "questions_at_once": 5,
        "flag_days": 2,
        "withdrawal_days": 2,
        "co_executor_percent": 50,
        "late_co_executor_days": 1,
        "silence_working_hours": 1,
        "consultation_minutes": 10,
        "call_transfers": 2,
        "identity_tries": 3,
        "identity_tries_a_day": 6,
        "measure_reminder_days": 7,
        "clauses": {},
    }
    return Regulation(
        code="S2",
        revision="test",
        order=Order("Об утверждении регламента", "Министерство", "134", date(2023, 8, 1), date(2023, 8, 1)),
        stages=tuple(StageRule(stage, stage.value, share, "приложение") for stage, share in SHARES.items()),
        terms=(TermRule("ordinary", 30, "30 дней", "3.10"), TermRule("short", 10, "10 дней", "3.10")),
        roles=(),
        answer_types=(),
        decline_grounds=(Ground("rude", "Оскорбления", "1.2 д"), Ground("other_act", "59-ФЗ", "1.3")),
        absence_codes=(),
        definitions=(),
        submission_rules=(),
        clauses=(),
        settings=Settings(**(given | settings)),
    )


def organisations(**changes: dict[str, Any]) -> dict[str, Organisation]:
    """The tree of five bodies. `changes`: fields of one of them, by its id."""
    moscow = Calendar(MOSCOW)
    paths = {
        REGION: (REGION,),
        MINISTRY: (REGION, MINISTRY),
        HOSPITAL: (REGION, MINISTRY, HOSPITAL),
        ROADS: (REGION, ROADS),
        ROADS_SUB: (REGION, ROADS, ROADS_SUB),
    }
    return {
        id_: replace(Organisation(id_, path, moscow, title=TITLES[id_]), **changes.get(id_, {}))
        for id_, path in paths.items()
    }


GRANTS = (
    Grant(MODERATOR, Role.MODERATOR, REGION),
    Grant(REGION_COORDINATOR, Role.COORDINATOR, REGION),
    Grant(COORDINATOR, Role.COORDINATOR, MINISTRY),
    Grant(COORDINATOR2, Role.COORDINATOR, MINISTRY),
    Grant(EXECUTOR, Role.EXECUTOR, MINISTRY, unit=LETTERS_UNIT),
    Grant(EXECUTOR2, Role.EXECUTOR, MINISTRY),
    Grant(GUEST_EXECUTOR, Role.EXECUTOR, MINISTRY),
    Grant(HEAD, Role.HEAD, MINISTRY),
    Grant(HEAD2, Role.HEAD, MINISTRY),
    Grant(HEAD3, Role.HEAD, MINISTRY),
    Grant(CURATOR, Role.CURATOR, REGION, subtree=True),
    Grant(ADMINISTRATOR, Role.ADMINISTRATOR, MINISTRY),
    Grant(OPERATOR, Role.INTAKE_OPERATOR, REGION, subtree=True),
    Grant(HOSPITAL_COORDINATOR, Role.COORDINATOR, HOSPITAL),
    Grant(HOSPITAL_EXECUTOR, Role.EXECUTOR, HOSPITAL),
    Grant(HOSPITAL_HEAD, Role.HEAD, HOSPITAL),
    Grant(ROADS_COORDINATOR, Role.COORDINATOR, ROADS),
    Grant(ROADS_EXECUTOR, Role.EXECUTOR, ROADS),
    Grant(ROADS_HEAD, Role.HEAD, ROADS),
    Grant(ROADS_SUB_COORDINATOR, Role.COORDINATOR, ROADS_SUB),
    *(Grant(DISMISSED, role, REGION, subtree=True) for role in Role),
)

CATEGORIES = {
    "roads": Category("roads"),
    "potholes": Category("potholes", "roads"),
    "deep": Category("deep", "potholes"),
    "medicine": Category("medicine", days=10),
    "queue": Category("queue", "medicine"),
    "pharmacy": Category("pharmacy", "medicine"),
    "old": Category("old", "roads", active=False),
}


def directory(*extra: Grant, drop: tuple[PersonId, ...] = (), **changes: dict[str, Any]) -> Directory:
    """The region. `drop`: people whose usual grants are left out; `extra`: grants beside the usual ones."""
    grants = (*(one for one in GRANTS if one.person not in drop), *extra)
    home = {HOSPITAL_COORDINATOR: HOSPITAL, HOSPITAL_EXECUTOR: HOSPITAL, HOSPITAL_HEAD: HOSPITAL}
    home |= {ROADS_COORDINATOR: ROADS, ROADS_HEAD: ROADS, ROADS_EXECUTOR: ROADS, GUEST_EXECUTOR: ROADS}
    unit = {EXECUTOR: LETTERS_UNIT, EXECUTOR2: CLINIC_UNIT, GUEST_EXECUTOR: FOREIGN_UNIT}
    ids = {one.person for one in (*GRANTS, *extra)} | {OUTSIDER}
    return Directory(
        root=REGION,
        organisations=organisations(**changes),
        units={
            LETTERS_UNIT: Unit(LETTERS_UNIT, MINISTRY),
            CLINIC_UNIT: Unit(CLINIC_UNIT, MINISTRY),
            FOREIGN_UNIT: Unit(FOREIGN_UNIT, ROADS),
        },
        people={one: Person(one, home.get(one, MINISTRY), unit.get(one), active=one != DISMISSED) for one in ids},
        categories=CATEGORIES,
        grants=grants,
    )


def world(*extra: Grant, day: DayLength | None = None, settings: dict[str, Any] | None = None, **kinds: Any) -> World:
    """The region under S2; `kinds` go to `directory`."""
    return World(directory(*extra, **kinds), regulation(**(settings or {})), day or DayLength())


def new_case(where: World | None = None, *, received_at: datetime = RECEIVED, days: int = 30, **changes: Any) -> Case:
    """A message that has just come, in moderation at the root, with its term and its first stage's due date."""
    where = where or world()
    total = where.day.days(days)
    plan = terms.plan(total, where.regulation.shares, where.regulation.settings.floor_percent)
    due_at = received_at + total
    case = Case(
        id="case",
        number="П-1",
        stage=Stage.MODERATION,
        entry=1,
        entered_at=received_at,
        received_at=received_at,
        due_at=due_at,
        stage_due_at=terms.receipt(plan, Stage.MODERATION, received_at, due_at).due_at,
        plan=plan,
        organisation=REGION,
        contact=Contact(portal=True, email=True),
        declared_organisation=MINISTRY,
    )
    return replace(case, **changes)


def digest(text: str | None) -> str:
    """A stand-in for the keyed digest that the record gives to a text."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:8]


def decision(case: Case, action: Action, person: PersonId, at: datetime, **parameters: Any) -> Decision:
    """A decision against the case as it stands."""
    if "text" in parameters:
        parameters = {"text_digest": digest(parameters["text"])} | parameters
    if action is Action.PROPOSE_REDIRECT:
        what = "\n".join(str(parameters.get(name) or "") for name in ("organisation", "external_name", "comment"))
        parameters = {"text_digest": digest(what)} | parameters
    version = parameters.pop("version", case.version)
    return Decision(f"decision-{case.version}-{len(case.errands)}", action, person, at, version, parameters)


FOUND = {
    "id": "main",
    "number": "П-0",
    "open": True,
    "organisation": MINISTRY,
    "linked": False,
    "earlier": True,
    "same_applicant": True,
    "has_linked": False,
    "complained_of_person": None,
    "executor": None,
}
"""What the record says of an earlier message of the same applicant."""

DEFAULTS: dict[Action, tuple[PersonId, dict[str, Any]]] = {
    Action.ACCEPT: (MODERATOR, {"category": "roads", "subcategory": "potholes", "organisation": MINISTRY}),
    Action.DECLINE: (MODERATOR, {"ground": "rude", "reason": "Оскорбительные слова"}),
    Action.ASSIGN: (COORDINATOR, {"executor": EXECUTOR}),
    Action.TAKE: (COORDINATOR, {}),
    Action.TRANSFER_TO_SUBORDINATE: (COORDINATOR, {"organisation": HOSPITAL}),
    Action.PROPOSE_REDIRECT: (COORDINATOR, {"organisation": ROADS, "endorsers": [], "approver": HEAD}),
    Action.RETURN_TO_SUPERIOR: (HOSPITAL_COORDINATOR, {"reason": "Не наш вопрос"}),
    Action.START_WORK: (EXECUTOR, {}),
    Action.RETURN_TO_COORDINATION: (EXECUTOR, {"reason": "Не моя обязанность"}),
    Action.REASSIGN: (EXECUTOR, {"executor": EXECUTOR2, "reason": "Ухожу", "absence": "vacation"}),
    Action.SUBMIT_ANSWER: (
        EXECUTOR,
        {"type": "solved", "text": "Яма засыпана.", "endorsers": [HEAD2, HEAD3], "approver": HEAD},
    ),
    Action.RECALL: (COORDINATOR, {"reason": "Исполнитель молчит"}),
    Action.WITHDRAW_ANSWER: (EXECUTOR, {}),
    Action.ENDORSE: (HEAD2, {}),
    Action.APPROVE: (HEAD, {}),
    Action.REJECT: (HEAD, {"reason": "Нет ответа по существу"}),
    Action.DELEGATE: (HEAD, {"head": HEAD3, "reason": "Отпуск"}),
    Action.EDIT_ANSWER: (HEAD, {"text": "Яма засыпана 5 марта."}),
    Action.CORRECT_CARD: (COORDINATOR, {"complained_of": HOSPITAL}),
    Action.CONFIRM_DELIVERY: (OPERATOR, {"way": "лично", "recipient": "заявитель"}),
    Action.RATE: (APPLICANT, {"score": 2}),
    Action.ASK_REPEAT: (APPLICANT, {"missing": "Не сказано, когда засыплют вторую яму."}),
    Action.REPORT_DELIVERY_FAILURE: (OPERATOR, {"reason": "Письмо вернулось"}),
    Action.ADD_FACTS: (APPLICANT, {"text": "Яма выросла."}),
    Action.CONFIRM_DANGER: (COORDINATOR, {}),
    Action.ASK_WITHDRAWAL: (APPLICANT, {}),
    Action.RECORD_WITHDRAWAL: (OPERATOR, {"identified": True}),
    Action.CONFIRM_WITHDRAWAL: (COORDINATOR, {}),
    Action.LINK: (COORDINATOR, {"reason": "Тот же вопрос", "found": FOUND}),
    Action.UNLINK: (COORDINATOR, {"reason": "Новый вопрос"}),
    Action.SET_FLAG: (COORDINATOR, {"flag": "minor"}),
    Action.DROP_FLAG: (COORDINATOR, {"flag": "minor", "reason": "Пишет мать"}),
    Action.CONVERT: (COORDINATOR, {"law": "210-fz", "reason": "Жалоба на услугу"}),
    Action.CHOOSE_LAW: (APPLICANT, {"law": "210-fz"}),
    Action.SETTLE_COMPLAINT: (HEAD, {"text": "Отвечено заявителю 5 марта"}),
    Action.SETTLE_FLAG: (COORDINATOR, {"text": "Мать подтвердила"}),
    Action.CONTINUE_CONSIDERATION: (COORDINATOR, {"reason": "Вопрос касается многих"}),
    Action.DISMISS_DANGER: (COORDINATOR, {"reason": "Оборот речи"}),
    Action.ASK_APPLICANT: (EXECUTOR, {"text": "У какого дома яма?"}),
    Action.ANSWER_QUESTION: (APPLICANT, {"text": "У третьего."}),
    Action.CANCEL_ERRAND: (EXECUTOR, {"reason": "Нашли сами"}),
    Action.ASK_FOR_CALL: (EXECUTOR, {"text": "Где яма?"}),
    Action.RECORD_ATTEMPT: (OPERATOR, {"result": "no_answer"}),
    Action.ASK_CO_EXECUTORS: (EXECUTOR, {"people": [EXECUTOR2], "text": "Когда ремонт?"}),
    Action.CONTRIBUTE: (EXECUTOR2, {"text": "Ремонт в мае."}),
}
"""Who usually takes each decision, with what."""


class Refused(AssertionError):
    """A decision that the test expected to be accepted was refused."""


@dataclass
class Desk:
    """One message and the hands that it goes through: each call is one decision, judged where time has come to."""

    world: World = field(default_factory=world)
    case: Case = None
    at: datetime = RECEIVED
    facts: list[Fact] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    letters: list[LetterOrder] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.case is None:
            self.case = new_case(self.world)

    def later(self, length: timedelta) -> Desk:
        """Time passes; what falls due meanwhile is recorded, as the run does before it judges."""
        return self.until(self.at + length)

    def until(self, at: datetime) -> Desk:
        """Time passes up to the instant; alarms before and at it are recorded."""
        while (alarm := next_alarm(self.case, self.world)) and alarm.at <= at:
            recorded = record(self.case, alarm, self.world)
            self.case = recorded.case
            self.facts += recorded.facts
            self.notices += recorded.notices
            self.alarms.append(alarm)
        self.at = at
        return self

    def decide(self, action: Action, person: PersonId | None = None, **parameters: Any) -> Accepted:
        """The usual decision with the parameters given instead; it must be accepted."""
        made = self.decision(action, person, **parameters)
        verdict = judge(self.case, made, self.world)
        if isinstance(verdict, Refusal):
            raise Refused(f"{action}: {verdict.code}")
        told = decision_notices(self.case, verdict.case, made, self.world)
        self.notices = [*verdict.notices, *told]
        self.letters = list(verdict.letters)
        self.facts += verdict.facts
        self.case = verdict.case
        return verdict

    def refuse(self, action: Action, person: PersonId | None = None, **parameters: Any) -> Refusal:
        """The same, but it must be refused, in words that people read: no code of a body or a category among them."""
        verdict = judge(self.case, self.decision(action, person, **parameters), self.world)
        assert isinstance(verdict, Refusal), f"{action} was accepted"
        codes = self.world.directory.organisations.keys() | self.world.directory.categories.keys()
        assert not codes & set(re.findall(r"[a-z_.]+", verdict.detail)), verdict.detail
        return verdict

    def decision(self, action: Action, person: PersonId | None = None, **parameters: Any) -> Decision:
        """The usual decision with the parameters given instead, made now."""
        who, usual = DEFAULTS[action]
        return decision(self.case, action, who if person is None else person, self.at, **(usual | parameters))

    def told(self, person: PersonId) -> list[str]:
        """What this person was told by the last decision or by the alarms since."""
        return [notice.kind.value for notice in self.notices if notice.person == person]

    def mail(self, *letters: LetterFact) -> Desk:
        """The case has these letters, as the record writes them beside the verdict."""
        self.case = replace(self.case, letters=(*self.case.letters, *letters))
        return self


STEPS: dict[Stage, tuple[Action, ...]] = {
    Stage.MODERATION: (),
    Stage.COORDINATION: (Action.ACCEPT,),
    Stage.EXECUTION: (Action.ACCEPT, Action.ASSIGN, Action.START_WORK),
    Stage.ENDORSEMENT: (Action.ACCEPT, Action.ASSIGN, Action.START_WORK, Action.SUBMIT_ANSWER),
}


def desk(stage: Stage = Stage.MODERATION, where: World | None = None, **new: Any) -> Desk:
    """A message that has come to this stage in its usual way, an hour after each step."""
    where = where or world()
    found = Desk(where, new_case(where, **new))
    found.at = found.case.received_at
    if stage is Stage.RATING:
        at_desk = desk(Stage.DELIVERY, where, **new)
        published = letter(way=LetterWay.PORTAL, state=LetterState.DELIVERED, settled_at=at_desk.at)
        return at_desk.mail(published).later(timedelta(minutes=1))
    if stage in {Stage.APPROVAL, Stage.DELIVERY}:
        for action in STEPS[Stage.EXECUTION]:
            found.later(HOUR).decide(action)
        found.later(HOUR).decide(Action.SUBMIT_ANSWER, endorsers=[])
        if stage is Stage.DELIVERY:
            found.later(HOUR).decide(Action.APPROVE)
        return found
    for action in STEPS[stage]:
        found.later(HOUR).decide(action)
    return found


def letter(
    kind: LetterKind = LetterKind.ANSWER,
    way: LetterWay = LetterWay.EMAIL,
    state: LetterState = LetterState.SENT,
    *,
    id: str = "letter",
    settled_at: datetime | None = None,
    task_due_at: datetime | None = None,
) -> LetterFact:
    """A letter to the applicant as the record has it."""
    return LetterFact(id, kind, way, state, settled_at=settled_at, task_due_at=task_due_at)


def kinds(alarms: list[Alarm]) -> list[AlarmKind]:
    """The kinds of alarms, in order."""
    return [alarm.kind for alarm in alarms]
