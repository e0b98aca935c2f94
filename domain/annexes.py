"""What an order says of who answers about what, and in which words: annex 2 of S0 as data.

A revision of an annex is published once and never changed; the one in force at the moment of a decision counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TOGETHER = "начальники отделов: "


@dataclass(frozen=True, slots=True)
class Responsible:
    """One who answers, and his words in the order: `alone`, and `listed` among several departments (empty: always alone).

    `code` ties him to units and organisations of the installation. Source: S0, пп. 2, 4, 5.
    """

    code: str
    title: str
    alone: str
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Subcategory:
    """A line of the annex. `responsible`: codes in the sequence of the order's cell. Source: S0, annex 2.

    `formerly`: how the subcategory was called until this revision renames it.
    """

    code: str
    title: str
    responsible: tuple[str, ...]
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class AnnexCategory:
    """A category of the annex with its lines."""

    code: str
    title: str
    subcategories: tuple[Subcategory, ...]


@dataclass(frozen=True, slots=True)
class CategoriesAnnex:
    """Which categories there are, and who answers in each."""

    answerers: tuple[Responsible, ...]
    categories: tuple[AnnexCategory, ...]

    @property
    def responsible(self) -> dict[str, tuple[str, ...]]:
        """Codes of those who answer, by subcategory."""
        return {line.code: line.responsible for above in self.categories for line in above.subcategories}

    @property
    def codes(self) -> frozenset[str]:
        """Codes of all categories and subcategories of the annex."""
        return frozenset(above.code for above in self.categories) | frozenset(self.responsible)

    @property
    def named(self) -> frozenset[str]:
        """Codes of those who answer about anything."""
        return frozenset(code for codes in self.responsible.values() for code in codes)

    @property
    def known(self) -> dict[str, Responsible]:
        """Those who answer, by code."""
        return {one.code: one for one in self.answerers}


def in_words(codes: Iterable[str], known: Mapping[str, Responsible]) -> str:
    """The cell of the annex as an order writes it: «руководители …; начальники отделов: …; …»."""
    parts: list[str] = []
    departments: list[Responsible] = []
    for one in [*(known[code] for code in codes), None]:
        if one is not None and one.listed:
            departments.append(one)
            continue
        if len(departments) > 1:
            parts.append(_TOGETHER + "; ".join(department.listed for department in departments))
        else:
            parts += [department.alone for department in departments]
        departments = []
        if one is not None:
            parts.append(one.alone)
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one revision says otherwise than another. `before` is None for what is new, `after` for what is gone.

    `formerly`: the name from which it renames a subcategory.
    """

    subject: str
    before: str | None
    after: str | None
    code: str = ""
    formerly: str = ""


def differences(old: CategoriesAnnex, new: CategoriesAnnex) -> tuple[Difference, ...]:
    """Lines that came, went or name others, in the words of the orders; then those who answer under other words."""
    before, after, titles = _lines(old), _lines(new), _titles(old)
    renamed = {code: titles[code] for code, title in _titles(new).items() if titles.get(code, title) != title}
    found = []
    for code in dict.fromkeys([*before, *after]):
        was, now = before.get(code), after.get(code)
        if was != now:
            subject = (now or was or ("",))[0]
            found.append(
                Difference(subject, was[1] if was else None, now[1] if now else None, code, renamed.get(code, ""))
            )
    for code in dict.fromkeys([*old.known, *new.known]):
        if old.known.get(code) != new.known.get(code):
            words = _told(old.known.get(code)), _told(new.known.get(code))
            found.append(Difference(f"Кто отвечает: {code}", *words))
    return tuple(found)


def rerouted(old: CategoriesAnnex, new: CategoriesAnnex) -> frozenset[str]:
    """Subcategories about which others answer than before, or the same in another sequence, or nobody any more."""
    was, now = old.responsible, new.responsible
    return frozenset(code for code in {*was, *now} if was.get(code) != now.get(code))


def gone(old: CategoriesAnnex, new: CategoriesAnnex) -> tuple[str, ...]:
    """Codes of those who answered and are named no more: somebody must take over what lies with them."""
    return tuple(code for code in old.known if code not in new.named)


def _lines(annex: CategoriesAnnex) -> dict[str, tuple[str, str]]:
    return {
        line.code: (f"{above.title} / {line.title}", in_words(line.responsible, annex.known))
        for above in annex.categories
        for line in above.subcategories
    }


def _titles(annex: CategoriesAnnex) -> dict[str, str]:
    return {line.code: line.title for above in annex.categories for line in above.subcategories}


def _told(one: Responsible | None) -> str | None:
    return None if one is None else "; ".join(filter(None, (one.title, one.alone, one.listed)))
