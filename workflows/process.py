"""What every process is made of: a bell, one timer, a verdict from the record. No rule and no clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from domain import titles
    from domain.attributes import BOOLS, DATETIMES, of_standing
    from domain.standing import Closing, Standing, Start
    from domain.vocabulary import (
        ACTIVITY_DELIVER_LETTER,
        ACTIVITY_JUDGE,
        QUEUE_DELIVERY,
        SIGNAL_RENEW,
        AlarmKind,
        LetterState,
        Role,
        Stage,
    )

LOCAL_BUDGET = timedelta(seconds=2)
REARM = timedelta(seconds=1)
"""The least wait for an alarm: where the record's clock is behind ours, it is asked again and not in a spin."""
SEND_AGAIN = timedelta(minutes=15)
"""The wait after a letter's activity ended without an outcome: failed by hand, or a twin was at it. Else it retries by itself."""
SIGN_OF_LIFE = timedelta(seconds=20)
"""After so long without one the worker in the middle of a letter is taken for dead. It gives one each five seconds."""
OUTCOMES = frozenset({LetterState.SENT, LetterState.REFUSED, LetterState.TASK, LetterState.DELIVERED, "missing"})
"""What the activity answers when the row is settled, so that no later verdict names the letter as waiting."""

JUDGE_SUMMARY = "Решения и сроки по сообщению"

ALARM_TITLES = {
    AlarmKind.STAGE_WARNING_AHEAD: "Предупредить заранее: срок этапа подходит в нерабочее время",
    AlarmKind.STAGE_WARNING: "Предупредить: срок этапа подходит",
    AlarmKind.STAGE_OVERDUE: "Срок этапа",
    AlarmKind.MESSAGE_OVERDUE: "Срок ответа",
    AlarmKind.OVERDUE_REMINDER: "Напомнить о просроченном сообщении",
    AlarmKind.HANDOVER_OVERDUE: "Срок передачи ответа заявителю",
    AlarmKind.BOUNCE_DAYS_OVER: "Закрыть: письмо не вернулось",
    AlarmKind.ABSENCE_BEGINS: "Передать замещающему: начинается отсутствие",
    AlarmKind.ABSENCE_ENDS: "Вернуть от замещающего: отсутствие кончается",
    AlarmKind.NOBODY_PRESENT: "Сообщить: решать некому",
    AlarmKind.SOMEBODY_PRESENT: "Отметить: снова есть кому решать",
    AlarmKind.FIRST_REACTION_OVERDUE: "Сутки на первую реакцию организации",
    AlarmKind.ERRAND_REMINDER: "Напомнить о поручении",
    AlarmKind.ERRAND_OVERDUE: "Срок поручения",
    AlarmKind.ERRAND_UNATTENDED: "Сообщить: поручение некому выполнить",
    AlarmKind.DANGER_REMINDER: "Напомнить: об угрозе жизни никто не решил",
    AlarmKind.RATING_BEGINS: "Ждать оценки ответа: письмо не вернулось",
    AlarmKind.RATING_OVER: "Закрыть: срок оценки ответа прошёл",
}

POOL_TITLES = {
    Role.MODERATOR: "модераторы",
    Role.COORDINATOR: "координаторы",
    Role.INTAKE_OPERATOR: "операторы приёма",
}


class Process:
    """The base of a run: it waits for the bell or the nearest alarm, asks the record, and shows where the case stands."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.standing = start.standing
        self.rung = not start.judged
        """Whether the record may have something to judge: so at the start of a run, unless it was judged to start it."""
        self.renewing = False
        self._shown = dict(of_standing(start.standing))
        """Whoever starts a run gives it the attributes of its first standing, and a renewal keeps them."""
        self._armed = ("", "")
        """Kind and instant of the alarm for which the timer runs."""
        self._timer: asyncio.Task[None] | None = None
        self._sent: set[str] = set()
        self._settled: set[str] = set()
        """Letters with an outcome. A verdict that still names one began before it, and is asked for once more."""
        self._under_way: set[asyncio.Task[None]] = set()

    def hear(self, name: str, args: Sequence[RawValue]) -> None:
        """Any signal of any name is a bell; what it carries is for readers of the history."""
        self.rung = True
        if name == SIGNAL_RENEW:
            self.renewing = True

    @property
    def open(self) -> bool:
        """Whether there is more to judge and this run is the one to do it: decisions made before the closing get their verdicts."""
        return (self.standing.more or not self.standing.closed) and not self._renewal_due

    @property
    def _renewal_due(self) -> bool:
        asked = self.renewing or workflow.info().is_continue_as_new_suggested()
        return asked and not self.rung and not self._under_way

    async def stay(self) -> None:
        """Returns when the case has left this stage entry, or the run is to be renewed."""
        entry = self.standing.entry
        while self.open and self.standing.entry == entry:
            await workflow.wait_condition(lambda: self.rung or self._renewal_due)
            if not self._renewal_due:
                await self.judge()

    async def begin(self) -> None:
        """The run stands where it was started, and what follows from that is under way."""
        if self.start.judged:
            self._follow()
        else:
            await self.judge()

    async def judge(self) -> None:
        """The standing is what the record says after everything decided and due so far.

        A local activity first; if it is not done within its budget a normal one takes over and shows as pending. Both may run at
        once: stored verdicts make the twin a no-op. A request to cancel ends the run, here as everywhere; reconcile rebuilds it.
        """
        self.rung = False
        try:
            self.standing = await workflow.execute_local_activity(
                ACTIVITY_JUDGE,
                self.start.case_id,
                result_type=Standing,
                start_to_close_timeout=LOCAL_BUDGET,
                schedule_to_close_timeout=LOCAL_BUDGET,
                retry_policy=RetryPolicy(maximum_attempts=1),
                summary=JUDGE_SUMMARY,
            )
        except FailureError as failure:  # a local activity's failure comes bare, not as an ActivityError
            if is_cancelled_exception(failure):
                raise
            self.standing = await workflow.execute_activity(
                ACTIVITY_JUDGE,
                self.start.case_id,
                result_type=Standing,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(seconds=1),
                    maximum_interval=timedelta(minutes=1),
                ),
                summary=JUDGE_SUMMARY,
            )
        overtaken = self._settled.intersection(self.standing.deliveries)
        self._settled -= overtaken  # asked for once more and no oftener: whatever the record says, nothing spins
        if self.standing.more or overtaken:
            self.rung = True
        self._follow()

    def _follow(self) -> None:
        """What the standing asks for is under way, and shown."""
        self._send_letters()
        self._arm()
        self._show()

    async def close(self) -> Closing:
        """The end of a run, or the beginning of the next one for a case that goes on.

        Nothing is awaited between the last look at the bell and the return, so no bell can be missed; a decision made meanwhile is
        in the table and the case is closed, so it was refused there.
        """
        await workflow.wait_condition(workflow.all_handlers_finished)
        if not self.standing.closed:
            workflow.continue_as_new(Start(self.start.case_id, self.start.number, self.start.regulation, self.standing))
        return Closing(self.standing.outcome, self.standing.version)

    def _arm(self) -> None:
        """One timer, for the nearest alarm; it runs on while that stays the same."""
        alarm = (self.standing.alarm, self.standing.alarm_at)
        if alarm == self._armed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = alarm
        self._timer = None
        if self.standing.alarm_at:
            # computed here and not in the task, whose exceptions nobody would hear: the alarm would be silent for ever
            left = max(datetime.fromisoformat(self.standing.alarm_at) - workflow.now(), REARM)
            summary = f"{_alarm_title(self.standing.alarm)}, {_instant(self.standing.alarm_at)}"
            self._timer = asyncio.create_task(self._wake(left, summary))

    async def _wake(self, left: timedelta, summary: str) -> None:
        """An alarm is one more bell. The record's own clock decides whether it is due; if that is behind, it is armed again."""
        await workflow.sleep(left, summary=summary)
        self._armed = ("", "")
        self.rung = True

    def _send_letters(self) -> None:
        """Letters leave on their own queue; no stage waits for a mail server."""
        for letter in self.standing.deliveries:
            if letter not in self._sent:
                self._sent.add(letter)
                task = asyncio.create_task(self._send(letter))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _send(self, letter: str) -> None:
        """The letter has an outcome in the record. No failure ends here unheard: nobody awaits this task."""
        while (outcome := await self._delivered(letter)) not in OUTCOMES:
            self.rung = True
            await workflow.sleep(SEND_AGAIN, summary="Письмо заявителю: отправить снова")
        self._settled.add(letter)
        # a letter that went out is heard of with the next decision, unless only letters are waited for
        self.rung = self.rung or outcome != LetterState.SENT or self.standing.stage == Stage.DELIVERY

    async def _delivered(self, letter: str) -> str:
        """What the activity says became of the letter; nothing when it was failed by hand."""
        try:
            outcome: str = await workflow.execute_activity(
                ACTIVITY_DELIVER_LETTER,
                letter,
                result_type=str,
                task_queue=QUEUE_DELIVERY,
                start_to_close_timeout=timedelta(minutes=5),
                heartbeat_timeout=SIGN_OF_LIFE,
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(seconds=5),
                    maximum_interval=timedelta(minutes=15),
                ),
                summary="Письмо заявителю",
            )
        except ActivityError:
            workflow.logger.error("letter failed by hand, to be sent again", extra={"case": self.start.case_id})
            return ""
        return outcome

    def _show(self) -> None:
        """Curators see where the case stands: attributes, when they changed, and the current details."""
        shown = dict(of_standing(self.standing))
        changed = {name: value for name, value in shown.items() if self._shown.get(name, ...) != value}
        if changed:
            workflow.upsert_search_attributes([_update(name, value) for name, value in changed.items()])
        self._shown = shown
        workflow.set_current_details(_details(self.start, self.standing))


def _update(name: str, value: Any) -> SearchAttributeUpdate[Any]:
    if name in DATETIMES:
        key: SearchAttributeKey[Any] = SearchAttributeKey.for_datetime(name)
    elif name in BOOLS:
        key = SearchAttributeKey.for_bool(name)
    else:
        key = SearchAttributeKey.for_keyword(name)
    return key.value_unset() if value is None else key.value_set(value)


def _alarm_title(kind: str) -> str:
    """A code that this release does not know yet is shown as it is."""
    return ALARM_TITLES[AlarmKind(kind)] if kind in set(AlarmKind) else kind


def stage_title(stage: str) -> str:
    """The stage in the words of the act."""
    return titles.STAGES[Stage(stage)] if stage in set(Stage) else stage


def _holder_title(holder: str) -> str:
    """With whom the case lies, in words; of a person the number alone."""
    if holder == "none":
        return "никто: ответ дан, письма в пути"
    kind, _, whose = holder.partition("-")
    if kind == "staff":
        return f"сотрудник № {whose}"
    return POOL_TITLES[Role(whose)] if whose in set(POOL_TITLES) else holder


def _instant(iso: str) -> str:
    """A stored instant as people read it; the zone is said, since whoever reads may be anywhere."""
    return f"{datetime.fromisoformat(iso):%d.%m.%Y %H:%M:%S} UTC" if iso else "нет"


def _details(start: Start, standing: Standing) -> str:
    """A short table in Markdown."""
    rows = {
        "Сообщение": start.number,
        "Этап": "Работа завершена" if standing.closed else stage_title(standing.stage),
        "У кого": "никто" if standing.closed else _holder_title(standing.holder),
        "Организация": standing.organisation,
        "Категория": standing.category or "нет",
        "Срок этапа": _instant(standing.stage_due_at),
        "Срок ответа": _instant(standing.due_at),
        "Просрочено": "да" if standing.overdue else "нет",
        "Следующий сигнал": (
            f"{_alarm_title(standing.alarm)}, {_instant(standing.alarm_at)}" if standing.alarm else "нет"
        ),
        "Решений принято": str(standing.version),
    }
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows.items())
