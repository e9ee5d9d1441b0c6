"""In JupyterLab in Chromium: the picture is always the frame of the current values.

The page's canvas is compared, pixel by pixel, with the same scene drawn here.
"""

import base64
import io
import shutil
from functools import partial

import nbformat
import numpy as np
import pytest
from PIL import Image
from support import demo_scenes
from support.explorers import ExplorerOnPage

from lossviz.explorer.stage import Stage


class Explorer(ExplorerOnPage):
    """An explorer of a demo scene, which can be drawn here too."""

    def __init__(self, page, locator, scene):
        super().__init__(page, locator)
        self.scene = scene

    def wait_for(self, start: str) -> None:
        """Wait until the sentence starts so."""
        self.page.wait_for_function(
            """([box, start]) => box.querySelector('canvas').ariaLabel.startsWith(start)
                && box.querySelector('.lossviz-readout').textContent.startsWith(start)""",
            arg=[self.box.element_handle(), start],
            timeout=20_000,
        )

    def image(self) -> np.ndarray:
        data = base64.b64decode(self.pixels().split(",", 1)[1])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def differs(self, ratio=1, **values) -> int:
        """How many pixels differ from the frame of these values."""
        stage = Stage(self.scene, pixel_ratio=ratio)
        start = {name: p.value for name, p in self.scene.parameters.items()}
        stage.draw(start)
        stage.draw({**start, **values})
        return int(np.any(self.image() != stage.rgba[..., :3], axis=-1).sum())

    def stats(self) -> dict:
        return self.box.evaluate("box => box.querySelector('.lossviz-picture').lossvizStats()")

    def wait_for_rest(self) -> None:
        """Wait until the frame that the sliders stand for is the one that is shown."""
        self.page.wait_for_function(
            """box => {
                const stats = box.querySelector('.lossviz-picture').lossvizStats();
                return stats.shown === stats.want;
            }""",
            arg=self.box.element_handle(),
            timeout=60_000,
        )

    def wait_warm(self, frames: int) -> None:
        self.page.wait_for_function(
            "([box, n]) => box.querySelector('.lossviz-picture').lossvizStats().frames >= n",
            arg=[self.box.element_handle(), frames],
            timeout=60_000,
        )

    def type_number(self, box: int, text: str) -> None:
        field = self.box.locator(".lossviz-box input").nth(box)
        field.fill(text)
        field.press("Enter")


@pytest.fixture
def notebook(run_demo):
    """``notebook(*cells)``: a notebook with these code cells, run in JupyterLab."""
    head = "from traitlets import link\nfrom lossviz import explore\nimport demo_scenes as d"
    return partial(run_demo, head)


def find(opened, scene, nth=0) -> Explorer:
    box = opened.page.locator(".lossviz-explorer").nth(nth)
    box.wait_for()
    return Explorer(opened.page, box, scene)


COMMAND = "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }"
STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"


def in_front(opened, name: str) -> None:
    """Bring this notebook to the front, and wait until it is the one that commands mean."""
    opened.page.wait_for_function(
        """name => {
            const { shell } = window.jupyterapp;
            if (shell.currentWidget?.context?.path === name) return true;
            const found = [...shell.widgets('main')].find(each => each.context?.path === name);
            if (found) shell.activateById(found.id);
            return false;
        }""",
        arg=name,
        polling=200,
    )


def explorers(opened) -> str:
    """How many explorers the kernel holds."""
    return opened.execute(
        "from ipywidgets.widgets.widget import _instances as there",
        "sum(type(each).__name__ == 'Explorer' for each in there.values())",
    )


def run_cell(opened, index: int) -> None:
    opened.page.evaluate(
        """async (index) => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
            await window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        index,
    )


def test_frames_from_the_cache_typed_values_and_reset(notebook):
    opened = notebook("e = explore(d.bell)\ne")
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000, σ = 1.000")
    assert e.differs() == 0
    e.wait_warm(40)
    hits = e.stats()["hits"]
    e.press(0, "ArrowRight")
    e.press(0, "ArrowRight")
    e.wait_for("μ = 0.200, σ = 1.000")
    assert e.stats()["hits"] >= hits + 2  # painted from the cache
    assert e.differs(mu=0.2) == 0
    e.press(1, "End")
    e.wait_for("μ = 0.200, σ = 3.000")
    assert e.differs(mu=0.2, sigma=3.0) == 0
    e.type_number(1, "0,777")  # off the grid, with a decimal comma
    e.wait_for("μ = 0.200, σ = 0.777")
    assert e.differs(mu=0.2, sigma=0.777) == 0
    e.type_number(1, "much")
    e.box.locator(".lossviz-error", has_text="“much” is no number").wait_for()
    assert e.box.get_by_role("textbox", name="σ").input_value() == "0.777"
    e.press(0, "ArrowLeft")
    e.wait_for("μ = 0.100, σ = 0.777")
    assert e.differs(mu=0.1, sigma=0.777) == 0
    opened.page.get_by_title("Reset σ").click()
    e.wait_for("μ = 0.100, σ = 1.000")
    opened.page.get_by_role("button", name="new sample").click()
    e.wait_for("μ = 0.100, σ = 1.000, line, sample 1")
    opened.page.get_by_role("button", name="dots").click()
    e.wait_for("μ = 0.100, σ = 1.000, dots, sample 1")
    assert e.differs(mu=0.1, kind="dots", seed=1) == 0
    e.drag(0, 0.9, steps=40)
    opened.page.wait_for_timeout(700)
    mu = float(e.sentence().split()[2].rstrip(","))
    assert mu > 1.5
    assert e.differs(mu=mu, kind="dots", seed=1) == 0
    assert e.canvas.get_attribute("role") == "img"
    assert opened.error_outputs() == [] and opened.errors == []


def test_until_a_frame_is_here_the_nearest_that_is_stands_in(notebook):
    opened = notebook(
        "from lossviz.explorer import ahead\n"
        "from lossviz.explorer.wire import Wire\n"
        "ahead.plan = lambda _, values, *__: [(0, iter([values, {**values, 'mu': 2.0}]))]\n"
        "answers, draws = Wire._answer, Wire._draw_live",
        "e = explore(d.bell)\ne",
    )
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000")
    e.wait_warm(2)
    opened.execute(  # from now on no frame comes
        "ahead.plan = lambda *_: []\n"
        "Wire._answer, Wire._draw_live = lambda *_: None, lambda *_: 'nothing yet'"
    )
    e.press(0, "End")
    e.wait_for("μ = 2.000")
    assert e.differs(mu=2.0) == 0
    e.press(0, "Home")
    e.wait_for("μ = 0.000")
    assert e.stats()["shown"] != e.stats()["want"]
    opened.execute(  # the first answer is lost, and no other way leads to the frame
        "lost = []\nWire._answer = lambda *args: answers(*args) if lost else lost.append(args)"
    )
    e.press(0, "ArrowRight")
    e.wait_for("μ = -2.900")
    assert e.differs(mu=-2.9) == 0
    opened.execute(  # frames that were painted over another are void
        "assert lost\n"
        "e._wire._send_base()\n"
        "e._wire.picture.send({'kind': 'sentence', 'text': 'void'})"
    )
    e.wait_for("void")
    e.wait_for("μ = -2.900")
    assert e.differs(mu=-2.9) == 0
    assert opened.error_outputs() == [] and opened.errors == []


def test_where_memory_is_short_the_frames_near_the_hand_are_kept(notebook):
    opened = notebook(
        "from lossviz.explorer import ahead, wire\n"
        "ahead.PLAN_BYTES = 3e5\n"
        "code = (wire.HERE / 'explorer.js').read_text()\n"
        "wire.Picture._esm = code.replace('CACHE_BYTES = 48e6', 'CACHE_BYTES = 4e5')",
        "e = explore(d.bell)\ne",
    )
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000")
    e.wait_warm(5)
    there = 0
    for step in [*range(1, 8), *range(6, -6, -1)]:
        e.press(0, "ArrowRight" if step > there else "ArrowLeft")
        there = step
        e.wait_for(f"μ = {0.1 * step:.3f}")
        opened.page.wait_for_timeout(250)  # the plan moves on, and what lies far away is dropped
        stats = e.stats()
        assert stats["bytes"] <= 4e5
        here = 30 + step  # slider steps from its left end
        near = {f'["line", 0]|{place},5' for place in range(here - 2, here + 3)}
        assert near <= set(stats["keys"])
    assert stats["took"] > stats["frames"]  # so some were dropped
    assert e.differs(mu=-0.5) == 0
    opened.page.wait_for_timeout(1000)
    took = e.stats()["took"]
    opened.page.wait_for_timeout(1000)
    assert e.stats()["took"] == took  # and then there is silence
    assert opened.error_outputs() == [] and opened.errors == []


def test_frames_that_come_after_the_bye_change_nothing(notebook):
    opened = notebook(
        "from lossviz.explorer import wire\n"
        "code = (wire.HERE / 'explorer.js').read_text()\n"
        "wire.Picture._esm = code.replace('GIVE_BACK_AFTER = 10000', 'GIVE_BACK_AFTER = 50')",
        "e = explore(d.grabbed)\ne",
    )
    e = find(opened, demo_scenes.grabbed)
    e.wait_warm(1)
    e.canvas.evaluate("canvas => { canvas.style.display = 'none'; }")  # as far away as can be
    opened.page.wait_for_function(
        "box => box.querySelector('.lossviz-picture').lossvizStats().frames === 0",
        arg=e.box.element_handle(),
    )
    opened.execute(  # they were under way; the tracks behind them show when they have come
        "import time\n"
        "w, here = e._wire, e._wire._current()\n"
        "while w._base_still is not None: time.sleep(0.01)  # until the bye is heard\n"
        "w._draw(here)\n"
        "w._send_frames([w._frame(here, 'a late frame')], live=True)\n"
        "w._send_tracks(w._stage.handles[0], here)\n"
        "w._base_still = None\n"
        "w.picture.send({'kind': 'sentence', 'text': 'the last sentence'})"
    )
    opened.page.wait_for_function(
        "box => box.querySelector('.lossviz-picture').lossvizStats().handles[0].tracks",
        arg=e.box.element_handle(),
    )
    assert e.stats()["frames"] == 0
    assert e.sentence() == "the last sentence"
    e.canvas.evaluate("canvas => { canvas.style.display = ''; }")
    e.wait_for("μ = 0.0, σ = 1.0")
    assert e.differs() == 0
    assert opened.error_outputs() == [] and opened.errors == []


def test_values_set_by_code_and_linked_widgets_move_the_picture(notebook):
    opened = notebook(
        "a = explore(d.bell)\na",
        "b = explore(d.bell)\nlink((a, 'mu'), (b, 'mu'))\nb",
        "a.mu = -1.23\na.kind = 'dots'",
    )
    a, b = find(opened, demo_scenes.bell), find(opened, demo_scenes.bell, 1)
    a.wait_for("μ = -1.230, σ = 1.000, dots")
    b.canvas.scroll_into_view_if_needed()  # a picture far from the screen follows once it is near
    b.wait_for("μ = -1.230, σ = 1.000, line")
    assert a.differs(mu=-1.23, kind="dots") == 0
    assert b.differs(mu=-1.23) == 0
    a.press(0, "Home")
    b.wait_for("μ = -3.000")
    assert b.differs(mu=-3.0) == 0


def test_two_views_of_one_explorer_show_one_thing(notebook):
    opened = notebook("e = explore(d.bell)\ne", "e")
    one, two = find(opened, demo_scenes.bell), find(opened, demo_scenes.bell, 1)
    for view in (one, two):
        view.wait_for("μ = 0.000")
    two.press(0, "End")
    for view in (one, two):
        view.wait_for("μ = 3.000")
        assert view.differs(mu=3.0) == 0


def test_a_page_loaded_again_shows_the_current_values_also_beside_a_copy(notebook):
    opened = notebook("e = explore(d.bell)\ne", own=True)
    e = find(opened, demo_scenes.bell)
    e.press(0, "End")
    e.wait_for("μ = 3.000")
    opened.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    opened.page.wait_for_timeout(500)
    opened.page.reload()
    again = find(opened, demo_scenes.bell)
    again.wait_for("μ = 3.000")
    assert again.differs(mu=3.0) == 0
    again.press(0, "ArrowLeft")
    again.wait_for("μ = 2.900")
    assert again.differs(mu=2.9) == 0
    # A copy of the notebook, cell ids and all, on the same kernel.
    shutil.copy(opened.lab.root / "demo.ipynb", opened.lab.root / "copy.ipynb")
    opened.page.evaluate(
        """async () => {
            const { commands, shell } = window.jupyterapp;
            const { id } = shell.currentWidget.sessionContext.session.kernel;
            const args = { path: 'copy.ipynb', factory: 'Notebook', kernel: { id } };
            const copy = await commands.execute('docmanager:open', args);
            await copy.context.ready;
            await copy.sessionContext.ready;
        }"""
    )
    in_front(opened, "copy.ipynb")
    opened.run_all()
    assert explorers(opened) == "2"
    opened.page.evaluate(COMMAND, ["docmanager:open", {"path": "demo.ipynb"}])
    in_front(opened, "demo.ipynb")
    again.press(0, "ArrowLeft")
    again.wait_for("μ = 2.800")
    opened.run_all()
    find(opened, demo_scenes.bell).wait_for("μ = 0.000")
    assert explorers(opened) == "2"  # the page's own of before is closed


def save(opened) -> dict:
    opened.page.evaluate(COMMAND, ["docmanager:save", {}])
    return nbformat.read(opened.lab.root / opened.name, 4).metadata


def open_again(opened) -> None:
    """The next day: a new kernel, nothing run yet."""
    opened.leave()
    opened.turn_to("demo.ipynb")
    opened.page.locator(".lossviz-still img").wait_for()


def test_a_notebook_opened_again_shows_its_picture_and_how_to_wake_it(notebook):
    opened = notebook("explore(d.bell)")
    find(opened, demo_scenes.bell).wait_for("μ = 0.000")

    def is_as_it_shall_be():
        figure = opened.page.locator("figure.lossviz-still")
        assert figure.is_visible() and "Run → Run All Cells" in figure.inner_text()
        assert figure.inner_text().startswith("μ = 0.000, σ = 1.000")
        (width,) = figure.locator("img").evaluate_all("all => all.map(img => img.naturalWidth)")
        assert width == 900
        canvases = opened.page.locator("canvas.lossviz-canvas").all()
        assert not any(canvas.is_visible() for canvas in canvases)  # it would be white
        return len(canvases)

    assert "widgets" not in save(opened)
    open_again(opened)
    assert is_as_it_shall_be() == 0
    opened.page.evaluate(COMMAND, [STATE, {}])
    try:
        opened.run_all()
        find(opened, demo_scenes.bell).wait_for("μ = 0.000")
        assert "widgets" in save(opened)
        open_again(opened)
        asleep = opened.page.locator(".lossviz-asleep")
        asleep.wait_for(state="visible")
        assert "The kernel behind this picture has stopped" in asleep.inner_text()
        assert is_as_it_shall_be() == 1
    finally:
        opened.page.evaluate(COMMAND, [STATE, {}])


def test_a_restarted_kernel_is_said_and_the_last_picture_kept(notebook):
    opened = notebook("e = explore(d.bell)\ne")
    e = find(opened, demo_scenes.bell)
    e.press(0, "End")
    e.wait_for("μ = 3.000")
    assert e.box.locator(".lossviz-asleep").is_hidden()
    opened.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    e.box.locator(".lossviz-asleep").wait_for(state="visible")
    assert e.differs(mu=3.0) == 0
    opened.run_all()
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000")
    e.press(0, "ArrowRight")
    e.wait_for("μ = 0.100")
    assert e.differs(mu=0.1) == 0


def test_a_cell_run_again_starts_anew_and_closes_the_old(notebook):
    opened = notebook("e = explore(d.bell)\ne", "1")
    e = find(opened, demo_scenes.bell)
    e.press(0, "End")
    e.wait_for("μ = 3.000")
    for _ in range(3):
        run_cell(opened, 2)
        opened.page.wait_for_timeout(300)
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000")
    assert opened.page.locator(".lossviz-explorer").count() == 1
    e.press(0, "ArrowRight")
    e.wait_for("μ = 0.100")
    assert e.differs(mu=0.1) == 0
    assert opened.errors == []


def test_an_error_is_shown_under_the_picture_and_the_slider_lives(notebook):
    opened = notebook("e = explore(d.fails_at_the_end)\ne")
    e = find(opened, demo_scenes.fails_at_the_end)
    e.wait_for("The point is at 0.00")
    e.press(0, "End")
    error = e.box.locator(".lossviz-error")
    error.wait_for(state="visible")
    assert "ZeroDivisionError: no such place" in error.inner_text()
    e.press(0, "ArrowLeft")
    error.wait_for(state="hidden")
    e.wait_for("The point is at 0.90")
    assert e.differs(x=0.9) == 0


@pytest.mark.parametrize(
    ("name", "start", "end", "values"),
    [
        ("rescaled", "The axis ends at 1.", "The axis ends at 20.", {"zoom": 20}),
        ("coloured", "Waves at phase 0.00", "Waves at phase 6.00", {"phase": 6.0}),
    ],
)
def test_pictures_that_change_all_over_are_right_too(notebook, name, start, end, values):
    scene = getattr(demo_scenes, name)
    opened = notebook(f"e = explore(d.{name})\ne")
    e = find(opened, scene)
    e.wait_for(start)
    assert e.differs() == 0
    e.press(0, "End")
    e.wait_for(end)
    assert e.differs(**values) == 0
    for _ in range(5):
        e.press(0, "ArrowLeft")
    parameter = next(iter(scene.parameters.values()))
    value = parameter.at(parameter.count - 5)
    e.wait_for_rest()
    assert e.differs(**{next(iter(values)): value}) == 0


def test_the_picture_is_sharp_on_a_fine_screen(notebook):
    opened = notebook("e = explore(d.bell)\ne", device_scale_factor=2)
    e = find(opened, demo_scenes.bell)
    e.wait_for("μ = 0.000")
    opened.page.wait_for_function(
        "box => box.querySelector('canvas').width === 1800", arg=e.box.element_handle()
    )
    assert e.canvas.bounding_box()["width"] <= 900
    e.press(0, "ArrowRight")
    e.wait_for("μ = 0.100")
    assert e.differs(ratio=2, mu=0.1) == 0
