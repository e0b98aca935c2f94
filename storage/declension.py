"""Names and titles in the grammatical case that a sentence wants, as far as the dictionary is sure; else as they are."""

from __future__ import annotations

from typing import Any

from domain.answer_templates import GrammaticalCase
from storage.lemmas import morphology

_NAME = ("Surn", "Name", "Patr")


def person(name: str, case: GrammaticalCase) -> str:
    """«Ивановой Марии Петровне». Words that the dictionary does not know as parts of a name stay."""
    gender = gender_of(name)
    words = [_name_word(word, case, gender) for word in name.split()]
    if gender == "masc" and case is not GrammaticalCase.NOMINATIVE:
        given = name.split()
        words = [words[0], *(_foreign(old, new, case) for old, new in zip(given[1:], words[1:], strict=True))]
    return " ".join(words)


def gender_of(name: str) -> str | None:
    """`masc` or `femn`, by the patronymic, else by the first name, else by the surname; None where they do not tell."""
    if (told := _by_patronymic(name)) is not None:
        return told
    words = name.split()
    for grammeme in ("Name", "Surn"):
        found = {one.tag.gender for word in words for one in _parsed(word) if grammeme in one.tag and _sure(one)}
        if len(found) == 1:
            gender: str = found.pop()
            return gender
    return None


def _by_patronymic(name: str) -> str | None:
    for word in name.lower().split()[1:]:
        if word.endswith(("вна", "чна", "кызы")):
            return "femn"
        if word.endswith(("вич", "ьич", "оглы")):
            return "masc"
    return None


def greeting(name: str, *, legal_entity: bool) -> str:
    """«Уважаемая Мария Петровна», without the surname; «Здравствуйте» where no patronymic tells how to address."""
    gender = None if legal_entity else _by_patronymic(name)
    if gender is None:
        return "Здравствуйте"
    return f"{'Уважаемая' if gender == 'femn' else 'Уважаемый'} {' '.join(name.split()[1:])}"


def title(text: str, case: GrammaticalCase) -> str:
    """«Городской поликлинике № 2»: adjectives and the noun that they belong to; what follows stays as it is."""
    words = text.split()
    for count in range(1, min(len(words), 5) + 1):
        noun = _noun(words[count - 1])
        if noun is None:
            if not _adjectives(words[count - 1]):
                return text
            continue
        form = _agreeing(words[: count - 1], noun, case)
        return " ".join([*form, *words[count:]]) if form else text
    return text


def _agreeing(adjectives: list[str], noun: Any, case: GrammaticalCase) -> list[str] | None:
    """The adjectives and the noun in the case; None where one of them does not go with the noun."""
    number, gender = noun.tag.number, noun.tag.gender
    found = []
    for word in adjectives:
        fit = [one for one in _adjectives(word) if one.tag.number == number and one.tag.gender in (gender, None)]
        wanted = {case.value, number} | ({gender} if number == "sing" else set())
        form = fit[0].inflect(_with_animacy(wanted, noun)) if fit else None
        if form is None:
            return None
        found.append(_like(word, form.word))
    declined = noun.inflect({case.value, number})
    return [*found, _like(noun.word_as_written, declined.word)] if declined else None


def _with_animacy(wanted: set[str], noun: Any) -> set[str]:
    """The accusative of an adjective depends on whether the noun lives; organisations do not."""
    return (
        wanted | {"inan"} if "accs" in wanted and (noun.tag.gender == "masc" or noun.tag.number == "plur") else wanted
    )


class _Noun:
    """A noun with the word that it was read from."""

    def __init__(self, parsed: Any, word: str) -> None:
        self.tag, self.inflect, self.word_as_written = parsed.tag, parsed.inflect, word


def _noun(word: str) -> _Noun | None:
    found = [one for one in _parsed(word) if one.tag.POS == "NOUN" and one.tag.case == "nomn" and one.is_known]
    adjective = _adjectives(word)
    if not found or (adjective and adjective[0].score > found[0].score):
        return None
    return _Noun(found[0], word)


def _adjectives(word: str) -> list[Any]:
    return [one for one in _parsed(word) if one.tag.POS in ("ADJF", "PRTF") and one.tag.case == "nomn" and one.is_known]


def _name_word(word: str, case: GrammaticalCase, gender: str | None) -> str:
    if "-" in word:
        return "-".join(_name_word(part, case, gender) for part in word.split("-"))
    for grammeme in _NAME:
        for one in _parsed(word):
            fits = grammeme in one.tag and one.tag.case == "nomn" and one.tag.number == "sing"
            if fits and one.tag.gender == gender and gender is not None:
                form = one.inflect({case.value, "sing"})
                return _like(word, form.word) if form else word
    return word


_ENDINGS = {
    GrammaticalCase.GENITIVE: "а",
    GrammaticalCase.DATIVE: "у",
    GrammaticalCase.ACCUSATIVE: "а",
    GrammaticalCase.INSTRUMENTAL: "ом",
    GrammaticalCase.PREPOSITIONAL: "е",
}


def _foreign(old: str, new: str, case: GrammaticalCase) -> str:
    """A man's first name that the dictionary lacks («Санал»): after a hard consonant there is but one way."""
    if old != new or old[-1:] not in "бвгдзклмнпрстфх":
        return new
    return new + _ENDINGS[case]


def _sure(one: Any) -> bool:
    return bool(one.tag.case == "nomn" and one.tag.number == "sing" and one.tag.gender in ("masc", "femn"))


def _parsed(word: str) -> list[Any]:
    letters = word.strip("«»\"'.,")
    return morphology().parse(letters) if letters == word and letters.replace("-", "").isalpha() else []


def _like(word: str, form: str) -> str:
    """The form with the capitals of the word."""
    if word.isupper() and len(word) > 1:
        return form.upper()
    return form[:1].upper() + form[1:] if word[:1].isupper() else form
