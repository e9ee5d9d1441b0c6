"""Faults planted in small scenes and notebooks, each found by the layer that should find it.

Without a browser; `test_browser_faults` holds those that only a page shows, `test_drive_notebooks`
an exception at a slider's end and a button that hangs, `test_nbval_is_strict` a changed number in
every kind of output, `test_notebooks_normalised` every broken rule.
"""

import copy

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support.frames import dead_sliders, wrong_frames
from support.rules import problems

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


@pytest.mark.filterwarnings("ignore::matplotlib.MatplotlibDeprecationWarning")
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
        point.set_xdata([x])
        return f"The dot is now at x = {x:.2f}."
    return update
explore(dot)
"""


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
    found = set(problems(nb, 13)) - set(before)
    assert any("picture" in problem for problem in found), found
