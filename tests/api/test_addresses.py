"""Whom rate limits count as one."""

from __future__ import annotations

import pytest

from api.addresses import house_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_addresses_of_one_household_count_together(one: str, other: str) -> None:
    assert house_of(one) == house_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("203.0.113.7", "203.0.113.8"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("testclient", ""),
    ],
)
def test_addresses_of_two_households_count_apart(one: str, other: str) -> None:
    assert house_of(one) != house_of(other)
