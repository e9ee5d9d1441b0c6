"""The explorer without a browser, and with a stand-in for one that keeps frames as it does."""

import asyncio
import base64
import gc
import threading
import time
import zlib

import numpy as np
import pytest
from bs4 import BeautifulSoup
from support.frames import decode
from support.open_widgets import open_widgets
from traitlets import TraitError

from lossviz import explore
from lossviz.explorer import ahead
from lossviz.explorer.live import Explorer
from lossviz.explorer.stage import DRAWING, Choice, Press, Slider, Stage, Toggle, scene
from lossviz.explorer.wire import Picture
from lossviz.page import cells
from lossviz.page.block import VIEW

GRID = np.linspace(-1, 1, 50)


@scene(
    slope=Slider(-2, 2, 0.1, 1, "slope"),
    n=Slider(1, 9, label="n"),
    kind=Choice(("plain", "dotted")),
    bold=Toggle(label="bold"),
    seed=Press("new sample"),
)
def ramp(fig, lift=0.0):
    """A straight line, to be tilted."""
    ax = fig.subplots()
    ax.set_ylim(-3, 3)
    (line,) = ax.plot(GRID, GRID)

    def update(slope, n, kind, bold, seed):
        line.set_ydata(slope * GRID + lift + 0.01 * n + 0.02 * seed)
        line.set_linestyle("-" if kind == "plain" else ":")
        line.set_linewidth(4 if bold else 2)
        return f"slope {slope:.2f}, n {n}, {kind}, bold {bold}, sample {seed}"

    return update


@scene(x=Slider(0.0, 1.0, 0.5, 0.0, "x"))
def fails_at_one(fig):
    """Draws, but not at x = 1."""
    (point,) = fig.subplots().plot([0], [0], "o")

    def update(x):
        point.set_xdata([x])
        if x == 1:
            raise ZeroDivisionError("no such place")
        return f"The point is at {x:.2f}."

    return update


class Page:
    """Stands in for explorer.js: says hello, takes frames in, keeps and drops them."""

    def __init__(self, explorer, monkeypatch, ratio=1, answers=True):
        self.explorer, self.answers = explorer, answers
        self.base, self.frames, self.taken = None, {}, 0
        monkeypatch.setattr(explorer._wire.picture, "send", self.take)
        self.say(hello=ratio)

    def say(self, **message):
        self.explorer._wire._heard(None, message, [])

    def take(self, message, buffers=()):
        if message["kind"] == "sentence":
            self.sentence = message["text"]
            return
        if message["kind"] == "base":
            self.base = np.frombuffer(zlib.decompress(buffers[0]), "<u4")
            assert len(self.base) == message["width"] * message["height"]
            self.frames = {}
            return
        data = zlib.decompress(buffers[0])
        for frame in message["frames"]:
            packed, data = data[: frame["bytes"]], data[frame["bytes"] :]
            pixels = decode(packed, frame["whole"], self.base)
            self.frames[tuple(frame["values"])] = pixels, frame["sentence"]
        assert not data
        count = len(message["frames"])
        self.taken += count
        if message["live"] or not self.answers:
            return
        if self.answers == "before send returns":
            return self.say(took=count)
        threading.Thread(target=self.say, kwargs={"took": count}).start()

    def shown(self):
        """The pixels and the sentence that the page shows for the explorer's current values."""
        return self.frames[tuple(self.explorer.values.values())]


@pytest.fixture
def explorer():
    explorer = explore(ramp)
    yield explorer
    explorer.close()


def wait_until(condition, seconds=300):
    """Wait for it; the limit only ends a wait that would never end, however busy the machine."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition(), f"it did not happen within {seconds} s"


def fresh_pixels(values, ratio=1):
    stage = Stage(ramp, pixel_ratio=ratio)
    stage.draw(values)
    return stage.pixels.copy()


def test_parameters_are_traits_and_the_sentence_follows(explorer):
    assert explorer.readout == "slope 1.00, n 1, plain, bold False, sample 0"
    explorer.slope = 0.5
    assert explorer.readout.startswith("slope 0.50")
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "slope")
    explorer.slope = 0.7
    assert seen == [0.7]


def controls(explorer):
    return {c.description: c for c in explorer._wire.picture.controls}


def test_every_control_moves_its_parameter(explorer):
    by_name = controls(explorer)
    by_name["slope"].value = -2
    by_name["n"].value = 9
    by_name["bold"].value = True
    by_name["new sample"].click()
    next(c for c in explorer._wire.picture.controls if hasattr(c, "options")).index = 1
    assert explorer.readout == "slope -2.00, n 9, dotted, bold True, sample 1"


def box_of(explorer, name):
    """The number box beside a slider."""
    rows = explorer.children[1].children
    return next(row.children[1] for row in rows if row.children[0].description == name)


def test_the_number_box_and_the_slider_agree_and_reset_goes_back(explorer):
    slider, box, reset = explorer.children[1].children[0].children
    box.value = "0.537"
    assert (slider.value, explorer.slope) == (0.5, 0.537)  # the handle stands on the grid
    slider.value = -1.5
    assert box.value == "-1.5"
    reset.click()
    assert (slider.value, box.value, explorer.slope) == (1, "1", 1)


@pytest.mark.parametrize(
    ("name", "typed", "value", "shown"),
    [
        *[
            ("slope", text, 0.5, "0.5")
            for text in ("0.5", "0,5", "0,500", " 0,50 ", "5e-1", "5e−1", ",5")
        ],
        *[("slope", text, -1.25, "-1.25") for text in ("-1,25", "−1.25", "-125E-2")],
        *[("n", text, 4, "4") for text in ("4", "4,0", "4.", "4e0")],
        ("slope", "0,0123456789", 0.0123456789, "0.0123456789"),
    ],
)
def test_a_number_is_typed_with_a_point_or_a_comma(explorer, name, typed, value, shown):
    box = box_of(explorer, name)
    box.value = typed
    assert (getattr(explorer, name), box.value) == (value, shown)
    assert explorer._wire.picture.error == ""


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        *[("slope", text) for text in ("", "abc", "½", "1.000,5", "1,2,3", "nan", "inf", "0.5 m")],
        *[("slope", text) for text in ("1,000", "-1,250", "−1,250")],
        *[("n", text) for text in ("", "2,5", "two", "1,000", "1.000", "-2.000")],
    ],
)
def test_a_text_that_is_no_number_changes_nothing_and_is_told(explorer, name, typed):
    box, before = box_of(explorer, name), explorer.values
    shown = box.value
    box.value = typed
    assert (explorer.values, box.value) == (before, shown)
    said = explorer._wire.picture.error
    assert f"“{typed}” is no" in said and f"{name} stays" in said
    box.value = "2"
    assert explorer._wire.picture.error == "" and getattr(explorer, name) == 2


@pytest.mark.parametrize(("typed", "end"), [("99", 2.0), ("-2,01", -2.0), ("1e3", 2.0)])
def test_a_number_beyond_an_end_goes_to_the_end_and_is_told(explorer, typed, end):
    box = box_of(explorer, "slope")
    box.value = typed
    assert (explorer.slope, box.value) == (end, f"{end:g}")
    assert explorer._wire.picture.error == "slope goes from -2 to 2."
    explorer.slope = 0.5
    assert (box.value, explorer._wire.picture.error) == ("0.5", "")


def test_a_value_that_a_box_cannot_show_in_full_is_kept_in_full(explorer):
    explorer.slope = 1 / 3
    assert (explorer.slope, box_of(explorer, "slope").value) == (1 / 3, "0.3333333333")


def test_rounding_dust_is_taken_off(explorer):
    explorer.slope = 0.1 + 0.2
    assert explorer.slope == 0.3


@pytest.mark.parametrize("value", [3, -2.1, float("nan"), "much", None, True])
def test_a_value_outside_is_refused_by_name(explorer, value):
    with pytest.raises(TraitError, match=r"slope must be a number from -2 to 2"):
        explorer.slope = value
    assert explorer.slope == 1


def test_a_whole_number_slider_refuses_fractions(explorer):
    with pytest.raises(TraitError, match="n must be a whole number"):
        explorer.n = 2.5
    explorer.n = np.int64(4)
    assert explorer.n == 4


def test_options_are_starts_or_go_to_the_scene():
    with_options = explore(ramp, slope=0.5, lift=1.0)
    assert with_options.slope == 0.5
    with_options.slope = 1
    with_options.reset()
    assert with_options.slope == 0.5
    with_options.close()


def test_something_that_is_no_scene_is_refused():
    with pytest.raises(ValueError, match="must be made with @scene"):
        explore(print)


def test_the_output_without_a_kernel_is_a_picture_and_its_sentence(explorer):
    ((data, metadata),) = explorer.without_kernel()
    assert data["text/plain"] == metadata["image/png"]["alt"] == explorer.readout
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["image/png"] in data["text/html"] and explorer.readout in data["text/html"]
    assert VIEW in explorer._repr_mimebundle_()[0]


@scene(
    x=Slider(0.0, 9.0, 0.5, 0.0, "x"),
    kind=Choice(("low", "high")),
    grid=Toggle(label="grid"),
    seed=Press("new"),
    shows={"x": 4.5, "kind": "high", "grid": True, "seed": 2},
)
def points(fig):
    """A point and a text."""
    ax = fig.subplots()
    ax.set_xlim(0, 9)
    (point,) = ax.plot([0], [0], "o")
    title = ax.set_title("")

    def update(x, kind, grid, seed):
        point.set_xdata([x])
        title.set_text(kind)
        return f"The point is at {x} < 10, {kind}."

    return update


def test_the_picture_of_what_a_scene_shows_stands_under_the_first_with_its_values():
    explorer = explore(points)
    (first, _), (second, metadata) = explorer.without_kernel()
    said = "The point is at 4.5 < 10, high."
    at = "With x = 4.5; high; grid: on; new: 2×:"
    assert first["text/plain"] == "The point is at 0.0 < 10, low."
    assert (second["text/plain"], metadata["image/png"]["alt"]) == (f"{at}\n{said}", said)
    page = BeautifulSoup(second["text/html"], "html.parser")
    assert page.figure["class"] == ["lossviz-still"] and page.img["alt"] == said
    assert page.get_text() == at + said
    assert explorer.readout == first["text/plain"] and explorer.x == 0.0
    explorer.x, explorer.kind, explorer.grid, explorer.seed = 4.5, "high", True, 2
    ((only, _),) = explorer.without_kernel()  # nothing is shown twice
    assert only["image/png"] == second["image/png"] != first["image/png"]
    explorer.close()


def test_the_static_picture_is_the_same_at_any_screen(explorer, monkeypatch):
    before = [*explorer.without_kernel()]
    Page(explorer, monkeypatch, ratio=2)
    assert [*explorer.without_kernel()] == before
    assert explorer._wire._stage.pixel_ratio == 2


def test_an_error_is_shown_and_raised_and_the_slider_lives_on():
    explorer = explore(fails_at_one)
    with pytest.raises(ZeroDivisionError):
        explorer.x = 1.0
    slider, box, _ = explorer.children[1].children[0].children
    assert (slider.value, box.value) == (1.0, "1")
    assert "ZeroDivisionError: no such place" in explorer._wire.picture.error
    assert "x = 1.0" in explorer._wire.picture.error
    assert "raise ZeroDivisionError" in explorer._wire.picture.error
    slider.value = 0.5
    assert explorer._wire.picture.error == ""
    assert explorer.readout == "The point is at 0.50."
    explorer.close()


def test_an_error_ahead_of_the_hand_is_kept_until_the_hand_gets_there(monkeypatch):
    explorer = explore(fails_at_one)
    page = Page(explorer, monkeypatch)
    wait_until(lambda: (0.5,) in page.frames and explorer._wire._ahead._thread is None)
    assert explorer._wire.picture.error == ""
    with pytest.raises(ZeroDivisionError):
        explorer.x = 1.0
    explorer.close()


@pytest.mark.parametrize("ratio", [1, 2])
def test_frames_ahead_are_the_frames_drawn_live(explorer, monkeypatch, ratio):
    monkeypatch.setattr(ahead, "PLAN_SECONDS", np.inf)  # all of the plan, however slow
    monkeypatch.setattr(ahead, "PATIENCE", 300)
    page = Page(explorer, monkeypatch, ratio)
    wait_until(lambda: explorer._wire._ahead._thread is None)
    assert len(page.frames) > 40
    rng = np.random.default_rng(0)
    keys = [list(page.frames)[i] for i in rng.choice(len(page.frames), 8, replace=False)]
    for key in keys:
        values = dict(zip(explorer.values, key, strict=True))
        assert np.array_equal(page.frames[key][0], fresh_pixels(values, ratio))


def test_an_answer_quicker_than_the_sender_counts(explorer, monkeypatch):
    """It was lost, and after 16 such frames the drawing ahead stood still."""
    monkeypatch.setattr(ahead, "PLAN_SECONDS", np.inf)
    monkeypatch.setattr(ahead, "PATIENCE", 300)
    page = Page(explorer, monkeypatch, answers="before send returns")
    wait_until(lambda: explorer._wire._ahead._thread is None, 60)
    assert len(page.frames) > 40
    assert explorer._wire._ahead._in_flight == 0


def test_what_the_page_shows_is_always_the_frame_of_the_values(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    rng = np.random.default_rng(2)
    for _ in range(30):
        match rng.integers(5):
            case 0:
                explorer.slope = round(float(rng.uniform(-2, 2)), 1)
            case 1:
                explorer.slope = float(rng.uniform(-2, 2))  # off the grid
            case 2:
                explorer.n = int(rng.integers(1, 10))
            case 3:
                explorer.kind = str(rng.choice(["plain", "dotted"]))
            case 4:
                explorer.seed += 1
        pixels, sentence = page.shown()
        assert sentence == explorer.readout
        assert np.array_equal(pixels, fresh_pixels(explorer.values))


def test_a_linked_explorer_follows(explorer, monkeypatch):
    from traitlets import link

    other = explore(ramp)
    page = Page(other, monkeypatch)
    link((explorer, "slope"), (other, "slope"))
    explorer.slope = -1.3
    assert page.shown()[1] == other.readout == explorer.readout
    other.close()


def test_a_frame_that_the_page_dropped_is_drawn_again(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    explorer.slope = 0.5
    key = tuple(explorer.values.values())
    explorer.slope = 0.6
    del page.frames[key]
    page.say(took=0, dropped=[list(key)])
    explorer.slope = 0.5
    assert page.shown()[1] == explorer.readout


def test_frames_that_the_page_has_count_as_its_memory(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: explorer._wire._ahead._thread is None)
    size = np.mean([size for _, size in explorer._wire._sent.values()])
    monkeypatch.setattr(ahead, "PLAN_BYTES", 8 * size)
    before = page.taken
    explorer.slope = 1.1  # all around is there already
    time.sleep(2 * ahead.SETTLED)
    wait_until(lambda: explorer._wire._ahead._thread is None)
    assert page.taken == before


def test_a_page_that_misses_its_frame_gets_it(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    page.frames.clear()
    page.say(want=[explorer.values[name] for name in explorer._wire._sliders], asked=1)
    assert page.shown()[1] == explorer.readout


def test_a_page_that_opens_again_gets_everything_again(explorer, monkeypatch):
    Page(explorer, monkeypatch)
    explorer.slope = -0.4
    again = Page(explorer, monkeypatch)
    assert np.array_equal(again.shown()[0], fresh_pixels(explorer.values))


def test_a_page_that_never_answers_gets_a_few_frames_only(explorer, monkeypatch):
    monkeypatch.setattr(ahead, "PATIENCE", 0.1)
    page = Page(explorer, monkeypatch, answers=False)
    wait_until(lambda: explorer._wire._ahead._thread is None)
    assert 1 < page.taken <= 2 * ahead.IN_FLIGHT + 8


def test_without_a_page_only_sentences_are_sent_and_no_thread_starts(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer._wire.picture, "send", lambda *a: sent.append(a))
    before = threading.active_count()
    for slope in (0.1, 0.2, 0.3):
        explorer.slope = slope
        assert sent.pop() == ({"kind": "sentence", "text": explorer.readout},)
        assert not sent
    assert threading.active_count() == before


def test_what_a_page_missed_before_its_bye_was_heard_is_said_again(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    explorer.slope = 0.1
    explorer.slope = 0.2
    said = []
    monkeypatch.setattr(explorer._wire.picture, "send", lambda *a: said.append(a))
    explorer.slope = 0.1  # the page has had this frame, and gave it back on the way
    assert not said
    explorer._wire._heard(None, {"bye": True}, [])
    assert said == [({"kind": "sentence", "text": explorer.readout},)]
    assert page.taken


def test_where_threads_cannot_start_live_frames_still_come(explorer, monkeypatch):
    def forbidden(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ahead.threading.Thread, "start", forbidden)
    page = Page(explorer, monkeypatch)
    for slope in (0.1, 0.2, 0.3):
        explorer.slope = slope
        assert np.array_equal(page.shown()[0], fresh_pixels(explorer.values))
    assert page.taken <= 5


def test_where_threads_cannot_start_the_event_loop_draws_ahead(explorer, monkeypatch):
    def forbidden(self):
        raise RuntimeError("can't start new thread")

    async def on_a_loop():
        monkeypatch.setattr(ahead.threading.Thread, "start", forbidden)
        page = Page(explorer, monkeypatch, answers="before send returns")
        seen = 0  # the loop comes to other tasks in between
        while explorer._wire._ahead.busy or not seen:
            seen += 1
            await asyncio.sleep(0)
        return page, seen

    monkeypatch.setattr(ahead, "PLAN_SECONDS", np.inf)
    page, seen = asyncio.run(on_a_loop())
    assert len(page.frames) > 40
    assert seen > 3
    key = list(page.frames)[-1]
    assert np.array_equal(
        page.frames[key][0], fresh_pixels(dict(zip(explorer.values, key, strict=True)))
    )


def test_nothing_is_drawn_ahead_while_asleep(explorer, monkeypatch):
    explorer.asleep = True
    page = Page(explorer, monkeypatch)
    assert (page.taken, explorer._wire._ahead.busy) == (1, False)
    explorer.asleep = False
    wait_until(lambda: page.taken > 5)


def test_a_page_that_says_bye_gets_nothing_until_its_next_hello(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    page.say(bye=True)
    taken = page.taken
    explorer.slope = 0.4
    page.say(want=[0.5, 1], asked=1)
    assert (page.taken, explorer._wire._ahead.busy) == (taken, False)
    assert page.sentence == explorer.readout
    page.say(hello=1)
    assert np.array_equal(page.shown()[0], fresh_pixels(explorer.values))


@pytest.fixture
def batches(explorer, monkeypatch):
    """An item for each batch of frames that the explorer set out to draw ahead."""
    ahead_of, begun = explorer._wire._ahead, []
    draw = ahead_of._draw_and_send
    monkeypatch.setattr(ahead_of, "_draw_and_send", lambda b: (begun.append(1), draw(b))[1])
    return begun


def test_a_batch_that_waits_its_turn_while_a_bye_is_heard_is_not_drawn(
    explorer, monkeypatch, batches
):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    with DRAWING:
        batches.clear()
        page.say(hello=1)
        wait_until(lambda: batches)
        page.say(bye=True)
        taken = page.taken
    wait_until(lambda: not explorer._wire._ahead.busy)
    explorer.slope = 0.4
    assert page.taken == taken
    assert page.sentence == explorer.readout


def test_a_thread_that_outlives_the_bye_takes_up_nothing_new(explorer, monkeypatch, batches):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    for rest in ("REST", "SETTLED"):
        monkeypatch.setattr(ahead, rest, 300)
    page.say(hello=1)  # and the thread waits
    batches.clear()
    for rest in ("REST", "SETTLED"):
        monkeypatch.setattr(ahead, rest, 0)
    with explorer._wire._ahead._lock:  # it sees neither before both are done
        page.say(bye=True)
        explorer.slope = 0.4
    wait_until(lambda: not explorer._wire._ahead.busy)
    assert not batches
    assert page.sentence == explorer.readout


def test_a_hand_that_comes_near_has_its_slider_drawn_first(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    for rest in ("REST", "SETTLED"):  # after a touch it would have to wait as long
        monkeypatch.setattr(ahead, rest, 300)
    page.say(hello=1)  # forgets all frames
    assert len(page.frames) == 1
    page.say(near=list(explorer._wire._sliders).index("n"))
    wait_until(lambda: len(page.frames) > 5)
    slope, n = (list(explorer.values).index(name) for name in ("slope", "n"))
    first = list(page.frames)[1:5]
    assert len({key[n] for key in first}) > 1
    assert {key[slope] for key in first} == {explorer.slope}


def test_the_page_is_answered_for_values_that_the_kernel_has_not_heard_of(explorer, monkeypatch):
    messages = []
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    monkeypatch.setattr(
        explorer._wire.picture, "send", lambda m, b: (messages.append(m), page.take(m, b))
    )
    places = [explorer.values[name] for name in explorer._wire._sliders]
    places[0] = 0.7000000001  # with rounding dust
    page.say(want=places, asked=5)
    assert [m["asked"] for m in messages] == [5]
    key = tuple({**explorer.values, "slope": 0.7}.values())
    assert np.array_equal(page.frames[key][0], fresh_pixels({**explorer.values, "slope": 0.7}))
    assert explorer.slope == 1
    page.say(want=[99.0, *places[1:]], asked=6)  # no such value: an answer without a frame
    assert (messages[-1]["asked"], messages[-1]["frames"]) == (6, [])


def test_frames_asked_for_one_after_the_other_hold_off_those_ahead(explorer, monkeypatch):
    monkeypatch.setattr(ahead, "REST_OF_DRAG", 300)
    monkeypatch.setattr(ahead, "IN_FLIGHT", 0)  # the plan stays as it is
    page = Page(explorer, monkeypatch)
    places = [explorer.values[name] for name in explorer._wire._sliders]
    waits = []
    for asked in (1, 2):
        page.say(want=places, asked=asked)
        waits.append(explorer._wire._ahead._next()[1])
    assert waits[0] <= ahead.PATIENCE < 200 < waits[1], waits


def test_only_the_explorer_that_drew_last_keeps_its_buffers(explorer, monkeypatch):
    page = Page(explorer, monkeypatch)
    wait_until(lambda: not explorer._wire._ahead.busy)
    renderer = explorer._wire._stage.canvas.get_renderer()  # its texts keep it
    other = explore(ramp)
    assert (explorer._wire._base, explorer._wire._stage.background) == (None, None)
    assert len(renderer.buffer_rgba()) == 1
    assert other._wire._stage.background is not None
    still = explorer._wire._stage.still
    explorer.slope = 0.333  # off the grid: drawn anew
    assert np.array_equal(page.shown()[0], fresh_pixels(explorer.values))
    assert explorer._wire._stage.still == still, "the background was drawn again"
    assert other._wire._stage.background is None
    other.close()


def test_no_thread_outlives_the_explorer(monkeypatch):
    explorer = explore(ramp)
    page = Page(explorer, monkeypatch)
    wait_until(lambda: page.taken > 3)
    explorer.close()
    assert not [t for t in threading.enumerate() if t.name == "lossviz-ahead"]


def test_nothing_is_drawn_while_a_cell_runs(explorer, monkeypatch):
    cells._starts("a cell")
    try:
        page = Page(explorer, monkeypatch)
        time.sleep(0.3)
        assert page.taken == 1  # the current frame, live
        cells._ends()
        wait_until(lambda: page.taken > 5)
    finally:
        cells._ends()


def test_asleep_disables_the_controls_but_messages_still_count(explorer):
    explorer.asleep = True
    assert all(c.disabled for c in explorer._wire.picture.controls)
    controls(explorer)["slope"].value = 0.3
    assert explorer.readout.startswith("slope 0.30")
    explorer.asleep = False
    assert not any(c.disabled for c in explorer._wire.picture.controls)


def test_closing_leaves_no_widget_and_no_figure_behind():
    explore(ramp).close()  # whatever is made once is made now
    before = len(open_widgets())
    explorer = explore(ramp)
    stage = explorer._wire._stage
    explorer.close()
    explorer.close()
    assert len(open_widgets()) == before
    assert explorer._wire._stage is None
    del stage
    gc.collect()


def test_the_plan_starts_next_to_the_hand_and_looks_onward_first():
    sliders = {"a": Slider(0, 100, 1, 50), "b": Slider(0, 10, 1, 5)}
    values = {"a": 50, "b": 5}
    stages = ahead.plan(sliders, values, "a", forward=False)
    order = [[(v["a"], v["b"]) for v in frames] for _, frames in stages]
    assert order[0][2:6] == [(49, 5), (51, 5), (48, 5), (52, 5)]
    assert {a for a, _ in order[0] + order[1]} == set(range(101))  # the slider in use, end to end
    rests = [ahead.REST, ahead.REST_OF_KEYS, ahead.SETTLED, ahead.SETTLED]
    assert [rest for rest, _ in stages] == rests
    assert {(a, b) for frames in order[2:] for a, b in frames} == {(50, b) for b in range(11)}


def test_along_a_fine_slider_some_frames_come_before_all_between():
    sliders, values = {"a": Slider(0, 400, 1, 200)}, {"a": 200}
    (_, near), (_, far) = ahead.plan(sliders, values, "a", forward=True)
    near, far = [v["a"] for v in near], [v["a"] for v in far]
    glimpses = far[:78]  # keys go to the first, a drag is near one of these
    assert near[2:8] == [201, 199, 202, 198, 203, 197] and near[-1] == 192
    assert sorted(glimpses) == [*range(0, 195, 5), *range(210, 401, 5)]
    assert len({*near, *far}) == 401


def test_every_own_name_is_free_in_ipywidgets():
    """A private method that shadows one of ipywidgets' breaks it in ways hard to see."""
    from ipywidgets import VBox

    allowed = {
        "__init__",
        "__module__",
        "__doc__",
        "_repr_mimebundle_",
        "close",
        "_all_trait_default_generators",
    }
    own = {n for n in vars(Explorer) if not n.startswith("__")}
    clash = {n for n in own & set(dir(VBox)) if n not in allowed and not n.startswith("_trait")}
    assert not clash - {"_descriptors", "_instance_inits", "_static_immutable_initial_values"}


def test_the_browsers_half_is_shipped_with_the_module():
    assert "putImageData" in str(Picture._esm)
    assert ".lossviz-canvas" in str(Picture._css)
