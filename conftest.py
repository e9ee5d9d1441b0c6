"""For every test, the notebooks under nbval too: what one worker of a parallel run takes as a
piece, and what nbval does not compare."""

from pathlib import Path

import pytest

# Pictures differ in a few bytes between machines. nbval leaves those out that are outputs by
# themselves, and is told here to leave out those within HTML.
PICTURES = Path(__file__).parent / "tests" / "nbval_pictures.cfg"


def pytest_configure(config):
    if getattr(config.option, "nbval_sanitize_with", "") is None:
        config.option.nbval_sanitize_with = str(PICTURES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker runs a file from start to end; of the notebooks in the browser, each is a piece."""
    from xdist.scheduler import LoadFileScheduling

    class Pieces(LoadFileScheduling):
        def _split_scope(self, nodeid):
            alone = "test_browser_notebooks.py::" in nodeid
            return nodeid if alone else super()._split_scope(nodeid)

    return Pieces(config, log) if config.getvalue("dist") == "loadfile" else None
