"""Which organisation stands below which, and who carries the code by which orders name those who answer. Source: G-04, G-46.

The record says how it was when each came; a revision of the annex goes over that from its day on. Neither is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from domain.annexes import Difference


@dataclass(frozen=True, slots=True)
class Structure:
    """`above`: the superior of each organisation, None of the root; `organisations`, `units`: the order's code of each, or None."""

    above: Mapping[str, str | None]
    organisations: Mapping[str, str | None]
    units: Mapping[str, str | None]

    def over(self, record: Structure) -> Structure:
        """This, and of what it does not list what the record says."""
        return Structure(
            {**record.above, **self.above},
            {**record.organisations, **self.organisations},
            {**record.units, **self.units},
        )

    def sound(self, record: Structure) -> Structure:
        """This, but whoever the way up from comes to no end stands where the record has it: nobody could be asked anything else."""
        lost = {one: record.above[one] for one in self.above if self.is_circle(one)}
        return replace(self, above={**self.above, **lost}) if lost else self

    def path(self, organisation: str) -> tuple[str, ...]:
        """From the root down to the organisation itself. Raises ValueError for one that is above itself."""
        path: list[str] = []
        at: str | None = organisation
        while at is not None:
            if at in path:
                raise ValueError(f"organisation {organisation} is above itself")
            path.append(at)
            at = self.above[at]
        return tuple(reversed(path))

    def is_circle(self, organisation: str) -> bool:
        """Whether the way up from it comes to no end."""
        try:
            self.path(organisation)
        except ValueError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Names:
    """What people read in place of codes: of organisations, units and those who answer."""

    organisations: Mapping[str, str]
    units: Mapping[str, str]
    answerers: Mapping[str, str]


def carriers(codes: Mapping[str, str | None], which: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Who of these carries each code: ids, in order."""
    found: dict[str, list[str]] = {}
    for one in sorted(which):
        if code := codes.get(one):
            found.setdefault(code, []).append(one)
    return {code: tuple(some) for code, some in found.items()}


def rerouted(old: Structure, new: Structure) -> frozenset[str]:
    """Organisations that have others above them than before: those that move, and all below them."""
    return frozenset(one for one in new.above if one in old.above and old.path(one) != new.path(one))


def scopes(old: Structure, new: Structure) -> tuple[frozenset[str], frozenset[str]]:
    """Organisations that have less below them than before, and those that have more."""
    ways = [(frozenset(old.path(one)), frozenset(new.path(one))) for one in rerouted(old, new)]
    return (
        frozenset(above for was, now in ways for above in was - now),
        frozenset(above for was, now in ways for above in now - was),
    )


def differences(old: Structure, new: Structure, names: Names) -> tuple[Difference, ...]:
    """Who stands below another than before, then who is named otherwise by orders; in words."""
    return (
        *_of_places(old, new, names),
        *_of_codes(old.organisations, new.organisations, names.organisations, names),
        *_of_codes(old.units, new.units, names.units, names),
    )


def _of_places(old: Structure, new: Structure, names: Names) -> Iterator[Difference]:
    for one in _by_title(new.above, names.organisations):
        was, now = old.above.get(one), new.above[one]
        if was != now:
            before, after = (names.organisations[above] if above else None for above in (was, now))
            yield Difference(f"{names.organisations[one]}: вышестоящая организация", before, after, one)


def _of_codes(
    old: Mapping[str, str | None], new: Mapping[str, str | None], titles: Mapping[str, str], names: Names
) -> Iterator[Difference]:
    for one in _by_title(new, titles):
        was, now = old.get(one), new[one]
        if was != now:
            before, after = (names.answerers.get(code, code) if code else None for code in (was, now))
            yield Difference(f"{titles[one]}: как названа в приказе", before, after, one)


def _by_title(codes: Collection[str], titles: Mapping[str, str]) -> list[str]:
    return sorted(codes, key=lambda one: (titles.get(one, one), one))
