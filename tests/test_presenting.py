"""Presenting: what one call changes, and that it goes back."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from lossviz import present, style
from lossviz.explorer.stage import Stage, scene
from lossviz.page import questions
from lossviz.page.questions import Option, Question, ask


@pytest.fixture(autouse=True)
def at_the_desk_again():
    yield
    present(False).close()


@scene()
def titled(fig):
    """A picture with every kind of text."""
    ax = fig.subplots()
    ax.plot([0, 1], [0, 1], label="line")
    ax.legend()
    ax.set(xlabel="x", ylabel="y", title="Title")
    return lambda: "A line from one corner to the other."


def sizes_of_text():
    stage = Stage(titled)
    stage.draw({})
    (ax,) = stage.figure.axes
    texts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
    scale = stage.figure.dpi / style.DPI  # points as large as so many at the desk
    return {text.get_size() * scale for text in [*texts, *ax.get_legend().get_texts()]}


def test_pictures_made_while_presenting_have_text_of_24_points_and_go_back():
    assert sizes_of_text() == {12}
    present()
    assert sizes_of_text() == {24}
    present(False)
    assert sizes_of_text() == {12}


def test_questions_are_awake_while_presenting_and_asleep_afterwards():
    question = Question("Why?", [Option("a", "f", right=True), Option("b", "g")])
    early = ask(question)
    assert not early.done
    present()
    late = ask(question)
    assert early.done and late.done
    present(False)
    assert not ask(question).done


def test_the_sheet_is_on_the_page_only_while_presenting():
    on, off = present(), present(False)
    assert (on.sheet.on, off.sheet.on) == (True, False)
    assert on.sheet.sheet == files("lossviz.page").joinpath("presenting.css").read_text("utf-8")
    assert off.sheet.sheet == ""
    assert not style.presenting() and questions._awake is False


@pytest.mark.parametrize("on", [True, False])
def test_its_text_says_how_to_go_on(on):
    text = present(on)._repr_mimebundle_()[0]["text/plain"]
    assert "again" in text and ("present(False)" in text) == on


def test_no_style_sheet_of_the_package_fetches_anything():
    sheets = [*Path(str(files("lossviz"))).rglob("*.css")]
    assert {"manners.css", "presenting.css"} <= {f.name for f in sheets}
    for sheet in sheets:
        assert not re.search(r"@import|url\(|https?:", sheet.read_text("utf-8")), sheet.name
