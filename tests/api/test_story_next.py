"""What the applicant is promised next: the words and the instant say one thing."""

from __future__ import annotations

from datetime import timedelta

from api.story_next import what_next
from domain.vocabulary import Action, Stage
from storage.stories import Story
from tests.domain.builders import DAY, HOUR, MINISTRY, Desk, desk


def story(at_desk: Desk, later: timedelta) -> Story:
    """The message as its applicant follows it some time after."""
    return Story(
        case=at_desk.case,
        regulation=at_desk.world.regulation,
        at=at_desk.at + later,
        time_zone="Europe/Moscow",
        organisations={MINISTRY: "Минздрав"},
        rows=(),
        answers=(),
        files={},
        declined=None,
        forwarded=None,
        world=at_desk.world,
        continued=None,
        converted=None,
        questions={},
    )


def test_decision_on_a_withdrawal_is_promised_until_its_due_and_then_the_answer_alone() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.ASK_WITHDRAWAL)
    [errand] = at_desk.case.errands

    before, after = (what_next(story(at_desk, later)) for later in (HOUR, 3 * DAY))

    assert (before.by, "решит не позднее" in before.text) == (errand.due_at, True)
    assert (after.by, "решит, прекратить ли" in after.text) == (at_desk.case.due_at, True)
