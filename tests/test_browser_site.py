"""The walk as a web site, in Chromium: Python in the page, every other address blocked.

Built once from the sources as they are; 03 runs whole, every cell's text is compared with the
committed one, and one of its explorers is moved. Then the server stops, and a few cells of 08 run.
All cells of the others: ``tools/site.py --check``, by hand.
"""

import tempfile

import pytest
from support import site
from support.explorers import ExplorerOnPage
from support.jlab import CHROMIUM_ARGS, find_chromium

from tools import site as tool

FIRST, SECOND = (f for _, f, _ in tool.walk() if f.startswith(("03", "08")))


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


@pytest.fixture(scope="module")
def first(visit):
    """03 opened by its own address and run, with its cells that differ."""
    visit.open(FIRST)
    return tool.differences(visit.page, FIRST)


def test_the_first_notebook_says_what_is_committed_and_asks_no_other_site(visit, first):
    assert first == []
    assert visit.foreign == []


def test_a_question_is_skipped_and_key_and_mouse_move_sliders_and_handles(visit, first):
    cell = site.go_to(visit.page, "explore(scenes.learn_sigma")
    explorer = ExplorerOnPage(visit.page, cell.locator(".lossviz-explorer"))
    sleeping = explorer.box.locator(".noUi-target[disabled]")
    assert sleeping.count() == explorer.sliders.count() == 2
    assert explorer.operate() == 2 + 1 + 2 * 2  # and each time picture or sentence followed
    explorer.picture_has_changed()
    assert visit.foreign == []


def test_the_second_visit_needs_no_server_and_a_poll_says_who_cannot_reach_it(visit, first):
    """08 looked at, not run, before the server stops."""
    visit.page.evaluate("address => fetch(address).then(() => null)", f"../files/{SECOND}")
    visit.stop()
    visit.open(SECOND)
    for text in ("import numpy", "explore(scenes.poll_boxes"):
        cell = site.run_cell(visit.page, text)
    ExplorerOnPage(visit.page, cell.locator(".lossviz-explorer")).look()
    said = site.run_cell(visit.page, "poll(").get_by_text("phones cannot reach a page").first
    assert said.inner_text().endswith("Count hands instead, or simulate a class.")
    assert visit.foreign == []
