"""The guard before every page: a form sent from elsewhere is refused, and the cookie of a new session leaves with the answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.problems import Problem
from settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class PagesGuard:
    """Around the whole application. The HTTP API takes no cookie, so nothing can be done there in somebody's name."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_api(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            token = scope.get("state", {}).get(_NEW_SESSION)
            if token and message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", _cookie(self._settings, token))
            await send(message)

        if scope["method"] not in SAFE and not is_same_origin(Headers(scope=scope)):
            refused = Problem(403, "foreign_form", "Форма отправлена не с этого сайта. Откройте страницу и повторите.")
            response = await errors.any_error(Request(scope), refused)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, with_cookie)


def is_api(path: str) -> bool:
    """Whether programs ask there, so that they are told problems in JSON."""
    return path.startswith(("/api/", "/health/")) or path == "/openapi.json"


def is_same_origin(headers: Headers) -> bool:
    """Whether our own page sent the request. What browsers too old to say so send is judged by the form's token."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


_NEW_SESSION = "new_session"


def remember(request: Request, token: str) -> None:
    """The browser keeps this session from the present answer on."""
    setattr(request.state, _NEW_SESSION, token)


def cookie_name(settings: Settings) -> str:
    """`__Host-`: a browser takes it by TLS alone, for this host alone."""
    return "__Host-otklik" if is_secure(settings) else "otklik"


def _cookie(settings: Settings, token: str) -> str:
    secure = "; Secure" if is_secure(settings) else ""
    return f"{cookie_name(settings)}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"


def is_secure(settings: Settings) -> bool:
    """Everywhere but on this very machine, without TLS: the embedded stack."""
    address = urlsplit(settings.public_url)
    return not (address.scheme == "http" and address.hostname in _LOOPBACK)
