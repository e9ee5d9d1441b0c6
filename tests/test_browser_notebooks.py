"""In JupyterLab in Chromium, hands move the controls of every notebook; nothing goes wrong."""

from pathlib import Path

import pytest
from support.access import WIDTHS, out_of_reach, resize, violations
from support.explorers import operate_everything

from tools import notebook as tool

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
# Hands here stay a moment at a place and never come back: six seconds of drawing ahead around each
# would take a third of the layer's time, so nothing is. `test_browser_frames` has all of that.
# Pictures for pages without a kernel are compared by nbval, and hidden here.
LITTLE_DRAWN = """
from lossviz.explorer import ahead as _ahead, wire as _wire
_ahead.plan = lambda *_: []
_wire.Wire.still = lambda self, values: None
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_answers_hands(path, open_notebook):
    notebook = open_notebook(path.name)
    notebook.execute(LITTLE_DRAWN)
    sections = tool.sections(tool.read(path))
    folded = [cells[1:] for title, cells in sections if title.startswith(tool.FURTHER)]
    assert notebook.hidden() == [cell.id for cells in folded for cell in cells]
    notebook.run_all()
    assert notebook.hidden() == []
    assert notebook.error_outputs() == []
    found, looked_for = violations(notebook.page)
    assert found == []
    assert looked_for >= {"button-name", "color-contrast"}, "nothing to check would pass anything"
    done = operate_everything(notebook)
    print(path.stem, done)
    for width in (*WIDTHS, WIDTHS[0]):  # all lines, hints and solutions are shown by now
        resize(notebook.page, width)
        assert "\n".join(out_of_reach(notebook.page)) == ""
    assert done["explorers"] >= 1
    assert notebook.error_outputs() == []
    assert notebook.errors == []
    assert notebook.foreign == []
