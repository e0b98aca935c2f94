"""The page of transitions: `python -m domain.rules.page` prints what `docs/transitions.md` holds. Drawn from `RULES` alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from domain import titles
from domain.rules import RULES
from domain.rules.base import Rule
from domain.vocabulary import Stage

_HEAD = """\
# Transitions

Generated from the rules by `python -m domain.rules.page > docs/transitions.md`; a test compares the two. The titles are
those that people see. A stage has exactly one holder, a person or the pool of a role; a message is closed when its
letters have their outcomes, and then takes no decision.
"""

_AFTER_DIAGRAM = """\
Actions that leave a message in its stage are not drawn. The last stage ends by itself, when every letter has its outcome.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join((_HEAD, *_diagram(), "", _AFTER_DIAGRAM, *_table())) + "\n"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f"    {stage.value} : {titles.STAGES[stage]}" for stage in Stage)
    yield f"    [*] --> {Stage.MODERATION.value}"
    for rule in RULES.values():
        if _moves(rule):
            for source in _in_order(rule.stages):
                yield from (f"    {source.value} --> {to.value} : {rule.action.value}" for to in _targets(rule, source))
    yield f"    {Stage.DELIVERY.value} --> {Stage.RATING.value}"
    yield f"    {Stage.DELIVERY.value} --> [*]"
    yield f"    {Stage.RATING.value} --> [*]"
    yield "```"


def _table() -> Iterator[str]:
    yield "| Action | Title | Stages | Who | Leads to | Clause |"
    yield "|---|---|---|---|---|---|"
    for rule in RULES.values():
        stays = "stays" if not _moves(rule) else ", ".join(stage.value for stage in _in_order(rule.leads_to))
        cells = (f"`{rule.action.value}`", rule.title, _stages(rule), rule.role, stays, rule.clause)
        yield f"| {' | '.join(cells)} |"


def _moves(rule: Rule) -> bool:
    return not set(rule.leads_to) >= rule.stages or bool(set(rule.leads_to) - rule.stages)


def _targets(rule: Rule, source: Stage) -> Iterator[Stage]:
    return (stage for stage in _in_order(rule.leads_to) if stage is not source)


def _stages(rule: Rule) -> str:
    return "any" if rule.stages == frozenset(Stage) else ", ".join(stage.value for stage in _in_order(rule.stages))


def _in_order(stages: frozenset[Stage] | tuple[Stage | None, ...]) -> list[Stage]:
    return [stage for stage in Stage if stage in stages]


if __name__ == "__main__":
    sys.stdout.write(page())
