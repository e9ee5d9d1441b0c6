"""Presenting enlarges a whole picture by one factor: text, lines, marks, ticks and hatches, also
where a scene sets a size of its own. At the desk nothing changes."""

import inspect
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

import lossviz.walk
from lossviz import style
from lossviz.explorer.stage import Scene, Stage, scene

FOLDERS = sorted(Path(lossviz.walk.__path__[0]).glob("nb*/scenes.py"))


@pytest.fixture
def presenting():
    """A function that switches presenting; off again afterwards."""
    yield style.set_presenting
    style.set_presenting(False)


def scenes_without_data() -> list:
    """Every scene of the notebooks that draws from its parameters alone."""
    found = []
    for file in FOLDERS:
        room = file.parent.name
        for name, made in vars(import_module(f"lossviz.walk.{room}.scenes")).items():
            if isinstance(made, Scene) and len(inspect.signature(made.draw).parameters) == 1:
                found.append(pytest.param(made, id=f"{room}-{name}"))
    return found


def sizes(stage) -> list[tuple]:
    """What every artist measures in CSS pixels, in the order of the artists."""
    stage._update(**{name: p.value for name, p in stage.scene.parameters.items()})
    scale = stage.figure.dpi / 72  # of a point
    found = []
    for artist in stage.figure.findobj():
        match artist:
            case Line2D():
                own = (artist.get_markersize(), artist.get_markeredgewidth())
                own += (artist.get_linewidth(),)
            case Text():
                own = (artist.get_fontsize(),)
            case Patch():
                own = (artist.get_linewidth(), artist.get_hatch_linewidth())
            case Collection():
                areas = artist.get_sizes() if hasattr(artist, "get_sizes") else []
                own = (*np.sqrt(areas), *np.atleast_1d(artist.get_linewidth()))
            case _:
                continue
        found.append((type(artist).__name__, *(scale * points for points in own)))
    return found


@pytest.mark.parametrize("drawn", scenes_without_data())
def test_presenting_doubles_every_mark_line_and_text(drawn, presenting):
    presenting(False)
    desk = sizes(Stage(drawn))
    presenting(True)
    stage = Stage(drawn)
    large = sizes(stage)
    assert len(desk) > 10
    assert stage.css_size[0] == style.PRESENTING[0] and stage.css_size[1] <= style.PRESENTING[1]
    # an axis makes ticks as it needs them, so there may be fewer artists; none of another size
    assert {(kind, *(2 * one for one in own)) for kind, *own in desk} >= set(large), drawn


@scene()
def of_literal_sizes(fig):
    """A mark and a line of sizes that the scene sets itself, and a mark of the usual size."""
    ax = fig.subplots()
    ax.set_axis_off()
    ax.set(xlim=(0, 4), ylim=(0, 1))
    ax.plot([1], [0.5], "s", color="#ff0000", markersize=16, markeredgewidth=0)
    ax.plot([2, 2], [0.4, 0.6], color="#00ff00", linewidth=8, solid_capstyle="butt")
    ax.plot([3], [0.5], "s", color="#0000ff", markeredgewidth=0)
    return lambda: "A red square, a green line, and a blue square of the usual size."


def widths(stage) -> list[int]:
    """How wide the red, the green and the blue thing are, in pixels."""
    stage.draw({})
    rgb = stage.rgba[..., :3].astype(int)
    others = rgb.sum(axis=-1, keepdims=True) - rgb
    return [
        int(np.ptp(np.nonzero((rgb[..., k] > 200) & (others[..., k] < 60))[1])) + 1
        for k in range(3)
    ]


def test_on_the_picture_itself_they_are_twice_as_large(presenting):
    presenting(False)
    desk = widths(Stage(of_literal_sizes))
    presenting(True)
    large = widths(Stage(of_literal_sizes))
    assert desk == pytest.approx([16 * 100 / 72, 8 * 100 / 72, 6 * 100 / 72], abs=2)
    assert large == pytest.approx([2 * one for one in desk], abs=3)


def test_the_sharpness_of_a_screen_changes_no_place_while_presenting(presenting):
    presenting(True)
    stage = Stage(of_literal_sizes)
    usual = widths(stage)
    stage.set_pixel_ratio(2)
    assert widths(stage) == pytest.approx([2 * one for one in usual], abs=3)
    assert stage.rgba.shape[:2] == (2 * style.PRESENTING[1], 2 * style.PRESENTING[0])
