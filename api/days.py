"""Days in a row, as curators ask for them: from the first to the last, by the clock of where the reader works."""

from __future__ import annotations

from datetime import date, timedelta

from api.problems import Problem


def in_a_row(first: date | None, last: date | None, *, today: date, usual: int, most: int) -> tuple[date, date]:
    """The first day and the last. Where none are given, the `usual` ones up to today.

    A 422 where the last lies before the first, or there are more than `most`.
    """
    last = last or today
    first = first or last - timedelta(days=usual - 1)
    if not timedelta(0) <= last - first < timedelta(days=most):
        raise Problem(422, "invalid_request", f"Выберите от одного до {most} дней подряд.", field="first")
    return first, last
