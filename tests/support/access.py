"""What axe-core, and a look for what is wider than its room, find in our widgets; JupyterLab's own
chrome is not ours to mend."""

import contextlib

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

OURS = ".jp-OutputArea-output .jupyter-widgets"
# Handles get their names once their explorer is on the page.
NAMED = "() => !document.querySelector('.lossviz-explorer .noUi-handle:not([aria-label])')"
WIDTHS = (1280, 700)  # px of the page; it opens with the first
# Whatever is wider than its room and neither wraps nor can be scrolled by keyboard, in words.
OUT_OF_REACH = """
async ours => {
    const wider = node => node.offsetParent && node.clientWidth > 1 && node.textContent.trim()
        && node.scrollWidth > node.clientWidth + 1;
    const stops = 'a[href], button, input, select, textarea, [tabindex="0"]';
    const reached = node => node.tabIndex >= 0 || node.querySelector(stops);
    const wrong = node => ({
        hidden: 'cut', clip: 'cut',
        auto: reached(node) || 'not reached by keyboard',
        scroll: reached(node) || 'not reached by keyboard',
    })[getComputedStyle(node).overflowX];
    const all = [...document.querySelectorAll(`${ours}, ${ours} *`)].filter(wider);
    const found = all.map(node => [wrong(node), node]).filter(([what]) => what?.length);
    for (const output of new Set(all.map(node => node.closest('.jp-OutputArea-output'))))
        if (output && wider(output))
            found.push(['wider than the output that it stands in', output]);
    return found.map(([what, node]) => `${what}: ${node.textContent.trim().slice(0, 60)} in `
        + node.outerHTML.slice(0, 160));
}
"""


def violations(page, ours: str = OURS) -> tuple[list[str], set[str]]:
    """Every violation in our widgets on this page, in words, and the rules that some passed."""
    # JupyterLab's body has no height and cuts what overflows: axe takes all of the page for hidden
    # and looks at no colour of it.
    page.evaluate("() => { document.body.style.height = '100vh'; }")
    with contextlib.suppress(TimeoutError):  # what stays without a name is axe's to say
        page.wait_for_function(NAMED, timeout=20_000)
    # To name all that passes takes axe as long again as to look.
    options = {"resultTypes": ["violations"], "selectors": False}
    found = Axe().run(page, context={"include": [[ours]]}, options=options).response
    said = [
        f"{rule['id']} {_where(page)}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    return said + out_of_reach(page, ours), {rule["id"] for rule in found["passes"]}


def out_of_reach(page, ours: str = OURS) -> list[str]:
    """What of our widgets is wider than its room and can be read by no keyboard, in words."""
    return [f"{_where(page)} {what}" for what in page.evaluate(OUT_OF_REACH, ours)]


def resize(page, width: int) -> None:
    """Give the page this width, and wait until JupyterLab has followed."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(
        """() => {
            const outputs = document.querySelectorAll('.jp-OutputArea-output');
            return [...outputs].every(n => n.getBoundingClientRect().right <= innerWidth);
        }"""
    )


def _where(page) -> str:
    menu = ".lm-MenuBar-itemLabel"
    family = font(page, menu if page.query_selector(menu) else "body")
    return f"in {family} at {page.viewport_size['width']} px"


def font(page, selector) -> str:
    """The font family that Chromium draws most of this element's text with."""
    chromium = page.context.new_cdp_session(page)
    chromium.send("DOM.enable")
    chromium.send("CSS.enable")
    root = chromium.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    node = chromium.send("DOM.querySelector", {"nodeId": root, "selector": selector})
    used = chromium.send("CSS.getPlatformFontsForNode", node)["fonts"]
    chromium.detach()
    none = {"familyName": "no text of its own"}
    return max(used, key=lambda font: font["glyphCount"], default=none)["familyName"]
