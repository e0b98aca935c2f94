"""axe-core in a real page: no violation of WCAG 2.2 AA, told in Russian."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_FOLDER = Path(__file__).parent / "axe"
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
_RUN = """async levels => {
  // of what passed nothing is told, so nothing is gathered
  const asked = {runOnly: {type: 'tag', values: levels}, resultTypes: ['violations'], selectors: false};
  const found = await axe.run(document, asked);
  return found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' ; ')}`);
}"""


_LOOK = """() => JSON.stringify([...document.body.querySelectorAll('*')].map(element => {
  const style = getComputedStyle(element);
  return [style.display, style.visibility, style.opacity, style.color, style.backgroundColor, style.backgroundImage,
          style.overflowX, style.overflowY];
}))"""


_FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  return element === document.body ? null
    : {outline: style.outlineStyle, shadow: style.boxShadow, html: element.outerHTML};
}"""


@cache
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def assert_accessible(page: Page, name: str | None = None) -> None:
    """Fails with what is wrong with the page as it stands now."""
    if not page.evaluate("'axe' in window"):  # once a page, whatever sizes it is looked at in
        page.evaluate(_file("axe.min.js"))
        page.evaluate("locale => axe.configure({locale: JSON.parse(locale)})", _file("ru.json"))
    violations = page.evaluate(_RUN, _LEVELS)
    assert violations == [], (name or page.url, violations)


def look_of(page: Page) -> str:
    """What is shown and in which colours, wherever it lies: of two sizes with one look axe need judge the narrower alone,
    where all lies closest together."""
    return str(page.evaluate(_LOOK))


def assert_focus_is_visible(page: Page, presses: int = 6) -> None:
    """Wherever the Tab key leads, an outline or a shadow shows it."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            return  # all of the page has been gone through
        assert focused["outline"] != "none" or focused["shadow"] != "none", focused["html"]
