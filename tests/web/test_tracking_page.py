"""The pages that links in letters lead to, as those who follow the links see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from domain.calendar import Calendar
from domain.vocabulary import NoticeKind
from embedded.mail_server import MailCatcher
from relay.mail_words import Line, Words
from storage.staff_cases import cases
from storage.staff_mail import Mail
from tests.api.test_tracking import PDF, attach, proof
from tests.conftest import Database
from tests.process.clock import until
from tests.product import Product, settings_of
from web.application import create_app
from web.rendering import POLICY

pytestmark = pytest.mark.anyio

ATTACK = "<script>document.title='owned'</script>"


async def follow(running: Product, link: str) -> httpx.Response:
    """The page behind a link that people get by mail."""
    base = running.settings.public_url
    assert link.startswith(base)
    return await running.http.get(link.removeprefix(base), follow_redirects=True)


async def asked(running: Product, **fields: str) -> httpx.Response:
    return await running.http.post("/track", data=fields)


def words(answer: httpx.Response) -> str:
    """What a person reads, tags left out."""
    body = re.sub("<style>.*?</style>", "", answer.text)
    return " ".join(unescape(re.sub("<[^>]+>", " ", body)).split())


class Outline(HTMLParser):
    """Headings, labels and fields of a page; elements that are left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


async def test_every_link_of_a_letter_opens_a_page(running: Product, mail: MailCatcher) -> None:
    address = f"follows-{uuid4().hex[:8]}@example.org"
    await running.register(applicant={"name": "Иванова Мария Петровна", "email": address})
    await until(lambda: any(letter["To"] == address for letter in mail.letters()))
    letter = next(letter for letter in mail.letters() if letter["To"] == address)

    links = re.findall(r"https?://\S+", str(letter.get_content()))

    assert links
    for link in links:
        answer = await follow(running, link)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_every_link_of_staff_mail_opens_a_page_that_tells_nothing_of_the_message(running: Product) -> None:
    message = await running.register(text="Протекает гжельский чайник.")
    at = datetime.now(UTC)
    with running.engine.connect() as connection:
        case = cases(connection, [message])[message]
    mail = Mail(1, "digest", running.people["moderator"], "ministry", None, at, None, 0, None)
    letter = Words(running.settings.public_url, "otklik@example.org").write(
        mail,
        "moderator@staff.example",
        [Line(case, (NoticeKind.TASK_ARRIVED,))],
        Calendar(ZoneInfo("Europe/Moscow")),
        at,
    )

    links = set(re.findall(r"https?://[^\s\"<]+", "".join(str(part.get_content()) for part in letter.iter_parts())))

    assert len(links) == 1
    answer = await follow(running, links.pop())
    assert answer.status_code == 200
    assert "Вход для сотрудников" in words(answer)
    assert f'value="/messages/{message}"' in answer.text, "the sign-in leads back to the message"
    assert running.case(message)["number"] not in words(answer)
    assert "чайник" not in words(answer)


async def test_tracking_page_shows_what_happened_what_next_and_the_answer_with_its_file(running: Product) -> None:
    message = await running.in_work()
    file = await attach(running, "executor", PDF, "Ответ.pdf")
    before = await asked(running, **proof(running, message))
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text=f"Добавлена вторая линия.\n{ATTACK}",
        files=[file],
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")

    answer = await asked(running, **proof(running, message))
    form = Outline(answer.text)
    hidden = {one["name"]: one["value"] for one in form.all("input") if one.get("type") == "hidden"}
    downloaded = await asked(running, **{str(name): str(value) for name, value in hidden.items()})

    assert before.status_code == 200
    assert "готовит ответ. Ответ будет дан не позднее" in words(before)
    said = words(answer)
    assert "Сообщение зарегистрировано" in said
    assert "Ответ готов" in said
    assert "Решено" in said
    assert "Добавлена вторая линия." in said
    assert "Скачать «Ответ.pdf» (1 КиБ)" in said
    assert (downloaded.status_code, downloaded.content) == (200, PDF)
    assert downloaded.headers["content-disposition"].startswith("attachment;")
    assert "<script" not in answer.text
    assert ATTACK in said, "it is shown as it was written"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"] == POLICY


async def test_wrong_pair_gives_the_form_again_and_wrong_numbers_and_codes_answer_alike(running: Product) -> None:
    message = await running.register()
    right = proof(running, message)
    wrong = [right | {"code": "7K3M-9QXD-1ZBT-5RWA"}, {"number": "1999-0000001", "code": right["code"]}]

    answers = [await asked(running, **one) for one in wrong]

    for answer in answers:
        assert answer.status_code == 404
        assert "Сообщения с таким номером и кодом нет." in words(answer)
        assert [one["name"] for one in Outline(answer.text).all("input")] == ["number", "code"]
    assert words(answers[0]) == words(answers[1])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"number": "2026-0000001"},
        {"code": "x"},
        {"number": "1", "code": "x" * 200},
        {"number": "9" * 50, "code": "x"},
    ],
)
async def test_form_that_is_not_filled_in_says_what_is_missing(running: Product, fields: dict[str, str]) -> None:
    answer = await asked(running, **fields)

    assert answer.status_code == 422
    assert "Не получилось." in words(answer)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe=%ff", b"a=1&" * 50, b"number=%00%00&code=%00", b'{"number": "1", "code": "2"}']
)
async def test_body_that_is_no_form_gives_the_form(running: Product, body: bytes) -> None:
    answer = await running.http.post("/track", content=body, headers={"Content-Type": "text/plain"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_what_was_typed_comes_back_escaped(running: Product) -> None:
    answer = await asked(running, number='"><script>', code="'\"><img src=x>")

    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert [one["value"] for one in Outline(answer.text).all("input")] == ['"><script>', "'\"><img src=x>"]


async def test_guessing_on_the_page_and_through_the_api_counts_together(running: Product) -> None:
    message = await running.register()
    wrong = proof(running, message) | {"code": "WRNG"}

    seen = [(await asked(running, **wrong)).status_code for _ in range(10)]
    seen += [(await running.http.post("/api/v1/track", json=wrong)).status_code for _ in range(10)]
    last = await asked(running, **wrong)

    assert seen == [404] * 20
    assert last.status_code == 429
    assert 0 < int(last.headers["retry-after"]) <= 900
    assert "Слишком много попыток. Повторите через " in words(last)


async def test_page_says_so_when_the_database_is_away(running: Product) -> None:
    nowhere = running.settings.model_copy(update={"database_url": SecretStr("postgresql+psycopg2://a:b@127.0.0.1:9/c")})
    app = create_app(nowhere)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http,
    ):
        answer = await http.post("/track", data={"number": "1", "code": "2"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "Служба временно недоступна." in words(answer)


async def test_file_of_another_message_is_not_given(running: Product) -> None:
    message = await running.in_work()
    file = await attach(running, "executor", PDF, "Чужой.pdf")

    answers = [await asked(running, **proof(running, message), file=wanted) for wanted in (file, str(uuid4()), "../x")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_pages_are_russian_labelled_and_well_formed(running: Product) -> None:
    message = await running.register()
    pages = [
        await running.http.get("/track"),
        await asked(running, **proof(running, message)),
        await asked(running, number="1", code="2"),
        await running.http.get(f"/messages/{message}", follow_redirects=True),
        await running.http.get("/messages/nothing"),
    ]

    for answer in pages:
        found = Outline(answer.text)
        assert found.open == []
        assert found.all("html") == [{"lang": "ru"}]
        assert len(found.all("h1")) == 1
        fields = {one["id"] for one in found.all("input") if one.get("type") != "hidden"}
        fields |= {one["id"] for one in found.all("textarea")}
        assert {one["for"] for one in found.all("label")} == fields
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert pages[-1].status_code == 404


async def test_shortened_day_is_said_on_every_page_and_answer(database: Database, tmp_path: Path) -> None:
    app = create_app(settings_of(database, tmp_path, "127.0.0.1:9", None), day_seconds=60)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as http,
    ):
        answers = [await http.get(path) for path in ("/track", "/sign-in", "/nothing", "/docs")]
        headers = [(await http.get(path)).headers for path in ("/health/live", "/api/v1/messages", "/nowhere")]

    for answer in answers:
        assert "Показательная база: сутки сроков длятся 1 минута. Не для работы." in words(answer)
    assert {found["x-otklik-day-seconds"] for found in headers} == {"60"}


async def test_real_day_is_not_spoken_of(running: Product) -> None:
    answers = [await running.http.get(path) for path in ("/track", "/docs")]

    for answer in answers:
        assert "Показательная база" not in answer.text
        assert "x-otklik-day-seconds" not in answer.headers
