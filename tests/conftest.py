"""Fixtures that several test modules share, and what must be warm before the first test."""

import shutil
from pathlib import Path

import pytest
from support.jlab import CHROMIUM_ARGS, SCREENSHOTS, Lab, NotebookPage, find_chromium

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def pytest_configure(config):
    # On a new machine Matplotlib builds its font cache once, and a kernel that does so while the
    # machine is busy says it on stderr, which nbval rightly takes for a change of output.
    if not hasattr(config, "workerinput"):
        import matplotlib.font_manager  # noqa: F401


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A real JupyterLab whose files are a copy of the notebooks."""
    scratch = tmp_path_factory.mktemp("jupyterlab")
    root = scratch / "notebooks"
    root.mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, root)
    with Lab(root, scratch) as server:
        yield server


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_notebook(lab, browser, request):
    """``open_notebook(name)`` opens a notebook; a screenshot is kept if the test fails."""
    pages = []

    def open_one(name, **context):
        page = NotebookPage(browser, lab, name, **context)
        pages.append(page)
        return page.open()

    yield open_one
    failed = getattr(request.node, "report_call", None)
    for count, page in enumerate(pages):
        if failed is None or failed.failed:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.page.screenshot(path=SCREENSHOTS / f"{request.node.name}-{count}.png")
        page.close()
