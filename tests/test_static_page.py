"""A notebook as a page without a kernel: every picture, its sentence, and all that was asked."""

import re
from html import unescape
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter, PythonExporter
from nbformat.v4 import new_code_cell, new_notebook
from support.notebooks import LITTLE, SAID

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def outputs(nb, mime: str) -> list:
    found = [out for cell in nb.cells for out in cell.get("outputs", ())]
    return [out for out in found if mime in out.get("data", {})]


def html_page(nb) -> BeautifulSoup:
    return BeautifulSoup(HTMLExporter().from_notebook_node(nb)[0], "html.parser")


def lacks(nb, page) -> list[str]:
    """What the page does not show of the notebook's pictures and texts."""
    shown = {(squeeze(i["src"]), i.get("alt")) for i in page.find_all("img")}
    text, found = squeeze(page.get_text()), []
    for out in outputs(nb, "image/png"):
        sentence = out.data["text/plain"].splitlines()[-1]  # a second picture's values stand above
        source = squeeze("data:image/png;base64," + out.data["image/png"])
        if not {(source, sentence), (source, out.metadata["image/png"]["alt"])} <= shown:
            found.append(f"picture of {sentence!r}")
    for out in outputs(nb, "text/plain"):
        shown = BeautifulSoup(out.data.get("text/html", ""), "html.parser").get_text()
        for said in (out.data["text/plain"].replace("`", ""), unescape(shown)):
            if squeeze(said.splitlines()[-1] if said else "") not in text:
                found.append(f"text {said!r}")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_html_page_holds_every_picture_and_all_that_is_said(path):
    nb = nbformat.read(path, as_version=4)
    page = html_page(nb)
    assert outputs(nb, "image/png") and lacks(nb, page) == []
    assert "model not found" not in page.get_text()


def test_a_page_that_lacks_something_is_found():
    nb = nbformat.read(NOTEBOOKS[0], as_version=4)
    page = html_page(nb)
    outputs(nb, "image/png")[0].data["text/plain"] = "another sentence"
    assert len(lacks(nb, page)) == 2  # no alternative text is this, and no text
    page.find("img").decompose()
    first = outputs(nb, "image/png")[0]
    first.data["text/plain"] = first.metadata["image/png"]["alt"]
    assert len(lacks(nb, page)) == 1 and "picture of" in lacks(nb, page)[0]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with a block of each kind, as `nbconvert --execute` makes it: with its state."""
    nb = new_notebook(cells=[new_code_cell(source) for source in LITTLE])
    where = {"metadata": {"path": str(tmp_path_factory.mktemp("executed"))}}
    return NotebookClient(nb, timeout=300, resources=where).execute()


def test_a_page_executed_for_it_shows_the_same_without_any_network(executed):
    assert "widgets" in executed.metadata
    page = html_page(executed)
    assert lacks(executed, page) == []
    assert len(page.find_all("img")) == 3  # two of the explorer, one of the stepper
    for said in SAID:
        assert squeeze(said) in squeeze(page.get_text())


def test_a_script_is_a_python_file(executed):
    nb = nbformat.read(NOTEBOOKS[0], as_version=4)
    assert PythonExporter().from_notebook_node(nb)[1]["output_extension"] == ".py"
    info = nb.metadata.language_info
    assert (info.file_extension, info.mimetype, "version" in info) == (
        ".py",
        "text/x-python",
        False,
    )
