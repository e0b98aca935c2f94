"""What a card gives a template: names, titles, dates, in the grammatical case that the sentence wants. Source: S0-22."""

from __future__ import annotations

from domain import answer_templates as grammar
from domain.answer_templates import GrammaticalCase, Value
from domain.words import day_in_words
from storage import declension
from storage.cards import Card
from storage.sight import Sight


def look_of(card: Card) -> grammar.Look:
    """What the card gives a template, for whoever works on the answer; without full sight nothing of the applicant."""
    case, message = card.case, card.message
    zone = card.world.directory.organisations[case.organisation].calendar.zone
    name = (message.get("applicant_name") if card.sight is Sight.FULL else None) or ""
    legal_entity = message["applicant_kind"] == "legal_entity"
    titles = card.titles
    days = {Value.RECEIVED_ON: case.received_at, Value.DUE_ON: case.due_at, Value.TODAY: card.at}
    named = {
        Value.ORGANISATION: titles.organisations.get(case.organisation, case.organisation),
        Value.CATEGORY: titles.categories.get(case.category or "", ""),
        Value.SUBCATEGORY: titles.categories.get(case.subcategory or "", ""),
    }

    def look(value: Value, form: GrammaticalCase) -> str:
        if value in days:
            return day_in_words(days[value].astimezone(zone).date())
        if value in named:
            return declension.title(named[value], form)
        match value:
            case Value.NUMBER:
                return case.number
            case Value.GREETING:
                return declension.greeting(name, legal_entity=legal_entity)
            case _ if not name:
                return declension.title("заявитель", form)
            case _:
                return declension.entity(name, form) if legal_entity else declension.person(name, form)

    return look
