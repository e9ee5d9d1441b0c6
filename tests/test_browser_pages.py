"""A page without a kernel, from its file in Chromium: it answers mouse and keys by itself."""

import base64
from dataclasses import dataclass

import numpy as np
import pytest
from support.access import violations
from support.handles import centre, drag_every_handle
from support.pages import small

READ = """explorer => {
    const canvas = explorer.querySelector('canvas');
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let text = '';
    for (let i = 0; i < data.length; i += 30000)
        text += String.fromCharCode(...data.subarray(i, i + 30000));
    return [btoa(text), canvas.getAttribute('aria-label'),
        explorer.querySelector('.lossviz-readout').textContent];
}"""
OPTION = ".lossviz-question .widget-radio-box label"


@pytest.fixture(scope="module")
def made():
    return small()


@pytest.fixture(scope="module")
def page(browser, made, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "03.html"
    path.write_text(made.text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.wrong.append(said.text))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    page.wait_for_selector("mjx-container", timeout=60_000)
    yield page
    page.close()


def explorer(page, number):
    found = page.locator(f"[data-picture='{number}']")
    found.scroll_into_view_if_needed()
    return found


@dataclass
class Held:
    """An explorer, as `drag_every_handle` takes it."""

    page: object
    element: object

    def look(self) -> None:
        self.element.scroll_into_view_if_needed()


def is_the_scenes_frame(page, made, number, **moved):
    """The picture, its text alternative and its sentence are those of the scene at these values."""
    picture = made.page.pictures[number]
    sentence = picture.stage.draw({**picture.start, **moved})
    found = explorer(page, number)
    page.wait_for_function(
        "([n, said]) => document.querySelector(`[data-picture='${n}'] .lossviz-readout`)"
        ".textContent === said",
        arg=[number, sentence],
    )
    code, name, readout = found.evaluate(READ)
    pixels = np.frombuffer(base64.b64decode(code), "<u4")
    assert name == readout == sentence
    assert np.count_nonzero(pixels != picture.stage.pixels) == 0


def test_a_slider_by_key_and_mouse(page, made):
    values = made.plans[0].values["phi1"]
    slider = explorer(page, 0).locator("input[type=range]")
    is_the_scenes_frame(page, made, 0)
    at = values.index(made.page.pictures[0].start["phi1"])
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext").startswith("slope φ₁ = ")
    is_the_scenes_frame(page, made, 0, phi1=values[at + 1])
    page.keyboard.press("End")
    is_the_scenes_frame(page, made, 0, phi1=values[-1])
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 9, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    page.mouse.move(box["x"] - 20, middle, steps=5)
    is_the_scenes_frame(page, made, 0, phi1=values[0])
    page.mouse.up()
    explorer(page, 0).locator(".lossviz-reset").click()
    is_the_scenes_frame(page, made, 0)


def test_a_derivation_row_by_row_and_both_its_sliders(page, made):
    values = made.plans[1].values
    rows = explorer(page, 1).locator(".lossviz-rows > li")
    assert [row.is_visible() for row in rows.all()][:3] == [True, False, False]
    explorer(page, 1).get_by_role("button", name="Next row").click()
    assert rows.nth(1).is_visible() and not rows.nth(2).is_visible()
    rows.nth(1).locator("mjx-container").wait_for()
    is_the_scenes_frame(page, made, 1, line=2)
    explorer(page, 1).get_by_label("σ", exact=True).press("Home")
    is_the_scenes_frame(page, made, 1, line=2, sigma=values["sigma"][0])
    derivation = made.page.pictures[1]
    told = derivation.texts({**derivation.start, "line": 2, "sigma": values["sigma"][0]})["rows"]
    assert rows.nth(1).locator("strong").first.text_content() in told[1]
    explorer(page, 1).get_by_label("φ₁", exact=True).press("End")
    both = {"sigma": values["sigma"][0], "phi1": values["phi1"][-1]}
    is_the_scenes_frame(page, made, 1, line=2, **both)


def test_a_prediction_wakes_two_sliders(page, made):
    picture, values = explorer(page, 2), made.plans[2].values
    sliders = picture.locator("input[type=range]")
    assert all(slider.is_disabled() for slider in sliders.all())
    picture.get_by_role("button", name="Answer").click()
    assert "Choose an option first." in picture.locator(".lossviz-feedback").text_content()
    picture.locator(OPTION).first.click()
    picture.get_by_role("button", name="Answer").click()
    assert "A: " in picture.locator(".lossviz-feedback").text_content()
    assert "Your first answer: A." in picture.locator(".lossviz-kept").text_content()
    assert all(slider.is_enabled() for slider in sliders.all())
    for slider, key in zip(sliders.all(), ("Home", "End"), strict=True):
        slider.press(key)
    is_the_scenes_frame(page, made, 2, sigma=values["sigma"][0], phi1=values["phi1"][-1])


def test_a_hand_drags_a_handle(page, made):
    picture, values = explorer(page, 2), made.plans[2].values
    if (skip := picture.get_by_role("button", name="Skip")).is_enabled():
        skip.click()  # where no prediction has been made yet
    assert drag_every_handle(Held(page, picture.element_handle())) == 2
    ends = {"sigma": values["sigma"][-1], "phi1": values["phi1"][-1]}
    is_the_scenes_frame(page, made, 2, **ends)
    box = picture.locator("canvas").bounding_box()
    handles = picture.locator(".lossviz-handle").all()
    for (x, y), handle in zip(made.page.pictures[2].stage.places, handles, strict=True):
        at = box["x"] + x * box["width"], box["y"] + y * box["height"]
        assert centre(handle) == pytest.approx(at, abs=2)


def test_many_sliders_move_one_at_a_time_and_a_tick_stays(page, made):
    picture, values = explorer(page, 4), made.plans[4].values
    picture.get_by_label("hollow").check()
    picture.get_by_label("C", exact=True).press("End")
    is_the_scenes_frame(page, made, 4, hollow=True, c=12)
    picture.get_by_label("F", exact=True).press("Home")
    is_the_scenes_frame(page, made, 4, hollow=True, f=0)  # C is back
    picture.get_by_role("button", name="Show its point").click()
    is_the_scenes_frame(page, made, 4, a=7, b=9)
    said = picture.get_by_role("status").filter(has_text="It is at")
    assert said.text_content() == "It is at A = 7, B = 9."
    picture.get_by_label("A", exact=True).press("Home")
    is_the_scenes_frame(page, made, 4, a=values["a"][0])
    assert said.count() == 0


def test_a_slip_is_found(page, made):
    picture = explorer(page, 3)
    assert picture.locator(".lossviz-live strong").count() == 0
    picture.locator(OPTION).nth(0).click()
    assert "Row 1 holds" in picture.locator(".lossviz-feedback").text_content()
    assert picture.locator(".lossviz-live strong").count() == len(
        made.page.pictures[3].texts(made.page.pictures[3].start)["rows"]
    )
    assert picture.get_by_label("σ", exact=True).is_enabled()


@pytest.mark.parametrize("width", [1280, 390])
def test_anybody_can_use_it_and_it_asks_for_nothing(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found, looked_for = violations(page, "main")
    assert found == []
    assert looked_for >= {"label", "color-contrast"}
    assert page.wrong == []
    assert {url.partition(":")[0] for url in page.asked} <= {"file", "data", "blob"}
