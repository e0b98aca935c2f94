"""The page of transitions says what the rules say."""

from __future__ import annotations

from pathlib import Path

from domain.rules import RULES
from domain.rules.page import page
from domain.vocabulary import Action, Stage

PAGE = Path(__file__).parents[2] / "docs" / "transitions.md"


def test_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "the rules have changed: python -m domain.rules.page > docs/transitions.md, and read what differs"
    )


def test_every_action_has_its_rule_its_row_and_its_people() -> None:
    assert set(RULES) == set(Action)
    for action, rule in RULES.items():
        assert rule.action is action
        assert rule.stages
        assert rule.leads_to
        assert f"| `{action.value}` | {rule.title} |" in page()


def test_each_stage_can_be_reached_and_left() -> None:
    entered = {stage for rule in RULES.values() for stage in rule.leads_to if {stage} != rule.stages}
    left = {stage for rule in RULES.values() for stage in rule.stages if set(rule.leads_to) - {stage}}

    assert entered | {Stage.MODERATION} == set(Stage)
    assert left >= set(Stage) - {Stage.DELIVERY}
