"""The words of the field, once: stages, roles, actions, codes. Names of signals, workflows and activities are built from them.

Every word is a string when it leaves the process, so a reader of a history or a table needs no legend but the glossary.
"""

from __future__ import annotations

from enum import StrEnum

PersonId = int
"""Opaque staff number: the only thing of a person that enters Temporal, logs or metrics."""

APPLICANT: PersonId = 0
"""The sender of a message where he decides something himself. He has no staff number: in the record it is NULL."""


class Role(StrEnum):
    """What a person may be for an organisation. Source: S2, 2.1."""

    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    EXECUTOR = "executor"
    HEAD = "head"
    CURATOR = "curator"
    ADMINISTRATOR = "administrator"
    INTAKE_OPERATOR = "intake_operator"


class Stage(StrEnum):
    """Where a message stands: the five stages of S2, 2.3, the delivery of what was decided, the wait for its rating (G-28)."""

    MODERATION = "moderation"
    COORDINATION = "coordination"
    EXECUTION = "execution"
    ENDORSEMENT = "endorsement"
    APPROVAL = "approval"
    DELIVERY = "delivery"
    RATING = "rating"


TIMED_STAGES = (Stage.MODERATION, Stage.COORDINATION, Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL)
"""The stages that have a share of the term, in their order. Source: S2, annex."""

CLOSED = "closed"
"""What is told instead of a stage when nothing is left to do."""


class Action(StrEnum):
    """What a person may decide; the name of the signal too. Source: S2, 3.1–3.9; S0, пп. 2, 4, 5; G-41…G-45, G-49."""

    ACCEPT = "accept"
    DECLINE = "decline"
    ASSIGN = "assign"
    TAKE = "take"
    TRANSFER_TO_SUBORDINATE = "transfer_to_subordinate"
    PROPOSE_REDIRECT = "propose_redirect"
    RETURN_TO_SUPERIOR = "return_to_superior"
    START_WORK = "start_work"
    RETURN_TO_COORDINATION = "return_to_coordination"
    REASSIGN = "reassign"
    SUBMIT_ANSWER = "submit_answer"
    RECALL = "recall"
    WITHDRAW_ANSWER = "withdraw_answer"
    ENDORSE = "endorse"
    APPROVE = "approve"
    REJECT = "reject"
    DELEGATE = "delegate"
    EDIT_ANSWER = "edit_answer"
    CORRECT_CARD = "correct_card"
    CONFIRM_DELIVERY = "confirm_delivery"
    REPORT_DELIVERY_FAILURE = "report_delivery_failure"
    ADD_FACTS = "add_facts"
    RATE = "rate"
    ASK_REPEAT = "ask_repeat"
    CONFIRM_DANGER = "confirm_danger"
    DISMISS_DANGER = "dismiss_danger"
    ASK_WITHDRAWAL = "ask_withdrawal"
    RECORD_WITHDRAWAL = "record_withdrawal"
    CONFIRM_WITHDRAWAL = "confirm_withdrawal"
    CONTINUE_CONSIDERATION = "continue_consideration"
    LINK = "link"
    UNLINK = "unlink"
    SET_FLAG = "set_flag"
    DROP_FLAG = "drop_flag"
    SETTLE_FLAG = "settle_flag"
    CONVERT = "convert"
    CHOOSE_LAW = "choose_law"
    SETTLE_COMPLAINT = "settle_complaint"
    ASK_APPLICANT = "ask_applicant"
    ANSWER_QUESTION = "answer_question"
    CANCEL_ERRAND = "cancel_errand"
    ASK_FOR_CALL = "ask_for_call"
    RECORD_ATTEMPT = "record_attempt"
    ASK_CO_EXECUTORS = "ask_co_executors"
    CONTRIBUTE = "contribute"


class AnswerType(StrEnum):
    """What an answer comes to; its approval begins a postponement or declines the message. Source: S2, 3.4."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    POSTPONED = "postponed"
    DECLINED = "declined"


class AbsenceCode(StrEnum):
    """Why a person cannot act in time. Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20."""

    VACATION = "vacation"
    SICKNESS = "sickness"
    DISMISSAL = "dismissal"
    OTHER = "other"


class OneDay(StrEnum):
    """What must be done within one day with messages of a category. Source: S0, п. 5; G-01."""

    NONE = "none"
    FIRST_REACTION = "first_reaction"
    WHOLE_ANSWER = "whole_answer"


class Channel(StrEnum):
    """How a message came. Source: S2, 1.2 д, 2.1 ж, 3.1; G-19."""

    PORTAL = "portal"
    FORM = "form"
    PHONE = "phone"
    VISIT = "visit"
    POST = "post"
    EMAIL = "email"


class DraftKind(StrEnum):
    """What is being endorsed and approved. Source: S2, 3.6."""

    ANSWER = "answer"
    REDIRECT = "redirect"


class Outcome(StrEnum):
    """How the consideration ended."""

    ANSWERED = "answered"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"
    CONVERTED = "converted"


class Law(StrEnum):
    """By which other law a message may be considered. Source: G-41."""

    COMPLAINT_210 = "210-fz"
    APPEAL_59 = "59-fz"


class Flag(StrEnum):
    """What a message needs beside an answer. Source: G-45."""

    MINOR = "minor"
    LANGUAGE = "language"


class Danger(StrEnum):
    """What is held of danger to somebody's life: words suggest it, a person confirms or dismisses it. Source: G-45."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class AlarmKind(StrEnum):
    """What a timer may report."""

    STAGE_WARNING_AHEAD = "stage_warning_ahead"
    STAGE_WARNING = "stage_warning"
    STAGE_OVERDUE = "stage_overdue"
    MESSAGE_OVERDUE = "message_overdue"
    OVERDUE_REMINDER = "overdue_reminder"
    HANDOVER_OVERDUE = "handover_overdue"
    BOUNCE_DAYS_OVER = "bounce_days_over"
    ABSENCE_BEGINS = "absence_begins"
    ABSENCE_ENDS = "absence_ends"
    NOBODY_PRESENT = "nobody_present"
    FIRST_REACTION_OVERDUE = "first_reaction_overdue"
    ERRAND_REMINDER = "errand_reminder"
    ERRAND_OVERDUE = "errand_overdue"
    RATING_BEGINS = "rating_begins"
    RATING_OVER = "rating_over"
    SOMEBODY_PRESENT = "somebody_present"
    ERRAND_UNATTENDED = "errand_unattended"
    DANGER_REMINDER = "danger_reminder"


class Event(StrEnum):
    """What the journal says has happened: past tense."""

    MESSAGE_REGISTERED = "MessageRegistered"
    MESSAGE_ACCEPTED = "MessageAccepted"
    MESSAGE_DECLINED = "MessageDeclined"
    EXECUTOR_ASSIGNED = "ExecutorAssigned"
    MESSAGE_TAKEN = "MessageTaken"
    MESSAGE_TRANSFERRED = "MessageTransferred"
    REDIRECT_PROPOSED = "RedirectProposed"
    MESSAGE_RETURNED_TO_SUPERIOR = "MessageReturnedToSuperior"
    WORK_STARTED = "WorkStarted"
    MESSAGE_RETURNED_TO_COORDINATION = "MessageReturnedToCoordination"
    EXECUTOR_REASSIGNED = "ExecutorReassigned"
    ANSWER_SUBMITTED = "AnswerSubmitted"
    ASSIGNMENT_RECALLED = "AssignmentRecalled"
    ANSWER_WITHDRAWN = "AnswerWithdrawn"
    DRAFT_ENDORSED = "DraftEndorsed"
    ANSWER_APPROVED = "AnswerApproved"
    POSTPONEMENT_APPROVED = "PostponementApproved"
    REDIRECT_APPROVED = "RedirectApproved"
    DRAFT_REJECTED = "DraftRejected"
    RIGHT_DELEGATED = "RightDelegated"
    ANSWER_EDITED = "AnswerEdited"
    CARD_CORRECTED = "CardCorrected"
    DELIVERY_CONFIRMED = "DeliveryConfirmed"
    DELIVERY_FAILURE_REPORTED = "DeliveryFailureReported"
    TRACKING_CODE_REISSUED = "TrackingCodeReissued"
    CALL_RECORDED = "CallRecorded"
    STAGE_WARNING_SENT_AHEAD = "StageWarningSentAhead"
    STAGE_WARNED = "StageWarned"
    STAGE_OVERDUE = "StageOverdue"
    MESSAGE_OVERDUE = "MessageOverdue"
    OVERDUE_REMINDED = "OverdueReminded"
    HANDOVER_OVERDUE = "HandoverOverdue"
    FIRST_REACTION_OVERDUE = "FirstReactionOverdue"
    LETTER_SENT = "LetterSent"
    LETTER_REFUSED = "LetterRefused"
    CASE_CLOSED = "CaseClosed"
    FACTS_ADDED = "FactsAdded"
    RATING_AWAITED = "RatingAwaited"
    ANSWER_RATED = "AnswerRated"
    REPEAT_ASKED = "RepeatAsked"
    SUBSTITUTE_ACTS = "SubstituteActs"
    SUBSTITUTION_ENDED = "SubstitutionEnded"
    NOBODY_PRESENT = "NobodyPresent"
    SOMEBODY_PRESENT = "SomebodyPresent"
    AUTO_RULE_APPLIED = "AutoRuleApplied"
    DANGER_CONFIRMED = "DangerConfirmed"
    DANGER_DISMISSED = "DangerDismissed"
    WITHDRAWAL_ASKED = "WithdrawalAsked"
    MESSAGE_WITHDRAWN = "MessageWithdrawn"
    CONSIDERATION_CONTINUED = "ConsiderationContinued"
    MESSAGE_LINKED = "MessageLinked"
    MESSAGE_UNLINKED = "MessageUnlinked"
    ANSWERED_TOGETHER = "AnsweredTogether"
    LINK_ENDED = "LinkEnded"
    FLAG_DROPPED = "FlagDropped"
    MESSAGE_CONVERTED = "MessageConverted"
    ERRAND_GIVEN = "ErrandGiven"
    ERRAND_DONE = "ErrandDone"
    CALL_ATTEMPTED = "CallAttempted"
    ERRAND_CANCELLED = "ErrandCancelled"
    ERRAND_REMINDED = "ErrandReminded"
    ERRAND_OVERDUE = "ErrandOverdue"
    ERRAND_UNATTENDED = "ErrandUnattended"
    DANGER_REMINDED = "DangerReminded"


class LetterKind(StrEnum):
    """What the applicant, or an outside organisation (`forwarded`), is told. Source: S2, 3.1, 3.9; G-01, G-09, G-41…G-47."""

    REGISTRATION = "registration"
    TERM_MOVED = "term_moved"
    REDIRECT = "redirect"
    POSTPONEMENT = "postponement"
    DECLINE = "decline"
    ANSWER = "answer"
    ANSWER_READY = "answer_ready"
    FORWARDED = "forwarded"
    WITHDRAWN = "withdrawn"
    CONTINUED = "continued"
    CONVERTED = "converted"
    IN_WORK = "in_work"
    QUESTION = "question"
    CALL_MISSED = "call_missed"


class LetterWay(StrEnum):
    """How a letter travels. Source: S2, 3.9 а; G-19, G-49, G-50."""

    PORTAL = "portal"
    EMAIL = "email"
    HANDOVER = "handover"


class LetterState(StrEnum):
    """Where a letter stands. `begun` without an outcome is what makes a letter doubtful."""

    PENDING = "pending"
    BEGUN = "begun"
    SENT = "sent"
    REFUSED = "refused"
    TASK = "task"
    DELIVERED = "delivered"
    NOT_NEEDED = "not_needed"


class NoticeKind(StrEnum):
    """What staff are told."""

    TASK_ARRIVED = "task_arrived"
    STAGE_WARNING = "stage_warning"
    STAGE_OVERDUE = "stage_overdue"
    MESSAGE_OVERDUE = "message_overdue"
    OVERDUE_REMINDER = "overdue_reminder"
    ANSWER_REJECTED = "answer_rejected"
    ANSWER_EDITED = "answer_edited"
    ASSIGNMENT_ENDED = "assignment_ended"
    HANDOVER_ARRIVED = "handover_arrived"
    HANDOVER_OVERDUE = "handover_overdue"
    DECISION_STUCK = "decision_stuck"
    APPLICANT_WROTE = "applicant_wrote"
    NOBODY_PRESENT = "nobody_present"
    CONFLICT = "conflict"
    AUTO_RULE_REFUSED = "auto_rule_refused"
    FIRST_REACTION_OVERDUE = "first_reaction_overdue"
    DANGER_SUGGESTED = "danger_suggested"
    DANGER_CONFIRMED = "danger_confirmed"
    DANGER_UNDECIDED = "danger_undecided"
    WITHDRAWAL_ASKED = "withdrawal_asked"
    LINK_ENDED = "link_ended"
    ERRAND_ARRIVED = "errand_arrived"
    ERRAND_REMINDER = "errand_reminder"
    ERRAND_OVERDUE = "errand_overdue"
    ERRAND_DONE = "errand_done"
    ERRAND_CANCELLED = "errand_cancelled"
    ERRAND_PASSED = "errand_passed"
    ERRAND_UNATTENDED = "errand_unattended"
    NOBODY_MAY_APPROVE = "nobody_may_approve"
    NOBODY_DECIDES_OR_APPROVES = "nobody_decides_or_approves"


class ErrandKind(StrEnum):
    """What somebody is asked for beside the stage, with a due of its own. Source: G-42."""

    QUESTION = "question"
    MINOR = "minor"
    LANGUAGE = "language"
    CALL = "call"
    CONTRIBUTION = "contribution"
    COMPLAINT_210 = "complaint_210"
    WITHDRAWAL = "withdrawal"


class CallResult(StrEnum):
    """What came of one call to the applicant. Source: S0, п. 2, 4."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    REFUSED = "refused"


class ErrandState(StrEnum):
    """Where an errand stands. `expired`: the answer came first, so nobody waits for it any more."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Audience(StrEnum):
    """Of whom the message is: children have departments and doctors of their own. Source: S0, annex 2; G-05."""

    ADULT = "adult"
    CHILD = "child"


WORKFLOW_PLATFORM_MESSAGE = "PlatformMessage"
ACTIVITY_JUDGE = "judge"
ACTIVITY_DELIVER_LETTER = "deliver_letter"
QUEUE_PROCESS = "otklik"
QUEUE_DELIVERY = "otklik-delivery"
SIGNAL_RING = "ring"
"""A bell that announces no decision of a person: the reconciler's or a test's."""
SIGNAL_RENEW = "renew"
"""A bell that asks the run to continue as new, so that old code can be retired."""


def workflow_id(case_id: str) -> str:
    """The run's id in Temporal."""
    return f"message-{case_id}"
