"""What happens next and by when, in words for the applicant, and what he may still do about the answer."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from api.story_shapes import NOT_HERE, Next, RatingAsked
from domain.rules import rating
from domain.rules.conversion import complaint_number
from domain.vocabulary import ErrandKind, LetterKind, LetterState, LetterWay, Outcome, Stage
from domain.words import end_of_postponement, moment_and_weekday
from storage.stories import Story


def rating_asked(story: Story) -> RatingAsked | None:
    """Until when the answer may be rated or asked for again; None where there is none to rate. Source: S0, п. 2; G-28."""
    case, world = story.case, story.world
    until = rating.until(case, world)
    if until is None:
        return None
    is_open = case.open and story.at <= until
    low = case.rated is not None and case.rated.score <= world.regulation.settings.rating_low
    return RatingAsked(
        until=until,
        score=case.rated.score if case.rated else None,
        open=is_open,
        repeat=is_open and rating.may_ask_repeat(case, world),
        contest=_contest(story) if low and case.repeat is not None else None,
    )


def _contest(story: Story) -> str:
    above = story.world.directory.organisations[story.case.organisation].path[:-1]
    where = f"в вышестоящий орган — «{story.organisations[above[-1]]}»" if above else "в вышестоящий орган"
    return (
        f"Если и повторный ответ вас не устроил, его можно обжаловать: обратитесь {where}, "
        "к прокурору или в суд. Приложите номер этого сообщения и оба ответа."
    )


def went_outside(story: Story) -> bool:
    """Whether somebody who does not work in Otklik answers."""
    return story.case.outcome is Outcome.REDIRECTED and story.forwarded is not None


def what_next(story: Story) -> Next:
    """The next step as it stands, with the instant by which it is promised."""
    case = story.case
    if case.considered:
        return _after(story)
    if case.withdrawal_at is not None:
        return _withdrawn(story)
    if case.postponed_until is not None:
        due = end_of_postponement(case.postponed_until)
    else:
        due = moment_and_weekday(case.due_at, ZoneInfo(story.time_zone))
    if case.linked_number is not None:
        text = f"Ответ будет дан вместе с ответом на ваше сообщение № {case.linked_number}, не позднее {due}."
        return Next(text=text, by=case.due_at)
    if case.due_at <= story.at:
        return Next(
            text=f"Срок ответа истёк {due}. Работа над ответом продолжается, о задержке знают те, кто её контролирует.",
            by=case.due_at,
        )
    if case.stage is Stage.MODERATION:
        first = "Модератор проверит сообщение и направит его в организацию, которая ответит."
    else:
        first = f"«{story.organisations[case.organisation]}» готовит ответ."
    return Next(text=f"{first} Ответ будет дан не позднее {due}.", by=case.due_at)


def _withdrawn(story: Story) -> Next:
    """Until when a person decides on the wish; the term of the answer runs on."""
    case, zone = story.case, ZoneInfo(story.time_zone)
    dues = (one.due_at for one in case.errands if one.open and one.kind is ErrandKind.WITHDRAWAL)
    promised = next((due_at for due_at in dues if due_at > story.at), None)
    by = f" не позднее {moment_and_weekday(promised, zone)}" if promised else ""
    due = end_of_postponement(case.postponed_until) if case.postponed_until else moment_and_weekday(case.due_at, zone)
    return Next(
        text=f"Вы попросили отозвать сообщение. Сотрудник решит{by}, прекратить ли рассмотрение, и мы вам сообщим. "
        f"До этого работа над ответом продолжается, его срок прежний: {due}.",
        by=promised or case.due_at,
    )


def _complaint(story: Story) -> Next:
    """Who considers it and by when, or that it is done."""
    number = complaint_number(story.case.number)
    errand = next((one for one in story.case.errands if one.kind is ErrandKind.COMPLAINT_210 and one.open), None)
    if errand is None:
        return Next(
            text=f"Жалоба № {number} рассмотрена, ответ на неё вам даёт тот, кто её рассмотрел. Работа завершена."
        )
    if errand.due_at <= story.at:
        return Next(text=f"Жалобу № {number} ещё рассматривает ответственный за жалобы, её срок истёк; он вам ответит.")
    by = moment_and_weekday(errand.due_at, ZoneInfo(story.time_zone))
    text = f"Жалобу № {number} рассматривает ответственный за жалобы; он вам ответит не позднее {by}."
    return Next(text=text, by=errand.due_at)


def _after(story: Story) -> Next:
    """What the letters about the decision are at."""
    case = story.case
    if case.outcome is Outcome.CONVERTED:
        return _complaint(story)
    if went_outside(story):
        return Next(text=f"Ответит «{story.forwarded}». Здесь работа над сообщением завершена.")
    last = [
        letter
        for letter in case.letters
        if letter.kind in {LetterKind.ANSWER, LetterKind.DECLINE, LetterKind.WITHDRAWN}
    ]
    task = next((letter for letter in last if letter.state is LetterState.TASK), None)
    if task is not None and task.task_due_at is not None:
        by = moment_and_weekday(task.task_due_at, ZoneInfo(story.time_zone))
        return Next(text=f"Оператор приёма передаст вам ответ не позднее {by}.", by=task.task_due_at)
    if any(letter.way is LetterWay.EMAIL and letter.open for letter in last):
        return Next(text="Ответ отправляется на вашу электронную почту.")
    if case.secret:
        return Next(text=NOT_HERE)
    asked = rating_asked(story)
    if asked is not None and asked.repeat:
        by = moment_and_weekday(asked.until, ZoneInfo(story.time_zone))
        text = f"Ответ дан. Если вопрос не решён, до {by} можно попросить рассмотреть сообщение повторно."
        return Next(text=text, by=asked.until)
    if asked is not None and asked.open and asked.score is None:
        by = moment_and_weekday(asked.until, ZoneInfo(story.time_zone))
        return Next(text=f"Ответ дан. Оценить его можно до {by}.", by=asked.until)
    return Next(text="Рассмотрение завершено. Если вопрос остался, отправьте новое сообщение и укажите номер этого.")
