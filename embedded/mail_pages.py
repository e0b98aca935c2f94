"""The mail catcher's pages: a list, one letter, its attachments. No script, no foreign content, local only."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from email.message import EmailMessage
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from urllib.parse import parse_qs, quote, urlsplit

from embedded.mail_store import MailStore, arrived_at
from embedded.ports import LOOPBACK

PAGE_SIZE = 100
_TOP = "<body><main>"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_LINK = re.compile(r"(https?://[^\s<>\"'«»]+[^\s<>\"'«».,;:!?)])")


def serve(store: MailStore, port: int, notice: str = "") -> ThreadingHTTPServer:
    """The pages are served by a thread until `shutdown`. `notice` stands above each."""
    handler = type("Handler", (_Handler,), {"store": store, "notice": notice})
    server = ThreadingHTTPServer((LOOPBACK, port), handler)
    threading.Thread(target=server.serve_forever, name="mail-pages", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    store: MailStore
    notice: str
    server_version = "Otklik"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        if not self._asked_locally():
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"Only for 127.0.0.1 and localhost\n")
            return
        address = urlsplit(self.path)
        parts = [part for part in address.path.split("/") if part]
        match parts:
            case []:
                self._page(list_page(self.store, _page_number(parse_qs(address.query).get("page", ["1"])[0])))
            case ["style.css"]:
                self._answer(HTTPStatus.OK, "text/css", files("embedded").joinpath("mail.css").read_bytes())
            case ["letters", name]:
                self._letter(name)
            case ["letters", name, "source"]:
                self._download(self.store.source(name), f"{name}.eml")
            case ["letters", name, "attachments", number] if number.isdecimal():
                self._attachment(name, int(number))
            case _:
                self._missing()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: addresses name letters."""

    def _asked_locally(self) -> bool:
        """A foreign site that resolves to 127.0.0.1 must not read the letters through a visitor's browser."""
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host") or ""
        return host in {LOOPBACK, "localhost", "[::1]"}

    def _letter(self, name: str) -> None:
        letter = self.store.letter(name)
        if letter is None:
            self._missing()
        else:
            self._page(letter_page(name, letter))

    def _attachment(self, name: str, number: int) -> None:
        letter = self.store.letter(name)
        found = [] if letter is None else attachments(letter)
        if number < len(found):
            self._download(_content(found[number]), found[number].get_filename() or f"attachment-{number + 1}")
        else:
            self._missing()

    def _missing(self) -> None:
        self._page(
            _page("Нет такого письма", '<p>Нет такого письма. <a href="/">Все письма</a></p>'), HTTPStatus.NOT_FOUND
        )

    def _page(self, page: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        if self.notice:
            page = page.replace(_TOP, f'{_TOP}<p class="notice">{escape(self.notice)}</p>', 1)
        self._answer(status, "text/html", page.encode("utf-8"))

    def _download(self, content: bytes | None, name: str) -> None:
        if content is None:
            self._missing()
            return
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        self._answer(HTTPStatus.OK, "application/octet-stream", content, {"Content-Disposition": disposition})

    def _answer(self, status: HTTPStatus, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for key, value in (fixed | (more or {})).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)


def list_page(store: MailStore, number: int) -> str:
    """One page of the list, newest first."""
    names = store.names()
    shown = names[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    if not shown:
        return _page("Почта стенда", "<p>Писем нет. Обновите страницу, когда система что-нибудь отправит.</p>")
    rows = "".join(_row(name, letter) for name in shown if (letter := store.letter(name)) is not None)
    links = "".join(
        f'<li><a href="/?page={page}">{title}</a></li>'
        for page, title, there in (
            (number - 1, "Новее", number > 1),
            (number + 1, "Раньше", len(names) > number * PAGE_SIZE),
        )
        if there
    )
    body = (
        f"<p>Писем: {len(names)}. Наружу не уходит ни одно.</p><table><caption>Письма, новые сверху</caption>"
        '<thead><tr><th scope="col">Получено</th><th scope="col">Кому</th><th scope="col">Тема</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return _page("Почта стенда", body + (f'<nav aria-label="Страницы"><ul>{links}</ul></nav>' if links else ""))


def letter_page(name: str, letter: EmailMessage) -> str:
    """One letter: who, when, what, attachments."""
    facts = [
        ("Получено", _time(arrived_at(name))),
        ("От", escape(_header(letter, "From"))),
        ("Кому", escape(_header(letter, "To"))),
        ("Доставлено", escape(", ".join(map(str, letter.get_all("Delivered-To", []))))),
        ("Message-ID", escape(_header(letter, "Message-ID"))),
    ]
    rows = "".join(f'<tr><th scope="row">{title}</th><td>{value}</td></tr>' for title, value in facts)
    files_ = "".join(
        f'<li><a href="/letters/{name}/attachments/{number}">{escape(part.get_filename() or "без имени")}</a>'
        f" — {len(_content(part)):,} байт</li>".replace(",", " ")
        for number, part in enumerate(attachments(letter))
    )
    body = (
        f'<p><a href="/">Все письма</a></p><table><caption>Конверт</caption><tbody>{rows}</tbody></table>'
        f'<h2>Текст</h2><div class="text">{_linked(_text(letter))}</div>'
        + (f"<h2>Вложения</h2><ul>{files_}</ul>" if files_ else "")
        + f'<p><a href="/letters/{name}/source">Исходный текст письма (.eml)</a></p>'
    )
    return _page(_header(letter, "Subject") or "Без темы", body)


def attachments(letter: EmailMessage) -> list[EmailMessage]:
    """The attached parts in their order."""
    return [part for part in letter.iter_attachments() if isinstance(part, EmailMessage)]


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()


def _row(name: str, letter: EmailMessage) -> str:
    subject = escape(_header(letter, "Subject") or "Без темы")
    return (
        f"<tr><td>{_time(arrived_at(name))}</td><td>{escape(_header(letter, 'To'))}</td>"
        f'<td><a href="/letters/{name}">{subject}</a></td></tr>'
    )


def _header(letter: EmailMessage, name: str) -> str:
    return str(letter.get(name, ""))


def _time(instant: datetime) -> str:
    local = instant.astimezone()
    return f'<time datetime="{local.isoformat(timespec="seconds")}">{local:%d.%m.%Y %H:%M:%S}</time>'


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return _content(part).decode("utf-8", errors="replace") if isinstance(part, EmailMessage) else ""


def _linked(text: str) -> str:
    """The escaped text, its web addresses as links."""
    pieces = _LINK.split(text)
    return "".join(
        f'<a href="{escape(piece)}" rel="noreferrer">{escape(piece)}</a>' if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )


def _page_number(asked: str) -> int:
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)} — почта стенда Отклика</title>'
        f'<link rel="stylesheet" href="/style.css"></head>'
        f"{_TOP}<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
