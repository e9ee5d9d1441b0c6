"""Graded assignments: the exercises of a notebook by nbgrader's conventions.

nbgrader, for it runs where hubs are and its convention is a cell's metadata: the kit writes it
without nbgrader, and `nbgrader generate_assignment` makes the students' copies. What `check` says
is the score: a point for its own cases, a point for hidden ones. Hidden is the seed from which the
cases are drawn; it stands in the instructor's copy alone. The solutions come with lossviz, so this
grades practice, not an examination.
"""

import ast
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .material import Call, Notebook

POINTS = 2
_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "lossviz"
c.ClearSolutions.code_stub = {"python": ""}
"""


def assignment(notebook: Notebook, seed: int) -> nbformat.NotebookNode | None:
    """The instructor's copy of a notebook's exercises, with solutions; None if it has none."""
    calls = list(notebook.calls("check"))
    if not calls:
        return None
    head = f"# {notebook.title}: exercises\n\nPut your code where the `...` stands, and run all."
    cells = [new_markdown_cell(head, id="head"), new_code_cell("", id="imports")]
    for call in calls:
        cells += _exercise(call, seed)
    cells[1].source = _imports(notebook, "\n".join(c.source for c in cells if "check" not in c.id))
    node = new_notebook(cells=cells, metadata={"kernelspec": notebook.node.metadata.kernelspec})
    nbformat.validate(node)
    return node


def _imports(notebook: Notebook, code: str) -> str:
    """What of the notebook's imports this code uses, and what every assignment uses."""
    used = {*re.findall(r"\w+", code), "check", f"nb{notebook.number}"}
    rows = {"from lossviz import check": None}
    for cell in notebook.node.cells:
        for node in ast.parse(cell.source).body if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) not in code:
                node.names = [a for a in node.names if (a.asname or a.name) in used - {"check"}]
                rows |= {ast.unparse(node): None} if node.names else {}
    return "\n".join(rows)


def _exercise(call: Call, seed: int) -> list[nbformat.NotebookNode]:
    """The task, the cell to complete with its solution, and the cell that grades it."""
    tree = ast.parse(call.cell.source).body
    stub = [ast.get_source_segment(call.cell.source, n) for n in tree if not _is_call(n)]
    (function,) = (node.name for node in tree if isinstance(node, ast.FunctionDef))
    name = call.name.partition(".")[2].replace("_", "-")
    solved = f"### BEGIN SOLUTION\n{function} = {call.name}.solution\n### END SOLUTION"
    hidden = (
        "### BEGIN HIDDEN TESTS\nfrom lossviz.kit.score import score\n\n"
        f"score({function}, {call.name}, seed={seed})\n### END HIDDEN TESTS"
    )
    code = new_code_cell("\n\n\n".join([*stub, solved]), id=f"{name}-code")
    graded = new_code_cell(f"check({function}, {call.name})\n{hidden}", id=f"{name}-check")
    code.metadata["nbgrader"] = _marked(name, solution=True)
    graded.metadata["nbgrader"] = _marked(f"{name}-check", grade=True, locked=True, points=POINTS)
    return [new_markdown_cell(call.about.task, id=f"{name}-task"), code, graded]


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _marked(name: str, **given) -> dict:
    """nbgrader's metadata of a cell."""
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"grade_id": name, "schema_version": 3, **plain, **given}


def write(notebooks: list[Notebook], seed: int, out: Path) -> int:
    """Write the course that nbgrader reads, its configuration and `source/`; say how many."""
    (out / "source").mkdir(parents=True, exist_ok=True)
    (out / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    count = 0
    for notebook in notebooks:
        if (node := assignment(notebook, seed)) is not None:
            place = out / "source" / f"nb{notebook.number}" / f"{notebook.name}.ipynb"
            place.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(node, place)
            count += 1
    return count
