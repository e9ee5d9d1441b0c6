"""Handles without a page: where they stand, what they may be, and their tracks."""

import numpy as np
import pytest
from support.demo_scenes import grabbed

from lossviz import Choice, Slider, explore, grab, scene
from lossviz.explorer.stage import Stage

START = {name: p.value for name, p in grabbed.parameters.items()}


def pixel(ax, x, y):
    """The place of a point of the data, as fractions from the top left."""
    across, up = ax.transData.transform((x, y)) / ax.figure.bbox.size
    return [across, 1 - up]


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_a_handle_stands_where_at_says_at_any_pixel_ratio(ratio):
    stage = Stage(grabbed, pixel_ratio=ratio)
    stage.draw({**START, "mu": 0.5, "sigma": 2.0, "rate": 10, "a": 3.0, "b": 7})
    bell, plane, right = stage.figure.axes
    peak = 0.3989 / 2
    wanted = [(bell, 0.5, peak), (bell, 2.5, peak * np.exp(-0.5)), (plane, 2, 10), (right, 3, 7)]
    assert np.allclose(stage.places, [pixel(*point) for point in wanted], atol=1e-9)


def test_a_place_outside_the_axes_waits_at_their_edge():
    stage = Stage(grabbed)
    stage.draw({**START, "mu": -3.0})
    left = stage.figure.axes[0].get_position().x0
    assert stage.places[0][0] == pytest.approx(left, abs=1e-9)
    stage.draw({**START, "mu": -2.5})
    assert stage.places[0][0] == pytest.approx(left, abs=1e-9)


def test_tracks_are_the_places_along_each_slider():
    stage = Stage(grabbed)
    stage.draw(START)
    for handle, counts in zip(stage.handles, [(61,), (26,), (81,), (9, 10)], strict=True):
        tracks = handle.tracks(START, grabbed.parameters)
        assert [len(track) for track in tracks] == list(counts)
        for name, track in zip(handle.names, tracks, strict=True):
            slider = grabbed.parameters[name]
            here = track[round(slider.index(slider.value))]
            assert np.allclose(here, handle.places(START)[0]), f"{name}: {here}"
            ends = handle.places(*({**START, name: slider.at(i)} for i in (0, slider.count)))
            assert np.allclose(track[[0, -1]], ends), name


def made(**changes):
    how = {"names": ("x",), "at": lambda x: (x, 0)} | changes

    @scene(x=Slider(0.0, 1.0), kind=Choice(("a", "b")))
    def one(fig):
        "A handle."
        ax = fig.subplots()
        grab(ax, *how["names"], at=how["at"])
        return lambda x, kind: "Nothing."

    return one


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"names": ()}, r"names must be one slider or two; got \(\)"),
        ({"names": ("x", "x", "x")}, "names must be one slider or two"),
        ({"names": ("y",)}, "names of the scene's sliders; got 'y'"),
        ({"names": ("kind",)}, "names of the scene's sliders; got 'kind'"),
        ({"at": (0, 0)}, "at must be a function of parameters"),
        ({"at": lambda x, y: (x, y)}, "at takes parameters of the scene; 'y' is none"),
        ({"at": lambda x: x}, r"at must give a place \(x, y\) of two numbers; got 0.0"),
    ],
)
def test_what_is_no_handle_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        explore(made(**changes))


def test_a_place_that_is_no_number_hides_the_handle():
    explorer = explore(made(at=lambda x: (np.nan, x)))
    sent = []
    explorer._wire.picture.send = lambda message, buffers: sent.append(message)
    explorer._wire._heard(None, {"hello": 1}, [])
    assert sent[-1]["frames"][0]["places"][0] is None
    explorer.close()
