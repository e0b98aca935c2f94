"""Where each date of a card comes from: the deadline receipt of the journal, told in sentences. Source: S2, 3.10 and annex."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api.titles import STAGES
from domain.rules.first_reaction import CLAUSE
from domain.terms import warning_at
from domain.vocabulary import TIMED_STAGES, Event, Stage
from domain.words import end_of_postponement, length_in_words, moment_in_words, plural
from storage.cards import Card


class DateExplained(BaseModel):
    """Дата и то, из чего она получилась: числа — чтобы пересчитать, предложения — чтобы прочитать."""

    kind: Literal["message_due", "stage_due", "warning", "first_reaction"]
    title: str = Field(examples=["Срок этапа «Исполнение»"])
    at: datetime | None = Field(description="null: к началу этапа срок ответа истёк, своего срока у этапа нет")
    clause: str = Field(examples=["S2, 2.3 в; приложение, строка 3"])
    start: datetime = Field(description="откуда считается")
    total_seconds: int | None = Field(default=None, description="весь срок ответа")
    share: int | None = Field(default=None, description="доля этапа, %")
    shares_from_here: int | None = Field(default=None, description="доли этого и следующих этапов вместе, %")
    remaining_seconds: int | None = Field(default=None, description="сколько оставалось до срока ответа")
    floor_seconds: int | None = Field(default=None, description="меньше этап не длится, пока срок ответа не истёк")
    sentences: list[str]


_FIXES_DUE = {
    Event.MESSAGE_REGISTERED.value,
    Event.MESSAGE_ACCEPTED.value,
    Event.CARD_CORRECTED.value,
    Event.POSTPONEMENT_APPROVED.value,
    Event.REPEAT_ASKED.value,
}


def explained(card: Card) -> list[DateExplained]:
    """Each date that the case has now, from what the journal stored when it arose."""
    zone = card.world.directory.organisations[card.case.organisation].calendar.zone
    found = [_message_due(card, zone)]
    row = next((row for row in reversed(card.rows) if _is_entry(row, card.case.entry)), None)
    if row is not None and card.case.stage in TIMED_STAGES:
        found.append(stage_due(card, card.case.stage, row["facts"]["term"], card.case.stage_due_at))
        if card.case.stage_due_at is not None:
            found.append(_warning(card, card.case.stage_due_at, zone))
    if (reaction := _first_reaction(card, zone)) is not None:
        found.append(reaction)
    return found


def _is_entry(row: Mapping[str, Any], entry: int) -> bool:
    return row["facts"].get("entry") == entry and "term" in row["facts"]


def _message_due(card: Card, zone: ZoneInfo) -> DateExplained:
    case = card.case
    rows = [row for row in card.rows if row["event"] in _FIXES_DUE and row["facts"].get("due_at")]
    event: str = rows[-1]["event"] if rows else ""
    facts: Mapping[str, Any] = rows[-1]["facts"] if rows else {}
    sentences, clause = [], "3.10"
    match event:
        case Event.POSTPONEMENT_APPROVED:
            clause = "3.4 в"
            until = date.fromisoformat(facts["postponed_until"])
            sentences.append(f"Рассмотрение отложено: ответ нужен не позднее {end_of_postponement(until)}.")
        case Event.CARD_CORRECTED:
            clause = "3.1; 3.10"
            sentences.append("Категория исправлена, и срок ответа сократился; длиннее от исправления он не становится.")
        case _:
            days = facts.get("term_days")
            clause = next((term.clause for term in card.world.regulation.terms if term.days == days), clause)
            length = _days(days) if days else length_in_words(_seconds(case.counted_from, case.due_at))
            sentences.append(f"Срок ответа — {length} {_since(card)}: {moment_in_words(case.counted_from, zone)}.")
            if facts.get("one_day"):
                sentences.append(f"По этой категории весь ответ дают в суточный срок: {facts['one_day_clause']}.")
            if event == Event.MESSAGE_REGISTERED:
                sentences.append("Окончательно он устанавливается по категории, когда сообщение принимают в работу.")
    sentences += _ending(card, event, facts, zone)
    return DateExplained(
        kind="message_due",
        title="Срок ответа",
        at=case.due_at,
        clause=f"{card.regulation}, {clause}",
        start=case.counted_from,
        total_seconds=_seconds(case.counted_from, case.due_at),
        sentences=sentences,
    )


def _ending(card: Card, event: str, facts: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    found = []
    if facts.get("due_was"):
        was = datetime.fromisoformat(facts["due_was"])
        found.append(f"Прежде срок был {moment_in_words(was, zone)}.")
    if card.world.day.shortened:
        found.append(f"Сутки срока в этой базе длятся {length_in_words(card.world.day.seconds)}.")
    if event != Event.POSTPONEMENT_APPROVED:  # its last day is named already, and midnight of the next would confuse
        found.append(f"Ответить нужно до {moment_in_words(card.case.due_at, zone)}.")
    return found


def _since(card: Card) -> str:
    if card.case.repeat is None:
        return "со времени поступления"
    return "с просьбы заявителя рассмотреть повторно (S0, п. 2; G-28)"


def _days(count: int) -> str:
    """«30 календарных дней»."""
    return f"{count} {plural(count, ('календарный день', 'календарных дня', 'календарных дней'))}"


def _first_reaction(card: Card, zone: ZoneInfo) -> DateExplained | None:
    """By when the organisation had to react, and when it did. Source: S0, п. 5; G-01."""
    clock = card.case.first_reaction
    if clock is None or clock.due_at is None:
        return None
    length = _seconds(clock.arrived_at, clock.due_at)
    sentences = [
        f"Сообщение поступило в организацию {moment_in_words(clock.arrived_at, zone)}.",
        f"На первую реакцию — открыть и решить, что с ним делать — даётся {length_in_words(length)}: "
        f"до {moment_in_words(clock.due_at, zone)}. Другая организация отсчитывает свои сутки.",
    ]
    if card.opened_at is not None:
        sentences.append(f"Впервые открыто здесь {moment_in_words(card.opened_at, zone)}.")
    if clock.reacted_at is not None:
        when = "в срок" if clock.reacted_at <= clock.due_at else "позже срока"
        sentences.append(f"Решено {moment_in_words(clock.reacted_at, zone)}, {when}.")
    return DateExplained(
        kind="first_reaction",
        title="Первая реакция организации",
        at=clock.due_at,
        clause=card.world.regulation.settings.clauses.get("first_reaction_hours", CLAUSE),
        start=clock.arrived_at,
        total_seconds=length,
        sentences=sentences,
    )


def stage_due(card: Card, stage: Stage, term: Mapping[str, Any], due_at: datetime | None) -> DateExplained:
    """An entry's date out of its receipt. `due_at`: what holds after a correction that may have brought it forward."""
    zone = card.world.directory.organisations[card.case.organisation].calendar.zone
    title = STAGES[term["stage"]]
    start = datetime.fromisoformat(term["entered_at"])
    sentences = [f"Этап «{title}» начат {moment_in_words(start, zone)}."]
    if term["due_at"] is None:
        sentences.append("К этому времени срок ответа уже истёк: своего срока у этапа нет.")
    else:
        sentences += _reckoning(term)
        due = datetime.fromisoformat(term["due_at"])
        sentences.append(f"Срок этапа — до {moment_in_words(due, zone)}.")
        if due_at != due:
            moved = moment_in_words(due_at, zone) if due_at else None
            ending = f"срок этапа теперь — до {moved}" if moved else "своего срока у этапа больше нет"
            sentences.append(f"После этого срок ответа сократился: {ending}.")
    return DateExplained(
        kind="stage_due",
        title=f"Срок этапа «{title}»",
        at=due_at,
        clause=f"{card.regulation}, {card.world.regulation.clause_of(stage)}",
        start=start,
        total_seconds=term["total_seconds"],
        share=term["share"],
        shares_from_here=term["shares_from_here"],
        remaining_seconds=term["remaining_seconds"],
        floor_seconds=term["floor_seconds"],
        sentences=sentences,
    )


def _reckoning(term: Mapping[str, Any]) -> list[str]:
    """Both ways of counting, and which one holds."""
    total, share, rest = term["total_seconds"], term["share"], term["shares_from_here"]
    remaining, floor = term["remaining_seconds"], min(term["floor_seconds"], term["remaining_seconds"])
    by_share = total * share // 100
    by_rest = remaining * share // rest if rest else 0
    found = [
        f"По приложению на него приходится {share} % срока в {length_in_words(total)}: {length_in_words(by_share)}.",
        f"До срока ответа оставалось {length_in_words(remaining)}; из долей этого и следующих этапов ({rest} %) "
        f"этому принадлежит {share} %: {length_in_words(by_rest)}.",
    ]
    less = min(by_share, by_rest)
    if less >= floor:
        return [*found, f"Действует меньшее: {length_in_words(less)}."]
    return [*found, f"Меньше {length_in_words(floor)} этап не длится: действует этот наименьший срок."]


def _warning(card: Card, stage_due_at: datetime, zone: ZoneInfo) -> DateExplained:
    settings = card.world.regulation.settings
    percent = settings.warn_left_percent
    at = warning_at(card.case.entered_at, stage_due_at, percent)
    return DateExplained(
        kind="warning",
        title="Предупреждение о сроке этапа",
        at=at,
        clause=f"{card.regulation}, {settings.clauses['warn_left_percent']}",
        start=card.case.entered_at,
        share=percent,
        sentences=[
            f"Предупреждение — когда остаётся {percent} % времени этапа, "
            f"{length_in_words(_seconds(at, stage_due_at))}: {moment_in_words(at, zone)}.",
            "Если это нерабочее время, предупреждение приходит раньше, в рабочее.",
        ],
    )


def _seconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)
