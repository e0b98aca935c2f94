"""Where the parts of a stack are found, and the one screen that tells it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from embedded.errors import StackError
from embedded.ports import LOOPBACK

DEMO_LOGINS = "operator moderator coordinator executor executor2 head head2 head3 curator administrator"
NAMESPACE = "otklik"
OTHER_LOGINS = "coordinator, executor и head с окончанием .poly .miac .transport .city, например head.city; head.region"
_PORTS = 7


@dataclass(frozen=True)
class Addresses:
    """The seven ports of a stack, in a row from its base."""

    port_base: int

    def __post_init__(self) -> None:
        if not 1024 <= self.port_base <= 65_536 - _PORTS:
            raise StackError(f"--port-base: нужно число от 1024 до {65_536 - _PORTS}, а не {self.port_base}.")

    @property
    def api_port(self) -> int:
        """The workplace and the HTTP API."""
        return self.port_base

    @property
    def temporal_ui_port(self) -> int:
        """Temporal's pages."""
        return self.port_base + 1

    @property
    def mail_page_port(self) -> int:
        """The page with the caught letters."""
        return self.port_base + 2

    @property
    def smtp_port(self) -> int:
        """The mail catcher."""
        return self.port_base + 3

    @property
    def postgres_port(self) -> int:
        """PostgreSQL."""
        return self.port_base + 4

    @property
    def temporal_port(self) -> int:
        """Temporal's gRPC frontend."""
        return self.port_base + 5

    @property
    def metrics_port(self) -> int:
        """The worker's metrics."""
        return self.port_base + 6

    @property
    def public_url(self) -> str:
        """The address that people open."""
        return f"http://{LOOPBACK}:{self.api_port}"

    @property
    def temporal_ui_url(self) -> str:
        """Where curators open a run."""
        return f"http://{LOOPBACK}:{self.temporal_ui_port}"

    @property
    def mail_url(self) -> str:
        """Where the letters are read."""
        return f"http://{LOOPBACK}:{self.mail_page_port}"

    def ports(self) -> dict[str, int]:
        """Each port with the part that needs it."""
        return {
            "рабочее место и API": self.api_port,
            "страницы Temporal": self.temporal_ui_port,
            "страница почты": self.mail_page_port,
            "SMTP": self.smtp_port,
            "PostgreSQL": self.postgres_port,
            "Temporal": self.temporal_port,
            "метрики обработчика": self.metrics_port,
        }

    def lines(self) -> list[str]:
        """The addresses, for people."""
        return [
            f"  Рабочее место          {self.public_url}/sign-in",
            f"  API и его описание     {self.public_url}/docs",
            f"  Страницы Temporal      {self.temporal_ui_url}/namespaces/{NAMESPACE}/workflows",
            f"  Письма                 {self.mail_url}/",
            f"  PostgreSQL             {LOOPBACK}:{self.postgres_port}, база otklik",
            f"  SMTP, Temporal gRPC    {LOOPBACK}:{self.smtp_port}, {LOOPBACK}:{self.temporal_port}",
        ]


def screen(addresses: Addresses, *, password: str, state: str, day_seconds: int | None) -> str:
    """Everything a newcomer needs after the start, on one screen. Its commands work as they stand when pasted."""
    shortened = "" if day_seconds is None else f" Сутки всех сроков длятся {day_seconds} с: только для показа."
    return "\n".join(
        [
            "",
            f"Отклик запущен.{shortened}",
            *addresses.lines(),
            f"  Данные, журналы        {state}",
            f"Логины: {DEMO_LOGINS}",
            f"Другие организации: {OTHER_LOGINS}",
            f"Пароль у всех: {password}",
            *_to_try(f"{addresses.public_url}/api/v1", password),
            "Остановить: Ctrl-C. Данные останутся до следующего запуска.",
            "",
        ]
    )


def _to_try(api: str, password: str) -> list[str]:
    """A first walk for somebody with a second terminal; what is indented is pasted."""
    body = shlex.quote(json.dumps({"login": "@", "password": password})).replace('"@"', "\"'$1'\"", 1)
    return [
        "Попробуйте в другом терминале. Вход и просроченное глазами куратора:",
        f"  A={api}; J='Content-Type: application/json'",
        f"""  token() {{ curl -s $A/sessions -H "$J" -d {body} | cut -d'"' -f4; }}""",
        '  curl -s "$A/messages?overdue=true" -H "Authorization: Bearer $(token curator)" | \\',
        "    python3 -m json.tool --no-ensure-ascii",
        "Оператор записывает звонок, модератор принимает его; письмо о нём — на странице писем:",
        '  post() { curl -s "$A$1" -H "$J" -H "Authorization: Bearer $(token $2)" -H "Idempotency-Key: $(date +%s%N)" -d "$3"; }',
        """  ID=$(post /messages operator '{"channel": "phone", "text": "Не горит фонарь.",""",
        """    "applicant": {"email": "vy@demo.example"}}' | cut -d'"' -f4)""",
        """  post /messages/$ID/decisions moderator '{"action": "accept", "version": 0, "parameters": {""",
        """    "category": "roads", "subcategory": "roads.lighting", "organisation": "transport"}}'; echo""",
    ]
