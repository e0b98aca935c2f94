"""A card in words: names and titles in the place of numbers and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api import errands, receipts, timelines
from api.attachments import AttachmentShown
from api.attachments import shown as file_shown
from api.card_shapes import (
    AnswerShown,
    ApplicantShown,
    Asked,
    CardShown,
    ConcernedShown,
    DraftShown,
    Endorsed,
    LetterShown,
    LinkedShown,
    Links,
    MadeOf,
    MessageText,
    RatingShown,
    Returned,
    StateShown,
)
from api.choices import ActionShown
from api.dangers import danger_shown
from api.differences import differences
from api.duplicates import shown as duplicate_shown
from api.fates import Fates
from api.marks import marks_shown
from api.resources import Resources
from api.shown import HolderShown, Named, PersonShown, named, titled
from api.titles import AUDIENCES, FLAGS, LETTER_STATES, LETTERS, OUTCOMES, ROLES, STAGES, WAYS
from domain.acting import role_to_give
from domain.case_parts import Draft
from domain.rules.people import lacks_approver
from domain.vocabulary import CLOSED, PersonId, Stage, workflow_id
from storage import cards
from storage.autorules import Given
from storage.cards import Card
from storage.duplicates import Duplicate
from storage.links import Linked
from storage.sight import Sight


def _linked(one: Linked) -> LinkedShown:
    return LinkedShown(id=UUID(one.id), number=one.number, due_at=one.due_at)


class Shower:
    """Puts names and titles in the place of numbers and codes; the whole is `card`, its parts are methods of their own.

    `given`: the parameters of decisions by id, as far as the card needs them. `together`: messages that this one answers too;
    `given_marks`: what auto-rules gave.
    """

    def __init__(
        self,
        shared: Resources,
        card: Card,
        names: dict[PersonId, str],
        fates: Fates,
        given: Mapping[str, Mapping[str, Any]],
        together: list[Linked],
        given_marks: Sequence[Given] = (),
    ) -> None:
        self.together, self.given_marks = together, given_marks
        self.shared, self.card_, self.names, self.fates, self.given = shared, card, names, fates, given
        act = card.world.regulation
        self.types = {word.code: word.title for word in act.answer_types}
        self.grounds = {word.code: word.title for word in act.decline_grounds}

    def card(self, actions: list[ActionShown], twins: list[Duplicate]) -> CardShown:
        """The card as far as this person sees it; of a former participant's the past alone."""
        found = self.card_
        former = found.sight is Sight.FORMER
        return CardShown(
            id=UUID(found.case.id),
            number=found.case.number,
            at=found.at,
            time_zone=found.world.directory.organisations[found.case.organisation].calendar.zone.key,
            version=None if former else found.case.version,
            sight=found.sight,
            message=self.message(),
            applicant=self.applicant(),
            concerned=ConcernedShown(
                relation=found.message["person_concerned"],
                name=found.message["concerned_name"],
                basis=found.message["concerned_basis"],
            ),
            flags=[] if former else [titled(one, FLAGS) for one in found.case.flags],
            flags_suggested=[] if former else [titled(one, FLAGS) for one in found.case.flags_suggested],
            linked_to=None if former else self.linked_to(),
            first_answer=None if former else self.first_answer(),
            answers_too=[] if former else [_linked(one) for one in self.together],
            danger=None if former else danger_shown(found, self.given),
            state=None if former else self.state(),
            dates=[] if former else receipts.explained(found),
            timeline=[] if former else timelines.timeline(found, self.names),
            answers=self.answers(),
            draft=self.draft(found.case.draft) if found.case.draft and found.inside else None,
            letters=[self.letter(letter) for letter in found.letters],
            errands=errands.errands_shown(found, self.given, self.names),
            ratings=[RatingShown.model_validate(one, from_attributes=False) for one in found.ratings],
            actions=actions,
            duplicates=[duplicate_shown(one) for one in twins],
            links=self.links(),
        )

    def message(self) -> MessageText:
        row, case = self.card_.message, self.card_.case
        return MessageText(
            channel=row["channel"],
            received_at=row["received_at"],
            registered_at=row["created_at"],
            text=row["text"],
            location=row["location"],
            declared_category=self.category(row["declared_category"]),
            declared_subcategory=self.category(row["declared_subcategory"]),
            declared_organisation=self.organisation(row["declared_organisation"]),
            complained_of=self.organisation(case.complained_of),
            complained_of_person=self.person(case.complained_of_person),
            complained_of_title=row["complained_of_title"],
            audience=named(case.audience, AUDIENCES),
            rules_agreed=row["rules_agreed"],
            secret=case.secret,
            files=[file_shown(file) for file in self.card_.files.values() if file.role == "message"],
        )

    def applicant(self) -> ApplicantShown:
        row = self.card_.message
        return ApplicantShown(
            kind=row["applicant_kind"],
            hidden=self.card_.sight is not Sight.FULL,
            name=row["applicant_name"],
            contacts=row["contacts"],
        )

    def state(self) -> StateShown:
        case, at = self.card_.case, self.card_.at
        holder = case.holder
        waiting = not case.considered and case.stage_due_at is not None
        reaction = case.first_reaction
        return StateShown(
            stage=titled(case.stage if case.open else CLOSED, STAGES),
            entered_at=case.entered_at,
            holder=HolderShown(person=self.person(holder.person), pool=named(holder.pool, ROLES))
            if holder.person or holder.pool
            else None,
            acting_for=self.person(case.acting_for),
            may_appoint=role_to_give(case, self.card_.viewer.person, self.card_.world, self.card_.at) is not None,
            nobody_present=case.nobody_told and not case.considered,
            nobody_may_approve=lacks_approver(case, self.card_.world, at),
            executor=self.person(case.executor),
            organisation=titled(case.organisation, self.card_.titles.organisations),
            unit=named(case.unit, self.card_.titles.units),
            category=self.category(case.category),
            subcategory=self.category(case.subcategory),
            category_then=self.card_.titles.called_then(case.category, case.received_at),
            subcategory_then=self.card_.titles.called_then(case.subcategory, case.received_at),
            fact_then=self.card_.titles.called_then(case.fact, case.received_at),
            fact=self.category(case.fact),
            due_at=case.due_at,
            stage_due_at=case.stage_due_at,
            first_reaction_due_at=reaction.due_at if reaction else None,
            reacted_at=reaction.reacted_at if reaction and reaction.due_at else None,
            overdue=(case.answered_at or at) > case.due_at,
            stage_overdue=waiting and case.stage_due_at is not None and case.stage_due_at <= at,
            started=case.started,
            returned=case.returned,
            postponed_until=case.postponed_until,
            withdrawal_at=None if case.considered else case.withdrawal_at,
            outcome=named(case.outcome, OUTCOMES),
            answered_at=case.answered_at,
            closed_at=case.closed_at,
            tags=list(case.tags),
            prioritised=case.prioritised,
            marks=marks_shown(self.card_, self.given_marks, self.names),
        )

    def first_answer(self) -> LinkedShown | None:
        known = self.card_.case.repeat
        return LinkedShown(id=UUID(known.main), number=known.main_number or "") if known and known.main else None

    def linked_to(self) -> LinkedShown | None:
        case = self.card_.case
        return LinkedShown(id=UUID(case.linked_to), number=case.linked_number or "") if case.linked_to else None

    def answers(self) -> list[AnswerShown]:
        before = [None, *self.card_.answers]
        return [self.answer(answer, last) for last, answer in zip(before, self.card_.answers, strict=False)]

    def answer(self, row: Mapping[str, Any], last: Mapping[str, Any] | None) -> AnswerShown:
        approved_by = self.fates.approved.get(row["decision"])
        return AnswerShown(
            version=row["version"],
            submission=row["submission"],
            edited=row["decision"] in self.fates.edits,
            author=self.somebody(row["author"]),
            created_at=row["created_at"],
            type=titled(row["type"], self.types),
            text=row["text"],
            difference=differences(last["text"], row["text"]) if last is not None else None,
            postponed_until=row["postponed_until"],
            ground=named(row["ground"], self.grounds),
            comment=row["comment"],
            files=self.files(row["files"]),
            comment_files=self.files(row["comment_files"]),
            endorsed=[
                Endorsed(person=self.somebody(person), at=at)
                for person, at in self.fates.endorsed.get(row["digest"], {}).items()
            ],
            returned=self.returned(row["decision"]),
            approved_at=row["approved_at"],
            approved_by=self.person(approved_by),
            made_of=MadeOf(title=row["made_of"][0], missing=list(row["made_of"][1])) if row["made_of"] else None,
        )

    def returned(self, decision: str) -> Returned | None:
        found = self.fates.returned.get(decision)
        if found is None:
            return None
        given = self.given.get(found.decision, {}) if self.card_.inside else {}
        return Returned(
            person=self.somebody(found.person),
            at=found.at,
            reason=given.get("reason"),
            files=self.files(given.get("reason_files") or []),
        )

    def draft(self, draft: Draft) -> DraftShown:
        written = self.card_.redirect if draft.organisation or draft.external else {}
        asking = self.card_.case.stage is Stage.ENDORSEMENT
        return DraftShown(
            kind=draft.kind,
            author=self.somebody(draft.author),
            endorsers=[
                Asked(person=self.somebody(one), done=place < draft.position, turn=asking and place == draft.position)
                for place, one in enumerate(draft.endorsers)
            ],
            approver=Asked(person=self.somebody(draft.approver), done=False, turn=not asking),
            answer_type=named(draft.answer_type, self.types),
            organisation=self.organisation(draft.organisation),
            external_name=written.get("external_name"),
            comment=written.get("comment"),
        )

    def letter(self, row: Any) -> LetterShown:
        return LetterShown(
            id=UUID(row["id"]),
            kind=titled(row["kind"], LETTERS),
            way=titled(row["way"], WAYS),
            state=titled(row["state"], LETTER_STATES),
            created_at=row["created_at"],
            settled_at=row["settled_at"],
            doubtful=row["doubtful"],
            task_due_at=row["task_due_at"],
        )

    def links(self) -> Links:
        settings, case = self.shared.settings, self.card_.case
        run = f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id(case.id)}"
        return Links(
            journal=f"/api/v1/messages/{case.id}/journal",
            contacts=f"/api/v1/messages/{case.id}/contacts" if self.card_.message["contacts"] else None,
            temporal_ui=run if cards.is_curator(self.card_) else None,
        )

    def person(self, number: PersonId | None) -> PersonShown | None:
        return None if number is None else self.somebody(number)

    def somebody(self, number: PersonId) -> PersonShown:
        return PersonShown(number=number, name=self.names.get(number, ""))

    def files(self, ids: list[str]) -> list[AttachmentShown]:
        return [file_shown(self.card_.files[one]) for one in ids if one in self.card_.files]

    def category(self, code: str | None) -> Named | None:
        return named(code, self.card_.titles.categories)

    def organisation(self, code: str | None) -> Named | None:
        return named(code, self.card_.titles.organisations)
