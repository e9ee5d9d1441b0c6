"""What one worker of a parallel run takes as a piece, for the tests and for the notebooks."""

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker runs a file from start to end; of the notebooks in the browser, each is a piece."""
    from xdist.scheduler import LoadFileScheduling

    class Pieces(LoadFileScheduling):
        def _split_scope(self, nodeid):
            alone = "test_browser_notebooks.py::" in nodeid
            return nodeid if alone else super()._split_scope(nodeid)

    return Pieces(config, log) if config.getvalue("dist") == "loadfile" else None
