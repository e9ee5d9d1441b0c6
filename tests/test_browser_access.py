"""In JupyterLab in Chromium, one of each of our widgets: reached by keyboard, seen, still, dark.

axe-core (`support.access`) looks for missing names and roles, here also in JupyterLab's dark theme,
and with other fonts on wide and narrow pages; what it cannot see is tested here.
"""

import os
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.access import WIDTHS, font, resize, violations
from support.explorers import OUTPUT
from support.jlab import CHROMIUM_ARGS, NotebookPage, find_chromium
from support.lessons import found_in_lessons

from lossviz.teach.derivations import Derivation
from lossviz.teach.exercises import Exercise

CELLS = (
    "from lossviz import ask, check, data, explore, spot, step\n"
    "from lossviz.walk.nb02 import lesson as nb02\n"
    "from lossviz.walk.nb02 import scenes\n"
    "y = data.load('galton_heights').child_in[:8]",
    "explore(scenes.normal_likelihood, y, question=nb02.predict_narrow)",
    "step(nb02.best_mu)",
    "spot(nb02.density)",
    "ask(nb02.recall[0])",
    "def nll(y, mu, sigma):\n    return 0.0\n\ncheck(nll, nb02.normal_nll)",
)
# Everything that the Tab key can reach in our outputs, and how it looks.
STOPS = """
async ([output, focus]) => {
    const visible = node => node.offsetParent && getComputedStyle(node).visibility !== 'hidden';
    const nodes = [...document.querySelectorAll(
        `${output} :is(button, input, select, textarea, a[href], summary, [tabindex="0"])`
    )].filter(node => !node.disabled && node.tabIndex >= 0 && visible(node)
        && node.closest('.jupyter-widgets'));
    const look = node => ['outlineStyle', 'outlineWidth', 'boxShadow', 'borderColor']
        .map(name => getComputedStyle(node)[name]).join();
    const found = [];
    for (const node of nodes) {
        const label = node.closest('label') ?? node;  // a click on a label counts
        const { width, height } = label.getBoundingClientRect();
        document.activeElement.blur();
        const before = look(node) + look(label);
        if (focus) { node.focus({ focusVisible: true }); }
        await new Promise(done => setTimeout(done, 30));
        found.push({
            html: node.outerHTML.slice(0, 160),
            width, height,
            shown: look(node) + look(label) !== before,
        });
    }
    return found;
}
"""

# Texts in our outputs below a contrast of 4.5:1 with what is behind them (WCAG 1.4.3), and how many
# were looked at. axe leaves out those that a screen reader gets in another place.
PALE = """
output => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = colour => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => [r, g, b]
        .map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = node => {
        for (let at = node; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] > 128) return colour;
        }
        return [255, 255, 255];
    };
    const nodes = [...document.querySelectorAll(`${output} .jupyter-widgets *`)].filter(node =>
        node.offsetParent && !node.closest('[disabled], .mod-disabled, .lossviz-spoken')
        && !node.disabled && node.clientWidth > 1
        && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
    const pale = [];
    for (const node of nodes) {
        const [a, b] = [rgba(getComputedStyle(node).color), behind(node)].map(luminance);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) pale.push(`${ratio.toFixed(2)} ${node.outerHTML.slice(0, 120)}`);
    }
    return [nodes.length, pale];
}
"""


def write(lab, name, cells):
    nb = new_notebook(
        cells=[new_markdown_cell("# Each widget once"), *map(new_code_cell, cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": ""}},
    )
    nbformat.write(nb, lab.root / name)
    return name


@pytest.fixture(scope="module")
def each(browser, lab):
    """The notebook of CELLS, run once for all tests that look at it."""
    opened = NotebookPage(browser, lab, write(lab, "each.ipynb", CELLS)).open()
    opened.run_all()
    assert opened.error_outputs() == []
    skip = opened.page.get_by_role("button", name="Skip")
    skip.first.click()
    opened.page.wait_for_selector(".lossviz-explorer .noUi-target:not([disabled])")
    opened.page.wait_for_selector("button[title=Skip][disabled]")  # the kernel's last word on it
    yield opened
    opened.close()


def test_all_that_tab_reaches_is_large_enough_and_shows_its_focus(each):
    stops = each.page.evaluate(STOPS, [OUTPUT, True])
    assert len(stops) >= 20
    assert [s for s in stops if round(min(s["width"], s["height"]), 2) < 24] == []
    assert [s["html"] for s in stops if not s["shown"]] == []
    unfocused = each.page.evaluate(STOPS, [OUTPUT, False])
    assert not any(s["shown"] for s in unfocused)  # the measure can tell


def test_the_sentence_is_spoken_once_the_hand_rests(each):
    page = each.page
    box = page.locator(".lossviz-explorer").first
    box.evaluate(
        """box => {
            box.said = [];  // [milliseconds since the sentence last changed, what was spoken]
            let changed = -Infinity;  // what is spoken of an earlier change has rested long
            const watch = (part, does) => new MutationObserver(() => does(part.textContent))
                .observe(part, { childList: true, characterData: true, subtree: true });
            watch(box.querySelector('.lossviz-readout'), () => { changed = performance.now(); });
            watch(box.querySelector('[aria-live=polite].lossviz-spoken'),
                text => box.said.push([performance.now() - changed, text]));
        }"""
    )
    box.locator(".noUi-handle").first.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    page.wait_for_timeout(1500)
    rests, said = zip(*box.evaluate("box => box.said"), strict=True)
    assert said[-1] == box.locator(".lossviz-readout").inner_text()
    assert min(rests) > 450, rests  # a busy machine may make a pause between two keys: not all 10


def test_nothing_moves_by_itself(each):
    page = each.page
    page.mouse.move(5, 5)
    page.wait_for_timeout(3000)
    shot = "box => box.outerHTML + [...box.querySelectorAll('canvas')].map(c => c.toDataURL())"
    boxes = page.locator(f"{OUTPUT} > .jupyter-widgets")
    before = boxes.evaluate_all(f"boxes => boxes.map({shot})")
    page.wait_for_timeout(2000)
    assert boxes.evaluate_all(f"boxes => boxes.map({shot})") == before
    running = page.evaluate(
        """output => document.getAnimations()
            .filter(a => a.playState === 'running' && a.effect.target.closest(output)).length""",
        OUTPUT,
    )
    assert running == 0


@pytest.fixture
def dark(each):
    """`each` in JupyterLab's dark theme; the server keeps the theme, so it goes back."""
    change = """theme => void window.jupyterapp.commands.execute(
        'apputils:change-theme', { theme: `JupyterLab ${theme}` })"""
    # asked again and again: a promise of an animation's end once did not come (beside busy loops)
    changed = """theme => document.body.dataset.jpThemeLight === String(theme === 'Light')
        && !document.getAnimations().some(each => each.playState === 'running')"""
    for theme in ("Dark", "Light"):
        each.page.evaluate(change, theme)
        each.page.wait_for_function(changed, arg=theme, polling=100)
        if theme == "Dark":
            yield each


def test_it_is_readable_in_the_dark_theme(dark):
    assert violations(dark.page)[0] == []
    checked, pale = dark.page.evaluate(PALE, OUTPUT)
    assert checked >= 40
    assert pale == []
    sheet = dark.page.add_style_tag(content=".lossviz-readout { color: #444 !important; }")
    found = dark.page.evaluate(PALE, OUTPUT)[1]
    sheet.evaluate("node => node.remove()")
    assert len(found) >= 1  # the measure can tell


# A machine that has one family of fonts and no other.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><dir prefix="xdg">fonts</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="append" binding="same"><string>{family} Sans</string></edit>
  </match>
  <selectfont>
    <rejectfont>
      <pattern><patelt name="scalable"><bool>true</bool></patelt></pattern>
      <pattern><patelt name="scalable"><bool>false</bool></patelt></pattern>
    </rejectfont>
    <acceptfont>{accepted}</acceptfont>
  </selectfont>
</fontconfig>
"""
ACCEPTED = '<pattern><patelt name="family"><string>{name}</string></patelt></pattern>'
# Show all that our widgets keep back, until the formulas are typeset.
UNFOLD = """
async output => {
    const all = what => [...document.querySelectorAll(`${output} ${what}`)];
    const more = ['Skip', 'Show all', 'Hint', 'Solution'];
    for (const button of all('button'))
        if (more.includes(button.textContent.trim()) && !button.disabled) button.click();
    const typeset = node => node.querySelector('mjx-container') && !node.innerText.includes('$');
    while (all('.lossviz-formula').length < LINES || !all('.lossviz-formula').every(typeset)
            || !all('pre[aria-label=Solution]').length)
        await new Promise(done => setTimeout(done, 50));
}
"""


def widest(kind, texts):
    """The lessons' object with the longest of these texts, and the expression for it."""
    found = found_in_lessons(kind)
    name = max(found, key=lambda name: max(map(len, texts(found[name]))))
    return found[name], name


@pytest.fixture(scope="module")
def widest_on_page(lab):
    """A notebook with the longest formula, code and option, and the number of its formulas."""
    formulas, derivation = widest(
        Derivation,
        lambda found: [re.sub(r"\\[a-zA-Z]+|[{}^_\s\\]", "", step.tex) for step in found.steps],
    )
    _, exercise = widest(Exercise, lambda found: found.source().splitlines())
    rooms = sorted({derivation[:4], exercise[:4]})
    cells = [
        "from lossviz import check, explore, spot, step\n"
        "from lossviz.walk.nb02 import scenes\n"
        + "\n".join(f"from lossviz.walk.{room} import lesson as {room}" for room in rooms),
        f"step({derivation})",
        f"spot({derivation})",
        f"check(lambda *given: 0.0, {exercise})",
        "explore(scenes.probability_or_likelihood)",
    ]
    return write(lab, "widest.ipynb", cells), 2 * len(formulas.steps)


@pytest.fixture(params=["DejaVu", "Liberation"])
def in_font(browser, lab, request, tmp_path):
    """Open a notebook in a Chromium that has the fonts of this family alone."""
    family = request.param
    names = [f"{family} {kind}" for kind in ("Sans", "Serif", "Mono", "Sans Mono")]
    accepted = "".join(ACCEPTED.format(name=name) for name in names)
    config = tmp_path / "fonts.conf"
    config.write_text(FONTS.format(cache=tmp_path / "fonts", family=family, accepted=accepted))
    other = browser.browser_type.launch(
        executable_path=find_chromium(),
        args=CHROMIUM_ARGS,
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
    )
    page = other.new_page()
    page.set_content("<p>Which font is this?</p>")
    found = font(page, "p")
    page.close()
    if found != f"{family} Sans":
        other.close()
        pytest.skip(f"the fonts {family} are not on this machine: Chromium takes {found}")
    opened = []

    def open_one(name):
        opened.append(NotebookPage(other, lab, name).open())
        return opened[0]

    yield open_one
    for notebook in opened:
        notebook.close()
    other.close()


def test_at_any_font_and_width_what_is_wider_than_its_room_wraps_or_is_reached(
    in_font, widest_on_page
):
    name, formulas = widest_on_page
    notebook = in_font(name)
    notebook.run_all()
    assert notebook.error_outputs() == []
    page = notebook.page
    page.evaluate(UNFOLD.replace("LINES", str(formulas)), OUTPUT)
    for width in WIDTHS:
        resize(page, width)
        found, looked_for = violations(page)
        assert "\n".join(found) == ""
        assert looked_for >= {"button-name", "color-contrast"}
    wider = page.locator(".lossviz-formula").evaluate_all(
        "all => all.filter(node => node.scrollWidth > node.clientWidth).length"
    )
    assert wider >= 1, "no formula is wider than its room: nothing was tested"
