"""Fixtures that several test modules share, and what must be warm before the first test."""

import shutil
from pathlib import Path
from threading import Timer

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest.register_assert_rewrite("support")  # so that a failing assertion there says what it saw

from support.jlab import CHROMIUM_ARGS, SCREENSHOTS, Lab, NotebookPage, find_chromium  # noqa: E402

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def pytest_configure(config):
    # On a new machine Matplotlib builds its font cache once, and a kernel that does so while the
    # machine is busy says it on stderr, which nbval rightly takes for a change of output.
    if not hasattr(config, "workerinput"):
        import matplotlib.font_manager  # noqa: F401


LIMIT = 900  # seconds of one test; a wait in the page has no limit of its own


def end_browsers() -> None:
    """End this process's Chromium: whatever waits for it fails, and its test is named."""
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():
            process.kill()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    timer = Timer(LIMIT, end_browsers)
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()
        timer.join()  # tests count threads


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A real JupyterLab whose files are a copy of the notebooks."""
    scratch = tmp_path_factory.mktemp("jupyterlab")
    root = scratch / "notebooks"
    root.mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, root)
    with Lab(root, scratch) as server:
        yield server


# For a module only: while Playwright is open no other test of the worker could run an event loop.
@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no chromium (headless shell or whole) or google-chrome on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shared_pages():
    """The page in which a module's notebooks are opened one after the other, once there is one."""
    pages = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def open_notebook(browser, lab, shared_pages, request):
    """``open_notebook(name)`` opens a notebook; a screenshot is kept if the test fails.

    JupyterLab takes longer to load than most notebooks: a page is used again, unless a test failed
    in it. A test that changes JupyterLab itself asks for a page of its own (`own=True`).
    """
    opened = []

    def open_one(name, own=False, **context):
        own = own or bool(context)
        if not own and shared_pages:
            page = shared_pages[0].turn_to(name)
        else:
            page = NotebookPage(browser, lab, name, **context)
            if not own:
                shared_pages.append(page)
            page.open()
        opened.append(page)
        return page

    yield open_one
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    for count, page in enumerate(opened):
        if failed:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.page.screenshot(path=SCREENSHOTS / f"{request.node.name}-{count}.png")
        if page in shared_pages and not failed:
            page.leave()
        else:
            if page in shared_pages:
                shared_pages.remove(page)
            page.close()


@pytest.fixture
def run_demo(lab, open_notebook):
    """``run_demo(*cells)``: a notebook with these code cells, run beside the demo scenes."""
    from support import demo_scenes

    def make(*cells, **context):
        shutil.copy(demo_scenes.__file__, lab.root / "demo_scenes.py")
        nb = new_notebook(
            cells=[new_markdown_cell("# Demo"), *map(new_code_cell, cells)],
            metadata={"kernelspec": {"name": "python3", "display_name": ""}},
        )
        nbformat.write(nb, lab.root / "demo.ipynb")
        opened = open_notebook("demo.ipynb", **context)
        opened.run_all()
        return opened

    return make
