"""What the applicant reads while following his message: what happened, what happens next and by when."""

from __future__ import annotations

from uuid import UUID

from api.attachments import shown as file_shown
from api.story_next import rating_asked, went_outside, what_next
from api.story_shapes import AnswerToApplicant, QuestionToApplicant, Tracked
from api.story_steps import concerns, step
from domain.rules import RULES
from domain.vocabulary import Action, ErrandKind, Stage
from storage.stories import Story


def told(story: Story) -> Tracked:
    """The story in words. No staff, nothing that was written inside."""
    case = story.case
    types = {word.code: word.title for word in story.regulation.answer_types}
    return Tracked(
        number=case.number,
        received_at=case.received_at,
        organisation=story.forwarded if went_outside(story) else story.organisations[case.organisation],
        due_at=case.due_at,
        finished=case.considered,
        steps=[step(row, story) for row in story.rows if concerns(row)],
        next=what_next(story),
        can_convert=not case.considered and case.stage is not Stage.MODERATION and case.linked_to is None,
        can_withdraw=not case.considered and case.withdrawal_at is None,
        answers=[
            AnswerToApplicant(
                type=types[answer["type"]],
                text=answer["text"],
                approved_at=answer["approved_at"],
                files=[file_shown(story.files[file]) for file in answer["files"] if file in story.files],
            )
            for answer in story.answers
        ],
        questions=[
            QuestionToApplicant(
                id=UUID(one.id),
                text=story.questions.get(one.id),
                asked_at=one.asked_at,
                due_at=one.due_at,
                late=one.due_at <= story.at,
            )
            for one in case.errands
            if one.open and one.kind is ErrandKind.QUESTION
        ],
        may_add=case.open and case.stage in RULES[Action.ADD_FACTS].stages,
        rating=rating_asked(story),
    )


def is_shown(story: Story, file_id: UUID) -> bool:
    """Whether the file belongs to an answer that the applicant may read here."""
    return str(file_id) in story.files
