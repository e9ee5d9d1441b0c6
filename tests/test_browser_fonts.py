"""In JupyterLab in Chromium with other fonts: each widget and the widest formulas fit or scroll.

How wide a formula is depends on the fonts of the machine, so axe looks with two sets of them.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.access import violations
from support.each_widget import CELLS
from support.jlab import CHROMIUM_ARGS, NotebookPage, find_chromium

# Of every notebook the derivation with the longest line, all lines shown, and one to search.
WIDEST = """
from lossviz.teach.derivations import Derivation
from lossviz.walk import NOTEBOOKS, lesson
def longest(d):
    return max(len(line.tex) for line in d.steps)
for notebook in NOTEBOOKS:
    found = [d for d in vars(lesson(notebook)).values() if isinstance(d, Derivation)]
    if found:
        stepper = step(max(found, key=longest))
        stepper.line = len(stepper._steps)
        display(stepper)
"""
SCROLLING = """() => [...document.querySelectorAll('.jupyter-widgets *')].filter(
    node => node.scrollWidth > node.clientWidth && getComputedStyle(node).overflowX === 'auto'
).length"""


def installed(name: str) -> Path:
    """The folder of a set of fonts."""
    found = next(Path("/usr/share/fonts").rglob(f"{name}Sans*.ttf"), None)
    if found is None:
        pytest.skip(f"the {name} fonts are not under /usr/share/fonts")
    return found.parent


@pytest.fixture(params=["DejaVu", "Liberation"])
def page(request, lab, browser, tmp_path):
    """The notebook of all widgets in a Chromium that has these fonts alone."""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<dir>{installed(request.param)}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    cells = [new_markdown_cell("# Each widget"), *map(new_code_cell, (*CELLS, WIDEST))]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "widest.ipynb")
    chromium = browser.browser_type.launch(
        executable_path=find_chromium(),
        args=CHROMIUM_ARGS,
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
    )
    notebook = NotebookPage(chromium, lab, "widest.ipynb").open()
    notebook.run_all()
    notebook.settle()
    assert notebook.error_outputs() == []
    assert fonts_of(notebook.page) <= {request.param}
    yield notebook.page
    notebook.close()
    chromium.close()


def fonts_of(page) -> set[str]:
    """The families (first words) in which the text of our widgets is drawn."""
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": ".lossviz-readout"})
    used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
    return {font["familyName"].split()[0] for font in used["fonts"]}


def test_axe_finds_nothing_at_any_width_and_every_wide_formula_takes_the_focus(page):
    for width in (1280, 700):
        page.set_viewport_size({"width": width, "height": 900})
        found, checked = violations(page)
        assert found == [], f"at {width} px"
        assert checked >= 40
    assert page.evaluate(SCROLLING) >= 3, "no formula was wider than its room: nothing was tried"
    page.evaluate(
        "document.querySelectorAll('[role=group][tabindex]').forEach(n => n.tabIndex = -1)"
    )
    found, _ = violations(page)
    assert any("scrollable-region-focusable" in said for said in found), "the measure can tell"
