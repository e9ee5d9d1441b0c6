"""Faults planted in small scenes and notebooks, each found by the layer that should find it.

Without a browser; `test_browser_faults` holds those that only a page shows, `test_nbval_is_strict`
a changed number in every kind of output, `test_notebooks_normalised` every broken rule.
"""

import copy

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support.driver import DriveError, drive_notebook
from support.rules import problems
from test_scenes import dead_sliders, wrong_frames

from lossviz.explorer.stage import Slider, Stage, scene
from tools import notebook as tool


def made(update_of):
    """(scene, stage, start, fresh) of a picture with one slider, whose update is made anew."""

    @scene(x=Slider(0.0, 1.0, 0.1, 0.5, "x"))
    def dot(fig):
        """A dot."""
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        (point,) = ax.plot([0.5], [0.5], "o")
        return update_of(point)

    return dot, Stage(dot), {"x": 0.5}, Stage(dot)


def sound(point):
    def update(x):
        point.set_xdata([x])
        return f"The dot is now at x = {x:.1f}."

    return update


def one_step_behind(point):
    before = [0.5]

    def update(x):
        point.set_xdata(before)
        before[0] = x
        return f"The dot is now at x = {x:.1f}."

    return update


def sentence_one_step_behind(point):
    before = [0.5]

    def update(x):
        said, before[0] = before[0], x
        point.set_xdata([x])
        return f"The dot is now at x = {said:.1f}."

    return update


def dead(point):
    return lambda x: "The dot does not move at all."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (sound, None),
        (one_step_behind, "pixels differ"),
        (sentence_one_step_behind, "but drawn afresh"),
    ],
)
def test_the_scenes_layer_finds_what_stays_behind_its_slider(fault, said):
    wrong = "\n".join(wrong_frames(*made(fault), np.random.default_rng(1)))
    assert said in wrong if said else wrong == ""


def test_the_scenes_layer_finds_a_dead_slider():
    assert dead_sliders(*made(dead)[:3]) == ["x"]
    assert dead_sliders(*made(sound)[:3]) == []


EXPLORER = """
from lossviz import Slider, explore, scene
@scene(x=Slider(0, 1, step=0.5, value=0.5, label="x"))
def dot(fig):
    "A dot."
    (point,) = fig.subplots().plot([0.5], [0.5], "o")
    def update(x):
        point.set_xdata([1 / (1 - x) if x == 1 else x])
        return f"The dot is now at x = {x:.2f}."
    return update
explore(dot)
"""
HANGS = """
import ipywidgets, time
button = ipywidgets.Button(description="stuck")
button.on_click(lambda _: time.sleep(60))
button
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (EXPLORER, r"FloatSliderModel .*'value': 1.*ZeroDivisionError"),
        (HANGS, r"ButtonModel stuck, pressed: no answer within 2 s"),
    ],
    ids=["an exception at a slider's end", "a button that hangs"],
)
def test_the_driving_layer_finds(code, said, tmp_path, monkeypatch):
    if "sleep" in code:
        monkeypatch.setattr("support.driver.HANG", 2)
    with pytest.raises(DriveError, match=said):
        drive_notebook(new_notebook(cells=[new_code_cell(code)]), tmp_path)


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """A notebook with an explorer, executed as it would be committed."""
    path = tmp_path_factory.mktemp("faults") / "dot.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(EXPLORER)])))
    assert tool.main([str(path)]) == 0
    return tool.read(path)


def lose_picture(data):
    del data["image/png"]


def cut_picture(data):
    data["image/png"] = data["image/png"][:400]


@pytest.mark.parametrize("fault", [lose_picture, cut_picture])
def test_the_rules_find_a_picture_that_is_lost_or_broken(committed, fault):
    nb = copy.deepcopy(committed)
    before = problems(nb, 13)
    fault(nb.cells[0].outputs[0].data)
    assert any("picture" in found for found in set(problems(nb, 13)) - set(before))
