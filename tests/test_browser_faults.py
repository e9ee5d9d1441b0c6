"""In JupyterLab in Chromium, planted faults: what looks at the page finds each of them."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.access import violations
from support.explorers import explorers, sentences_are_those_of_the_kernel

SCENE = """
import ipywidgets
from lossviz import Slider, explore, scene
from lossviz.explorer import wire

def dot(update_of):
    @scene(x=Slider(0.0, 1.0, 0.1, 0.5, "x"))
    def drawn(fig):
        "A dot."
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        return update_of(*ax.plot([0.5], [0.5], "o"))
    return drawn

def sound(point):
    def update(x):
        point.set_xdata([x])
        return f"The dot is now at x = {x:.1f}."
    return update

def with_script(line, instead):
    code = (wire.HERE / "explorer.js").read_text()
    assert code.count(line) == 1, line
    real, wire.Picture._esm = wire.Picture._esm, code.replace(line, instead)
    try:
        return explore(dot(sound))
    finally:
        wire.Picture._esm = real
"""
FAULTS = {
    "a sound explorer": "explore(dot(sound))",
    "a dead slider": "explore(dot(lambda point: lambda x: 'The dot does not move at all.'))",
    "a picture one step behind": """
paint = "function paint(key, frame) {"
with_script(paint, f'''const late = []; {paint}
    if (late.at(-1)?.[0] !== key) late.push([key, frame]);
    [key, frame] = late.at(-2) ?? late[0];''')""",
    "a sentence that does not follow": """
with_script("v.readout.textContent = text;", "")""",
    "a lost picture": """
with_script("views.forEach((v) => v.pen.putImageData(image, 0, 0, 0, top, "
            "image.width, bottom - top));", "")""",
    "an unnamed control": "ipywidgets.HTML('<button style=\"height: 30px\"></button>')",
    "a low contrast text": "ipywidgets.HTML('<p style=\"color: #bbb; background: #fff\">pale</p>')",
    "a foreign request": 'ipywidgets.HTML(\'<img alt="none" src="http://127.0.0.1:9/a.png">\')',
}
SOUND, DEAD, BEHIND, SILENT, LOST = range(5)


@pytest.fixture(scope="module")
def faulty(lab):
    cells = [new_markdown_cell("# Faults"), *map(new_code_cell, (SCENE, *FAULTS.values()))]
    nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nbformat.write(nb, lab.root / "faults.ipynb")
    return "faults.ipynb"


def test_every_planted_fault_is_found(faulty, open_notebook, monkeypatch):
    notebook = open_notebook(faulty, own=True)
    notebook.run_all()
    assert notebook.error_outputs() == []
    found = explorers(notebook.page)
    assert len(found) == 5
    assert found[SOUND].operate() == 2
    found[SOUND].picture_has_changed()
    sentences_are_those_of_the_kernel(notebook)
    with pytest.raises(AssertionError, match="sliders change neither picture nor sentence"):
        found[DEAD].operate()
    with pytest.raises(AssertionError, match="text alternative is not the sentence"):
        found[SILENT].operate() and found[SILENT].sentence()
    assert found[LOST].operate()
    monkeypatch.setattr("support.explorers.PATIENCE", 3000)
    with pytest.raises(AssertionError, match="the picture never changed"):
        found[LOST].picture_has_changed()
    with pytest.raises(Exception, match="the picture stays behind its slider"):
        found[BEHIND].operate()

    # axe says nothing of a contrast that lies outside the view
    notebook.page.get_by_text("pale", exact=True).scroll_into_view_if_needed()
    said, _ = violations(notebook.page)
    for rule in ("button-name", "color-contrast"):
        assert any(s.startswith(rule) for s in said), (rule, said)
    assert notebook.foreign == ["http://127.0.0.1:9/a.png"]
