from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, LargeBinary, create_engine, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from storage import types
from storage.keys import Undecipherable
from storage.types import Encrypted, KeysMissing, keys_in_use, use_keys
from tests.storage.rings import ring


class Base(DeclarativeBase):
    pass


class Contact(Base):
    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(Encrypted("contact.phone"))
    email: Mapped[str | None] = mapped_column(Encrypted("contact.email"))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(types, "_ring", None)  # put back afterwards: the ring is the whole process's
    engine = create_engine("sqlite://", hide_parameters=True)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_text_is_stored_sealed_and_read_back(engine: Engine) -> None:
    use_keys(ring())
    with Session(engine) as session:
        session.add(Contact(id=1, phone="+78472241075", email=None))
        session.commit()

    with Session(engine) as session:
        contact = session.get_one(Contact, 1)
        raw = session.execute(text("SELECT phone FROM contact")).scalar_one()

    assert (contact.phone, contact.email) == ("+78472241075", None)
    assert isinstance(raw, bytes)
    assert b"8472241075" not in raw


def test_a_value_copied_into_another_column_is_not_read(engine: Engine) -> None:
    use_keys(ring())
    with Session(engine) as session:
        session.add(Contact(id=1, phone="+78472241075"))
        session.commit()
        session.execute(text("UPDATE contact SET email = phone"))
        session.commit()

        with pytest.raises(Undecipherable, match=r"contact\.email"):
            session.get(Contact, 1)


def test_without_keys_nothing_is_written_and_the_value_is_not_told(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Contact(id=1, phone="+78472241075"))

        with pytest.raises(StatementError, match="use_keys") as failure:
            session.flush()

    assert "8472241075" not in str(failure.value)
    with pytest.raises(KeysMissing, match="composition root"):
        keys_in_use()


def test_comparing_is_refused_except_with_null() -> None:
    assert "IS NULL" in str(Contact.phone.is_(None))
    assert "IS NOT NULL" in str(Contact.phone != None)  # noqa: E711  # what is tested
    for compare in (
        lambda: Contact.phone == "+78472241075",
        lambda: Contact.phone.in_(["+78472241075"]),
        lambda: Contact.phone.like("%1%"),
        lambda: Contact.phone.desc(),
    ):
        with pytest.raises(TypeError, match="blind index"):
            compare()


def test_the_type_is_bytes_below_and_names_its_place() -> None:
    column = Encrypted("contact.phone")

    assert isinstance(column.impl_instance, LargeBinary)
    assert repr(column) == "Encrypted('contact.phone')"
    with pytest.raises(ValueError, match=r"table\.column"):
        Encrypted("phone")
