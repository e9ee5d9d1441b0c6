"""Pages without a kernel: in their size, whole by themselves, every picture as its scene draws it.

Not here: such a page in a browser (`test_browser_pages`).
"""

import base64
import json
import re
import zlib

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from support.frames import painted
from support.pages import BUDGET, NOTEBOOK, few, kit as tools_of_the_kit, small

from lossviz.explorer.parameters import Choice, Press, Slider, Toggle
from lossviz.explorer.stage import Stage, scene
from tools import pages, places


@pytest.fixture(scope="module", autouse=True)
def kit():
    with tools_of_the_kit():
        yield


@pytest.fixture(scope="module")
def made():
    return small()


@pytest.fixture(scope="module")
def soup(made):
    return BeautifulSoup(made.text, "html.parser")


def stored(soup, number):
    """What the page holds of a picture: its head, and its parts inflated."""
    text = soup.find(id=f"lossviz-frames-{number}").string
    head, *parts = [zlib.decompress(base64.b64decode(part)) for part in json.loads(text)]
    return json.loads(head), parts


def numbers(part):
    """Numbers as `places` wrote them, in three planes of bytes."""
    planes = np.frombuffer(part, "u1").reshape(3, -1).astype(np.int64)
    return planes[0] | planes[1] << 8 | planes[2] << 16


def unpacked(part, counts, palette):
    """Lists of so many runs as `places` wrote them: of each its starts, lengths and colours."""
    third = len(part) // 3
    gaps, lengths, index = (numbers(part[at : at + third]) for at in (0, third, 2 * third))
    ends = np.cumsum(counts)
    for these in map(slice, ends - counts, ends):
        before = np.concatenate([[0], lengths[these]])[:-1]
        yield np.cumsum(gaps[these] + before), lengths[these], palette[index[these]]


def frame(head, base, tiles, index, n):
    """The pixels of a frame: the base with the tiles that it names painted over."""
    (wide, high), width, height = head["tile"], head["width"], head["height"]
    across, down = -(-width // wide), -(-height // high)
    whole = np.full((down * high, across * wide), 0xFFFFFFFF, "<u4")
    whole[:height, :width] = base.reshape(height, width)
    for at, number in enumerate(index.reshape(across * down, -1)[:, n]):
        top, left = at // across * high, at % across * wide
        field = whole[top : top + high, left : left + wide]
        if number:
            field[:] = painted(field.ravel(), tiles[number - 1]).reshape(high, wide)
    return whole[:height, :width].ravel()


def test_a_page_is_within_its_budget_and_says_what_it_left_out(made, soup):
    assert len(made.text.encode()) <= BUDGET * 1e6
    thinned = [plan for plan in made.plans if plan.left_out]
    assert thinned
    said = soup.get_text()
    for picture, plan in zip(made.page.pictures, made.plans, strict=True):
        for name, (kept, every) in plan.left_out.items():
            assert f"{picture.parameters[name].label} at {kept} of its {every} places" in said
            assert plan.values[name][0] == picture.parameters[name].low
            assert {picture.start[name], picture.point[name]} <= {*plan.values[name]}
    assert said.count("one at a time") == [plan.together for plan in made.plans].count(False) == 1
    assert "Here A, B, C, D, E and F move one at a time: the others go back" in said


def test_no_page_is_larger_than_it_may_be():
    node = few()
    node.cells = node.cells[:3]
    with pytest.raises(pages.PageError, match=r"takes 1.* MB, however few its places"):
        pages.Made(node, NOTEBOOK.parent).fitted(1.0)


def test_a_page_needs_nothing_beside_it(soup):
    for tag in soup.find_all(True):
        for name in ("src", "href", "data", "poster", "srcset", "action"):
            value = tag.get(name, "") if tag.name != "a" else ""
            assert value.startswith("data:") or not value, tag
    looks = "".join(style.string for style in soup.find_all("style"))
    assert "url(" not in looks and "@import" not in looks
    ours = "".join(s.string or "" for s in soup.find_all("script") if not s.get("type"))
    assert not re.search(r"fetch\(|XMLHttpRequest|https?://|import\(", ours)


def test_every_explorer_of_the_notebook_is_on_its_page():
    node = nbformat.read(NOTEBOOK, as_version=4)
    made = pages.Made(node, NOTEBOOK.parent)
    called = re.findall(r"^(explore|step|spot)\(", "\n".join(c.source for c in node.cells), re.M)
    assert len(made.page.pictures) == len(called) >= 15
    soup = BeautifulSoup(made.body, "html.parser")
    assert len(soup.select("[data-picture] .lossviz-screen")) == len(called)
    assert len(soup.select(".lossviz-question")) == len(
        re.findall(r"^spot\(|question=|^ask\(", "\n".join(c.source for c in node.cells), re.M)
    )
    assert not soup.find_all("img")  # no picture that stands still
    printed = [o.text for c in node.cells for o in c.get("outputs", ()) if "text" in o]
    assert all(text.strip() in made.body or "&" in made.body for text in printed)


def test_frames_and_sentences_are_the_scenes_own(made, soup):
    for number, picture in enumerate(made.page.pictures):
        head, (colours, base, counts, runs, index) = stored(soup, number)
        palette = np.frombuffer(colours, "<u4")
        white = np.full(head["width"] * head["height"], 0xFFFFFFFF, "<u4")
        base = painted(white, next(unpacked(base, np.array([len(base) // 9]), palette)))
        tiles = [*unpacked(runs, numbers(counts), palette)]
        values, many = list(made.plans[number].values.items()), len(head["frames"])
        for n in {0, many // 3, many // 2, many - 1}:
            key, sentence, places = head["frames"][n]
            at = {name: kept[k] for (name, kept), k in zip(values, key, strict=True)}
            assert picture.stage.draw(at) == sentence
            pixels = frame(head, base, tiles, numbers(index), n)
            assert np.count_nonzero(pixels != picture.stage.pixels) == 0
            assert len(places) == 2 * len(picture.stage.handles)


def test_choices_and_ticks_go_with_every_place_and_few_sliders_go_together(made):
    assert [plan.together for plan in made.plans] == [True, True, True, True, False]
    for picture, plan in zip(made.page.pictures, made.plans, strict=True):
        keys = places.keys(picture, plan)
        assert len(keys) == len({*keys}) == places.count(picture, plan) <= picture.most
        if plan.together:
            continue
        start = {n: plan.values[n].index(picture.start[n]) for n in picture.lone}
        names = list(plan.values)
        moved = [[n for n in start if key[names.index(n)] != start[n]] for key in keys]
        assert [names for names in moved if len(names) > 1] == [["a", "b"]]  # its point
        assert moved.count(["f"]) == 2 * (len(plan.values["f"]) - 1)  # hollow, or not


def test_more_room_is_used_for_more_frames(made):
    pictures, frames = made.page.pictures, [0]
    for room in (4e5, 8e5, 16e5):
        plans = places.shared(pictures, room)
        counts = [places.count(p, one) for p, one in zip(pictures, plans, strict=True)]
        models = [p.models[one.together] for p, one in zip(pictures, plans, strict=True)]
        assert sum(m.bytes(n) for m, n in zip(models, counts, strict=True)) <= room
        frames.append(sum(counts))
    assert frames == sorted({*frames})


def test_sliders_of_one_scale_can_be_set_to_one_number():
    @scene(a=Slider(0, 40, value=7), b=Slider(2, 40, value=11), c=Slider(0, 1, value=1))
    def three(fig):
        "nothing"
        return lambda a, b, c: ""

    picture = places.Picture(Stage(three), three.parameters, {"a": 7, "b": 11, "c": 1})
    kept = places.plan(picture, 4).values
    assert {7, 11, 40} <= {*kept["a"]} & {*kept["b"]} and kept["c"] == [0, 1]


def test_what_is_no_slider_keeps_all_its_places():
    slider = Slider(0, 10, step=0.1, value=3.3)
    kept = places.places(slider, 5, (3.3, 7.77))
    assert kept == sorted(kept) and {0, 10, 3.3, 7.77} <= {*kept} and len(kept) <= 8
    assert places.places(slider, 1000, (3.3, 3.3)) == [slider.at(k) for k in range(101)]
    assert places.places(Choice(("a", "b")), 2, ("a", "a")) == ["a", "b"]
    assert places.places(Toggle(), 2, (False, False)) == [False, True]
    assert places.places(Press(), 20, (0, 0)) == list(range(places.PRESSES))
    assert places.places(Press(), 2, (0, 0)) == [0, 1]  # but a button begins again sooner


def test_links_lead_to_pages_or_nowhere():
    body = '<a href="02_b.ipynb#x">two</a> <a href="GLOSSARY.md">word</a> <a href="#y">here</a>'
    linked = pages._linked(body, frozenset(["02_b"]))
    assert linked == '<a href="02_b.html#x">two</a> word <a href="#y">here</a>'


def test_a_cell_that_fails_is_named():
    node = few()
    node.cells[1].source = "1 / 0"
    with pytest.raises(pages.PageError, match="cell imports: ZeroDivisionError"):
        pages.run(node, NOTEBOOK.parent)
