"""From a body, as TOML or the record has it, to a `Regulation` that can be relied on.

Everything is checked here, once: the rules never meet shares that miss a percent or a ground without a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from domain.regulation import Clause, Ground, Order, Regulation, Settings, StageRule, TermRule
from domain.vocabulary import TIMED_STAGES, AbsenceCode, AnswerType, Role, Stage
from domain.words import is_visible

_ACT = re.compile(r"S[0-9]+")
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_CODE = 63
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KIND = re.compile(r"[RATNFPDUQKIO](/[RATNFPDUQKIO])*")

_GROUNDS = ("roles", "answer_types", "decline_grounds", "absence_codes", "definitions", "submission_rules")
_NUMBERS = {
    "warn_left_percent": (1, 99),
    "floor_percent": (0, 99),
    "default_days": (1, 3660),
    "postponements": (0, 99),
    "postponement_days": (1, 3660),
    "bounce_days": (1, 366),
    "handover_working_days": (1, 366),
    "complaint_working_days": (1, 366),
    "received_back_days": (1, 3660),
    "reminder_hour": (0, 23),
    "first_reaction_hours": (1, 720),
    "rating_days": (1, 366),
    "rating_low": (1, 4),
    "question_days": (1, 366),
    "call_attempts": (1, 20),
    "questions_at_once": (1, 50),
    "flag_days": (1, 366),
    "withdrawal_days": (1, 366),
    "co_executor_percent": (1, 99),
    "late_co_executor_days": (1, 366),
    "silence_working_hours": (1, 24),
    "consultation_minutes": (1, 240),
    "call_transfers": (0, 20),
    "identity_tries": (1, 20),
    "identity_tries_a_day": (1, 100),
    "endorse_again": (0, 1),
    "measure_reminder_days": (1, 366),
}
"""The numbers among the settings with the least and the greatest that makes sense."""

Word = TypeVar("Word", bound=StrEnum)


class RegulationError(ValueError):
    """The data of a regulation cannot be relied on. Says where, what is wrong and what to do, as its administrator reads it."""

    def __init__(self, at: str, problem: str, remedy: str) -> None:
        super().__init__(f"{at}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a body, and where it stands."""

    values: Mapping[str, object]
    at: str

    def expect(self, *required: str, optional: Iterable[str] = ()) -> Table:
        """This table, which has each required key and none that nobody would read."""
        for key in required:
            if key not in self.values:
                raise self.error(key, "не указано", "добавьте")
        for key in self.values.keys() - {*required, *optional}:
            raise self.error(key, "здесь не нужно", f"уберите; здесь бывают {', '.join(required)}")
        return self

    def text(self, key: str, longest: int | None = None) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not is_visible(value) or "\0" in value:
            raise self.error(key, f"{value!r}: это не текст", "напишите непустой текст")
        if longest is not None and len(value) > longest:
            raise self.error(key, f"длиннее {longest} знаков", "напишите короче")
        return value

    def code(self, key: str) -> str:
        value = self.text(key)
        if not _CODE.fullmatch(value) or len(value) > _LONGEST_CODE:
            raise self.error(
                key, f"{value!r}: это не код", f"напишите латиницей через подчёркивание, до {_LONGEST_CODE} знаков"
            )
        return value

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise self.error(key, f"{value!r}: это не код", "напишите латиницей, цифрами, точкой и подчёркиванием")
        return value

    def words(self, key: str, known: Iterable[str], where: str) -> list[str]:
        """A list of codes, none twice, each of which is known `where`."""
        values = self.values.get(key)
        if not isinstance(values, list | tuple) or not values or not all(isinstance(one, str) for one in values):
            raise self.error(key, "это не список кодов", "назовите хотя бы один")
        for value in values:
            if value not in set(known):
                raise self.error(key, f"{value!r}: такого здесь нет", f"внесите его в {where}")
        self.unique(key, list(values))
        return list(values)

    def unique(self, key: str, codes: list[str]) -> None:
        seen: set[str] = set()
        for code in codes:
            if code in seen:
                raise self.error(key, f"{code!r} повторяется", "оставьте одно")
            seen.add(code)

    def word(self, key: str, words: type[Word]) -> Word:
        value = self.text(key)
        if value not in {str(word) for word in words}:
            raise self.error(key, f"{value!r}: такого здесь нет", f"выберите из {', '.join(words)}")
        return words(value)

    def number(self, key: str, least: int, greatest: int) -> int:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= greatest:
            raise self.error(key, f"{value!r} не подходит", f"напишите целое число от {least} до {greatest}")
        return value

    def day(self, key: str) -> date:
        """TOML has a date, the record has its ISO text."""
        value = self.values.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError as error:
                raise self.error(key, f"{value!r}: такого дня нет в календаре", "напишите существующий день") from error
        raise self.error(key, f"{value!r}: это не дата", "напишите так: 2023-08-01, без времени")

    def table(self, key: str) -> Table:
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self.error(key, "это не таблица", f"напишите как [{key}]")
        return Table(value, f"{self.at}.{key}")

    def tables(self, key: str) -> list[Table]:
        value = self.values.get(key)
        if not isinstance(value, list | tuple) or not value or not all(isinstance(row, Mapping) for row in value):
            raise self.error(key, "это не список таблиц", f"напишите каждую как [[{key}]]")
        return [Table(row, f"{self.at}.{key}[{index}]") for index, row in enumerate(value)]

    def error(self, key: str, problem: str, remedy: str) -> RegulationError:
        return RegulationError(f"{self.at}.{key}", problem, remedy)


def parse(body: Mapping[str, object], origin: str = "regulation") -> Regulation:
    """The regulation that the body describes, whether it comes from TOML or from the record.

    `origin` begins each complaint: a file name, or the code and revision of a stored row.
    Raises `RegulationError` at the first thing that is missing, unknown, doubled or out of range.
    """
    table = Table(body, origin)
    table.expect("code", "revision", "order", "stages", "terms", *_GROUNDS, "clauses", "settings", optional=["notes"])
    code = table.text("code")
    if not _ACT.fullmatch(code):
        raise table.error("code", f"{code!r}: это не код акта", "напишите S и номер")
    terms = _terms(table)
    return Regulation(
        code=code,
        revision=table.text("revision"),
        order=_order(table.table("order")),
        stages=_stages(table),
        terms=terms,
        roles=_vocabulary(table, "roles", Role),
        answer_types=_vocabulary(table, "answer_types", AnswerType),
        decline_grounds=_grounds(table, "decline_grounds"),
        absence_codes=_vocabulary(table, "absence_codes", AbsenceCode),
        definitions=_grounds(table, "definitions"),
        submission_rules=_grounds(table, "submission_rules"),
        clauses=_clauses(table, code),
        settings=_settings(table.table("settings"), {term.days for term in terms}),
        notes=_grounds(table, "notes") if "notes" in body else (),
    )


def _order(table: Table) -> Order:
    table.expect("title", "body", "number", "signed_on", "valid_from")
    return Order(
        title=table.text("title"),
        body=table.text("body"),
        number=table.text("number"),
        signed_on=table.day("signed_on"),
        valid_from=table.day("valid_from"),
    )


def _stages(table: Table) -> tuple[StageRule, ...]:
    """Each timed stage once and in its order, with shares of 100 together. Source: S2, 2.3 and annex."""
    rules = []
    for row in table.tables("stages"):
        row.expect("stage", "title", "share", "clause")
        stage = row.word("stage", Stage)
        rules.append(StageRule(stage, row.text("title"), row.number("share", 1, 100), row.text("clause")))
    if tuple(rule.stage for rule in rules) != TIMED_STAGES:
        raise table.error(
            "stages", "это не этапы со сроком по порядку", f"перечислите по разу {', '.join(TIMED_STAGES)}"
        )
    _sum_to_hundred(table, "stages", [rule.share for rule in rules])
    return tuple(rules)


def _terms(table: Table) -> tuple[TermRule, ...]:
    terms = []
    for row in table.tables("terms"):
        row.expect("code", "days", "title", "clause")
        terms.append(
            TermRule(row.code("code"), row.number("days", 1, 3660), row.text("title"), row.text("clause")),
        )
    table.unique("terms", [term.code for term in terms])
    table.unique("terms", [str(term.days) for term in terms])
    return tuple(terms)


def _grounds(table: Table, key: str) -> tuple[Ground, ...]:
    grounds = []
    for row in table.tables(key):
        row.expect("code", "title", "clause", optional=["text"])
        text = row.text("text") if "text" in row.values else ""
        grounds.append(Ground(row.code("code"), row.text("title"), row.text("clause"), text))
    table.unique(key, [ground.code for ground in grounds])
    return tuple(grounds)


def _vocabulary(table: Table, key: str, words: type[StrEnum]) -> tuple[Ground, ...]:
    """Grounds whose codes the rules know by name; an act need not use all of them."""
    for row in table.tables(key):
        row.word("code", words)
    return _grounds(table, key)


def _clauses(table: Table, code: str) -> tuple[Clause, ...]:
    """Each clause once, numbered from 01 without a gap: a page that leaves one out would hide a duty."""
    clauses = []
    for number, row in enumerate(table.tables("clauses"), start=1):
        row.expect("id", "kind", "source", "title")
        clause = Clause(row.text("id"), row.text("kind"), row.text("source"), row.text("title"))
        if clause.id != f"{code}-{number:02}":
            raise row.error(
                "id", f"{clause.id!r} не по порядку", f"здесь должен быть {code}-{number:02}, каждый пункт один раз"
            )
        if not _KIND.fullmatch(clause.kind):
            raise row.error("kind", f"{clause.kind!r}: такого здесь нет", "используйте буквы перечня через /")
        clauses.append(clause)
    return tuple(clauses)


def _settings(table: Table, terms: set[int]) -> Settings:
    names = [field.name for field in fields(Settings) if field.name not in {"clauses", "titles"}]
    table.expect(*names)
    rows = {name: table.table(name).expect("value", "title", "clause") for name in names}
    numbers = {name: rows[name].number("value", least, greatest) for name, (least, greatest) in _NUMBERS.items()}
    if (days := numbers["default_days"]) not in terms:
        raise rows["default_days"].error("value", f"{days}: такого срока в акте нет", "внесите его в terms")
    return Settings(
        **numbers,
        postponed_shares=_postponed_shares(rows["postponed_shares"]),
        clauses={name: row.text("clause") for name, row in rows.items()},
        titles={name: row.text("title") for name, row in rows.items()},
    )


def _postponed_shares(row: Table) -> dict[Stage, int]:
    """The plan after a postponement begins at execution. Source: G-09."""
    table = row.table("value").expect(Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL)
    # The record gives keys back in an order of its own.
    shares = {stage: table.number(stage, 1, 100) for stage in TIMED_STAGES if stage in table.values}
    _sum_to_hundred(row, "value", shares.values())
    return shares


def _sum_to_hundred(table: Table, key: str, shares: Iterable[int]) -> None:
    total = sum(shares)
    if total != 100:
        raise table.error(key, f"сумма долей {total}", "сделайте её равной 100")
