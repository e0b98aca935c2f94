"""Names and titles in the grammatical case that a sentence wants, as far as the dictionary is sure; else as they are."""

from __future__ import annotations

from typing import Any

from domain.answer_templates import GrammaticalCase
from storage.lemmas import morphology

_NAME = ("Surn", "Name", "Patr")


def person(name: str, case: GrammaticalCase) -> str:
    """«Ивановой Марии Петровне». Words that the dictionary does not know as parts of a name stay."""
    words, gender = name.split(), gender_of(name)
    if gender is None or case is GrammaticalCase.NOMINATIVE:
        return " ".join(words)
    at = _patronymic(words)
    stays = _of_father(words) if at is not None and words[at].lower().endswith(_FIXED) else ()
    found = [word if word in stays or word.lower() in _PARTICLES else _name_word(word, case, gender) for word in words]
    if at is not None and found[at - 1] == words[at - 1] and words[at - 1] not in stays:
        found[at - 1] = _first_name(words[at - 1], case)
    return " ".join(found)


def gender_of(name: str) -> str | None:
    """`masc` or `femn`, by the patronymic, else by the first name, else by the surname; None where they do not tell."""
    words = name.split()
    if (at := _patronymic(words)) is not None:
        return "femn" if words[at].lower().endswith(_OF_WOMEN) else "masc"
    return _known_gender(words)


def _known_gender(words: list[str]) -> str | None:
    for grammeme in ("Name", "Surn"):
        found = {one.tag.gender for word in words for one in _parsed(word) if grammeme in one.tag and _sure(one)}
        if len(found) == 1:
            gender: str = found.pop()
            return gender
    return None


_PARTICLES = frozenset("фон ван дер ден де да ди дю ла ле эль аль ибн бен".split())
_OF_WOMEN, _OF_MEN, _FIXED = ("вна", "чна", "кызы"), ("вич", "ьич", "оглы"), ("оглы", "кызы")


def _patronymic(words: list[str]) -> int | None:
    """Where the patronymic stands; «Анна Мицкевич» has none."""
    for at, word in enumerate(words):
        if at == 0 or not word.lower().endswith(_OF_WOMEN + _OF_MEN):
            continue
        tags = [one.tag for one in _parsed(word)]
        is_surname, is_patronymic = (any(grammeme in tag for tag in tags) for grammeme in ("Surn", "Patr"))
        gender = "femn" if word.lower().endswith(_OF_WOMEN) else "masc"
        agrees = _known_gender(words[at - 1 : at]) in (gender, None)
        if not is_surname or (is_patronymic and agrees):
            return at
    return None


def _of_father(words: list[str]) -> list[str]:
    """The patronymic, of one word or of two («Гасан оглы»)."""
    at = _patronymic(words)
    return [] if at is None else words[at - (words[at].lower() in _FIXED and at > 1) : at + 1]


def greeting(name: str, *, legal_entity: bool) -> str:
    """«Уважаемая Мария Петровна», without the surname; «Здравствуйте» where no patronymic tells how to address."""
    words = name.split()
    gender = None if legal_entity else gender_of(name)
    at = _patronymic(words)
    of_father = _of_father(words)
    if gender is None or at is None:
        return "Здравствуйте"
    if of_father[0].lower() in _FIXED:  # «Нурлан кызы Айгуль»: the name stands last
        return "Здравствуйте"
    first = words[at - len(of_father)]
    called = " ".join(_capital(word) for word in (first, *of_father))
    return f"{'Уважаемая' if gender == 'femn' else 'Уважаемый'} {called}"


def _capital(word: str) -> str:
    """«МАРИЯ» and «мария» as «Мария»; what has capitals of its own stays, «оглы» too."""
    if word.lower() in _FIXED:
        return word.lower()
    return word.title() if word.isupper() or word.islower() else word


def entity(name: str, case: GrammaticalCase) -> str:
    """«Обществу с ограниченной ответственностью «Ромашка»»; of an entrepreneur the name too: «ИП Ивановой М. П.», «Главе
    крестьянского хозяйства Петрову Ивану Ивановичу».
    """
    words = name.split()
    own = next((at for at, word in enumerate(words[:3]) if word.lower() in ("ип", "предприниматель")), None)
    if own is not None:
        return " ".join(
            filter(None, (title(" ".join(words[: own + 1]), case), person(" ".join(words[own + 1 :]), case)))
        )
    of_person = len(words) - 3
    if of_person < 1 or _patronymic(words) != len(words) - 1:
        return title(name, case)
    what = " ".join(words[:of_person])
    declined = title(what, case)
    return name if declined == what else f"{declined} {person(' '.join(words[of_person:]), case)}"


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
    """The accusative of an adjective depends on whether the noun lives."""
    if "accs" in wanted and (noun.tag.gender == "masc" or noun.tag.number == "plur"):
        return wanted | {noun.tag.animacy or "inan"}
    return wanted


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


def _name_word(word: str, case: GrammaticalCase, gender: str) -> str:
    """A word of a name; of a double one each part, of which the last alone is put into the case by its ending."""
    first, dash, last = word.rpartition("-")
    before = "-".join(
        _by_dictionary(part, case, gender) or _of_surname(part, case, gender) for part in first.split("-")
    )
    before += dash
    declined = _by_dictionary(last, case, gender)
    if declined is None and gender == "masc":
        declined = _by_noun(last, case) or _by_ending(last, case)
    return before + (declined or last)


def _by_dictionary(word: str, case: GrammaticalCase, gender: str) -> str | None:
    """The form of a word that is part of a name, or an adjective as a surname («Белому»); None where neither is known."""
    found = [one for one in _parsed(word) if one.tag.case == "nomn" and one.tag.number == "sing"]
    for grammeme in _NAME:
        for one in found:
            if grammeme in one.tag and (one.tag.gender is None or one.tag.gender == gender):
                form = one.inflect({case.value, "sing"})
                return _like(word, form.word) if form else word
    adjective = next(
        (one for one in found if one.tag.POS == "ADJF" and one.tag.gender == gender and one.is_known), None
    )
    if adjective is None or (gender == "masc" and word.lower().endswith(_OF_SURNAMES)):
        return None
    wanted = {case.value, "sing", gender} | (
        {"anim"} if case is GrammaticalCase.ACCUSATIVE and gender == "masc" else set()
    )
    form = adjective.inflect(wanted)
    return _like(word, form.word) if form else None


def _of_surname(word: str, case: GrammaticalCase, gender: str) -> str:
    """The first part of a double surname («Мамину-Сибиряку»): put into the case where its ending is one of surnames alone."""
    certain = gender == "masc" and word.lower().endswith(_OF_SURNAMES)
    return (certain and _by_ending(word, case)) or word


def _first_name(word: str, case: GrammaticalCase) -> str:
    """A first name that the dictionary lacks («Бадма»): in «а» after most consonants there is but one way, for man and woman."""
    before, said = word[-2:-1].lower(), word.lower()
    if not said.endswith("а") or before not in _BEFORE_A or not word.isalpha():
        return word
    endings = _IN_A | ({GrammaticalCase.GENITIVE: "и"} if before in "гкх" else {})
    return word[:-1] + (endings[case].upper() if word.isupper() else endings[case])


def _by_noun(word: str, case: GrammaticalCase) -> str | None:
    """A man's surname that is a word beside («Воробью»): he lives, whatever the word means."""
    nouns = (
        one
        for one in _parsed(word)
        if one.tag.POS == "NOUN" and one.tag.gender == "masc" and _sure(one) and one.is_known
    )
    if (noun := next(nouns, None)) is None:
        return None
    form = noun.inflect({GrammaticalCase.GENITIVE.value if case is GrammaticalCase.ACCUSATIVE else case.value, "sing"})
    return _like(word, form.word) if form else None


_ENDINGS = {
    GrammaticalCase.GENITIVE: ("а", "я"),
    GrammaticalCase.DATIVE: ("у", "ю"),
    GrammaticalCase.ACCUSATIVE: ("а", "я"),
    GrammaticalCase.INSTRUMENTAL: ("ом", "ем"),
    GrammaticalCase.PREPOSITIONAL: ("е", "е"),
}
_IN_A = {
    GrammaticalCase.GENITIVE: "ы",
    GrammaticalCase.DATIVE: "е",
    GrammaticalCase.ACCUSATIVE: "у",
    GrammaticalCase.INSTRUMENTAL: "ой",
    GrammaticalCase.PREPOSITIONAL: "е",
}
_BEFORE_A = "бвгдзклмнпрстфх"
_OF_SURNAMES = ("ов", "ев", "ёв", "ин", "ын")
_NEVER = ("ых", "их", "ок", "ек", "ёк", "ец")
"""«Седых» has no cases; what becomes of the vowel in «Кубок» nobody knows."""


def _by_ending(word: str, case: GrammaticalCase) -> str | None:
    """A man's name that the dictionary lacks («Санал», «Коваль»): after a hard consonant or «ь» there is but one way."""
    said = word.lower()
    if len(word) < 3 or said.endswith(_NEVER) or said[-1] not in "бвгдзклмнпрстфхь" or not word.isalpha():
        return None
    hard, soft = _ENDINGS[case]
    if said.endswith(_OF_SURNAMES) and case is GrammaticalCase.INSTRUMENTAL:
        hard = "ым"
    ending = soft if said[-1] == "ь" else hard
    return (word[:-1] if said[-1] == "ь" else word) + (ending.upper() if word.isupper() else ending)


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
