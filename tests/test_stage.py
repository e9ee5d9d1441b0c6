"""Scenes and stages: what is drawn by blitting is what a whole drawing would show."""

from itertools import islice

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from matplotlib.figure import Figure
from support.hostile import hostile
from support.values import random_values

from lossviz import style
from lossviz.explorer.stage import Choice, Press, Slider, Stage, Toggle, scene

GRID = np.linspace(-6, 6, 200)


def bell_curve(mu, sigma):
    return np.exp(-((GRID - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


@scene(mu=Slider(-3, 3, 0.1, 0.0, "μ"), sigma=Slider(0.2, 5, 0.1, 2, "σ"))
def lines_under_legend(fig):
    """A curve under a legend and a fixed line, a title that counts, a point in a second axes."""
    left, right = fig.subplots(1, 2)
    (curve,) = left.plot(GRID, 0 * GRID, label="density")
    left.axvline(0, zorder=3)
    left.set_ylim(0, 2)
    left.legend()
    title = left.set_title("")
    right.plot(GRID, GRID**2, "--")
    (point,) = right.plot([0], [0], "o")

    def update(mu, sigma):
        curve.set_ydata(bell_curve(mu, sigma))
        point.set_data([mu], [mu**2])
        title.set_text(f"σ = {sigma:.1f}")
        return f"A bell at {mu:.1f}, {sigma:.1f} wide."

    return update


@scene(mu=Slider(-3, 3, 0.1, 0.0, "μ"))
def fill_below_everything(fig):
    """What moves lies below what does not: an area, bars and an image under lines and text."""
    ax, image_ax = fig.subplots(1, 2)
    area = ax.fill_between(GRID, bell_curve(0, 1), color=style.FAINT, zorder=0.2)
    bars = ax.bar([-2, 0, 2], [0.1, 0.2, 0.3], alpha=0.5)
    ax.plot(GRID, bell_curve(0, 1))
    ax.text(0, 0.2, "fixed")
    ax.grid(True)
    picture = image_ax.imshow(np.zeros((8, 8)), vmin=0, vmax=1, extent=(-3, 3, -3, 3))
    image_ax.plot([-3, 3], [-3, 3])

    def update(mu):
        vertices = area.get_paths()[0].vertices
        vertices[1:-1, 1] = np.clip(vertices[1:-1, 1], 0, None)
        area.set_paths([np.column_stack([GRID, bell_curve(mu, 1)])])
        for bar, height in zip(bars, (0.1, 0.2, 0.3), strict=True):
            bar.set_height(height + 0.02 * mu)
        picture.set_data(np.abs(np.outer(np.arange(8), np.arange(8)) * mu / 150))
        return f"The area moved to {mu:.1f}."

    return update


@scene(zoom=Slider(1, 5, 1, 1), log=Toggle(), kind=Choice(("up", "down")), seed=Press("new"))
def axes_that_change(fig):
    """Limits, scale, ticks, labels, legend texts, visibility and inset axes that change."""
    ax, other = fig.subplots(2, 1)
    (line,) = ax.plot([0, 1], [0, 1], label="first")
    legend = ax.legend(loc="upper left")
    inset = other.inset_axes([0.6, 0.3, 0.3, 0.5])
    (inner,) = inset.plot([0, 1], [0, 1])
    (wave,) = other.plot(GRID, np.sin(GRID))
    twin = other.twinx()
    (twin_line,) = twin.plot(GRID, GRID)
    note = fig.suptitle("whole")

    def update(zoom, log, kind, seed):
        wanted = (0.01, 10.0 * zoom)
        if ax.get_ylim() != wanted:
            ax.set_ylim(*wanted)
        if ax.get_yscale() != ("log" if log else "linear"):
            ax.set_yscale("log" if log else "linear")
        line.set_ydata([0.1, zoom] if kind == "up" else [zoom, 0.1])
        line.set_visible(zoom != 3)
        legend.get_texts()[0].set_text(f"{kind} {zoom}")
        inner.set_ydata([0, zoom / 5])
        wave.set_ydata(np.sin(GRID + np.random.default_rng(seed).uniform(0, 6)))
        twin_line.set_ydata(GRID * zoom / 5)
        ax.set_xlabel(f"x, {kind}")
        note.set_text(f"zoom {zoom}")
        return f"Zoom {zoom}, {kind}, log {log}, sample {seed}."

    return update


SCENES = [lines_under_legend, fill_below_everything, axes_that_change]


@pytest.mark.parametrize("ratio", [1, 2, 1.25])
@pytest.mark.parametrize("which", SCENES, ids=lambda s: s.__name__)
def test_a_blitted_frame_equals_a_whole_drawing_pixel_by_pixel(which, ratio):
    rng = np.random.default_rng(1)
    used = Stage(which, pixel_ratio=ratio)
    start = {name: p.value for name, p in which.parameters.items()}
    used.draw(start)
    for _ in range(4):
        values = random_values(which.parameters, rng)
        used.draw(values)
        fresh = Stage(which, pixel_ratio=ratio)
        fresh.draw(start)  # places the axes as the used stage did
        fresh._background = None
        fresh.draw(values)
        assert np.count_nonzero(used.pixels != fresh.pixels) == 0, values


@pytest.mark.parametrize("which", SCENES, ids=lambda s: s.__name__)
def test_a_stage_that_rested_keeps_no_ticks_and_draws_the_same_frames(which):
    rng = np.random.default_rng(2)
    rested, awake = stages = Stage(which), Stage(which)
    values = {name: p.value for name, p in which.parameters.items()}
    for ratio in (1, 1, 2):
        for stage in stages:
            stage.draw(values)
            stage.draw(values)
        rested.rest()
        axis = [axis for ax in rested.figure.axes for axis in (ax.xaxis, ax.yaxis)]
        assert not [a for a in axis if {"majorTicks", "minorTicks"} & vars(a).keys()]
        values = random_values(which.parameters, rng)
        for whole in (False, True):
            for stage in stages:
                stage.set_pixel_ratio(ratio)
                if whole:
                    stage._background = None
                stage.draw(values)
            assert rested.still == awake.still  # the page keeps its base
            assert np.count_nonzero(rested.pixels != awake.pixels) == 0, (values, whole)


def test_only_the_first_frames_draw_the_background(monkeypatch):
    stage = Stage(lines_under_legend)
    drawn = []
    draw = stage.canvas.draw
    monkeypatch.setattr(stage.canvas, "draw", lambda: (drawn.append(1), draw()))
    for mu in np.arange(-3, 3, 0.25):
        stage.draw({"mu": float(mu), "sigma": 2.0})
    assert len(drawn) == 2  # once at first, once when it is known what moves


def test_a_frame_moves_when_its_value_does():
    stage = Stage(lines_under_legend)
    stage.draw({"mu": 0.0, "sigma": 2.0})
    before = stage.pixels.copy()
    stage.draw({"mu": 1.0, "sigma": 2.0})
    assert np.count_nonzero(before != stage.pixels) > 100


def test_the_axes_stay_where_they_are_when_labels_get_longer():
    stage = Stage(axes_that_change)
    start = {"zoom": 1, "log": False, "kind": "up", "seed": 0}
    stage.draw(start)
    places = [ax.get_position().bounds for ax in stage.figure.axes]
    for zoom in (2, 5):
        stage.draw({**start, "zoom": zoom, "log": True})
        assert [ax.get_position().bounds for ax in stage.figure.axes] == places


@scene(zoom=Slider(1, 5, 1, 1))
def made_anew(fig):
    """All that Matplotlib makes as it draws: ticks, offsets, mathtext, a legend, cleared axes."""
    left, right = fig.subplots(1, 2)

    def update(zoom):
        left.clear()
        right.clear()
        right.set_xscale("log")
        left.plot(GRID, GRID**2 * 10.0**zoom, label=r"$\frac{x^2}{\sigma}$")
        left.scatter(GRID[::20], GRID[::20] ** 2 * 10.0**zoom)
        left.fill_between(GRID, 0, GRID, hatch="/")
        left.set_xlabel("minus −1")
        left.legend(title="legend")
        right.set_xlim(0.01, 10.0**zoom)
        right.set_ylim(1e6, 1e6 + zoom / 100)
        right.annotate("note", (1, 1e6), (0.5, 0.5), textcoords="axes fraction", arrowprops={})
        return f"Axes made anew at zoom {zoom}."

    return update


def frames_of(which):
    """The last frame, the first and the last again."""
    start = {name: p.value for name, p in which.parameters.items()}
    last = {n: p.high if isinstance(p, Slider) else p.value for n, p in which.parameters.items()}
    stage = Stage(which)
    for values in (last, start, last):
        stage.draw(values)
        yield stage.pixels.copy()


def looks():
    """Matplotlib's settings now; the backend is chosen, for good, when someone looks at it."""
    return {key: value for key, value in matplotlib.rcParams.items() if "backend" not in key}


@pytest.fixture(scope="module")
def plain_frames():
    return {which: [*frames_of(which)] for which in (made_anew, *SCENES)}


@pytest.mark.filterwarnings("ignore::matplotlib.MatplotlibDeprecationWarning")
@pytest.mark.parametrize("settings", ["every setting odd", *matplotlib.style.available])
def test_no_setting_of_a_reader_changes_a_frame(settings, plain_frames):
    every = settings == "every setting odd"
    before = looks()
    with matplotlib.rc_context(hostile() if every else matplotlib.style.library[settings]):
        theirs = looks()
        for which in [*plain_frames] if every else [made_anew]:
            # a style is some of the settings that are all odd in the first: one frame shows it
            frames = frames_of(which) if every else islice(frames_of(which), 1)
            for frame, expected in zip(frames, plain_frames[which], strict=every):
                assert np.count_nonzero(frame != expected) == 0, which
                assert looks() == theirs  # and ours stay with us
    assert looks() == before


def test_the_odd_settings_are_odd():
    odd = hostile()
    assert len(odd) > 250 and odd["text.usetex"] and "axes.titlelocation" in odd


def test_what_a_cell_sets_while_a_frame_is_drawn_stays_set():
    @scene(x=Slider(0, 5, 1, 1))
    def cell_runs_meanwhile(fig):
        """Stands in for a cell that runs on its own thread while a frame is drawn."""
        fig.subplots()

        def update(x):
            matplotlib.rcParams["font.size"] = 30
            return "The cell has chosen large type."

        return update

    with matplotlib.rc_context({"font.weight": "bold"}):
        Stage(cell_runs_meanwhile).draw({"x": 1})
        assert matplotlib.rcParams["font.size"] == 30
        assert matplotlib.rcParams["font.weight"] == "bold"


def test_a_picture_keeps_the_size_it_was_made_for():
    laptop = Stage(made_anew)
    laptop.draw({"zoom": 1})
    expected = laptop.pixels.copy()
    style.set_presenting(True)
    try:
        laptop.draw({"zoom": 2})
        laptop.draw({"zoom": 1})
    finally:
        style.set_presenting(False)
    assert np.array_equal(laptop.pixels, expected)


def test_the_pixel_ratio_makes_the_picture_sharper_not_larger():
    stage = Stage(lines_under_legend)
    stage.draw({"mu": 0.0, "sigma": 2.0})
    assert stage.rgba.shape == (400, 900, 4)
    stage.set_pixel_ratio(2)
    stage.draw({"mu": 0.0, "sigma": 2.0})
    assert stage.rgba.shape == (800, 1800, 4)
    assert stage.css_size == (900, 400)


def test_text_is_12_points_or_more_and_24_when_presenting():
    def smallest(stage):
        texts = [t for t in stage.figure.findobj(lambda a: hasattr(a, "get_fontsize"))]
        points = min(t.get_fontsize() for t in texts if t.get_text())
        return points * stage.figure.dpi / style.DPI  # as large as so many at the desk

    stage = Stage(lines_under_legend)
    stage.draw({"mu": 0.0, "sigma": 2.0})
    assert smallest(stage) >= 12
    style.set_presenting(True)
    try:
        big = Stage(lines_under_legend)
        big.draw({"mu": 0.0, "sigma": 2.0})
    finally:
        style.set_presenting(False)
    assert smallest(big) >= 24


def test_a_scene_that_returns_no_sentence_is_told():
    @scene(a=Slider(0, 1))
    def silent(fig):
        """Says nothing."""
        return lambda a: None

    with pytest.raises(TypeError, match="silent must return a sentence"):
        Stage(silent).draw({"a": 0})


def test_a_scene_that_returns_no_update_is_told():
    @scene(a=Slider(0, 1))
    def still(fig):
        """Forgot its last line."""

    with pytest.raises(ValueError, match="still must return its update"):
        Stage(still)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Slider(5, 1), "low must be below high"),
        (lambda: Slider(0, 1, step=0), "step must be above 0"),
        (lambda: Slider(0, 1, value=2), "value must be a whole number from 0 to 1; got 2"),
        (lambda: Slider(0, 1, log=True), "low must be above 0"),
        (lambda: Choice(()), "at least one"),
        (lambda: Choice(("a",), value="b"), "must be one of"),
        (lambda: scene(a=3), "a must be a Slider"),
        (lambda: scene(shows={"b": 1}, a=Slider(0, 1)), r"shows .* got \['b'\]"),
        (lambda: scene(shows={"a": 2}, a=Slider(0, 1)), "shows: a must be a whole number from 0"),
        (lambda: scene(shows={"a": "z"}, a=Choice("xy")), "shows: a must be one of"),
        (lambda: scene(shows={"a": 1}, a=Toggle()), "shows: a must be True or False; got 1"),
        (lambda: scene(shows={"a": -1}, a=Press()), "shows: a must be a whole number from 0"),
        (lambda: scene(shows={"a": 0}, a=Slider(0, 1), b=Toggle()), "shows must differ"),
        (lambda: scene(shows={}, a=Slider(0, 1)), "shows must differ"),
        (lambda: Stage(lambda fig: None), "must be made with @scene"),
    ],
)
def test_bad_declarations_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_scene_needs_a_description():
    with pytest.raises(ValueError, match="needs a docstring"):

        @scene(a=Slider(0, 1))
        def mute(fig):
            return lambda a: "x"


@pytest.mark.parametrize(
    "slider",
    [
        Slider(0.2, 5, 0.1, 2),
        Slider(-3, 3, 0.25, 0.0),
        Slider(1, 500, 1, 10),
        Slider(0.001, 10, 0.1, 1, log=True),
    ],
    ids=str,
)
def test_the_grid_of_a_slider_holds_both_ways(slider):
    for index in range(slider.count + 1):
        value = slider.at(index)
        assert slider.low <= value <= slider.high * (1 + 1e-9)
        assert abs(slider.index(value) - index) < 1e-6
        assert slider.snap(value * (1 + 1e-15)) == value


def test_off_grid_values_stay_as_typed():
    assert Slider(0.2, 5, 0.1, 2).snap(0.537) == 0.537


def test_no_pyplot_figure_is_made():
    import sys

    Stage(lines_under_legend).draw({"mu": 0.0, "sigma": 2.0})
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()
    assert isinstance(Stage(lines_under_legend).figure, Figure)
