"""HTML without a template engine: whatever is put into an element is escaped, unless it is an element itself."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

_EMPTY = frozenset({"input", "meta", "br"})

_STYLE = (
    "*{box-sizing:border-box}"
    "body{font:18px/1.5 sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}"
    "label{display:block;font-weight:bold;margin:1rem 0 .3rem}"
    "input{font:inherit;width:100%;padding:.5rem;border:2px solid #595959;border-radius:4px}"
    "button{font:inherit;min-height:2.8rem;margin:.5rem 0;padding:.4rem 1rem;border:0;border-radius:4px;"
    "color:#fff;background:#0b5394;text-align:left}"
    "a{color:#0b5394}:focus-visible{outline:3px solid #b35900;outline-offset:2px}"
    "p{margin:.5rem 0}ol{padding-left:1.4rem}li{margin:.6rem 0}"
    ".text{white-space:pre-wrap}.hint{color:#4d4d4d;margin:.3rem 0}"
    ".notice,.error{border-left:6px solid #b35900;background:#fff4e5;padding:.6rem .8rem}"
    ".error{border-color:#a40000;background:#fdecec}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""No script, nothing from elsewhere; forms are sent back to us alone."""


class Markup(str):
    """A piece of HTML that is well made already."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str | bool) -> Markup:
    """The element. Attributes that collide with Python's words end in `_`, dashes are `_`; False leaves one out."""
    shown = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not False
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{shown}>")
    return Markup(f"<{tag}{shown}>{joined(*content)}</{tag}>")


def joined(*content: str) -> Markup:
    """The pieces one after another, plain text escaped."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(piece) for piece in content))


def page(title: str, *content: str) -> str:
    """A whole page in Russian with its one style; serve it with `POLICY`."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{title} — Отклик"),
        element("style", Markup(_STYLE)),
    )
    body = element("body", element("main", element("h1", title), *content))
    return "<!doctype html>" + element("html", head, body, lang="ru")


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
