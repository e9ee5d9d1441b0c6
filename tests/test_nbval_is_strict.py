"""Plain pytest, with this repository's options, finds a wrong number in a notebook's outputs, and a
widget that fails in a hand."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import notebook as tool

ROOT = Path(__file__).parents[1]
CELLS = [
    "x = 2.104",
    "print(f'{x:.2f}')",
    "import ipywidgets\nipywidgets.FloatSlider(value=x)",
    "display({'image/png': 'iVBORw0KGgo=', 'text/plain': f'NLL {x:.3f}'}, raw=True)",
]


def change_print(nb):
    nb.cells[1].outputs[0].text = "2.11\n"


def change_widget(nb):
    data = nb.cells[2].outputs[0].data
    data["text/plain"] = data["text/plain"].replace("2.104", "2.105")


def change_sentence(nb):
    nb.cells[3].outputs[0].data["text/plain"] = "NLL 2.105"


def drop_sentence(nb):
    del nb.cells[3].outputs[0].data["text/plain"]


def drop_outputs(nb):
    nb.cells[1].outputs = []


def drop_count(nb):
    nb.cells[3].execution_count = None


def change_code(nb):
    nb.cells[0].source = "x = 2.2"


def break_slider(nb):
    nb.cells[2].source = nb.cells[2].source.replace("ipywidgets.F", "slider = ipywidgets.F", 1)
    nb.cells[2].source += "\nslider.observe(lambda change: 1 / change.new, 'value')\nslider"


def no_widget(nb):
    text = nb.cells[2].outputs[0].data["text/plain"]
    nb.cells[2].source = f"from IPython.display import Pretty\nPretty({text!r})"


def nothing(nb):
    pass


CHANGES = {
    nothing: 0,
    change_print: 1,
    change_widget: 1,
    change_sentence: 1,
    drop_sentence: 1,
    drop_outputs: 1,
    drop_count: 1,
    change_code: 3,
    break_slider: 1,
    no_widget: 1,
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """How many tests of each changed notebook fail, all in one run of pytest."""
    folder = tmp_path_factory.mktemp("nb")
    source = folder / "nothing.ipynb"
    source.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(c) for c in CELLS])))
    assert tool.main([str(source)]) == 0
    for change in CHANGES:
        nb = tool.read(source)
        change(nb)
        (folder / f"{change.__name__}.ipynb").write_text(tool.text_of(nb))
    options = ["-c", str(ROOT / "pyproject.toml"), "-n", "0", "-p", "no:cacheprovider", "-rA"]
    options += ["-p", "conftest"]  # as for every test below it
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    ends = re.findall(r"^(PASSED|FAILED|ERROR) .*?(\w+)\.ipynb::", run.stdout, re.MULTILINE)
    assert len(ends) == (len(CELLS) + 1) * len(CHANGES), run.stdout  # and the hands
    return Counter(name for end, name in ends if end != "PASSED")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_output_fails_and_so_does_a_widget_that_does_not_answer(failures, change):
    assert failures[change.__name__] == CHANGES[change]
