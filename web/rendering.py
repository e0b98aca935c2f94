"""Pages from templates: one environment, one policy, one shell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from api.lists import SectionShown, sections_shown
from api.me import Me
from api.measures import waiting_for
from api.regulations import settings_in_force
from api.resources import Resources
from domain.regulation import Settings
from domain.words import (
    day_and_weekday,
    day_in_words,
    end_in_short,
    left_in_words,
    moment_and_weekday,
    moment_in_short,
    plural,
    shortened_notice,
)
from web.static_files import static
from web.visits import Visit, any_visit, visit, zone_of

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
"""No exception anywhere: neither inline script nor inline style."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",  # `no-referrer` would make the Origin of our own forms `null`
}

ONLY_ROLE = "otklik-role"
"""The cookie that narrows the menu to one role. It opens nothing: what may be seen is asked of the record."""

_environment = Environment(
    loader=PackageLoader("web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.do"],
)
_environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}


def _zone(context: Context) -> ZoneInfo:
    zone = context["zone"]
    assert isinstance(zone, ZoneInfo)
    return zone


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """«5 августа 2026 года (среда), 14:05», by the clock of the page's `zone`."""
    return moment_and_weekday(at, _zone(context))


@pass_context
def _moment_in_short(context: Context, at: datetime) -> str:
    """«ср 05.08.2026, 14:05»."""
    return moment_in_short(at, _zone(context))


@pass_context
def _left(context: Context, due_at: datetime) -> str:
    """«осталось 3 ч 20 мин», by the page's `at`: the instant at which it was read."""
    return left_in_words(due_at, context["at"])


def _size(size: int) -> str:
    """«48 КиБ»."""
    if size >= 1 << 20:
        return f"{size / (1 << 20):.1f} МиБ".replace(".", ",")
    return f"{max(1, round(size / (1 << 10)))} КиБ"


def _phone(number: str) -> str:
    """«+7 847 224-10-75» of a Russian number; any other as it is."""
    if len(number) != len("+78472241075") or not number.startswith("+7"):
        return number
    return f"+7 {number[2:5]} {number[5:8]}-{number[8:10]}-{number[10:]}"


def _counted(count: int, *forms: str) -> str:
    """«2 дня», by the forms that go with one, two and five."""
    one, two, five = forms
    return f"{count} {plural(count, (one, two, five))}"


_environment.globals["static"] = static
_environment.filters |= {
    "moment": _moment,
    "moment_in_short": _moment_in_short,
    "left": _left,
    "day": day_and_weekday,
    "date_in_words": day_in_words,
    "end_in_short": end_in_short,
    "size": _size,
    "phone": _phone,
    "counted": _counted,
    "capitalised": lambda text: text[:1].upper() + text[1:],
    "titled": lambda code, titles: titles[code],
}


def compile_all() -> None:
    """Nobody waits for a template to be compiled."""
    for name in _environment.list_templates():
        _environment.get_template(name)


def bare(
    shared: Resources,
    template: str,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page for anybody, signed in or not. It loads no script."""
    page = _environment.get_template(template).render(notice=shortened_notice(shared.day_seconds), **values)
    return HTMLResponse(page, status, {**_HEADERS, **(headers or {})})


def see(address: str) -> RedirectResponse:
    """Look there now; what was posted is done."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def sign_in_first(request: Request) -> RedirectResponse:
    """To the sign-in, and from there back to the page asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    return see(f"/sign-in?next={quote(request.url.path + query, safe='/')}")


class Page:
    """The shell around what a signed-in person sees: his name and roles, the menu with its counters, the search."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @cached_property
    def me(self) -> Me:
        """Who looks."""
        return self.visit.me()

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where he works: forms and lists speak in its time. A card speaks in that of its organisation."""
        return zone_of(self.me)

    @cached_property
    def act(self) -> Settings:
        """The numbers in force, for what a page says of them."""
        return settings_in_force(self.visit.shared)

    @cached_property
    def only_role(self) -> str | None:
        """The role to which he narrowed the menu, if he has it."""
        wanted = self.visit.request.cookies.get(ONLY_ROLE)
        return wanted if any(role.code == wanted for role in self.me.roles) else None

    @cached_property
    def roles(self) -> frozenset[str]:
        """His roles, or the one to which he narrowed them."""
        return frozenset([self.only_role] if self.only_role else (role.code for role in self.me.roles))

    @cached_property
    def sections(self) -> list[SectionShown]:
        """The sections of all his roles."""
        return sections_shown(self.visit.shared, self.visit.person).sections

    @property
    def menu(self) -> list[SectionShown]:
        """Those of the roles to which he narrowed them."""
        here = self.visit.request.url.path.removeprefix("/work/")
        shown = (one for one in self.sections if one.count or not one.rare or one.code == here)
        return [section for section in shown if self.roles & set(section.roles)]

    def show(self, template: str, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
        """The template in the shell. It finds `me`, `menu`, `zone`, `token`, `seen` beside the values; these win."""
        context: dict[str, Any] = {
            "me": self.me,
            "menu": self.menu,
            "duties": waiting_for(self.visit.shared, self.visit.person),
            "shown_roles": self.roles,
            "only_role": self.only_role,
            "zone": self.zone,
            "token": self.visit.form_token,
            "path": self.visit.request.url.path,
            "seen": self.visit.session.seen,
            "search": "",
        }
        return bare(self.visit.shared, template, status, **(context | values))


async def _page(found: Annotated[Visit, Depends(visit)]) -> Page:
    return Page(found)


async def _any_page(found: Annotated[Visit, Depends(any_visit)]) -> Page:
    return Page(found)


Shell = Annotated[Page, Depends(_page)]
AnyShell = Annotated[Page, Depends(_any_page)]
"""Also for whoever has a one-time password still."""
