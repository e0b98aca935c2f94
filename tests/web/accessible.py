"""axe-core in a real page: no violation of WCAG 2.2 AA, told in Russian."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_FOLDER = Path(__file__).parent / "axe"
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
_RUN = """async ([locale, levels]) => {
  axe.configure({locale: JSON.parse(locale)});
  const found = await axe.run(document, {runOnly: {type: 'tag', values: levels}});
  return found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' ; ')}`);
}"""


@cache
def _axe() -> str:
    return (_FOLDER / "axe.min.js").read_text(encoding="utf-8")


def assert_accessible(page: Page, name: str | None = None) -> None:
    """Fails with what is wrong with the page as it stands now."""
    if not page.evaluate("'axe' in window"):  # once a page, whatever sizes it is looked at in
        page.evaluate(_axe())
    violations = page.evaluate(_RUN, [(_FOLDER / "ru.json").read_text(encoding="utf-8"), _LEVELS])
    assert violations == [], (name or page.url, violations)


def assert_focus_is_visible(page: Page, presses: int = 6) -> None:
    """Wherever the Tab key leads, an outline or a shadow shows it."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return  # all of the page has been gone through
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.boxShadow]; })()"
        )
        assert style[0] != "none" or style[1] != "none", page.evaluate("document.activeElement.outerHTML")
