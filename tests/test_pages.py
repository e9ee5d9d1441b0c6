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


def unpacked(part, counts, palette):
    """Runs as `places` wrote them: for each list of them its starts, lengths and colours."""
    at = 0
    for count in counts:
        planes = np.frombuffer(part, "u1", 9 * count, at).reshape(3, 3, count).astype(np.int64)
        gaps, lengths, index = planes[:, 0] | planes[:, 1] << 8 | planes[:, 2] << 16
        yield np.cumsum(gaps + np.concatenate([[0], lengths[:-1]])), lengths, palette[index]
        at += 9 * count


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
    assert said.count("one control moves at a time") == sum(
        not picture.together for picture in made.page.pictures
    )


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
        head, (colours, base, *groups) = stored(soup, number)
        palette = np.frombuffer(colours, "<u4")
        white = np.full(head["width"] * head["height"], 0xFFFFFFFF, "<u4")
        (runs,) = unpacked(base, [head["base"]], palette)
        base, values = painted(white, runs), list(made.plans[number].values.items())
        for group in {0, len(groups) // 2, len(groups) - 1}:
            usual, *frames = unpacked(groups[group], head["counts"][group], palette)
            for n in {0, len(frames) - 1}:
                key, sentence, places = head["frames"][group][n]
                at = {name: kept[k] for (name, kept), k in zip(values, key, strict=True)}
                assert picture.stage.draw(at) == sentence
                pixels = painted(painted(base, usual), frames[n])
                assert np.count_nonzero(pixels != picture.stage.pixels) == 0
                assert len(places) == 2 * len(picture.stage.handles)


def test_what_is_no_slider_keeps_all_its_places():
    slider = Slider(0, 10, step=0.1, value=3.3)
    kept = places.places(slider, 5, (3.3, 7.77))
    assert kept == sorted(kept) and {0, 10, 3.3, 7.77} <= {*kept} and len(kept) <= 8
    assert places.places(slider, 1000, (3.3, 3.3)) == [slider.at(k) for k in range(101)]
    assert places.places(Choice(("a", "b")), 2, ("a", "a")) == ["a", "b"]
    assert places.places(Toggle(), 2, (False, False)) == [False, True]
    assert places.places(Press(), 2, (0, 0)) == list(range(places.PRESSES))


def test_links_lead_to_pages_or_nowhere():
    body = '<a href="02_b.ipynb#x">two</a> <a href="GLOSSARY.md">word</a> <a href="#y">here</a>'
    linked = pages._linked(body, frozenset(["02_b"]))
    assert linked == '<a href="02_b.html#x">two</a> word <a href="#y">here</a>'


def test_a_cell_that_fails_is_named():
    node = few()
    node.cells[1].source = "1 / 0"
    with pytest.raises(pages.PageError, match="cell imports: ZeroDivisionError"):
        pages.run(node, NOTEBOOK.parent)
