"""In JupyterLab in Chromium: a question by keyboard alone, and a picture that fits a projector."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SCENE = """
import numpy as np
from lossviz import Slider, explore, present, scene
from lossviz.page.questions import Option, Question

question = Question("Where does $x$ go?", [
    Option("up", "It stays level.", misconception="a level line rises"),
    Option("right", "It moves along.", right=True),
])

@scene(
    x=Slider(0.0, 1.0, 0.1, 0.5, "x"), y=Slider(0.0, 1.0, 0.1, 0.5, "y"), shows={"x": 1.0}
)
def dot(fig):
    "A dot."
    ax = fig.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y", title="A dot in a square")
    (point,) = ax.plot([0], [0], "o")
    def update(x, y):
        point.set_data([x], [y])
        words = "that is a sentence long enough for two lines of a projector's large type. "
        return f"The dot is at x = {x:.1f}, y = {y:.1f}; " + words * 2
    return update
"""
FITS = """() => {
    const panel = document.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();
    const box = document.querySelector('.lossviz-explorer').getBoundingClientRect();
    const last = document.querySelector('.lossviz-controls').getBoundingClientRect();
    return [panel.height, last.bottom - box.top];
}"""


@pytest.fixture
def page(lab, open_notebook, request):
    cells = [new_markdown_cell("# A dot"), new_code_cell(SCENE)]
    cells += [new_code_cell(code) for code in request.param]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "dot.ipynb")
    notebook = open_notebook("dot.ipynb", own="present()" in request.param)
    notebook.run_all()
    notebook.page.locator(".lossviz-explorer canvas").wait_for()
    yield notebook
    assert notebook.error_outputs() == [] and notebook.errors == [] and notebook.foreign == []


@pytest.mark.parametrize("page", [["explore(dot, question=question)"]], indirect=True)
def test_a_question_is_answered_by_keyboard_alone_and_wakes_the_sliders(page):
    page = page.page
    group = page.get_by_role("group", name="Where does")
    radios = group.get_by_role("radio")
    asleep = page.locator(".lossviz-controls .noUi-target[disabled]")
    group.wait_for()
    assert radios.count() == 2 and asleep.count() == 2
    assert "wake when you answer" in group.inner_text()
    saved = page.locator("figure.lossviz-still").all()  # what is asked and what answers it
    assert [figure.is_visible() for figure in saved] == [False, False]
    radios.first.focus()
    page.keyboard.press("Space")
    for key in ("ArrowDown", "ArrowUp", "Tab", "Enter"):
        page.wait_for_timeout(200)
        page.keyboard.press(key)
    said = group.locator(".lossviz-feedback[aria-live=polite]")
    said.get_by_text("Misconception: a level line rises.").wait_for()
    page.wait_for_function("() => !document.querySelector('.noUi-target[disabled]')")
    assert page.evaluate("document.activeElement.textContent") == "Answer"
    for key in ("Shift+Tab", "ArrowDown", "Tab", "Enter"):
        page.wait_for_timeout(200)
        page.keyboard.press(key)
    said.get_by_text("✓ right").wait_for()
    assert "Your first answer: A. up" in group.inner_text()
    page.keyboard.press("Tab")  # on to the picture's controls, past what sleeps now
    assert "noUi-handle" in page.evaluate("document.activeElement.className")


@pytest.mark.parametrize("page", [["present()", "explore(dot)"]], indirect=True)
def test_presenting_an_explorer_fits_on_a_screen_of_1280_by_720(page):
    page = page.page
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_timeout(500)
    for mode in ("", "application:toggle-mode", "application:toggle-presentation-mode"):
        if mode:
            page.evaluate("command => window.jupyterapp.commands.execute(command)", mode)
            page.wait_for_timeout(500)
        room, height = page.evaluate(FITS)
        assert height <= room, mode
        size = page.locator(".lossviz-readout").evaluate("p => getComputedStyle(p).fontSize")
        assert float(size.removesuffix("px")) >= 20, mode
    code = page.locator(".jp-CodeCell .jp-InputArea").first
    assert code.bounding_box()["height"] <= 20
    code.click()
    page.wait_for_function(
        "() => document.querySelector('.jp-CodeCell .jp-InputArea').clientHeight > 100"
    )


@pytest.mark.parametrize("page", [["present()", "present(False)", "explore(dot)"]], indirect=True)
def test_going_back_leaves_nothing_large(page):
    assert page.page.locator("#lossviz-presenting").count() == 0
    assert page.page.locator(".jp-CodeCell .jp-InputArea").first.bounding_box()["height"] > 100
