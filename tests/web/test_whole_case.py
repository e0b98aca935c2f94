"""A case from the public form to the answer, by people at browsers of their own: each sees what the one before him did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, browser_pages, in_browser, picture, served
from tests.product import Product
from tests.web.applicants import QUESTION, begin, confirm, fill, latest, many_drafts
from tests.web.people import ask, choose, find, send, send_answer, sign_in, write_answer

__all__ = ["many_drafts"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("many_drafts")]

FIRST, FINAL = "Вторая линия будет.", "Вторая линия телефона работает с 3 марта."
REASON = "Укажите, с какого числа работает линия."


@dataclass(frozen=True)
class Case:
    """A message that people at browsers work on. `opened`: a browser of one more person; `applicant`: of who wrote it."""

    address: str
    number: str
    code: str
    opened: Callable[[], Page]
    applicant: Page

    def person(self, login: str) -> Page:
        page = self.opened()
        sign_in(page, self.address, login)
        return page

    def accept(self) -> None:
        moderator = self.person("moderator")
        find(moderator, "На модерации", self.number)
        expect(moderator.get_by_role("region", name="Текст сообщения")).to_contain_text(QUESTION)
        form = ask(moderator, "Принять в работу")
        choose(form, "Категория", "Медицина")
        choose(form, "Подкатегория", "Недозвон в медицинскую организацию")
        choose(form, "Организация, которая должна ответить", "Городская поликлиника")
        send(moderator, "Принять в работу")

    def assign(self) -> None:
        coordinator = self.person("coordinator")
        find(coordinator, "Новые", self.number)
        expect(coordinator.get_by_role("main")).to_contain_text("Медицина / Недозвон в медицинскую организацию")
        choose(ask(coordinator, "Назначить исполнителя"), "Исполнитель", "Сотрудник executor")
        send(coordinator, "Назначить исполнителя")

    def take(self) -> Page:
        executor = self.person("executor")
        find(executor, "Назначенные мне", self.number)
        ask(executor, "Взять в работу")
        executor.get_by_role("main").get_by_role("button", name="Взять в работу").click()
        expect(executor.get_by_role("heading", name="Подготовить ответ")).to_be_visible()
        find(executor, "В работе", self.number)
        return executor

    def read_by_applicant(self) -> Page:
        applicant = self.applicant
        applicant.goto(f"{self.address}/track")
        applicant.get_by_label("Номер сообщения").fill(self.number)
        applicant.get_by_label("Код для просмотра").fill(self.code)
        applicant.get_by_role("button", name="Узнать").click()
        expect(applicant.get_by_role("heading", name="Ответ", exact=True)).to_be_visible()
        picture(applicant, "tracking")
        return applicant


async def play(running: Product, story: Callable[[Case], None], *, scripts: bool = True) -> str:
    """The story of a message from the public form, told by the person who wrote it and those who answer; its id."""

    def told(address: str) -> None:
        with browser_pages(scripts=scripts) as opened:
            applicant = opened()
            applicant.set_viewport_size(PHONE)
            begin(applicant, address)
            fill(applicant)
            confirm(running, applicant)
            number, code = applicant.get_by_role("definition").all_inner_texts()
            story(Case(address, number, code, opened, applicant))

    async with served(running) as address:
        await in_browser(told, address)
    return str(latest(running)["id"])


@pytest.mark.requirement("S3-45", "S3-61", "S3-65")
async def test_six_people_bring_a_message_through_rejection_and_delegation_to_its_answer(running: Product) -> None:
    def story(case: Case) -> None:
        case.accept()
        case.assign()
        executor = case.take()
        write_answer(executor, FIRST, endorser="Сотрудник head2", approver="Сотрудник head")
        send_answer(executor)
        second = endorsed(case)
        head = rejected(case)
        reworked(case, executor)
        delegated(case, head)
        approved(case, second)
        applicant = case.read_by_applicant()
        expect(applicant.get_by_role("main")).to_contain_text(FINAL)
        expect(applicant.get_by_role("main")).not_to_contain_text(FIRST)
        expect(applicant.get_by_role("main")).not_to_contain_text(REASON)

    message = await play(running, story)

    assert running.case(message)["outcome"] == "answered"


def endorsed(case: Case) -> Page:
    second = case.person("head2")
    find(second, "На согласовании", case.number)
    expect(second.get_by_role("region", name="Ответ")).to_contain_text(FIRST)
    ask(second, "Согласовать")
    send(second, "Согласовать")
    return second


def rejected(case: Case) -> Page:
    head = case.person("head")
    find(head, "На утверждении", case.number)
    expect(head.get_by_role("main")).to_contain_text("Сотрудник head2")
    ask(head, "Отклонить").get_by_label("Мотивированная причина отклонения").fill(REASON)
    send(head, "Отклонить")
    return head


def reworked(case: Case, executor: Page) -> None:
    find(executor, "Возвращённые руководителем", case.number)
    expect(executor.get_by_role("main")).to_contain_text(REASON)
    # without «—» the endorser of the first answer, whom the form offers again, would be asked once more
    write_answer(executor, FINAL, endorser="—", approver="Сотрудник head")
    send_answer(executor)


def delegated(case: Case, head: Page) -> None:
    find(head, "На утверждении", case.number)
    expect(head.get_by_role("region", name="Ответ")).to_contain_text(FINAL)
    form = ask(head, "Передать право утверждения")
    choose(form, "Руководитель с полномочиями", "Сотрудник head2")
    form.get_by_label("Мотивированная причина").fill("Еду на совещание.")
    send(head, "Передать право утверждения")


def approved(case: Case, second: Page) -> None:
    find(second, "На утверждении", case.number)
    expect(second.get_by_role("main")).to_contain_text("Еду на совещание.")
    ask(second, "Утвердить")
    send(second, "Утвердить")


async def test_shortest_case_goes_its_way_without_scripts(running: Product) -> None:
    def story(case: Case) -> None:
        case.accept()
        case.assign()
        executor = case.take()
        write_answer(executor, FINAL, approver="Сотрудник head")
        send_answer(executor)
        head = case.person("head")
        find(head, "На утверждении", case.number)
        ask(head, "Утвердить")
        send(head, "Утвердить")
        expect(case.read_by_applicant().get_by_role("main")).to_contain_text(FINAL)

    message = await play(running, story, scripts=False)

    assert running.case(message)["outcome"] == "answered"
