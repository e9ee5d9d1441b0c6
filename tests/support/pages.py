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
# One picture with a slider, one with two and a prediction, a derivation, a slip, an exercise.
CELLS = ("head", "imports", "recipe-figure", "mse_show", "learn_sigma", "slip1", "recall0")
BUDGET = 1.55  # MB


def few() -> nbformat.NotebookNode:
    """Notebook 03 with these cells only."""
    node = nbformat.read(NOTEBOOK, as_version=4)
    node.cells = [cell for cell in node.cells if cell.id in CELLS]
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
