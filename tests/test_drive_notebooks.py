"""What drives the widgets of every notebook, once nbval has run it, finds what goes wrong.

That they all answer is tried by `Hands` in the repository's conftest.py.
"""

import nbformat
import pytest
from support.driver import DriveError, drive_notebook

SLIDER = """
import ipywidgets as widgets
slider = widgets.FloatSlider(value=1, min=0, max=4, description="σ", disabled=True)
label = widgets.Label()
def update(change):
    label.value = f"{1 / change.new if {guard} else 0:.2f}"
slider.observe(update, "value")
display(slider, label)
"""

BUTTON = """
import ipywidgets as widgets
box = widgets.VBox()
def press(button):
    late = widgets.Button(description="late")
    late.on_click({late})
    box.children = (late,)
button = widgets.Button(description="first")
button.on_click(press)
display(button, box)
"""

EXPLORER = """
from lossviz import Slider, explore, scene
@scene(sigma=Slider(0.5, 2, step=0.5, value=1, label="σ"))
def tiny(fig):
    "A dot."
    (dot,) = fig.subplots().plot([0], [1], "o")
    def update(sigma):
        if sigma == {broken}:
            raise RuntimeError("planted")
        dot.set_ydata([sigma])
        return f"σ = {sigma:.2f}: a sentence of the picture"
    return update
explore(tiny)
"""


def drive(tmp_path, template, **values):
    code = template
    for name, value in values.items():
        code = code.replace("{" + name + "}", value)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    return drive_notebook(nb, tmp_path)


def test_a_slider_goes_to_both_ends_and_the_middle_even_asleep(tmp_path):
    assert drive(tmp_path, SLIDER, guard="change.new") == 3


def test_an_error_at_a_sliders_end_is_found(tmp_path):
    with pytest.raises(DriveError, match=r"FloatSliderModel σ, \{'value': 0.*ZeroDivisionError"):
        drive(tmp_path, SLIDER, guard="True")


def test_buttons_that_come_up_later_are_pressed(tmp_path):
    assert drive(tmp_path, BUTTON, late="lambda _: None") > 6


def test_an_error_in_a_button_that_comes_up_later_is_found(tmp_path):
    with pytest.raises(DriveError, match=r"late.*ZeroDivisionError"):
        drive(tmp_path, BUTTON, late="lambda _: 1 / 0")


def test_stderr_is_found(tmp_path):
    with pytest.raises(DriveError, match=r"stderr.*careful"):
        drive(tmp_path, BUTTON, late="lambda _: __import__('warnings').warn('careful')")


def test_a_kernel_that_hangs_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("support.driver.HANG", 2)
    with pytest.raises(DriveError, match="no answer within 2 s"):
        drive(tmp_path, BUTTON, late="lambda _: __import__('time').sleep(20)")


def test_an_error_in_a_thread_is_found(tmp_path):
    thread = "lambda _: __import__('threading').Thread(target=lambda: 1 / 0).start()"
    with pytest.raises(DriveError, match="ZeroDivisionError"):
        drive(tmp_path, BUTTON, late=thread)


def test_a_widget_that_nobody_drives_is_named(tmp_path):
    with pytest.raises(DriveError, match="ColorPickerModel"):
        drive(tmp_path, "import ipywidgets as w\nw.ColorPicker()")


@pytest.mark.parametrize("end", ["0.5", "2.0"])
def test_an_error_in_a_scene_at_a_sliders_end_is_found(tmp_path, end):
    with pytest.raises(DriveError, match="planted"):
        drive(tmp_path, EXPLORER, broken=end)


def test_a_sound_scene_passes(tmp_path):
    assert drive(tmp_path, EXPLORER, broken="None") >= 3
