"""What a notebook lets its reader do, cell by cell: its calls of `explore`, `ask`, `step`, `spot`,
`check`, `review` and `reflect`, with the lesson's own objects.

Nothing runs: calls are read from the code, pictures and sentences from the committed outputs.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from lossviz import walk

CALLS = ("explore", "ask", "step", "spot", "check", "review", "reflect")


@dataclass(frozen=True)
class Call:
    """A call in a cell: what is called, the lesson's object, its name, and the slip of a `spot`.

    `about` is the `Question` of an explorer or `ask`, the `Derivation` of a `step` or `spot`, the
    `Exercise` of a `check`; None where the cell's argument is not the lesson's.
    """

    kind: str
    cell: nbformat.NotebookNode
    about: object = None
    name: str = ""
    slip: int | str = 1

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """The pictures as (PNG in base64, sentence): at the start, then at the answer."""
        shown = [output.data for output in self.cell.outputs if "data" in output]
        return [(d["image/png"], d["text/plain"]) for d in shown if "image/png" in d]


@dataclass(frozen=True)
class Notebook:
    """A notebook of the walk as it is committed, and its lesson."""

    name: str
    node: nbformat.NotebookNode

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def title(self) -> str:
        return re.search(r"^# (.*)", self.node.cells[0].source)[1]

    @property
    def lesson(self):
        return walk.lesson(self.name)

    def calls(self, *kinds: str) -> Iterator[Call]:
        """The calls of its code cells in their order, of these kinds or of all."""
        for cell in self.node.cells:
            if cell.cell_type == "code":
                yield from (c for c in self._calls(cell) if not kinds or c.kind in kinds)

    def _calls(self, cell) -> Iterator[Call]:
        if not (set(re.findall(r"\b(\w+)\(", cell.source)) & {*CALLS}):
            return
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
                kind = node.func.id
                given = {word.arg: word.value for word in node.keywords}
                place = given.get("question") or given.get("exercise")
                if place is None and node.args and kind != "explore":
                    place = node.args[1 if kind == "check" and len(node.args) > 1 else 0]
                about, name = self._found(place)
                slip = ast.literal_eval(node.args[1]) if kind == "spot" and node.args[1:] else 1
                yield Call(kind, cell, about, name, slip)

    def _found(self, place) -> tuple[object, str]:
        """The lesson's object that an expression such as `nb03.recall[0]` names, and its name."""
        own = f"nb{self.number}"
        text = "" if place is None else ast.unparse(place)
        if not (found := re.fullmatch(rf"{own}\.(\w+)(?:\[(\d+)\])?", text)):
            return None, ""
        held = getattr(self.lesson, found[1])
        held = held if found[2] is None else held[int(found[2])]
        return held, f"{own}.{name_of(held, self.lesson)}"

    def section(self, heading: str) -> str:
        """The Markdown under a heading 2, up to the next heading; "" if there is none."""
        text = "\n\n".join(c.source for c in self.node.cells if c.cell_type == "markdown")
        found = re.search(rf"^## {heading}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
        return found[1].strip() if found else ""

    @property
    def promises(self) -> list[str]:
        """The parts of its “Afterwards you can”, which semicolons part, with what comes further."""
        said = re.search(r"\*\*Afterwards you can\*\* (.*)", self.node.cells[0].source)[1]
        parts = [part.strip().rstrip(".") for part in re.split(r";|\. Further on:", said)]
        return [re.sub(r"^and ", "", part) for part in parts]


def notebooks(folder: Path) -> list[Notebook]:
    """The notebooks of the walk in this folder, in its order."""
    paths = [folder / f"{name}.ipynb" for name in walk.NOTEBOOKS]
    return [Notebook(path.stem, nbformat.read(path, 4)) for path in paths]


def name_of(item: object, lesson: object) -> str:
    """What a lesson calls an object of its own: `mse`, `recall_1`. ValueError if it is none."""
    for name, held in vars(lesson).items():
        if held is item:
            return name
        if isinstance(held, tuple | list):
            for n, one in enumerate(held, 1):
                if one is item:
                    return f"{name}_{n}"
    raise ValueError(f"{item!r} is nothing that {lesson.__name__} names")
