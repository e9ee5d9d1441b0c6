"""In JupyterLab in Chromium: a derivation by keyboard, its TeX typeset offline, a slip found."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

DERIVATION = r"""
import numpy as np
from lossviz import Derivation, Slider, Step, spot, step
from lossviz.teach.derivations import WrongLine
from lossviz.teach.relations import scaled, shifted

squares = Derivation("Squares", [
    Step(r"\frac{x^2}{2} + 3 < \infty", "A start.", lambda x: x**2 / 2 + 3),
    Step(r"\frac{x^2}{2}", "Drop $3$.", lambda x: x**2 / 2, shifted(3), ("x",)),
    Step(r"x^2", "Drop the half.", lambda x: x**2, scaled(0.5), ("x",)),
], {"x": Slider(-2.0, 4.0, 0.5, 3.0)}, "x",
    sample=lambda rng: {"x": rng.normal()}, reference=lambda x: 3 + x * x / 2,
    slips=[WrongLine("the lost square", 3, "x", lambda x: x, r"It is $x^2$.")])
"""


@pytest.fixture
def page(lab, open_notebook, request):
    cells = [
        new_markdown_cell("# Squares"),
        new_code_cell(DERIVATION),
        new_code_cell(request.param),
    ]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "squares.ipynb")
    notebook = open_notebook("squares.ipynb")
    notebook.run_all()
    notebook.page.locator(".lossviz-explorer canvas").wait_for()
    yield notebook.page
    assert notebook.error_outputs() == [] and notebook.errors == [] and notebook.foreign == []


def typeset(page, count: int) -> None:
    """Wait until this many formulas are typeset and no TeX is left raw."""
    page.wait_for_function(
        """count => {
            const box = document.querySelector('.lossviz-explorer');
            return box.querySelectorAll('mjx-container').length === count
                && !box.innerText.includes('$') && !box.querySelector('mjx-merror');
        }""",
        arg=count,
    )


@pytest.mark.parametrize("page", ["step(squares)"], indirect=True)
def test_a_derivation_is_stepped_through_by_keyboard_and_its_tex_is_typeset(page):
    typeset(page, 1)
    page.get_by_role("button", name="Next row").focus()
    page.keyboard.press("Enter")
    typeset(page, 3)  # the line, and the formula in its reason
    page.get_by_text("the curve moved down by 3").first.wait_for()
    page.keyboard.press("Space")
    typeset(page, 4)
    page.locator(".lossviz-readout", has_text="Row 3 of 3 at x = 3: 9.").wait_for()
    assert "Next row" in page.evaluate("document.activeElement.textContent")
    formula = page.locator("mjx-container").first.element_handle()
    page.locator(".noUi-handle").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.locator(".lossviz-readout", has_text="x = 3.5: 12.25").wait_for()
    page.locator("strong", has_text="12.25").wait_for()  # beside the line too
    assert formula.evaluate("node => node.isConnected")  # typeset once, not at every move
    page.get_by_role("button", name="Back").focus()
    page.keyboard.press("Enter")
    typeset(page, 3)


@pytest.mark.parametrize("page", ["spot(squares, 'the lost square')"], indirect=True)
def test_a_slip_is_found_by_keyboard_and_its_explanation_is_typeset(page):
    typeset(page, 4)
    group = page.get_by_role("group", name="Which is the first wrong row?")
    status = group.locator(".lossviz-feedback[aria-live=polite]")
    page.get_by_role("radio").nth(1).focus()
    page.keyboard.press("Space")
    status.get_by_text("Row 2 holds: at x = 3 it is what it claims").wait_for()
    page.wait_for_timeout(200)
    page.keyboard.press("ArrowDown")
    status.get_by_text("Yes, row 3 is wrong: at x = 3 the row above is 4.5").wait_for()
    typeset(page, 5)
