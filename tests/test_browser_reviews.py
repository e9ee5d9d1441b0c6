"""In JupyterLab in Chromium: a review by keyboard alone, an open question, and the download."""

import csv
import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CODE = """
from lossviz.walk.nb13 import lesson as nb13
from lossviz.teach.reviews import export, reflect, review
walk = review(nb13.walk)
open_one = reflect(nb13.open_questions[0])
"""


@pytest.fixture
def notebook(lab, open_notebook):
    cells = [new_markdown_cell("# Review"), new_code_cell(CODE)]
    cells += [new_code_cell(code) for code in ("walk", "open_one", "export(walk, open_one)")]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "review.ipynb")
    notebook = open_notebook("review.ipynb")
    notebook.run_all()
    yield notebook
    assert notebook.error_outputs() == [] and notebook.errors == [] and notebook.foreign == []


def press(page, *keys):
    for key in keys:
        page.wait_for_timeout(200)
        page.keyboard.press(key)


def test_a_review_goes_on_by_keyboard_and_its_answers_are_downloaded(notebook):
    page = notebook.page
    group = page.get_by_role("group", name="Question 1 of 39")
    group.get_by_role("radio").first.focus()
    press(page, "Space", "Tab", "Enter")  # to Answer
    group.get_by_text("It belongs to notebook").wait_for()
    press(page, "Tab", "Enter")  # Skip is off: to Next question
    page.get_by_text("Question 2 of 39").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.textContent") == "Next question"
    press(page, "Shift+Tab", "Shift+Tab")  # over Skip, to Answer of the new question
    assert page.evaluate("document.activeElement.textContent") == "Answer"

    field = page.get_by_label("Your answer").first
    field.scroll_into_view_if_needed()
    field.focus()
    page.keyboard.type("H(p) does not move, 100 %")
    press(page, "Tab", "Enter")  # to Compare
    page.get_by_text("A model answer").wait_for()
    points = page.get_by_role("checkbox")
    assert points.count() == 4
    points.first.focus()
    press(page, "Space")

    link = page.get_by_role("link", name="Download 2 answers")
    page.locator("pre", has_text="1 of 4 points").wait_for(state="attached")  # now it stays
    link.scroll_into_view_if_needed()
    with page.expect_download() as started:
        link.focus()
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "my-answers.csv"
    with open(started.value.path(), encoding="utf-8-sig", newline="") as file:
        header, first, second = csv.reader(io.StringIO(file.read(), newline=""))
    assert header[0] == "notebook" and first[0] == "08_entropy_and_the_poll"
    assert second[3:5] == ["H(p) does not move, 100 %", "1 of 4 points"]
    ids = page.evaluate(
        "() => [...document.querySelectorAll('[aria-labelledby^=lossviz]')]"
        ".filter(box => !document.getElementById(box.getAttribute('aria-labelledby'))).length"
    )
    assert ids == 0, "a group without its name"
