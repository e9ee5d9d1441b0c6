"""In JupyterLab in Chromium: a picture is taken hold of at its handles, by mouse, key and touch."""

import pytest
from support.explorers import ExplorerOnPage, explorers
from support.handles import centre, drag_every_handle

CELLS = (
    "from lossviz import explore\nfrom lossviz.page.questions import Option, Question\n"
    "import demo_scenes as d\nimport json",
    "e = explore(d.grabbed)\ne",
    "options = [Option('a', 'yes', right=True), Option('b', 'no', misconception='m')]\n"
    "explore(d.grabbed, question=Question('Which?', options))",
)


@pytest.fixture
def notebook(run_demo):
    def make(**context):
        opened = run_demo(*CELLS, **context)
        assert opened.error_outputs() == []
        return opened

    return make


def assert_values(notebook, **wanted) -> None:
    """The kernel's values come to be those wanted: the last move of each may be on its way."""
    for _ in range(100):
        found = notebook.ask("values = json.dumps(e.values)", "values")
        if found == wanted:
            return
        notebook.page.wait_for_timeout(100)
    assert found == wanted


def handle(explorer: ExplorerOnPage, parameters: str):
    return explorer.box.locator(f".lossviz-handle[data-parameters='{parameters}']")


# Whether a key has made the page want another frame; not if JupyterLab has taken the focus.
HEARD = """async node => {
    const stats = () => node.closest('.lossviz-picture').lossvizStats();
    for (const end = performance.now() + 60000; performance.now() < end; ) {
        if (stats().want !== node.wanted) return true;
        if (document.activeElement !== node) return false;
        await new Promise(done => setTimeout(done, 10));
    }
    throw new Error('the handle has the focus, and does not move');
}"""
REMEMBER = "node => { node.wanted = node.closest('.lossviz-picture').lossvizStats().want; }"


def press(grip, key: str) -> None:
    """Press a key on a handle, once its effect is to be seen; again if the focus was taken."""
    for _ in range(100):  # just after Run All JupyterLab gives it to a cell, on a busy machine late
        grip.evaluate(REMEMBER)
        grip.press(key)
        if grip.evaluate(HEARD):
            return
        grip.page.wait_for_timeout(100)
    raise AssertionError(f"{key}: the handle does not keep the focus")


def test_handles_are_dragged_end_to_end_by_mouse(notebook):
    opened = notebook()
    first, asleep = explorers(opened.page)
    assert drag_every_handle(first) == 4
    assert_values(opened, mu=3.0, sigma=3.0, rate=100.0, a=4.0, b=9)
    assert all(h.is_disabled() for h in asleep.box.locator(".lossviz-handle").all())
    asleep.wake()
    opened.page.wait_for_function(
        "box => !box.querySelector('.lossviz-handle:disabled')", arg=asleep.box.element_handle()
    )
    assert opened.errors == []


def test_handles_answer_keys_and_escape_goes_back(notebook):
    opened = notebook()
    page, explorer = opened.page, explorers(opened.page)[0]
    mu, point = handle(explorer, "mu"), handle(explorer, "a b")
    assert mu.get_attribute("aria-label") == "μ: drag, or arrow keys"
    assert point.get_attribute("aria-label") == "a and b: drag, or arrow keys"
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowRight", "ArrowLeft"):
        press(mu, key)
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowDown"):
        press(point, key)
    page.wait_for_function(
        "box => box.querySelector('canvas').ariaLabel.startsWith('μ = 1.1')"
        " && box.querySelector('canvas').ariaLabel.includes('(1.5, 2)')",
        arg=explorer.box.element_handle(),
    )
    mu.scroll_into_view_if_needed()
    x, y = centre(mu)
    page.mouse.move(x, y)
    page.wait_for_function(
        "box => box.querySelector('.lossviz-picture').lossvizStats().handles[0].tracks",
        arg=explorer.box.element_handle(),
    )
    page.mouse.down()
    page.mouse.move(x - 150, y, steps=3)
    page.wait_for_function(
        "box => !box.querySelector('canvas').ariaLabel.startsWith('μ = 1.1')",
        arg=explorer.box.element_handle(),
    )
    page.keyboard.press("Escape")
    page.mouse.move(x - 200, y)
    page.mouse.up()
    page.wait_for_function(
        "box => box.querySelector('canvas').ariaLabel.startsWith('μ = 1.1')",
        arg=explorer.box.element_handle(),
    )
    assert_values(opened, mu=1.1, sigma=1.0, rate=1.0, a=1.5, b=2)
    assert opened.errors == []


def test_a_finger_moves_a_handle_and_scrolls_beside_it(notebook):
    opened = notebook(has_touch=True)
    page, explorer = opened.page, explorers(opened.page)[0]
    grip = handle(explorer, "rate")
    grip.scroll_into_view_if_needed()
    x, y = centre(grip)
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        places = [{"x": a, "y": b} for a, b in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    send("touchStart", (x, y))
    for i in range(1, 6):
        send("touchMove", (x, y - 12 * i))
    page.wait_for_function(
        "box => !box.querySelector('canvas').ariaLabel.includes('λ = 1,')",
        arg=explorer.box.element_handle(),
    )
    send("touchEnd")
    for _ in range(100):  # the last move may be on its way
        if (rate := opened.ask("rate = json.dumps(e.rate)", "rate")) > 3:
            break
        page.wait_for_timeout(100)
    assert rate > 3
    styles = "node => getComputedStyle(node).touchAction"
    assert grip.evaluate(styles) == "none"
    assert explorer.canvas.evaluate(styles) == "auto"
    assert opened.errors == []
