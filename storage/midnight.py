"""What follows when an annex comes into force at a midnight: nobody does anything then, so the relay asks again and again."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa

from storage import annexes, category_names, structures
from storage import tables as t
from storage.reference import Reference, moment, touch


def settle_structure(engine: sa.Engine) -> bool:
    """Messages of organisations that have come below others since it was last asked, whenever that was, are looked at again;
    whether there were such organisations."""
    with engine.connect() as connection:  # asked every minute: nobody waits for a lock while nothing has changed
        if structures.is_settled(connection, moment(connection).now):
            return False
    with engine.begin() as connection:
        _take_turn(connection)
        return structures.settle(connection, moment(connection).now)


def call_by_their_names(engine: sa.Engine, reference: Reference) -> bool:
    """An annex in force since midnight may rename subcategories: the record calls them so; whether it had not."""
    with engine.connect() as connection:
        at = moment(connection)
        known = "names", 0, at.reference_version
        if at.now < reference.derived.get(known, at.now):
            return False
        zone = annexes.root_zone(connection)
    with engine.begin() as connection:
        _take_turn(connection)
        if changed := category_names.put_right(connection, at.now):
            touch(connection)
    tomorrow = at.now.astimezone(zone).date() + timedelta(days=1)
    reference.derived[known] = datetime.combine(tomorrow, time(), zone)
    return changed


def _take_turn(connection: sa.Connection) -> None:
    """First, as whoever changes reference data does: the other way round each would wait for the other."""
    connection.execute(sa.select(t.installation.c.reference_version).with_for_update(key_share=True))
