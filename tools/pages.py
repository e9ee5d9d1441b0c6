"""Makes pages of notebooks that answer without Python: ``python tools/pages.py notebooks/03*.ipynb
--out page``.

One HTML file per notebook with all that it needs in it: no kernel, no network, it opens from a
file. Every picture's frames are drawn here, by its own scene, at as many places of its controls as
the page's size allows (`--budget` MB; `places`); questions, derivations and exercises are there
too. Prose, code and printed numbers are those of the notebook as committed. Run it with a Python
that has `lossviz[kit]`; a page takes some minutes.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import html
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # not this folder: it has modules named as some of Python's own

import nbformat  # noqa: E402

import lossviz  # noqa: E402
import lossviz.poll  # noqa: E402
from lossviz.explorer.parameters import Press, accept  # noqa: E402
from lossviz.explorer.stage import Scene, Stage  # noqa: E402
from lossviz.kit import pages as kit  # noqa: E402
from lossviz.page.questions import LETTERS, Question, feedback  # noqa: E402
from lossviz.page.words import to_html  # noqa: E402
from lossviz.teach.curves import picture as curves  # noqa: E402
from lossviz.teach.reviews import interleave  # noqa: E402
from lossviz.teach.stepper import ASKS, beside, verdict  # noqa: E402
from tools.places import Picture, Plan, coded, learn, shared  # noqa: E402

TOOLS = Path(__file__).resolve().parent
BUDGET = 8.0  # MB of a page
PARTS = 0.8, 0.95, 0.9, 0.75, 0.5, 0.0  # of it: each try learns what frames take
CALLS = ("explore", "ask", "step", "spot", "check", "review", "reflect", "export", "poll")
HERE = (
    "This page has no Python behind it: its pictures were drawn beforehand, and nothing is sent or "
    "fetched. Code is shown, not run: where the text says “run the cell” it means the notebook, "
    "opened in Jupyter."
)
NO_POLL = "The vote by phone, and its Start, are in the notebook. Here vote by hands or by cards."
NO_EXPORT = "Answers are kept and exported in the notebook. This page forgets them when it closes."
NO_CHECK = (
    "Nothing runs on this page: write the code on paper and compare it with the solution, or open "
    "the notebook, which checks it."
)


class PageError(Exception):
    """What keeps a page from being made, in words."""


# ---- what a notebook shows
@dataclass(frozen=True)
class Call:
    """A cell's call of what shows a block: its name and its arguments."""

    kind: str
    arguments: tuple
    options: dict


def run(node: nbformat.NotebookNode, folder: Path) -> dict[str, list[Call]]:
    """Run the code cells here: by their ids, what they show. PageError says which cell failed."""
    calls, made = {}, []

    def noted(kind: str):
        return lambda *given, **options: made.append(Call(kind, given, options))

    namespace = {"__name__": "__main__"}
    with contextlib.ExitStack() as stack:
        for name in CALLS:
            home = lossviz.poll if name == "poll" else lossviz
            stack.enter_context(mock.patch.object(home, name, noted(name), create=True))
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        for cell in node.cells:
            if cell.cell_type == "code":
                made.clear()
                try:
                    exec(compile(cell.source, cell.id, "exec"), namespace)
                except Exception as error:
                    raise PageError(f"cell {cell.id}: {type(error).__name__}: {error}") from error
                calls[cell.id] = [*made]
    return calls


# ---- as HTML
@dataclass
class Page:
    """A page being made: its pictures, and numbers for what is named."""

    pictures: list[Picture] = field(default_factory=list)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return f"lossviz-{self.count}"

    def block(self, call: Call) -> str:
        """A block of the notebook, alive."""
        if call.kind == "review":
            return "".join(self.question(q) for _, q in interleave(call.arguments[0]))
        if call.kind == "reflect":
            return self.reflection(*call.arguments)
        if call.kind == "export":
            return _note(NO_EXPORT)
        if call.kind == "poll":
            return _note(NO_POLL)
        if call.kind == "ask":
            return self.question(call.arguments[0])
        if call.kind == "check":
            return self.exercise(call.options.get("exercise", call.arguments[-1]))
        return {"explore": self.explorer, "step": self.stepper, "spot": self.spot}[call.kind](call)

    def question(self, question: Question, waits: bool = False) -> str:
        """A question: choose, and be told; `waits` where a picture sleeps until then."""
        name = self.name()
        pairs = list(zip(LETTERS, question.options, strict=False))
        options = "".join(
            f'<label><input type="radio" name="{name}" value="{n}">{x}. {to_html(o.text)}</label>'
            for n, (x, o) in enumerate(pairs)
        )
        earned = "".join(
            f'<template data-right="{int(o.right)}">{feedback(o, x)}</template>' for x, o in pairs
        )
        skip = ""
        if waits:
            skip = (
                '<button type="button" data-do="skip">Skip</button><span class="lossviz-note">'
                "The controls below wake when you answer or skip.</span>"
            )
        return (
            f'<div class="lossviz-question" role="group" aria-labelledby="{name}-title">'
            f'<div class="lossviz-title" id="{name}-title">{to_html(question.text)}</div>'
            f'<div class="widget-radio-box" role="radiogroup" aria-label="Options">{options}</div>'
            f'<div class="lossviz-buttons"><button type="button" data-do="answer">Answer</button>'
            f'{skip}</div><div class="lossviz-kept"></div>'
            f'<div class="lossviz-feedback" role="status" aria-live="polite"></div>{earned}</div>'
        )

    def exercise(self, exercise) -> str:
        """An exercise: its task, and its hints and its solution folded away."""
        hints = "".join(
            f"<details><summary>Hint {n} of {len(exercise.hints)}</summary>"
            f"<p>{to_html(hint)}</p></details>"
            for n, hint in enumerate(exercise.hints, 1)
        )
        code = html.escape(exercise.source(), quote=False)
        return (
            f'<div class="lossviz-exercise"><div class="lossviz-title">{to_html(exercise.task)}'
            f"</div>{_note(NO_CHECK)}{hints}<details><summary>Solution</summary><pre tabindex='0'"
            f" aria-label='Solution'>{code}</pre></details></div>"
        )

    def reflection(self, question) -> str:
        """An open question, with the model answer folded away."""
        points = "".join(f"<li>{to_html(point)}</li>" for point in question.points)
        return (
            f'<div class="lossviz-exercise"><div class="lossviz-title">{to_html(question.text)}'
            f"</div><details><summary>A model answer</summary><p>{to_html(question.model)}</p>"
            f"<ul>{points}</ul></details></div>"
        )

    def explorer(self, call: Call) -> str:
        scene, *data = call.arguments
        options = {n: v for n, v in call.options.items() if n != "question"}
        named = {n: options.pop(n) for n in scene.parameters if n in options}
        start = _start(scene, named)
        made = Picture(Stage(scene, *data, **options), scene.parameters, start, scene.shows)
        question = call.options.get("question")
        if question is None:
            return self.picture(made)
        return self.picture(made, self.question(question, waits=True), asleep=True)

    def stepper(self, call: Call) -> str:
        (derivation,) = call.arguments

        def texts(variables: dict) -> dict:
            told = enumerate(derivation.steps, 1)
            rows = [
                (derivation.tidy(s, variables), derivation.words(k, variables)) for k, s in told
            ]
            return {"rows": [beside(*row) for row in rows]}

        made = _derived(derivation, derivation.steps, True, texts)
        moves = (("back", "Back"), ("next", "Next row"), ("all", "Show all"))
        buttons = "".join(f'<button type="button" data-do="{d}">{t}</button>' for d, t in moves)
        bar = f'<div class="lossviz-buttons">{buttons}</div>'
        return self.picture(made, _titled(derivation.title, bar + _rows(derivation.steps)))

    def spot(self, call: Call) -> str:
        derivation, *which = [*call.arguments, *call.options.values()]
        slip = derivation.slip(*which or [1])
        steps = derivation.with_slip(slip)

        def texts(variables: dict) -> dict:
            picks = range(1, len(steps) + 1)
            return {
                "rows": [beside(derivation.tidy(step, variables)) for step in steps],
                "picks": [to_html(verdict(derivation, slip, k, variables)) for k in picks],
            }

        name = self.name()
        radios = "".join(
            f'<label><input type="radio" name="{name}" value="{k}">row {k + 1}</label>'
            for k in range(len(steps))
        )
        asked = (
            f'<div class="lossviz-question" role="group" aria-labelledby="{name}-title">'
            f'<div class="lossviz-title" id="{name}-title">{to_html(ASKS)}</div>'
            '<div class="widget-radio-box widget-radio-box-horizontal" role="radiogroup"'
            f' aria-label="Rows">{radios}</div>'
            '<div class="lossviz-feedback" role="status" aria-live="polite"></div></div>'
        )
        made = _derived(derivation, steps, False, texts)
        above = _titled(derivation.title, _rows(steps, True)) + asked
        return self.picture(made, above, asleep=True, kind="spot")

    def picture(self, made: Picture, above: str = "", asleep: bool = False, kind: str = "") -> str:
        """The place of a picture; its controls are made by the page, its notes come later."""
        number = len(self.pictures)
        self.pictures.append(made)
        state = f'data-picture="{number}" data-asleep="{int(asleep)}" data-kind="{kind}"'
        return (
            f'<div class="lossviz-explorer" {state}>{above}<div class="lossviz-screen"></div>'
            f'<div class="lossviz-controls"></div><!--notes {number}--></div>'
        )


def _start(scene: Scene, named: dict) -> dict:
    """Where a scene's parameters start: as the call says, or as the scene does."""
    told = {name: named.get(name, p.value) for name, p in scene.parameters.items()}
    return {name: accept(scene.parameters[name], value, name) for name, value in told.items()}


def _derived(derivation, steps, told: bool, texts: Callable[[dict], dict]) -> Picture:
    """A derivation's picture; `texts` of all variables stand beside its rows."""

    def at(values: dict) -> dict:
        return texts({**derivation.given, **{n: v for n, v in values.items() if n != "line"}})

    scene = curves(derivation, steps, told)
    stage, start = Stage(scene), _start(scene, {})
    most, weight = (1000, 0.5) if told else (300, 0.2)  # each row has pictures of its own
    return Picture(stage, scene.parameters, start, rows="line", texts=at, most=most, weight=weight)


def _note(text: str) -> str:
    return f'<p class="lossviz-note">{text}</p>'


def _titled(title: str, rest: str) -> str:
    return f"<div><strong>{to_html(title)}</strong></div>{rest}"


def _rows(steps, all_shown: bool = False) -> str:
    """The rows of a derivation; those not shown yet are typeset when they are."""
    hidden = "" if all_shown else ' hidden class="mathjax_ignore"'
    rows = "".join(
        f'<li{hidden if k else ""}><div class="lossviz-formula" tabindex="0" role="group"'
        f' aria-label="Formula"><div>({k + 1})&ensp;$\\displaystyle {to_html(step.tex)}$</div>'
        f'<div>{to_html(step.reason)}</div></div><div class="lossviz-live"></div></li>'
        for k, step in enumerate(steps)
    )
    return f'<ol class="lossviz-rows">{rows}</ol>'


def notes(picture: Picture, made: Plan) -> str:
    """What a picture's reader must know: which places were left out, how it can be moved."""
    said = []
    if thin := [name for name in made.left_out if name in picture.sliders]:
        parts = [
            "{} at {} of its {} places".format(named(picture, name), *made.left_out[name])
            for name in thin
        ]
        said.append(f"Drawn beforehand: {_list(parts)}.")
    if not made.together:
        lone = _list([named(picture, name) for name in picture.lone])
        said.append(f"Here {lone} move one at a time: the others go back to their start.")
    for name, parameter in picture.parameters.items():
        if isinstance(parameter, Press):
            many = len(made.values[name]) - 1
            times = "1 press" if many == 1 else f"{many} presses"
            said.append(f"After {times} “{named(picture, name)}” begins again.")
    return _note(" ".join(said)) if said else ""


def named(picture: Picture, name: str) -> str:
    """A control as its reader sees it."""
    return to_html(picture.parameters[name].label or name)


def _list(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


# ---- a whole page
def page(path: Path, budget: float = BUDGET, siblings: frozenset[str] = frozenset()) -> str:
    """The page of a notebook, of at most about `budget` MB; links lead to `siblings` only."""
    node = nbformat.read(path, as_version=4)
    return Made(node, path.parent, siblings).fitted(budget)


class Made:
    """A notebook that has run, ready to be made a page of a size."""

    def __init__(
        self, node: nbformat.NotebookNode, folder: Path, siblings: frozenset[str] = frozenset()
    ):
        self.page = Page()
        calls = run(node, folder)
        cells = [self._cell(cell, calls.get(cell.id, ())) for cell in node.cells]
        self.title = re.search(r"^# (.*)", node.cells[0].source)[1]
        body = kit.as_html(nbformat.v4.new_notebook(cells=cells))
        self.body = _linked(body, siblings)
        self.plans: list[Plan] = []

    def _cell(self, cell, calls: list[Call]):
        made = kit.printed(cell)
        if calls:
            polls = any(call.kind == "poll" for call in calls)
            kept = [o for o in made.outputs if polls or o.output_type == "stream"]
            blocks = "".join(map(self.page.block, calls))
            made.outputs = [*kept, kit.html_output(blocks)]
        return made

    def fitted(self, budget: float) -> str:
        """The page at the densest places that `budget` MB hold. PageError if none does."""
        pictures, most = self.page.pictures, budget * 1e6
        bare = len(self._whole([]).encode())
        best, tried, size = "", [], 0
        for part in PARTS:  # base64 makes four letters of three bytes
            made = shared(pictures, 0.75 * part * (most - bare))
            if made in tried:
                continue
            tried.append(made)
            packed = [coded(p, one) for p, one in zip(pictures, made, strict=True)]
            text = self._whole([one.text for one in packed], made)
            size = len(text.encode())
            if len(best) < size <= most:
                best, self.plans = text, made
            enough = len(tried) > 2 or size > 0.7 * most
            if size <= most and (enough or not any(one.left_out for one in made)):
                break
            for picture, plan, one in zip(pictures, made, packed, strict=True):
                learn(picture, plan, one.size)
        if not best:
            raise PageError(f"{self.title} takes {size / 1e6:.1f} MB, however few its places")
        return best

    def _whole(self, frames: list[str], plans: list[Plan] = ()) -> str:
        body = self.body
        for number, (picture, made) in enumerate(zip(self.page.pictures, plans, strict=False)):
            body = body.replace(f"<!--notes {number}-->", notes(picture, made))
        stored = "".join(
            f'<script type="application/json" id="lossviz-frames-{n}">{text}</script>\n'
            for n, text in enumerate(frames)
        )
        note = f'<p class="lossviz-note lossviz-here">{HERE}</p>'
        whole = f"<main>{note}{body}</main>\n{stored}{_scripts()}"
        return kit.page(self.title, whole, _looks(), math=_head())


def _linked(body: str, siblings: frozenset[str]) -> str:
    """Links to notebooks lead to their pages where those are made too; others are plain text."""

    def one(found: re.Match) -> str:
        target, text = found[1], found[2]
        if re.match(r"https?:|#", target):
            return found[0]
        name, _, part = target.partition("#")
        if Path(name).stem in siblings:
            return f'<a href="{Path(name).stem}.html{"#" + part if part else ""}">{text}</a>'
        return text

    return re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', one, body, flags=re.S)


def _looks() -> str:
    engine = Path(lossviz.__file__).parent
    sheets = engine / "explorer/explorer.css", engine / "page/manners.css", TOOLS / "pages.css"
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def _head() -> str:
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        + kit.MATH.replace(
            "startup: {typeset: true}", "startup: {typeset: true, elements: ['main']}"
        )
    )


def _scripts() -> str:
    """The picture's own script and the page's, and MathJax, which is compressed."""
    picture = (Path(lossviz.__file__).parent / "explorer/explorer.js").read_text(encoding="utf-8")
    if picture.count("\nexport default ") != 1:
        raise PageError("explorer.js exports other than its one default")
    picture = picture.replace("\nexport default ", "\nreturn ", 1)
    own = (TOOLS / "pages.js").read_text(encoding="utf-8")
    math = base64.b64encode(gzip.compress(kit.mathjax().read_bytes(), 9, mtime=0)).decode()
    return (
        f'<script type="application/gzip" id="lossviz-mathjax">{math}</script>\n'
        f"<script>const livePicture = (() => {{\n{picture}\n}})();\n{own}</script>\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Make the pages; the exit status."""
    parser = argparse.ArgumentParser(prog="python tools/pages.py", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="MB", help="of each page")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    siblings = frozenset(path.stem for path in given.notebooks)
    for path in given.notebooks:
        try:
            made = page(path.resolve(), given.budget, siblings)
        except PageError as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 1
        except ModuleNotFoundError as error:
            print(f'no {error.name}; pip install "lossviz[kit]"', file=sys.stderr)
            return 1
        out = given.out / f"{path.stem}.html"
        out.write_text(made, encoding="utf-8")
        print(f"{out}: {len(made.encode()) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
