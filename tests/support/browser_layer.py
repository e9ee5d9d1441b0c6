"""The browser layer's one test, for a shard of the notebooks.

Each shard is a test module of its own, since pytest-xdist hands out whole modules.
"""

from pathlib import Path

import pytest

from .access import violations
from .explorers import operate_everything

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SHARDS = 7
# Hands here stay a moment at a place and never come back: six seconds of drawing ahead around each
# would take a third of the layer's time. `test_browser_frames` has all frames.
LITTLE_AHEAD = "import lossviz.explorer.ahead; lossviz.explorer.ahead.PLAN_SECONDS = 0.1"


def browser_test(shard: int):
    """The test of every seventh notebook, from `shard` on."""

    @pytest.mark.parametrize("path", NOTEBOOKS[shard::SHARDS], ids=lambda path: path.stem)
    def test_the_notebook_answers_hands(path, open_notebook):
        notebook = open_notebook(path.name)
        notebook.execute(LITTLE_AHEAD)
        notebook.run_all()
        assert notebook.error_outputs() == []
        found, checked = violations(notebook.page)
        assert found == []
        assert checked >= 20  # elements; none at all would pass anything
        done = operate_everything(notebook) | {"elements checked by axe": checked}
        print(path.stem, done)
        assert done["explorers"] >= 1
        assert notebook.error_outputs() == []
        assert notebook.errors == []
        assert notebook.foreign == []

    return test_the_notebook_answers_hands
