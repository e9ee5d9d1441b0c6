"""Every committed notebook is in normal form and keeps the rules; every rule is able to fail."""

import base64
import io
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from support.rules import problems

from tools import notebook as tool

NOTEBOOKS = sorted(tool.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_normalised(path):
    assert tool.is_normalised(path), f"run: python tools/notebook.py {path.name}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_keeps_the_rules(path):
    assert problems(tool.read(path), int(path.stem[:2])) == []


# The rules themselves ------------------------------------------------------------------------


def png(drawn=True, format="PNG", ink="black"):
    image = Image.new("RGB", (60, 40), "white")
    if drawn:
        image.paste(ink, (5, 5, 35, 35))
    buffer = io.BytesIO()
    image.save(buffer, format)
    return base64.b64encode(buffer.getvalue()).decode()


def picture(**data):
    data = {"image/png": png(), "text/plain": "σ = 1.00: the mean NLL is 2.10 nats", **data}
    return new_output("display_data", data={k: v for k, v in data.items() if v is not None})


def sound():
    """A small notebook 13 that breaks no rule."""
    stream = new_output("stream", name="stdout", text="NLL 2.10\n")
    cells = [
        new_markdown_cell("# One title\n\n```\n# a comment, no heading\n```", id="a"),
        new_code_cell("print('NLL 2.10')", execution_count=1, outputs=[stream], id="b"),
        new_markdown_cell("## A part\n\ntext\n\n### A piece", id="c"),
        new_code_cell("explore(bell)", execution_count=2, outputs=[picture()], id="d"),
    ]
    nb = new_notebook(cells=cells)
    tool.normalise(nb)
    return nb


def test_a_sound_notebook_has_no_problem():
    assert problems(sound(), 13) == []


def code(source):
    def breaker(nb):
        nb.cells[1].source = source

    return breaker


def outputs(*new, cell=3):
    def breaker(nb):
        nb.cells[cell].outputs = list(new)

    return breaker


def no_count(nb):
    nb.cells[1].execution_count = None


def tagged(nb):
    nb.cells[1].metadata["tags"] = ["nbval-ignore-output"]


def text(source, cell=0):
    def breaker(nb):
        nb.cells[cell].source = source

    return breaker


def stream(said, name="stdout"):
    return new_output("stream", name=name, text=said)


def asked(*new):
    def breaker(nb):
        nb.cells[3].source = "explore(bell, question=nb02.recall[0])"
        nb.cells[3].outputs = list(new)

    return breaker


ANSWER = {"image/png": png(ink="grey"), "text/plain": "With σ = 2:\nσ = 2.00: the mean NLL is 2.30"}


def test_a_question_with_the_picture_of_its_answer_has_no_problem():
    nb = sound()
    asked(picture(), picture(**ANSWER))(nb)
    assert problems(nb, 13) == []


def further(adds, source, end=None, at=4):
    """Put in a section that folds away, of a heading and a cell of code."""

    def breaker(nb):
        count = len(nb.cells)
        head = new_markdown_cell(f"## Further: part {count}\n\n{adds}", id=f"f{count}")
        own = new_code_cell(source, execution_count=3, id=f"g{count}")
        ends = [new_markdown_cell(end, id=f"h{count}")] if end else []
        nb.cells[at:at] = [head, own, *ends]

    return breaker


def test_what_folds_away_has_no_problem_and_is_folded():
    nb = sound()
    further("some words of what this adds", "print(1)", at=len(nb.cells))(nb)
    tool.normalise(nb)
    assert problems(nb, 13) == []
    assert [cell.metadata.get(tool.FOLDED) for cell in nb.cells] == [None] * 4 + [True, None]


ERROR = new_output("error", ename="ValueError", evalue="", traceback=[])
BROKEN = {
    "not run": (no_count, "no execution count"),
    "error output": (outputs(ERROR, cell=1), "error output ValueError"),
    "stderr": (outputs(stream("2.10"), stream("hm", "stderr"), cell=1), "stderr output 'hm'"),
    "magic": (code("%time 1"), "not plain Python"),
    "install": (code("!pip install x"), "not plain Python"),
    "comment only": (code("# your code here"), "without code"),
    "empty": (code(""), "without code"),
    "too long": (code("x = 1\n" * 13), "13 lines"),
    "semicolon": (code("1 + 1;"), "semicolon"),
    "semicolon before a comment": (code("1 + 1;  # quiet"), "semicolon"),
    "nbval comment": (code("# NBVAL_IGNORE_OUTPUT\n1"), "nbval tag"),
    "nbval tag": (tagged, "nbval tag"),
    "interact": (code("from ipywidgets import interact"), "interact"),
    "interact by attribute": (code("widgets.interact(f)"), "interact"),
    "Output": (code("with widgets.Output():\n    1"), "Output"),
    "network": (code("import urllib.request"), "network"),
    "network from": (code("from requests import get"), "network"),
    "address": (code("read('https://example.org/x.csv')"), "address"),
    "shell": (code("os.system('ls')"), "system"),
    "absolute path": (code("open('/data/x.csv')"), "absolute path"),
    "absolute path, Windows": (code(r"open('C:\\x.csv')"), "absolute path"),
    "printed path": (outputs(stream("2.10 /home/me/x"), cell=1), "differs between machines"),
    "printed address": (outputs(stream("2.10 <f at 0x7f12ab34cd>"), cell=1), "differs between"),
    "no number": (
        lambda nb: [
            outputs(stream("2.1"), cell=1)(nb),
            outputs(picture(**{"text/plain": "σ " * 20}))(nb),
        ],
        "two decimals",
    ),
    "explorer without picture": (outputs(picture(**{"image/png": None})), "without picture"),
    "a question alone": (asked(picture()), "a question with 1 picture"),
    "three pictures": (asked(picture(), *[picture(**ANSWER)] * 2), "a question with 3 picture"),
    "the same picture": (
        asked(picture(), picture(**{**ANSWER, "image/png": png()})),
        "the answer's picture is the question's",
    ),
    "the same sentence": (
        asked(picture(**{"text/plain": "σ = 2.00: the mean NLL is 2.30"}), picture(**ANSWER)),
        "the answer's sentence is the question's",
    ),
    "no picture at all": (outputs(), "0 explorers' pictures"),
    "broken picture": (outputs(picture(**{"image/png": png()[:80]})), "picture is broken"),
    "not base64": (outputs(picture(**{"image/png": "?"})), "picture is broken"),
    "blank picture": (outputs(picture(**{"image/png": png(drawn=False)})), "picture is blank"),
    "wrong format": (outputs(picture(**{"image/png": png(format="GIF")})), "is GIF"),
    "no sentence": (outputs(picture(**{"text/plain": None})), "no sentence"),
    "hyphen": (
        outputs(picture(**{"text/plain": f"{'σ ' * 20} = -1.5"})),
        "a hyphen for a minus sign",
    ),
    "power of ten": (
        outputs(picture(**{"text/plain": f"{'σ ' * 20} = 1.5e−07"})),
        "a power of ten as computers write it",
    ),
    "short sentence": (outputs(picture(**{"text/plain": "σ = 1.00"})), "no sentence"),
    "a repr for a sentence": (
        outputs(picture(**{"text/plain": "<Figure size 640x480 with 1 Axes>"})),
        "no sentence",
    ),
    "no heading 1": (text("## Title"), "0 headings 1"),
    "two headings 1": (text("# Two\n# Titles"), "2 headings 1"),
    "heading 1 not first": (text("## Before\n\n# Title"), "the first"),
    "skipped level": (text("### Too deep", cell=2), "heading 3 'Too deep' under heading 1"),
    "html heading": (text("# T\n\n<h2>part</h2>"), "# signs"),
    "further, inside a cell": (
        text("## A part\n\n## Further: it", cell=2),
        "does not begin its cell",
    ),
    "an end inside a further cell": (
        further("some words of what this adds", "print(1)", "t\n\n## Part"),
        "'## Part' does not begin its cell",
    ),
    "further for no reason": (further("some", "print(1)"), "1 words on what it adds"),
    "further, and more code": (further("what it adds", "print(1)", at=2), "folds away"),
    "further from nowhere": (further("some words of what it adds", "print(lost)"), "reads lost"),
    "further after further": (
        lambda nb: [further("some words of what this adds", s)(nb) for s in ("print(i)", "i = 1")],
        "reads i, which nothing in the core makes",
    ),
    "further changed by further": (
        lambda nb: [
            nb.cells[1].update(source="i = 1"),
            *(further("some words of what this adds", s)(nb) for s in ("print(i)", "i = 2")),
        ],
        "reads i, which",
    ),
    "underlined heading": (text("# T\n\nPart\n----"), "# signs"),
}


@pytest.mark.parametrize("breaker, said", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_named(breaker, said):
    nb = sound()
    breaker(nb)
    assert said in "\n".join(problems(nb, 13))


def test_lessons_show_three_pictures():
    nb = sound()
    assert "1 explorers' pictures; notebook 07 has at least 3" in problems(nb, 7)
    nb.cells[3].outputs *= 3  # pictures of one explorer
    assert problems(nb, 7) != []
    for name in "ef":
        nb.cells.append(nbformat.from_dict({**nb.cells[3], "id": name}))
    assert problems(nb, 7) == []


# The normaliser ------------------------------------------------------------------------------

WIDGET = """
import ipywidgets, sys
slider = ipywidgets.FloatSlider(value=2.5, description="σ")
print("one", flush=True)
print("two")
slider
"""


def write(path, *sources):
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(s) for s in sources])))
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("nb") / "00_tiny.ipynb", "import os", WIDGET)
    assert tool.main([str(path)]) == 0
    return path


def test_executing_twice_gives_no_diff(executed):
    before = executed.read_bytes()
    assert tool.main([str(executed)]) == 0
    assert executed.read_bytes() == before
    assert tool.main(["--check", str(executed)]) == 0


def test_a_widget_leaves_its_text_only(executed):
    cell = tool.read(executed).cells[1]
    assert cell.outputs[0].text == "one\ntwo\n"
    assert list(cell.outputs[1].data) == ["text/plain"]
    assert "2.5" in cell.outputs[1].data["text/plain"]
    assert b"model_id" not in executed.read_bytes()


DIRTY = {
    "kernel name": lambda nb: nb.metadata.kernelspec.update(display_name="mine"),
    "language version": lambda nb: nb.metadata.language_info.update(version="3.11.7"),
    "widget state": lambda nb: nb.metadata.update(widgets={"state": {}}),
    "execution times": lambda nb: nb.cells[1].metadata.update(execution={"t": "2026"}),
    "collapsed": lambda nb: nb.cells[1].metadata.update(collapsed=True),
    "folded": lambda nb: nb.cells[2].metadata.update({tool.FOLDED: True}),
    "unfolded": lambda nb: nb.cells[4].metadata.pop(tool.FOLDED),
    "counts": lambda nb: nb.cells[3].update(execution_count=7),
    "widget view": lambda nb: nb.cells[3].outputs[0].data.update({tool.WIDGET_VIEW: {}}),
    "split stream": lambda nb: nb.cells[1].outputs.append(stream("more")),
}


@pytest.mark.parametrize("dirty", DIRTY.values(), ids=DIRTY.keys())
def test_a_notebook_that_is_not_normalised_is_found(tmp_path, dirty, capsys):
    path = tmp_path / "x.ipynb"
    nb = sound()
    further("some words of what this adds", "print(1)")(nb)
    tool.normalise(nb)
    path.write_text(tool.text_of(nb))
    assert tool.is_normalised(path)
    dirty(nb)
    path.write_text(tool.text_of(nb))
    assert tool.main(["--check", str(path)]) == 1
    assert "x.ipynb: not normalised" in capsys.readouterr().err


@pytest.mark.parametrize("change", [lambda t: t.rstrip("\n"), lambda t: t.replace(" ", "  ")])
def test_other_formatting_is_not_normalised(tmp_path, change):
    path = tmp_path / "x.ipynb"
    path.write_text(change(tool.text_of(sound())))
    assert not tool.is_normalised(path)


def test_ids_are_kept_where_valid_and_named_where_not(tmp_path):
    text = tool.text_of(sound())
    path = tmp_path / "x.ipynb"
    path.write_text(
        text.replace('"id": "b"', '"id": "no spaces"').replace('"id": "d"', '"id": "a"')
    )
    assert [cell.id for cell in tool.read(path).cells] == ["a", "code-01", "c", "code-03"]
    path.write_text(text.replace('   "id": "b",\n', "").replace('"id": "a"', '"id": "code-01"'))
    assert [cell.id for cell in tool.read(path).cells] == ["code-01", "code-01x", "c", "d"]


@pytest.mark.parametrize(
    "source, said",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys\nsys.stderr.write('careful')", "stderr: careful"),
        ("import os\nos._exit(1)", "died"),
    ],
)
def test_a_failing_cell_is_named_and_the_file_kept(tmp_path, source, said, capfd):
    path = write(tmp_path / "bad.ipynb", "1 + 1", source)
    before = path.read_bytes()
    assert tool.main([str(path)]) == 1
    err = capfd.readouterr().err
    assert "bad.ipynb, cell 1 (" in err and said in err
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["bad.ipynb"]


def test_a_file_that_is_no_notebook_is_named(tmp_path, capsys):
    path = tmp_path / "bad.ipynb"
    for text in ("no json", "[]", '{"cells": []}', '{"cells": 1, "nbformat": 4}'):
        path.write_text(text)
        assert tool.main([str(path)]) == 1
        assert "bad.ipynb: not a version 4 notebook" in capsys.readouterr().err
    assert tool.main([str(Path(tmp_path / "missing.ipynb"))]) == 1
