"""A saved notebook as a page without a kernel shows every explorer's picture and sentence."""

import re
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def pictures(nb) -> list[str]:
    """The base64 text of every picture among the outputs."""
    outputs = [out for cell in nb.cells for out in cell.get("outputs", ())]
    return [out.data["image/png"].strip() for out in outputs if "image/png" in out.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_html_page_holds_every_picture(path):
    nb = nbformat.read(path, as_version=4)
    page, _ = HTMLExporter().from_notebook_node(nb)
    shown = re.findall(r'<img[^>]*src="data:image/png;base64,([^"]*)"', page)
    squeeze = lambda text: re.sub(r"\s", "", unescape(text))  # noqa: E731
    assert {squeeze(p) for p in pictures(nb)} <= {squeeze(p) for p in shown}
    assert "model not found" not in page
