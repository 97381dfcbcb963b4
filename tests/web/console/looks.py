"""What every page of the console owes to everybody who looks at it, on whatever they look."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import DESKTOP, PHONE, violations

SHOTS = os.environ.get("QC_SHOTS", "")  # a folder: every page is photographed into it
LOOKS = [(viewport, scheme) for viewport in (DESKTOP, PHONE) for scheme in ("light", "dark")]
# axe takes a second for each: colours do not depend on the width, nor what is read aloud on the colours.
READ_BY_AXE = [(DESKTOP, "light"), (PHONE, "dark")]
TARGETS = "main .btn:visible, nav a:visible, .chips a"
FINGER = 44  # px
# A button changes its colours within a moment, and half-way it may be hard to read.
COLOURS_HAVE_CHANGED = """() => document.getAnimations()
    .filter(one => one instanceof CSSTransition).forEach(one => one.finish())"""

HEIGHTS = "targets => targets.map(one => one.getBoundingClientRect().height)"


def photograph(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def fits(page: Page, name: str, more_targets: str = "") -> None:
    """As it is seen now: not wider than the screen, nothing for axe to find, every target as large as a finger."""
    fits_the_screen(page, name, more_targets)
    assert violations(page) == [], name


def fits_the_screen(page: Page, name: str, more_targets: str = "") -> None:
    assert page.viewport_size
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    targets = page.locator(", ".join(filter(None, (TARGETS, more_targets))))
    heights = targets.evaluate_all(HEIGHTS)
    assert all(height >= FINGER for height in heights), (name, heights)


def fits_everybody(page: Page, name: str, more_targets: str = "") -> None:
    """The same on a wide screen and on a phone, by day and by night; what was opened in it stays open."""
    for viewport, scheme in LOOKS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        page.evaluate(COLOURS_HAVE_CHANGED)
        look = fits if (viewport, scheme) in READ_BY_AXE else fits_the_screen
        look(page, f"{name}, {scheme}, {viewport['width']} px", more_targets)
        photograph(page, f"{name}_{scheme}_{viewport['width']}")


def open_all(page: Page) -> None:
    """Whatever can be unfolded in it."""
    for summary in page.locator("main summary").all():
        summary.click()
