"""The mail catcher over real SMTP and its page over real HTTP."""

from __future__ import annotations

import os
import signal
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from embedded import mail_store
from embedded.mail_pages import PAGE_SIZE, list_page
from embedded.mail_server import MailCatcher
from embedded.mail_store import MailStore
from embedded.ports import LOOPBACK, free_port


@pytest.fixture(scope="module")
def catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    with MailCatcher(tmp_path_factory.mktemp("почта стенда"), free_port(), free_port()) as started:
        yield started


def letter(to: str = "ivanov@example.org", subject: str = "Ответ на обращение № 7", text: str = "Ёжик") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "otklik@example.org", to, subject
    made["Message-ID"] = f"<{subject.encode().hex()[:40]}@otklik>"
    made.set_content(text)
    return made


@contextmanager
def smtp(catcher: MailCatcher, timeout: float = 10) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP(LOOPBACK, catcher.smtp_port, timeout=timeout, local_hostname="localhost")
    try:
        yield client
    finally:
        client.close()


def get(catcher: MailCatcher, path: str, host: str | None = None) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(LOOPBACK, catcher.http_port, timeout=5)
    connection.request("GET", path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    return answer, answer.read().decode()


def newest(catcher: MailCatcher) -> str:
    return MailStore(catcher.folder).names()[0]


def test_cyrillic_letter_is_stored_whole_and_shown(catcher: MailCatcher) -> None:
    sent = letter(subject="Продление срока: обращение Щукиной", text="Уважаемая Ёлка Эдуардовна!\nСрок продлён.")
    sent.add_attachment(b"\x00pdf", maintype="application", subtype="pdf", filename="Ответ на № 7.pdf")

    with smtp(catcher) as client:
        client.send_message(sent)

    stored = catcher.letters()[-1]
    body = stored.get_body()
    assert body is not None
    assert stored["Subject"] == "Продление срока: обращение Щукиной"
    assert stored["Delivered-To"] == "ivanov@example.org"
    assert "Уважаемая Ёлка Эдуардовна!\nСрок продлён." in body.get_content().replace("\r\n", "\n")
    _, listed = get(catcher, "/")
    _, shown = get(catcher, f"/letters/{newest(catcher)}")
    assert "Продление срока: обращение Щукиной" in listed
    assert "Срок продлён." in shown
    assert "Ответ на № 7.pdf" in shown


def test_attachment_is_downloaded_and_never_displayed(catcher: MailCatcher) -> None:
    sent = letter()
    sent.add_attachment(b"<script>1</script>", maintype="text", subtype="html", filename="Ответ.html")
    with smtp(catcher) as client:
        client.send_message(sent)

    answer, content = get(catcher, f"/letters/{newest(catcher)}/attachments/0")

    assert content == "<script>1</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%9E")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_page_escapes_what_letters_say(catcher: MailCatcher) -> None:
    attack = "<script>alert(1)</script>"
    sent = letter(to=f'"{attack}" <a@example.org>', subject=attack, text=f'{attack} http://x.example/"onclick="1')
    sent.add_attachment(b"1", maintype="text", subtype="plain", filename=f"{attack}.txt")
    with smtp(catcher) as client:
        client.send_message(sent)

    for path in ("/", f"/letters/{newest(catcher)}"):
        answer, page = get(catcher, path)
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert 'onclick="' not in page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_page_can_be_read_by_everybody(catcher: MailCatcher) -> None:
    with smtp(catcher) as client:
        client.send_message(letter())

    _, page = get(catcher, "/")

    assert '<html lang="ru">' in page
    assert page.count("<h1>") == 1
    assert page.count('<th scope="col">') == 3
    assert "<caption>" in page
    assert "<script" not in page
    assert "style=" not in page


def test_page_answers_to_its_own_name_only(catcher: MailCatcher) -> None:
    foreign, _ = get(catcher, "/", host="evil.example")
    local, _ = get(catcher, "/", host=f"localhost:{catcher.http_port}")

    assert foreign.status == 421
    assert local.status == 200


@pytest.mark.parametrize(
    "path",
    ["/letters/x", "/letters/..%2f..%2fetc%2fpasswd", "/letters/../../x", "/letters/a/attachments/9", "/favicon.ico"],
)
def test_unknown_address_is_404(catcher: MailCatcher, path: str) -> None:
    answer, _ = get(catcher, path)

    assert answer.status == 404


def test_refused_recipient_is_refused_for_good(catcher: MailCatcher) -> None:
    before = len(catcher.letters())

    with smtp(catcher) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        client.send_message(letter(to="refuse-ivanov@example.org"))

    assert refusal.value.recipients["refuse-ivanov@example.org"][0] == 550
    assert len(catcher.letters()) == before


def test_busy_recipient_is_refused_for_now(catcher: MailCatcher) -> None:
    with smtp(catcher) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        client.send_message(letter(to="busy-ivanov@example.org"))

    assert refusal.value.recipients["busy-ivanov@example.org"][0] == 451


def test_silent_recipient_takes_the_letter_and_never_replies(catcher: MailCatcher) -> None:
    before = len(catcher.letters())

    with smtp(catcher, timeout=0.5) as client, pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        client.send_message(letter(to="silent-ivanov@example.org"))

    assert len(catcher.letters()) == before + 1
    with smtp(catcher) as client:
        client.send_message(letter())


def test_silent_once_answers_the_second_sending_of_the_same_letter(catcher: MailCatcher) -> None:
    sent = letter(to="silent-once-petrov@example.org", subject="Однажды")

    with smtp(catcher, timeout=0.5) as client, pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        client.send_message(sent)
    with smtp(catcher) as client:
        refused = client.send_message(sent)

    assert refused == {}
    assert [stored["Subject"] for stored in catcher.letters()[-2:]] == ["Однажды", "Однажды"]


def test_letters_outlive_kill_9(tmp_path: Path) -> None:
    catcher = MailCatcher(tmp_path, free_port(), free_port())
    with catcher:
        with smtp(catcher) as client:
            client.send_message(letter(subject="До"))
        os.kill(catcher.pid, signal.SIGKILL)
        while catcher.alive():
            os.sched_yield()

        catcher.start()
        catcher.wait_ready()

        _, page = get(catcher, "/")
        assert "До" in page


def test_oldest_letters_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_store, "KEPT_LETTERS", 3)
    store = MailStore(tmp_path)

    names = [store.add("o@l", ["a@b"], b"Subject: x\r\n\r\n") for _ in range(5)]

    assert store.names() == names[:1:-1]


def test_notice_of_the_stack_stands_on_every_page(tmp_path: Path) -> None:
    with MailCatcher(tmp_path, free_port(), free_port(), "Сутки длятся <1 минуту>.") as catcher:
        with smtp(catcher) as client:
            client.send_message(letter(subject="<body><main>"))
        pages = [get(catcher, path)[1] for path in ("/", f"/letters/{newest(catcher)}", "/letters/none")]

    for page in pages:
        assert page.count("Сутки длятся &lt;1 минуту&gt;.") == 1


def test_long_list_has_pages(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    for number in range(PAGE_SIZE + 1):
        store.add("o@l", ["a@b"], b"Subject: letter-%d\r\n\r\n" % number)

    first, second = list_page(store, 1), list_page(store, 2)

    assert "letter-100<" in first
    assert "letter-0<" not in first
    assert "letter-0<" in second
    assert "Раньше" in first
    assert "Новее" in second


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?!!!?=\r\nTo: <<>>,,\r\n\r\nx",
        b"Content-Type: text/plain; charset=no\r\n\r\n\xff",
    ],
)
def test_malformed_letter_is_shown_all_the_same(catcher: MailCatcher, content: bytes) -> None:
    with smtp(catcher) as client:
        client.sendmail("o@example.org", ["a@example.org"], content)

    listed, _ = get(catcher, "/")
    shown, _ = get(catcher, f"/letters/{newest(catcher)}")

    assert (listed.status, shown.status) == (200, 200)
