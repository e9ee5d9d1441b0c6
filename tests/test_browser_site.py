"""The walk as a web site, in Chromium: Python in the page, every other address blocked.

Built once from the sources as they are; 03 runs whole, every cell's text is compared with the
committed one, and one of its explorers is moved. 05 is opened in the simple view, up to its first
explorer. Then the server stops, and a few cells of 08 run. axe looks at the front page and at 03.
All cells of the others: ``tools/site.py --check``, by hand.
"""

import tempfile

import pytest
from support import site
from support.access import violations
from support.explorers import ExplorerOnPage
from support.jlab import CHROMIUM_ARGS, find_chromium

from tools import site as tool

FIRST, SIMPLE, SECOND = (f for _, f, _ in tool.walk() if f.startswith(("03", "05", "08")))
SAYS = "() => document.getElementById('python-status')?.textContent.startsWith('{}')"


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


def test_arrow_keys_move_sliders_and_handles_not_the_notebooks_cursor(visit, first):
    """This JupyterLab (4.4) takes them for its own wherever the focus is; newer ones do not."""
    cell = site.go_to(visit.page, "explore(scenes.learn_sigma")
    ExplorerOnPage(visit.page, cell.locator(".lossviz-explorer")).wake()
    steps = "canvas => canvas.closest('.lossviz-picture').lossvizStats().steps.join()"
    soon = 20_000  # ms; the cell is no longer the active one where the cursor has left it
    for control in (".noUi-handle", ".lossviz-handle"):
        cell.locator(control).first.focus(timeout=soon)
        seen = set()
        for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):  # wherever it stands
            visit.page.keyboard.press(key)
            seen.add(cell.locator("canvas.lossviz-canvas").evaluate(steps, timeout=soon))
        assert len(seen) > 1, f"arrow keys move no {control}"
    assert "learn_sigma" in visit.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.source"
    )


def test_answers_are_a_download_of_the_page(visit, first):
    """A cell more in 03, as 13 has it: a review, answered, and its export."""
    page = visit.page
    page.evaluate(
        """async source => {
            const { commands, shell } = window.jupyterapp;
            await commands.execute('notebook:insert-cell-below');
            shell.currentWidget.content.activeCell.model.sharedModel.setSource(source);
        }""",
        "from lossviz import export, review\n"
        "mine = review({'03_mse_from_the_normal': [nb03.predict_inference]})\n"
        "display(mine)\nexport(mine)",
    )
    cell = site.run_cell(page, "export(mine)")
    cell.locator("input[type=radio]").first.click()
    cell.get_by_role("button", name="Answer").click()
    with page.expect_download() as download:
        cell.get_by_role("link", name="Download 1 answer").click()
    assert download.value.suggested_filename == "my-answers.csv"
    header, row = download.value.path().read_text("utf-8-sig").splitlines()[:2]
    assert header.startswith("notebook,")
    assert row.startswith("03_mse_from_the_normal,")
    assert visit.foreign == []


def test_axe_finds_nothing_in_an_explorer_there(visit, first):
    site.go_to(visit.page, "explore(scenes.learn_sigma")
    found, looked_for = violations(visit.page)
    assert found == []
    assert looked_for >= {"button-name", "color-contrast"}


def test_the_simple_view_says_when_python_starts_and_that_it_has_stopped(visit, first):
    """05, before anything runs as it is committed, then up to its first explorer."""
    visit.go(f"notebooks/index.html?path={SIMPLE}")
    page = visit.page
    page.wait_for_function(SAYS.format("Python is starting"))
    page.wait_for_function(tool.IDLE)
    page.wait_for_function("() => !document.getElementById('python-status').textContent")
    committed = page.locator(".jp-OutputArea-output", has_text="in one line").first.inner_text()
    assert len(committed.splitlines()) > 1
    assert "\n," not in committed  # as JupyterLab joins a list of lines
    site.run_cell(page, "import numpy")
    cell = site.run_cell(page, "explore(")
    ExplorerOnPage(page, cell.locator(".lossviz-explorer")).look()
    page.evaluate(f"() => {tool.CURRENT}.sessionContext.shutdown()")
    page.wait_for_function(SAYS.format("Python has stopped"))
    assert visit.foreign == []


def test_axe_finds_nothing_on_the_front_page(visit):
    visit.go("index.html")
    found, looked_for = violations(visit.page, "main")
    assert found == []
    assert looked_for >= {"link-name", "color-contrast"}


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
