"""What a rule would have done to a past message beside what people really did. Source: G-40."""

from __future__ import annotations

from enum import StrEnum

from domain.autorule_effects import ALREADY_MOVED, Application
from domain.autorules import EffectKind
from domain.case import Case
from domain.rules.people import unit_of
from domain.verdict import World


class Comparison(StrEnum):
    """How the rule and the people compare over one message."""

    AGREES = "agrees"
    DIFFERS = "differs"
    IMPOSSIBLE = "impossible"
    UNDECIDED = "undecided"
    MARKS = "marks"
    TAKEN = "taken"


def would(found: Application) -> list[tuple[str, str]]:
    """What the rule does, each with whom or what it concerns."""
    case, effects = found.verdict.case, found.rule.effects
    concerned = {
        EffectKind.ASSIGN: case.executor,
        EffectKind.TRANSFER: case.organisation,
        EffectKind.REDIRECT: found.redirect,
        EffectKind.TERM: effects.days,
        EffectKind.TEMPLATE: effects.template,
        EffectKind.TAG: effects.tag,
        EffectKind.PRIORITY: "",
    }
    return [(kind.value, str(concerned[kind] if concerned[kind] is not None else "")) for kind in found.done]


def compared(own: Application | None, did: tuple[str, str] | None, arrived: Case, world: World) -> Comparison:
    """How the rule, whose conditions hold, compares; `own`: what it would do, None when an earlier rule goes first."""
    if own is None or any(refusal is ALREADY_MOVED for refusal in own.refused.values()):
        return Comparison.TAKEN
    if own.refused:
        return Comparison.IMPOSSIBLE
    if not any(kind in _WITH_A_COUNTERPART for kind in own.done):
        return Comparison.MARKS
    if did is None:
        return Comparison.UNDECIDED
    return Comparison.AGREES if _alike(own, did, arrived, world) else Comparison.DIFFERS


_WITH_A_COUNTERPART = (EffectKind.ASSIGN, EffectKind.TRANSFER, EffectKind.REDIRECT)


def _alike(own: Application, did: tuple[str, str], arrived: Case, world: World) -> bool:
    """Whether people did the same. Where the rule names a unit, whoever of it was assigned is the same."""
    what, whom = did
    effects = own.rule.effects
    if effects.transfer is not None:
        return did == ("transfer", effects.transfer)
    if effects.redirect is not None:
        return did == ("redirect", effects.redirect)
    if what not in ("assign", "take"):
        return False
    if effects.unit is None:
        return whom == str(effects.executor)
    known = whom.isdigit() and int(whom) in world.directory.people
    return known and unit_of(int(whom), arrived.organisation, world) == effects.unit
