"""The way in and out, and forms that outlive a session."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from starlette.datastructures import Headers

from storage import tables as t
from tests.product import PASSWORD, Product
from web.guard import is_same_origin

pytestmark = pytest.mark.anyio

COOKIE = "__Host-otklik"


class Hidden(HTMLParser):
    """The hidden fields of the form that goes to `action`."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action, self._inside = action, False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self._inside = known.get("action") == self._action
        if tag == "input" and self._inside and known.get("type") == "hidden":
            self.fields[str(known["name"])] = known.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


async def form_of(browser: httpx.AsyncClient, path: str, action: str | None = None) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return Hidden((await browser.get(path)).text, action or path).fields


def words(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", answer.text)).split())


async def test_sign_in_leads_back_to_the_page_asked_for(running: Product) -> None:
    message = await running.accepted()
    async with running.browse() as browser:
        sent = await browser.get(f"/messages/{message}?decision=x")
        asked = await browser.get(sent.headers["location"])
        fields = Hidden(asked.text, "/sign-in").fields | {"login": "coordinator", "_password": PASSWORD}

        answer = await browser.post("/sign-in", data=fields)

    assert answer.headers["location"] == f"/messages/{message}?decision=x"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "next_",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/sign-out",
        "/\t/evil.example",
        "evil",
        "/a\\..//b",
    ],
)
async def test_next_page_elsewhere_is_not_followed(running: Product, next_: str) -> None:
    async with running.browse() as browser:
        fields = {"login": "coordinator", "_password": PASSWORD, "next": next_}

        answer = await browser.post("/sign-in", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_wrong_password_gives_the_form_again_with_the_login(running: Product) -> None:
    async with running.browse() as browser:
        fields = {"login": "coordinator", "_password": "wrong", "next": "/work/new"}

        answer = await browser.post("/sign-in", data=fields)

    assert answer.status_code == 401
    assert "Неверный логин или пароль." in words(answer)
    assert 'value="coordinator"' in answer.text
    assert 'value="/work/new"' in answer.text
    assert "wrong" not in answer.text.replace("wrong_password", "")
    assert "set-cookie" not in answer.headers


async def test_sign_out_ends_the_session(running: Product) -> None:
    async with running.browse("executor") as browser:
        fields = await form_of(browser, "/me", "/sign-out")
        await browser.post("/sign-out", data=fields)

        answer = await browser.get("/me")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/me")


async def test_page_is_no_way_into_the_api_without_a_token(running: Product) -> None:
    async with running.browse("executor") as browser:
        answer = await browser.get("/api/v1/sections")

    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_form_from_elsewhere_is_refused(running: Product, headers: dict[str, str]) -> None:
    async with running.browse("executor") as browser:
        fields = await form_of(browser, "/me", "/sign-out")

        answer = await browser.post("/sign-out", data=fields, headers=headers)
        after = await browser.get("/me")

    assert answer.status_code == 403
    assert "Форма отправлена не с этого сайта." in words(answer)
    assert after.status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://TEST"}]
)
def test_our_own_forms_are_known(headers: dict[str, str]) -> None:
    assert is_same_origin(Headers({"Host": "test"} | headers))


@pytest.mark.parametrize("token", [None, "", "0" * 64])
async def test_form_without_its_token_does_nothing_and_comes_back(running: Product, token: str | None) -> None:
    message = await running.accepted()
    path = f"/messages/{message}/decisions/assign"
    async with running.browse("coordinator") as browser:
        fields = await form_of(browser, path) | {"executor": str(running.people["executor"])}
        right = fields.pop("_token")

        answer = await browser.post(path, data=fields | ({} if token is None else {"_token": token}))
        again = Hidden(answer.text, path).fields

    assert answer.status_code == 403
    assert again == fields | {"_token": right}
    assert running.version(message) == 1


async def test_token_of_another_session_is_wrong(running: Product) -> None:
    async with running.browse("executor") as first, running.browse("executor") as second:
        fields = await form_of(first, "/me", "/sign-out")

        answer = await second.post("/sign-out", data=fields)

    assert answer.status_code == 403


async def test_session_that_ends_in_the_middle_loses_nothing(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    text = "Добавлена вторая линия.\n\nС уважением, «поликлиника» & коллеги."
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path)
        fields |= {"type": "solved", "text": text, "approver": str(running.people["head2"])}
        end_sessions(running, "executor")

        ended = await browser.post(path, data=fields)
        kept = Hidden(ended.text, path).fields
        wrong = await browser.post(path, data=kept | {"_login": "executor", "_password": "wrong"})
        still = Hidden(wrong.text, path).fields
        sent = await browser.post(path, data=still | {"_login": "executor", "_password": PASSWORD})
        card = await browser.get(sent.headers["location"])

    assert ended.status_code == 401
    assert {name: kept[name] for name in ("type", "text", "approver", "version", "idempotency_key")} == {
        name: fields[name] for name in ("type", "text", "approver", "version", "idempotency_key")
    }
    assert kept["_token"] == fields["_token"]
    assert (wrong.status_code, still) == (401, kept)
    assert sent.status_code == 303
    assert "Решение принято." in words(card)
    assert (await running.get("executor", f"/messages/{message}")).json()["answers"][0]["text"] == text


async def test_files_of_a_form_that_outlived_its_session_are_named(running: Product) -> None:
    message = await running.submitted()
    path = f"/messages/{message}/decisions/reject"
    async with running.browse("head") as browser:
        fields = await form_of(browser, path) | {"reason": "Неполно."}
        end_sessions(running, "head")

        answer = await browser.post(path, data=fields, files={"reason_files": ("Замечания.pdf", b"%PDF-1.4", "x/y")})

    assert answer.status_code == 401
    assert "Приложите снова: Замечания.pdf" in words(answer)
    assert 'type="file" name="reason_files"' in answer.text


async def test_long_text_outlives_its_session_and_is_not_read_of_a_stranger(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    async with running.browse("executor") as browser, running.browse() as stranger:
        fields = await form_of(browser, path) | {"text": "Добавлена вторая линия. " * 2000}
        end_sessions(running, "executor")

        ended = await browser.post(path, data=fields)
        refused = await stranger.post(path, data=fields)

    assert ended.status_code == 401
    assert Hidden(ended.text, path).fields["text"] == fields["text"]
    assert refused.status_code == 413
    assert "Тело запроса больше 16 КиБ" in words(refused)


async def test_nobody_sends_what_another_person_has_typed(running: Product) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/return_to_coordination"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"reason": "Не к нам."}
        end_sessions(running, "executor")
        kept = Hidden((await browser.post(path, data=fields)).text, path).fields

        another = {"_login": "executor2", "_password": PASSWORD}
        answer = await browser.post(path, data=kept | another)
        again = Hidden(answer.text, path).fields
        pressed_again = [await browser.post(path, data=again | more) for more in (another, {})]
        mine = await browser.post(path, data=again | {"_login": "executor", "_password": PASSWORD})

    assert [one.status_code for one in (answer, *pressed_again)] == [403, 403, 401]
    assert "set-cookie" not in answer.headers
    assert "Эту форму начал другой сотрудник" in words(answer)
    assert again == kept
    assert mine.status_code == 303
    (decided,) = running.rows("SELECT person FROM decision WHERE case_id = :id AND action = :a", **at(message))
    assert decided["person"] == running.people["executor"]


async def test_form_opened_before_another_signed_in_at_the_same_browser_is_not_sent_in_his_name(
    running: Product,
) -> None:
    message = await running.in_work()
    path = f"/messages/{message}/decisions/return_to_coordination"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | {"reason": "Не к нам."}
        await browser.post("/sign-in", data={"login": "executor2", "_password": PASSWORD})

        answers = [await browser.post(path, data=fields)]
        again = Hidden(answers[0].text, path).fields
        answers.append(await browser.post(path, data=again))

    assert [answer.status_code for answer in answers] == [403, 403]
    assert again == fields
    assert running.case(message)["stage"] == "execution"


async def test_one_time_password_is_changed_before_anything_else(running: Product) -> None:
    with running.engine.begin() as connection:
        number = running.people["executor_transport"]
        connection.execute(sa.update(t.person).where(t.person.c.id == number).values(password_one_time=True))
    async with running.browse("executor_transport") as browser:
        sent = await browser.get("/work")
        page = await browser.get(sent.headers["location"])
        fields = Hidden(page.text, "/me/password").fields
        weak = await browser.post("/me/password", data=fields | passwords(PASSWORD, "12345678910"))
        differs = await browser.post("/me/password", data=fields | passwords(PASSWORD, "зелёный чайник 7", "другой"))

        done = await browser.post("/me/password", data=fields | passwords(PASSWORD, "зелёный чайник 7"))
        work = await browser.get("/work")

    assert sent.headers["location"] == "/me"
    assert (weak.status_code, differs.status_code, done.status_code) == (422, 422, 303)
    assert "зелёный" not in differs.text
    assert work.status_code == 200


async def test_person_sees_his_sessions_and_ends_another(running: Product) -> None:
    async with running.browse("head3") as here, running.browse("head3") as there:
        page = await here.get("/me")
        end = next(piece.partition('"')[0] for piece in page.text.split('action="')[1:] if "/sessions/" in piece)

        await here.post(end, data=Hidden(page.text, end).fields)
        answers = (await here.get("/me")).status_code, (await there.get("/me")).status_code

    assert page.text.count("Этот сеанс") == 1
    assert answers == (200, 303)


def at(message: str) -> dict[str, str]:
    return {"id": message, "a": "return_to_coordination"}


def passwords(old: str, new: str, repeated: str | None = None) -> dict[str, str]:
    return {"_old": old, "_new": new, "_repeated": new if repeated is None else repeated}


def end_sessions(running: Product, login: str) -> None:
    with running.engine.begin() as connection:
        ended = sa.update(t.session).where(t.session.c.person == running.people[login])
        connection.execute(ended.values(revoked_at=sa.func.otklik_now()))
    running.tokens.pop(login, None)
