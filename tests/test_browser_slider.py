"""In real JupyterLab in Chromium, a slider moved by hand moves the picture and its sentence."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.explorers import explorers

SCENE = """
import numpy as np
from lossviz import Slider, explore, scene

@scene(sigma=Slider(0.5, 3.0, step=0.1, value=1.0, label="σ"))
def bell(fig):
    "A normal density."
    grid = np.linspace(-6, 6, 200)
    (curve,) = fig.subplots().plot(grid, np.exp(-grid**2 / 2))
    def update(sigma):
        curve.set_ydata(np.exp(-(grid**2) / 2 / sigma**2) / sigma)
        return f"σ = {sigma:.1f}: the peak is {1 / sigma:.3f} high"
    return update

explore(bell)
"""


@pytest.fixture
def bell(lab, open_notebook):
    cells = [new_markdown_cell("# A bell"), new_code_cell(SCENE)]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "bell.ipynb")
    return open_notebook("bell.ipynb")


def test_a_slider_moves_the_picture_by_keyboard_and_by_mouse(bell):
    bell.run_all()
    (explorer,) = explorers(bell.page)
    explorer.look()  # its sentence is there before its picture
    assert explorer.sentence() == "σ = 1.0: the peak is 1.000 high"
    first = explorer.pixels()

    explorer.press(0, "ArrowRight")
    explorer.wait_for_change(first, "σ = 1.0: the peak is 1.000 high")
    assert explorer.sentence() == "σ = 1.1: the peak is 0.909 high"

    second = explorer.pixels()
    explorer.drag(0, 0.98)
    explorer.wait_for_change(second, "σ = 1.1: the peak is 0.909 high")
    bell.page.wait_for_function(
        """() => document.querySelector('.lossviz-readout').textContent.startsWith('σ = 2.9:')
            || document.querySelector('.lossviz-readout').textContent.startsWith('σ = 3.0:')"""
    )

    explorer.press(0, "Home")
    bell.page.wait_for_function(
        "() => document.querySelector('.lossviz-readout').textContent.startsWith('σ = 0.5:')"
    )
    bell.page.get_by_title("Reset σ").click()
    explorer.canvas.and_(bell.page.get_by_label("σ = 1.0: the peak is 1.000 high")).wait_for()
    assert explorer.pixels() == first

    assert bell.error_outputs() == []
    assert bell.errors == []
    assert bell.foreign == []


def test_an_error_and_a_foreign_request_are_noticed(bell):
    bell.page.evaluate("() => fetch('http://127.0.0.1:9/').catch(() => 0)")
    bell.page.evaluate("() => { setTimeout(() => { throw new Error('planted'); }); }")
    bell.page.wait_for_timeout(300)
    assert bell.foreign == ["http://127.0.0.1:9/"]
    assert any("planted" in error for error in bell.errors)


def test_an_explorer_that_takes_its_picture_in_late_names_its_handles(bell):
    bell.page.evaluate(
        """() => {
            const soon = Element.prototype.closest;
            Element.prototype.closest = function (what) {
                return what === '.lossviz-explorer' ? null : soon.call(this, what);
            };
            setTimeout(() => { Element.prototype.closest = soon; }, 1500);
        }"""
    )
    bell.run_all()
    bell.page.wait_for_function(
        "() => document.querySelector('.noUi-handle')?.getAttribute('aria-label') === 'σ'"
    )


# Two keys on the slider, then its reset button, all before the kernel has heard of the second key.
OVERTAKE = """async ([box, rest]) => {
    const handle = box.querySelector('.noUi-handle');
    const press = key => handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    handle.focus();
    press('ArrowRight');
    await new Promise(done => setTimeout(done, rest));
    press('End');
    await new Promise(done => setTimeout(done, rest));
    document.querySelector('[title="Reset σ"]').click();
}"""


@pytest.mark.parametrize("busy, rest", [(0, 10), (2, 200)], ids=["at once", "a busy kernel"])
def test_a_button_does_not_overtake_the_slider(bell, busy, rest):
    bell.run_all()
    (explorer,) = explorers(bell.page)
    explorer.look()
    if busy:
        bell.page.evaluate(
            """seconds => jupyterapp.shell.currentWidget.sessionContext.session.kernel
                .requestExecute({ code: `import time; time.sleep(${seconds})` })""",
            busy,
        )
    bell.page.evaluate(OVERTAKE, [explorer.element, rest])
    for _ in range(2):  # what is kept back, for a time or until the kernel has answered
        bell.page.wait_for_timeout(500)
        bell.execute()
    bell.page.wait_for_function(
        "() => document.querySelector('.lossviz-readout').textContent.startsWith('σ = 1.0:')"
    )
