"""Every picture of every notebook: frames from the cache are those drawn live, pixel by pixel; no
slider is dead; no series is told apart by its colour alone."""

import contextlib
import io
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from IPython.utils.capture import capture_output
from ipywidgets import Widget
from matplotlib.figure import Figure
from support.colours import contrast, told_by_colour_alone
from support.frames import dead_sliders, wrong_frames
from support.hostile import hostile

import lossviz.explorer.live
import lossviz.explorer.wire
from lossviz import style
from lossviz.explorer.stage import Stage

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def stages_of(path, monkeypatch) -> list[tuple]:
    """Runs a notebook's cells here and returns every explorer in it, and what made it.

    Nothing is drawn meanwhile: nbval runs these cells with every picture.
    """
    made = []
    real = lossviz.explorer.live.Explorer.__init__

    def recorded(self, scene, *data, question=None, **options):
        given = dict(options)
        real(self, scene, *data, question=question, **options)
        made.append((scene, data, given, self))

    monkeypatch.setattr(lossviz.explorer.live.Explorer, "__init__", recorded)
    monkeypatch.setattr(lossviz.explorer.wire.Wire, "_draw", lambda self, values: "not drawn")
    monkeypatch.chdir(path.parent)
    names = {"display": lambda *a, **k: None}
    with capture_output(), contextlib.redirect_stdout(io.StringIO()):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, path.name, "exec"), names)
    return made


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def pictures(request):
    """(scene, stage, first values, another stage) of a notebook's explorers; a random source.

    The other stage is made and drawn with every Matplotlib setting odd: nothing of it may show.
    One function draws the pictures of all derivations: only a notebook's first has another stage
    here, and `test_derivations` draws each again after another frame.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = stages_of(request.param, monkeypatch)
    assert made, "a notebook without a picture"
    found = []
    for scene, data, options, explorer in made:
        start = {name: options.pop(name, p.value) for name, p in scene.parameters.items()}
        again = scene.__name__ == "derivation" and any(
            scene.__name__ == s.__name__ for s, *_ in found
        )
        with matplotlib.rc_context(hostile()):
            fresh = None if again else Stage(scene, *data, **options)
        found.append((scene, explorer._wire._stage, start, fresh))
    yield found, np.random.default_rng(int(request.param.stem[:2]))
    Widget.close_all()


@pytest.mark.filterwarnings("ignore::matplotlib.MatplotlibDeprecationWarning")
def test_frames_are_the_same_from_the_cache_after_others_and_under_the_readers_settings(pictures):
    found, rng = pictures
    wrong = [(scene, wrong_frames(scene, *rest, rng)) for scene, *rest in found]
    assert [pair for pair in wrong if pair[1]] == []


def test_every_slider_shows_something_from_where_it_starts(pictures):
    dead = [(scene, dead_sliders(scene, stage, start)) for scene, stage, start, _ in pictures[0]]
    assert [pair for pair in dead if pair[1]] == []


def test_the_rule_of_colours_sees_what_it_is_for():
    assert round(contrast("black", "white"), 2) == 21
    ax = Figure().subplots()
    ax.plot([0, 1], [0, 1], "-", color=style.BLUE)
    (other,) = ax.plot([0, 1], [1, 0], "-", color=style.VERMILION)
    ax.bar([0, 0], [1, 2], color=[style.BLUE, style.GREEN])
    ax.bar([1, 2], [1, 2], color=[style.BLUE, style.GREEN])
    assert [kind for (kind, *_), *_ in told_by_colour_alone(ax.figure)] == ["Rectangle", "line"]
    other.set_linestyle("--")
    ax.text(0, 1, "green bars", color=style.GREEN)
    assert told_by_colour_alone(ax.figure) == []
