"""Stock widgets that share what they look like: who shares it, who may not, how long it lives."""

import ipywidgets as widgets
from support import demo_scenes

from lossviz import explore, step
from lossviz.page import stock
from lossviz.page.block import prose
from lossviz.teach.reviews import reflect
from lossviz.walk.nb03 import lesson as nb03
from lossviz.walk.nb13 import lesson as nb13


def test_widgets_that_look_alike_share_their_layout_and_style():
    one, other = stock.Button(description="a"), stock.Button(description="b")
    assert one.layout is other.layout and one.style is other.style
    assert (one.description, other.description) == ("a", "b")
    wide = stock.HTML("x", layout={"width": "100%"})
    assert wide.layout is prose("y", layout={"width": "100%"}).layout
    assert wide.layout is not one.layout and wide.layout.width == "100%"
    assert stock.is_shared(wide.layout) and stock.is_shared(wide.style)


def test_a_layout_of_its_own_stays_its_own():
    layout = widgets.Layout(width="3em")
    assert stock.Button(layout=layout).layout is layout
    assert not stock.is_shared(layout)
    assert not stock.is_shared(explore(demo_scenes.bell).layout)  # a reader may change it


def test_what_is_shared_outlives_a_block_but_not_the_end_of_all_widgets(monkeypatch):
    monkeypatch.setattr(stock, "_looks", {})
    explorer = explore(demo_scenes.bell)
    shared = stock.look()
    explorer.close()
    assert shared.comm is not None
    shared.close()  # as `Widget.close_all` does
    assert stock.Button().layout.comm is not None


def test_nothing_that_hands_do_changes_what_others_share(monkeypatch):
    monkeypatch.setattr(stock, "_looks", {})
    stepper, explorer = step(nb03.mse), explore(demo_scenes.bell)
    question = reflect(nb13.open_questions[0])
    stepper.line = 3
    explorer.mu, explorer.asleep = 2.0, True
    question._own.value = "a guess"
    question._button.click()
    assert len(stock._looks) > 5
    for (kind, *settings), shared in stock._looks.items():
        fresh = kind(**dict(settings))
        assert {k: v for k, v in shared.get_state().items() if k in fresh.keys} == fresh.get_state()
