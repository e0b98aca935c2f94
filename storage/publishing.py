"""How a revision of an annex comes about: drawn up, published by a second person from a day on, taken back.

Nothing of a running message changes here: its terms, stages and grounds stay with the revision it began with; who answers and
which categories there are is asked anew at each decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

import regulations
from domain.annexes import CategoriesAnnex
from regulations.rows import GridError, plain
from storage import annex_effects, annex_kinds, annex_reading, annexes, attachments, rulebook
from storage import tables as t
from storage.administration import Change, Refused
from storage.annex_kinds import CATEGORIES, REGULATION, STRUCTURE

annex = t.annex_revision
KIND = "annex"
_SHOWN_FAULTS = 20

Body = Callable[[sa.Connection, Any], dict[str, Any]]
"""Makes a draft's new body out of its row."""


def draw_up(change: Change, values: Mapping[str, Any]) -> str:
    """A draft that says what is in force, for somebody to change."""
    change.require_whole()
    body = annex_kinds.begun(change, values["kind"], values["act"])
    row = dict(values) | {"body": body, "hash": regulations.body_hash(body), "author": change.person}
    made = sa.insert(annex).values(row | {"editors": [change.person], "changed_at": change.at}).returning(annex.c.id)
    subject = str(change.connection.execute(made).scalar_one())
    _log(change, subject, None, {**values, "state": "draft"})
    return subject


def describe(change: Change, id_: int, version: int, values: Mapping[str, Any]) -> str:
    """The draft carries this order."""
    row = _draft(change, id_, version)
    scan = values.get("scan")
    if scan and (refusal := attachments.bind_to_order(change.connection, scan, change.person)):
        raise Refused(refusal.code, refusal.detail, refusal.field)
    before = {name: row._mapping[name] for name in values}
    return _changed(change, row, dict(values), before, dict(values))


def rewrite(change: Change, id_: int, version: int, made: Body) -> str:
    """The draft says this. Raises Refused with every fault of a table, or the first of a body."""
    row = _draft(change, id_, version)
    try:
        body = made(change.connection, row)
        annex_kinds.check(change.connection, row._mapping, body, today(change))
        values = {"body": regulations.body_json(body), "hash": regulations.body_hash(body)}
    except GridError as error:
        shown = [str(fault) for fault in error.faults[:_SHOWN_FAULTS]]
        more = len(error.faults) - len(shown)
        told = "\n".join([*shown, f"и ещё ошибок: {more}"] if more else shown)
        raise Refused("table_wrong", told, "content") from None
    except regulations.RegulationError as error:
        raise Refused("table_wrong", str(error), "content") from None
    except RecursionError:
        raise Refused("table_wrong", "Скобки или ключи вложены слишком глубоко.", "content") from None
    return _changed(change, row, values, {"hash": row.hash}, {"hash": values["hash"]})


def discard(change: Change, id_: int, version: int) -> str:
    """The draft is gone; that it was is in the log."""
    row = _draft(change, id_, version)
    change.connection.execute(sa.delete(annex).where(annex.c.id == row.id))
    _log(change, str(row.id), {"state": "draft"}, {"state": "discarded"})
    return str(row.id)


@dataclass(frozen=True, slots=True)
class Publication:
    """From which day which version of a draft is in force. `seen`: the differences that its publisher read; `successors`: by
    the code of who is named no more."""

    version: int
    valid_from: date
    seen: str
    successors: Mapping[str, str]


def publish(change: Change, id_: int, wanted: Publication) -> str:
    """The draft is in force from the day on, today or later. By somebody who did not write it. Source: G-46.

    Raises Refused, also where its publisher has read other differences than there would be.
    """
    row, valid_from = _draft(change, id_, wanted.version), wanted.valid_from
    if change.person in row.editors:
        raise Refused("second_person_needed", "Опубликовать должен другой администратор: эту редакцию готовили вы.")
    if valid_from < today(change):
        raise Refused("day_over", "Редакция вступает в силу сегодня или позже.", "valid_from")
    try:
        annex_kinds.check(change.connection, row._mapping, row.body, valid_from)
    except regulations.RegulationError as error:
        raise Refused("table_wrong", str(error), "content") from None
    preview = annex_effects.preview(change.connection, row, valid_from)
    if not preview.differences:
        raise Refused("nothing_changes", "Редакция ничем не отличается от действующей: публиковать нечего.")
    if preview.seen != wanted.seen:
        told = "К этому дню действует уже не то, с чем сравнивали: посмотрите различия ещё раз и опубликуйте."
        raise Refused("preview_stale", told, "valid_from")
    _make_room(change, row, preview, wanted)
    values = {
        "state": "published",
        "valid_from": valid_from,
        "publisher": change.person,
        "published_at": change.at,
        "successors": dict(wanted.successors) if row.kind == CATEGORIES else {},
    }
    change.connection.execute(sa.update(annex).where(annex.c.id == row.id).values(values))
    annex_kinds.settle(change, row.kind)
    _log(change, str(row.id), {"state": "draft"}, {**values, "hash": row.hash, "touched": preview.concerned})
    return str(row.id)


def _make_room(change: Change, row: Any, preview: annex_effects.Preview, wanted: Publication) -> None:
    """What must be before a revision of its kind counts. Raises Refused where it cannot be."""
    if row.kind == CATEGORIES:
        parsed = regulations.categories_annex(row.body)
        _require_same_names(annex_effects.in_force_beside(change.connection, row, wanted.valid_from), parsed)
        _require_successors(preview, wanted.successors)
        _make_categories(change, row.act, parsed)
    elif row.kind == STRUCTURE:
        _require_heirs(preview)
    elif row.kind == REGULATION:
        rulebook.keep(change, row, wanted.valid_from)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a revision is taken back. `seen`, `successors`: as of a publication."""

    reason: str
    seen: str
    successors: Mapping[str, str]


def take_back(change: Change, id_: int, wanted: Withdrawal) -> str:
    """What was in force before is in force again; what began under a regulation's revision meanwhile keeps it.

    Raises Refused, also where whoever takes back has read other differences than there would be.
    """
    change.require_whole()
    row = _row(change, id_)
    _, preview = undoing(change.connection, row)
    if preview.seen != wanted.seen:
        told = "Отзыв изменит уже не то, что было показано: посмотрите ещё раз и отзовите."
        raise Refused("preview_stale", told)
    if row.kind == CATEGORIES:
        _require_successors(preview, wanted.successors, row.successors)
    else:
        _require_heirs(preview)
    values = {
        "state": "taken_back",
        "taken_back_by": change.person,
        "taken_back_at": change.at,
        "taken_back_reason": wanted.reason,
        "successors": {**row.successors, **wanted.successors} if row.kind == CATEGORIES else {},
    }
    change.connection.execute(sa.update(annex).where(annex.c.id == row.id).values(values))
    annex_kinds.settle(change, row.kind)
    _log(change, str(row.id), {"state": "published"}, {**values, "touched": preview.concerned})
    return str(row.id)


def undoing(connection: sa.Connection, row: Any) -> tuple[date, annex_effects.Preview]:
    """What taking the revision back would change, and from which day. Raises Refused where it cannot be taken back."""
    if row.state != "published":
        raise Refused("annex_not_published", "Отозвать можно только опубликованную редакцию.")
    today_ = annex_reading.today(connection)
    if row.kind == REGULATION and annex_effects.in_force_beside(connection, row, today_) is None:
        raise Refused("last_regulation", "Это единственная редакция регламента: без неё нельзя принимать сообщения.")
    return annex_effects.undoing(connection, row)


def make_categories(change: Change, id_: int) -> str:
    """What the annex in force lists and the record does not have is there: an installation begins with the shipped order."""
    change.require_whole()
    row = _row(change, id_)
    if row.kind != CATEGORIES or row.state != "published":
        raise Refused("annex_not_published", "Категории создают по опубликованному перечню.")
    _make_categories(change, row.act, regulations.categories_annex(row.body))
    return str(row.id)


def missing(connection: sa.Connection, parsed: CategoriesAnnex) -> int:
    """How many of the annex's categories, subcategories and facts the record does not have."""
    return len(parsed.codes - set(connection.execute(sa.select(t.category.c.code)).scalars()))


def today(change: Change) -> date:
    """The day by the clock of the root organisation."""
    return annexes.today(change.connection, change.at)


def _draft(change: Change, id_: int, version: int) -> Any:
    change.require_whole()
    row = _row(change, id_)
    if row.state != "draft":
        raise Refused("annex_published", "Эта редакция уже опубликована: подготовьте новую.")
    if row.version != version:
        raise Refused("draft_stale", "Пока вы работали, редакцию изменили: откройте её заново.", "version")
    return row


def _row(change: Change, id_: int) -> Any:
    row = change.connection.execute(sa.select(annex).where(annex.c.id == id_).with_for_update()).one_or_none()
    if row is None:
        raise Refused("not_found", "Такой редакции нет.")
    return row


def _changed(
    change: Change, row: Any, values: dict[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    editors = [*row.editors, *([] if change.person in row.editors else [change.person])]
    more = {"version": row.version + 1, "editors": editors, "changed_at": change.at}
    change.connection.execute(sa.update(annex).where(annex.c.id == row.id).values(values | more))
    _log(change, str(row.id), before, after)
    return str(row.id)


def _log(change: Change, subject: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    change.log(KIND, subject, None, before, after)


def _require_successors(
    preview: annex_effects.Preview, successors: Mapping[str, str], known: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Whoever is named no more and has open work leaves it to somebody who is named then. `known`: given before."""
    later = preview.later
    heirs = dict.fromkeys((one.code for one in later.leaving), later.heirs) if later else {}
    if any(successor not in heirs.get(code, preview.heirs) for code, successor in successors.items()):
        told = "Преемник не отвечает по этой редакции: выберите из тех, кто отвечает."
        raise Refused("successor_unknown", told, "successors")
    given = {code: one for code, one in known.items() if one in heirs.get(code, preview.heirs)} | dict(successors)
    for one in (*preview.leaving, *(later.leaving if later else ())):
        if one.needed and one.code not in given:
            told = f"Назовите, кто принимает работу у «{one.title}»: открытых сообщений {one.waiting}."
            raise Refused("successor_needed", told, "successors", one.waiting)


def _require_heirs(preview: annex_effects.Preview) -> None:
    """Whoever carries the code of a unit that answers for nothing any more takes over its open work: somebody must carry it."""
    for one in preview.leaving:
        if one.needed:
            told = (
                f"У подразделения «{one.title}» открытых сообщений {one.waiting}: назначьте, кто отвечает вместо него."
            )
            raise Refused("successor_needed", told, "content", one.waiting)


def _require_same_names(base: Mapping[str, Any] | None, parsed: CategoriesAnnex) -> None:
    """A code goes on meaning what messages have by it: what is called otherwise, or stands elsewhere, names its former name."""
    old = regulations.categories_annex(base) if base else CategoriesAnnex((), ())
    facts = old.facts | parsed.facts
    for code in sorted(old.codes & parsed.codes):
        was, now = {plain(old.whole(code))}, {plain(parsed.formerly.get(code, ""))}
        if old.above.get(code) == parsed.above.get(code):
            was.add(plain(old.titles[code]))
            now.add(plain(parsed.titles[code]))
        elsewhere = code in facts and old.above.get(code) != parsed.above.get(code)
        if was.isdisjoint(now) or elsewhere or (code in old.above) != (code in parsed.above):
            told = f"«{old.whole(code)}» переименована или перенесена: укажите прежнее наименование, или дайте строке новый код."
            raise Refused("category_renamed", told, "content")


def _make_categories(change: Change, act: str, parsed: CategoriesAnnex) -> None:
    """Rows of what the annex lists and the record does not have yet; they are in force when the annex is."""
    known = set(change.connection.execute(sa.select(t.category.c.code)).scalars())
    for code, title in parsed.titles.items():  # each after what it stands in
        if code not in known:
            values = {"code": code, "parent": parsed.above.get(code), "title": title, "act": act}
            change.create("category", t.category, values, None)
