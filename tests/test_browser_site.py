"""The walk as a web site, in Chromium: Python in the page, every other address blocked.

Built once from the sources as they are; 03 runs whole, every cell's text is compared with the
committed one. The others, and a visit with the server stopped: ``tools/site.py --check``, by hand.
"""

import tempfile

import pytest
from support import site
from support.jlab import CHROMIUM_ARGS, find_chromium

from tools import site as tool

NOTEBOOK = next(f for _, f, _ in tool.walk() if f.startswith("03"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    if find_chromium() is None:
        pytest.skip("no chromium (headless shell or whole) or google-chrome on the PATH")
    try:
        site.prepare()
    except (SystemError, OSError) as why:
        pytest.skip(f"what builds the site cannot be had here: {why}")
    out = tmp_path_factory.mktemp("site") / "site"
    site.build(out)
    return out


@pytest.fixture(scope="module")
def visit(built):
    """The site served, a browser with a profile of its own, and what was asked for elsewhere."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(),
            args=CHROMIUM_ARGS,
            viewport={"width": 1280, "height": 900},
        )
        with tool.Visit(browser, built) as visit:
            yield visit
        browser.close()


def test_the_first_notebook_says_what_is_committed_and_asks_no_other_site(visit):
    visit.open(NOTEBOOK)
    assert tool.differences(visit.page, NOTEBOOK) == []
    assert visit.foreign == []
