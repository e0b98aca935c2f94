"""Auto-rules in words: what they ask, what they do, and how a dry run compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api.autorule_shapes import RuleFields
from domain.dry_runs import Comparison
from domain.vocabulary import Channel

CHANNELS: Mapping[str, str] = {
    Channel.PORTAL: "с портала",
    Channel.FORM: "через форму на сайте",
    Channel.PHONE: "по телефону",
    Channel.VISIT: "на приёме",
    Channel.POST: "почтой",
    Channel.EMAIL: "электронной почтой",
}
APPLICANTS = {"citizen": "гражданин", "legal_entity": "юридическое лицо"}
COMPARISONS: Mapping[str, tuple[str, str]] = {
    Comparison.AGREES: ("Совпадает", "правило сделало бы то же, что сделали люди"),
    Comparison.DIFFERS: ("Расходится", "люди решили иначе"),
    Comparison.IMPOSSIBLE: ("Невозможно", "правило не применилось бы: нет полномочий или адресата"),
    Comparison.UNDECIDED: ("Ещё не решено", "сравнить не с чем"),
    Comparison.MARKS: ("Только отметки", "правило не решает, у кого сообщение"),
    Comparison.TAKEN: ("Раньше сработает другое", "сообщение заберёт правило выше по списку"),
}
DEEDS = {
    "assign": "назначен",
    "take": "взял координатор",
    "transfer": "передано",
    "redirect": "перенаправление",
    "return": "возвращено",
}


@dataclass(frozen=True)
class Titles:
    """What codes and numbers are called."""

    places: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    templates: Mapping[int, str] = field(default_factory=dict)

    def person(self, number: int) -> str:
        """His name, or his number where he works elsewhere."""
        return self.people.get(number, f"сотрудник № {number}")

    def concerned(self, kind: str, what: str) -> str:
        """Whom or what a deed concerns."""
        if kind in ("assign", "take") and what.isdigit():
            return self.person(int(what))
        if kind == "template" and what.isdigit():
            return self.templates.get(int(what), what)
        return f"{what} дн." if kind == "term" else self.places.get(what, what)


def conditions(rule: RuleFields, titles: Titles) -> list[str]:
    """What the rule asks, one line a condition; none where it is about every message."""
    found = []
    if rule.categories:
        found.append("Категория: " + _any(titles.categories.get(code, code) for code in rule.categories))
    if rule.words:
        found.append("В тексте: " + _any(f"«{line}»" for line in rule.words.splitlines()))
    if rule.organisations:
        found.append("Названа или на неё жалоба: " + _any(titles.places.get(one, one) for one in rule.organisations))
    if rule.channels:
        found.append("Пришло " + _any(CHANNELS[one] for one in rule.channels))
    if rule.applicant_kinds:
        found.append("Обратился " + _any(APPLICANTS[one] for one in rule.applicant_kinds))
    if rule.repeated is not None:
        found.append("Заявитель уже обращался" if rule.repeated else "Заявитель обращается впервые")
    if rule.tagged:
        found.append(f"Есть метка «{rule.tagged}»")
    if rule.prioritised is not None:
        found.append("Приоритетное" if rule.prioritised else "Не приоритетное")
    return found


def effects(rule: RuleFields, titles: Titles) -> list[str]:
    """What the rule does, one line an effect."""
    found = []
    if rule.executor is not None:
        found.append(f"Назначить: {titles.person(rule.executor)}")
    if rule.unit:
        found.append(f"Назначить наименее занятого: {titles.units.get(rule.unit, rule.unit)}")
    if rule.transfer:
        found.append(f"Передать: {titles.places.get(rule.transfer, rule.transfer)}")
    if rule.redirect:
        found.append(f"Подготовить перенаправление: {titles.places.get(rule.redirect, rule.redirect)}")
    if rule.days is not None:
        found.append(f"Срок ответа не больше {rule.days} дн.")
    if rule.template is not None:
        found.append(f"Предложить шаблон: {titles.templates.get(rule.template, f'№ {rule.template}')}")
    if rule.tag:
        found.append(f"Метка «{rule.tag}»")
    if rule.priority:
        found.append("Отметить приоритетным")
    return found


def _any(words: Iterable[str]) -> str:
    return " или ".join(words)
