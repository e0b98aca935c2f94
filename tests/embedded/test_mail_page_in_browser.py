"""A person reads a letter of the mail catcher in a real browser."""

from __future__ import annotations

import shutil
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from embedded.mail_server import MailCatcher
from embedded.ports import LOOPBACK, free_port
from tests.browser import browser_page, chromium, in_browser


@pytest.mark.anyio
async def test_person_opens_a_letter_reads_it_and_downloads_its_file(tmp_path: Path) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\">"
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "otklik@example.org", "Ёлкина <e@example.org>", f"Ответ {attack}"
    letter.set_content(f"Уважаемая Мария Петровна! {attack}")
    letter.add_attachment(b"content", maintype="application", subtype="pdf", filename="Ответ № 7.pdf")

    def look(address: str) -> tuple[str, ...]:
        with browser_page() as page:
            page.goto(address)
            listed = page.get_by_role("row").nth(1).inner_text()
            page.get_by_role("link", name="Ответ").click()
            page.get_by_role("heading", level=1).wait_for()
            text = page.locator(".text").inner_text()
            with page.expect_download() as download:
                page.get_by_role("link", name="Ответ № 7.pdf").click()
            font = page.evaluate("getComputedStyle(document.body).maxWidth + getComputedStyle(document.body).margin")
            return listed, text, download.value.suggested_filename, page.title(), font

    with MailCatcher(tmp_path, free_port(), free_port()) as catcher:
        with smtplib.SMTP(LOOPBACK, catcher.smtp_port, local_hostname="localhost") as client:
            client.send_message(letter)
        listed, text, file_name, title, font = await in_browser(look, f"http://{LOOPBACK}:{catcher.http_port}/")

    assert "Ёлкина" in listed
    assert "Уважаемая Мария Петровна!" in text
    assert attack in text
    assert title.startswith("Ответ <img")
    assert file_name == "Ответ № 7.pdf"
    assert font == "none0px", "the style sheet was not applied"


def test_missing_browser_fails_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(pytest.fail.Exception, match="apt-get install -y chromium"):
        chromium()
