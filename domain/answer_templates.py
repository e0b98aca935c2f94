"""Templates of answers (шаблоны ответов): what is put in out of the card, what is to be filled in, what stays as it is.

A grammar of its own, of three signs, and nothing that could be run. Source: S0-22; G-22.

- «{заявитель, дательный}» is put in out of the card; the case may be left out.
- «[когда и что сделано]» is filled in by whoever writes the answer.
- a line that begins with «|» is locked: to be kept word for word but for what is put in and filled in.

«{{», «}}», «[[» and «]]» are the signs themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LOCK = "|"
MOST_CHARACTERS = 10_000
LONGEST_FIELD = 100


class GrammaticalCase(StrEnum):
    """In which form a word is put in; the value is pymorphy's."""

    NOMINATIVE = "nomn"
    GENITIVE = "gent"
    DATIVE = "datv"
    ACCUSATIVE = "accs"
    INSTRUMENTAL = "ablt"
    PREPOSITIONAL = "loct"


CASES = {
    "именительный": GrammaticalCase.NOMINATIVE,
    "родительный": GrammaticalCase.GENITIVE,
    "дательный": GrammaticalCase.DATIVE,
    "винительный": GrammaticalCase.ACCUSATIVE,
    "творительный": GrammaticalCase.INSTRUMENTAL,
    "предложный": GrammaticalCase.PREPOSITIONAL,
}


class Value(StrEnum):
    """What a card gives."""

    APPLICANT = "заявитель"
    GREETING = "приветствие"
    ORGANISATION = "организация"
    CATEGORY = "категория"
    SUBCATEGORY = "подкатегория"
    NUMBER = "номер"
    RECEIVED_ON = "дата поступления"
    DUE_ON = "срок"
    TODAY = "сегодня"


DECLINED = frozenset({Value.APPLICANT, Value.ORGANISATION, Value.CATEGORY, Value.SUBCATEGORY})
"""Those that have cases."""

Look = Callable[[Value, GrammaticalCase], str]


class TemplateError(ValueError):
    """The text is no template. Says where: line and sign, from 1."""

    def __init__(self, line: int, sign: int, problem: str) -> None:
        super().__init__(f"Строка {line}, знак {sign}: {problem}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line: words as they are, else a value of the card or a field to be filled in."""

    text: str
    value: Value | None = None
    case: GrammaticalCase = GrammaticalCase.NOMINATIVE
    field: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a template."""

    pieces: tuple[Piece, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read. `fields`: what is to be filled in, in its order, each once."""

    lines: tuple[Line, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """What is to be filled in."""
        found = (piece.text for line in self.lines for piece in line.pieces if piece.field)
        return tuple(dict.fromkeys(found))

    @property
    def locked(self) -> tuple[str, ...]:
        """The words that stay, between what is put in and filled in, with single spaces."""
        return tuple(
            said
            for line in self.lines
            if line.locked
            for piece in line.pieces
            if piece.value is None and not piece.field and (said := _plain(piece.text)) and any(map(str.isalnum, said))
        )


def read(text: str) -> Template:
    """The template of a text. Raises TemplateError at the first sign that cannot be read."""
    if len(text) > MOST_CHARACTERS:
        raise TemplateError(1, 1, f"шаблон длиннее {MOST_CHARACTERS} знаков.")
    lines = text.strip("\n").split("\n")
    return Template(tuple(_line(line.rstrip("\r"), number) for number, line in enumerate(lines, start=1)))


def _line(text: str, number: int) -> Line:
    locked = text.startswith(LOCK)
    start = len(LOCK) if locked else 0
    start += locked and text[start : start + 1] == " "
    pieces: list[Piece] = []
    words = ""
    at = start
    while at < len(text):
        sign = text[at]
        if sign in "{}[]" and text[at : at + 2] == sign * 2:
            words, at = words + sign, at + 2
        elif sign in "{[":
            end = text.find("}" if sign == "{" else "]", at)
            if end < 0:
                raise TemplateError(number, at + 1, f"«{sign}» не закрыта.")
            pieces += [Piece(words)] if words else []
            pieces.append(_special(sign, text[at + 1 : end], number, at + 1))
            words, at = "", end + 1
        elif sign in "}]":
            raise TemplateError(number, at + 1, f"лишняя «{sign}»: чтобы поставить сам знак, удвойте его.")
        else:
            words, at = words + sign, at + 1
    return Line((*pieces, Piece(words)) if words else tuple(pieces), locked)


def _special(sign: str, inside: str, line: int, at: int) -> Piece:
    said = " ".join(inside.split())
    if sign == "[":
        if not said or len(said) > LONGEST_FIELD or set(said) & set("{}["):
            raise TemplateError(line, at, f"назовите поле словами, не длиннее {LONGEST_FIELD} знаков.")
        return Piece(said, field=True)
    name, _, case = (part.strip().lower() for part in said.partition(","))
    if name not in set(Value):
        raise TemplateError(line, at, f"«{said}» на карточке нет. Есть: {', '.join(Value)}.")
    value = Value(name)
    if case and value not in DECLINED:
        raise TemplateError(line, at, f"«{name}» не склоняется: уберите падеж.")
    if case and case not in CASES:
        raise TemplateError(line, at, f"падежа «{case}» нет. Есть: {', '.join(CASES)}.")
    return Piece(said, value, CASES.get(case, GrammaticalCase.NOMINATIVE))


def filled(template: Template, look: Look) -> str:
    """The text with the card's values; what is to be filled in stays in its brackets."""
    return "\n".join("".join(_said(piece, look) for piece in line.pieces) for line in template.lines)


def _said(piece: Piece, look: Look) -> str:
    if piece.value is not None:
        return look(piece.value, piece.case)
    return _marked(piece.text) if piece.field else piece.text


def _marked(field: str) -> str:
    return f"[{field}]"


def unfilled(template: Template, text: str) -> tuple[str, ...]:
    """The fields that are still in their brackets in the answer."""
    said = _plain(text)
    return tuple(field for field in template.fields if _marked(field) in said)


def changed(template: Template, text: str) -> tuple[str, ...]:
    """The locked words that the answer does not say, or not in their order."""
    said, at = _plain(text), 0
    missing = []
    for words in template.locked:
        found = said.find(words, at)
        if found < 0:
            missing.append(words)
        else:
            at = found + len(words)
    return tuple(missing)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
