from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keys import Undecipherable, sealed_overhead
from storage.tracking import normal_tracking_code, tracking_code_of
from tests.storage.rings import key, ring

RING = ring()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PLACES = st.sampled_from(["applicant.phone", "applicant.email", "message.snils"])


@given(TEXTS, PLACES)
def test_what_was_encrypted_is_decrypted_at_the_same_place(text: str, place: str) -> None:
    assert RING.decrypt(RING.encrypt(text, place), place) == text


@given(TEXTS, PLACES, PLACES)
def test_a_value_moved_to_another_place_is_not_decrypted(text: str, place: str, other: str) -> None:
    blob = RING.encrypt(text, place)

    if place != other:
        with pytest.raises(Undecipherable, match=other):
            RING.decrypt(blob, other)


@given(TEXTS, st.data())
def test_a_value_with_any_bit_changed_is_not_decrypted(text: str, data: st.DataObject) -> None:
    blob = bytearray(RING.encrypt(text, "applicant.phone"))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Undecipherable):
        RING.decrypt(bytes(blob), "applicant.phone")


@given(st.data())
def test_a_value_cut_short_is_not_decrypted(data: st.DataObject) -> None:
    blob = RING.encrypt("+78472241075", "applicant.phone")
    length = data.draw(st.integers(0, len(blob) - 1))

    with pytest.raises(Undecipherable):
        RING.decrypt(blob[:length], "applicant.phone")


def test_equal_texts_are_sealed_differently_and_grow_by_the_stated_overhead() -> None:
    blobs = {RING.encrypt("один текст", "a.b") for _ in range(20)}

    assert len(blobs) == 20
    assert {len(blob) - sealed_overhead(blob[:1]) for blob in blobs} == {len("один текст".encode())}


def test_after_a_rotation_old_values_are_read_and_new_ones_take_the_new_key() -> None:
    old = ring().encrypt("текст", "a.b")
    rotated = ring(current="k2", data={"k1": key(4), "k2": key(5)})

    new = rotated.encrypt("текст", "a.b")

    assert rotated.decrypt(old, "a.b") == rotated.decrypt(new, "a.b") == "текст"
    with pytest.raises(Undecipherable, match="key is not in the ring"):
        ring().decrypt(new, "a.b")


def test_an_undecipherable_value_is_not_quoted() -> None:
    blob = RING.encrypt("тайна", "a.b")

    with pytest.raises(Undecipherable) as failure:
        RING.decrypt(blob[:-1], "a.b")

    assert str(failure.value) == "a.b: the sealed value was changed or comes from another place"
    assert failure.value.__cause__ is None


@given(TEXTS, TEXTS, PLACES, PLACES)
def test_blind_indexes_are_equal_for_equal_values_of_one_place_only(a: str, b: str, here: str, there: str) -> None:
    equal = RING.blind_index(a, here) == RING.blind_index(b, there)

    assert equal == ((a, here) == (b, there))


def test_a_blind_index_outlives_a_rotation_of_the_data_keys() -> None:
    rotated = ring(current="k2", data={"k2": key(5)})

    assert rotated.blind_index("x", "a.b") == RING.blind_index("x", "a.b")
    assert len(RING.blind_index("x", "a.b")) == 32


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 5)), min_size=2, max_size=50, unique=True))
def test_tracking_codes_differ_between_messages_and_between_issues(subjects: list[tuple[UUID, int]]) -> None:
    codes = {RING.tracking_code(message, issue) for message, issue in subjects}

    assert len(codes) == len(subjects)


def test_a_tracking_code_carries_80_bits_and_is_the_same_each_time() -> None:
    message = UUID(int=1)

    assert RING.tracking_code(message, 1) == ring().tracking_code(message, 1)
    assert RING.tracking_code(message, 1) != ring(tracking=7).tracking_code(message, 1)
    assert tracking_code_of(b"\0" * 32) == "0000-0000-0000-0000"
    assert tracking_code_of(b"\xff" * 32) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    codes = [tracking_code_of((1 << bit).to_bytes(10, "big")) for bit in range(80)]
    assert len(set(codes)) == 80


def _as_people_type(code: str, style: int) -> str:
    to_cyrillic = str.maketrans("ABEKMHPCTYX0", "АВЕКМНРСТУХО")
    styles = {
        0: code.lower(),
        1: code.replace("-", ""),
        2: "  " + code.replace("-", " \u2013 ") + "\n",
        3: code.replace("0", "O").replace("1", "l"),
        4: code.replace("0", "о").replace("1", "I"),
        5: code.translate(to_cyrillic),
        6: code.translate(to_cyrillic).lower(),
        7: "\u200b".join(code.replace("-", "\u00a0")),
    }
    return styles[style]


@given(st.uuids(), st.integers(0, 7))
def test_a_code_matches_as_people_type_it(message: UUID, style: int) -> None:
    code = RING.tracking_code(message, 1)

    typed = _as_people_type(code, style)

    assert normal_tracking_code(typed) == code
    assert RING.matches_tracking_code(typed, message, 1)
    assert not RING.matches_tracking_code(typed, message, 2)


@given(st.text())
def test_whatever_is_typed_the_normal_form_is_stable_or_none(raw: str) -> None:
    normal = normal_tracking_code(raw)

    assert normal is None or normal_tracking_code(normal) == normal
    assert RING.matches_tracking_code(raw, UUID(int=5), 1) is False


@pytest.mark.parametrize("raw", ["", "ABCD", "ABCD-EFGH-JKMN-PQRU", "ABCD-EFGH-JKMN-PQRS-T", "Ж" * 16, "0" * 10_000])
def test_what_cannot_be_a_code_has_no_normal_form(raw: str) -> None:
    assert normal_tracking_code(raw) is None


def test_text_digests_vouch_for_one_text_under_one_key() -> None:
    digests = [RING.text_digest(text, case) for text in ("", "а", "ответ") for case in (b"", b"k", b"kk")]

    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 64 and int(digest, 16) >= 0 for digest in digests)
    assert RING.text_digest("ответ") == ring().text_digest("ответ")


def test_one_ring_serves_several_threads() -> None:
    def once(number: int) -> bytes:
        text = str(uuid4())
        assert RING.decrypt(RING.encrypt(text, "a.b"), "a.b") == text
        return RING.blind_index("x", f"t.c{number % 5}")

    with ThreadPoolExecutor(8) as pool:
        indexes = list(pool.map(once, range(200)))

    assert len(set(indexes)) == 5


def test_a_ring_needs_its_current_key() -> None:
    with pytest.raises(KeyError):
        ring(current="k9")
