"""What an order says of who answers about what, and in which words: annex 2 of S0 as data.

A revision of an annex is published once and never changed; the one in force at the moment of a decision counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

BETWEEN = " / "
"""Between the title of a category and that of its subcategory, where both are told."""
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
class AnnexFact:
    """What messages of a subcategory may be about. `formerly`: its title until this revision renames it. Source: S2, 3.1."""

    code: str
    title: str
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class Subcategory:
    """A line of the annex. `responsible`: codes in the sequence of the order's cell. Source: S0, annex 2.

    `formerly`: how the subcategory was called until this revision renames it; with its category where it stood in another.
    """

    code: str
    title: str
    responsible: tuple[str, ...]
    formerly: str = ""
    facts: tuple[AnnexFact, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnexCategory:
    """A category of the annex with its lines. `formerly`: how it was called until this revision renames it."""

    code: str
    title: str
    subcategories: tuple[Subcategory, ...]
    formerly: str = ""


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
    def facts(self) -> frozenset[str]:
        """Codes of all facts."""
        return frozenset(_facts(self))

    @property
    def codes(self) -> frozenset[str]:
        """Codes of all categories, subcategories and facts of the annex."""
        return frozenset(self.titles)

    @property
    def above(self) -> dict[str, str]:
        """The category of each subcategory, and the subcategory of each fact, all by code."""
        lines = {line.code: above.code for above in self.categories for line in above.subcategories}
        return lines | {code: line for code, (line, _) in _facts(self).items()}

    @property
    def titles(self) -> dict[str, str]:
        """What categories, subcategories and facts are called, by code; each is followed by its own."""
        return {one.code: one.title for one in self._all}

    @property
    def formerly(self) -> dict[str, str]:
        """What those that the revision renames or moves were called, by code."""
        return {one.code: one.formerly for one in self._all if one.formerly}

    @property
    def _all(self) -> Iterator[AnnexCategory | Subcategory | AnnexFact]:
        for above in self.categories:
            yield above
            for line in above.subcategories:
                yield line
                yield from line.facts

    def whole(self, code: str) -> str:
        """«Медицина / Аптеки / Нет лекарства»; of a category its title."""
        places = [code]
        while (above := self.above.get(places[0])) is not None:
            places.insert(0, above)
        return BETWEEN.join(self.titles[one] for one in places)

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

    `formerly`: the name from which it renames a category or subcategory. `moved`: out of another category, which is in `formerly`.
    """

    subject: str
    before: str | None
    after: str | None
    code: str = ""
    formerly: str = ""
    moved: bool = False


def differences(old: CategoriesAnnex, new: CategoriesAnnex) -> tuple[Difference, ...]:
    """Categories that are called otherwise; lines that came, went, moved or name others, in the words of the orders; facts that
    came, went or are called otherwise; then those who answer under other words."""
    return (*_of_categories(old, new), *_of_lines(old, new), *_of_facts(old, new), *_of_answerers(old, new))


def _of_categories(old: CategoriesAnnex, new: CategoriesAnnex) -> Iterator[Difference]:
    titles = {above.code: above.title for above in old.categories}
    for above in new.categories:
        was = titles.get(above.code, above.title)
        if was != above.title:
            yield Difference(f"Категория «{above.title}»", was, above.title, above.code, was)


def _of_lines(old: CategoriesAnnex, new: CategoriesAnnex) -> Iterator[Difference]:
    before, after = _lines(old), _lines(new)
    for code in dict.fromkeys([*before, *after]):
        was, now = before.get(code), after.get(code)
        if was == now:
            continue
        moved = code in old.above and code in new.above and old.above[code] != new.above[code]
        renamed = old.titles.get(code, "") if was and now and was[1] != now[1] else ""
        yield Difference(
            (new if now else old).whole(code),
            was[2] if was else None,
            now[2] if now else None,
            code,
            old.whole(code) if moved else renamed,
            moved,
        )


def _of_facts(old: CategoriesAnnex, new: CategoriesAnnex) -> Iterator[Difference]:
    before, after = _facts(old), _facts(new)
    for code in dict.fromkeys([*before, *after]):
        was, now = before.get(code), after.get(code)
        if was != now:
            moved = was is not None and now is not None and was[0] != now[0]
            formerly = old.whole(code) if moved else was[1] if was and now else ""
            subject = (new if now else old).whole(code)
            yield Difference(subject, was and was[1], now and now[1], code, formerly, moved)


def _of_answerers(old: CategoriesAnnex, new: CategoriesAnnex) -> Iterator[Difference]:
    for code in dict.fromkeys([*old.known, *new.known]):
        if old.known.get(code) != new.known.get(code):
            yield Difference(f"Кто отвечает: {code}", _told(old.known.get(code)), _told(new.known.get(code)))


def moves(old: CategoriesAnnex, new: CategoriesAnnex) -> dict[str, tuple[str, str]]:
    """Subcategories that stand in another category, each with the one before and the one after."""
    both = old.above.keys() & new.above.keys()
    return {code: (old.above[code], new.above[code]) for code in sorted(both) if old.above[code] != new.above[code]}


def reach(categories: Collection[str], moved: Mapping[str, tuple[str, str]]) -> tuple[bool, bool]:
    """Whether what is limited to these codes loses, and whether it gains, messages to come by the moves."""
    loses = gains = False
    for code, (was, now) in moved.items():
        if code not in categories:
            loses |= was in categories and now not in categories
            gains |= now in categories and was not in categories
    return loses, gains


def rerouted(old: CategoriesAnnex, new: CategoriesAnnex) -> frozenset[str]:
    """Subcategories about which others answer than before, or the same in another sequence, or nobody any more."""
    was, now = old.responsible, new.responsible
    return frozenset(code for code in {*was, *now} if was.get(code) != now.get(code))


def gone(old: CategoriesAnnex, new: CategoriesAnnex) -> tuple[str, ...]:
    """Codes of those who answered and are named no more: somebody must take over what lies with them."""
    left = old.named - new.named
    return tuple(code for code in old.known if code in left)


def _lines(annex: CategoriesAnnex) -> dict[str, tuple[str, str, str]]:
    """Where each line stands, what it is called, and who answers."""
    return {
        line.code: (above.code, line.title, in_words(line.responsible, annex.known))
        for above in annex.categories
        for line in above.subcategories
    }


def _facts(annex: CategoriesAnnex) -> dict[str, tuple[str, str]]:
    """In which subcategory each fact stands, and what it is called."""
    return {
        fact.code: (line.code, fact.title)
        for above in annex.categories
        for line in above.subcategories
        for fact in line.facts
    }


def _told(one: Responsible | None) -> str | None:
    return None if one is None else "; ".join(filter(None, (one.title, one.alone, one.listed)))
