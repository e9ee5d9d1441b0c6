"""A page of a few cells of notebook 03, made small, for the tests of pages without a kernel."""

import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat
import pytest

from tools import pages

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks/03_mse_from_the_normal.ipynb"
TOOLS = ROOT / ".kit"  # MathJax is there: tools/kit-requirements.txt
# One picture with a slider, one with two and a prediction, a derivation, a slip, a question.
CELLS = ("head", "imports", "recipe-figure", "mse_show", "learn_sigma", "slip1", "recall0")
BUDGET = 1.4  # MB
# And one with more sliders than can be drawn together: they move one at a time.
MANY = """from lossviz.explorer.handles import grab
from lossviz.explorer.parameters import Slider, Toggle
from lossviz.explorer.stage import scene

bars = {name: Slider(0, 12, value=3, label=name.upper()) for name in "abcdef"}

@scene(**bars, hollow=Toggle(label="hollow"), figsize=(4, 2), shows={"a": 7, "b": 9})
def many(fig):
    'six bars'
    ax = fig.subplots()
    ax.set(ylim=(0, 13))
    drawn = ax.bar(range(6), [0] * 6)
    grab(ax, "c", at=lambda c: (2, c))

    def update(hollow, **heights):
        for bar, height in zip(drawn, heights.values()):
            bar.set_height(height)
            bar.set_fill(not hollow)
        return f"Bars of {', '.join(map(str, heights.values()))}{', hollow' if hollow else ''}."

    return update

explore(many)"""


def few() -> nbformat.NotebookNode:
    """Notebook 03 with these cells only, and `MANY`."""
    node = nbformat.read(NOTEBOOK, as_version=4)
    node.cells = [cell for cell in node.cells if cell.id in CELLS]
    node.cells.append(nbformat.v4.new_code_cell(MANY, id="many"))
    return node


@cache
def small() -> pages.Made:
    """Their page, made once, with its `text`; skips the test where there is no MathJax."""
    with kit():
        try:
            pages.kit.mathjax()
        except ModuleNotFoundError:
            pytest.skip("no django-static-mathjax: see tools/kit-requirements.txt")
        made = pages.Made(few(), NOTEBOOK.parent)
        made.text = made.fitted(BUDGET)
    return made


@contextmanager
def kit():
    """The packages of the kit, importable where they lie beside the project."""
    sys.path.append(str(TOOLS))
    yield
    sys.path.remove(str(TOOLS))
