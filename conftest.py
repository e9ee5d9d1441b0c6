"""For every test, the notebooks under nbval too: what one worker of a parallel run takes as a
piece, and what nbval does not compare: pictures, and whether the widgets answer."""

import gc
import os
from pathlib import Path

import pytest
from jupyter_client.provisioning.local_provisioner import LocalPortCache

os.environ["LOSSVIZ_ANSWERS"] = "off"  # tests, and kernels under test, touch no reader's file
# NumPy's threads would spin for work on cores that other tests need.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Pictures differ in a few bytes between machines. nbval leaves those out that are outputs by
# themselves, and is told here to leave out those within HTML.
PICTURES = Path(__file__).parent / "tests" / "nbval_pictures.cfg"


def pytest_configure(config):
    from support.ports import free_port

    LocalPortCache.find_available_port = lambda _, ip: free_port(ip)
    if getattr(config.option, "nbval_sanitize_with", "") is None:
        config.option.nbval_sanitize_with = str(PICTURES)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: many tests wait for a kernel, a server or a page."""
    return 1 + (yield)


def pytest_collection_finish():
    """Thousands of tests, and figures of a hundred thousand objects: looking through all of them
    for what is lost took a twentieth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)


class Hands(pytest.Item):
    """Every widget of a notebook answers every gesture, in the kernel that has just run its cells.

    A kernel of its own would run them all once more.
    """

    def runtest(self):
        from support.driver import Browser

        kernel = self.parent.kernel
        assert kernel and kernel.is_alive(), "the kernel has ended"
        assert Browser(kernel.kc).operate() >= 3, "a notebook without a slider to move"

    def reportinfo(self):
        return self.path, None, self.name


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if collector.path.suffix == ".ipynb" and report.result:
        report.result.append(Hands.from_parent(collector, name="every widget answers"))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker runs a file from start to end; of the browser's and the scenes', each notebook."""
    from xdist.scheduler import LoadFileScheduling

    class Pieces(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            if file.endswith("test_browser_notebooks.py"):
                return nodeid
            if file.endswith("test_scenes.py"):
                return file + test.partition("[")[2]
            return super()._split_scope(nodeid)

    return Pieces(config, log) if config.getvalue("dist") == "loadfile" else None
