"""Makes the glossary's page of its table and the notebooks: ``python tools/glossary.py``.

The table is `lossviz.walk.glossary`; the heading under which each word first stands is read from
its notebook. A second run changes nothing.
"""

import json
from functools import cache
from pathlib import Path

from lossviz.walk import NOTEBOOKS
from lossviz.walk.glossary import PAGE, TERMS

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
HEAD = """# Glossary

The words of the walk, in alphabetical order, and where each one first stands. Made of a table by
`tools/glossary.py`.
"""


@cache
def cells(notebook: str) -> list[tuple[str, str]]:
    """The Markdown cells of a notebook (its number): (id, text)."""
    (name,) = (name for name in NOTEBOOKS if name.startswith(notebook))
    found = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return [(c["id"], "".join(c["source"])) for c in found if c["cell_type"] == "markdown"]


def heading(notebook: str, cell: str, link: str) -> str:
    """The heading under which that link stands in that cell."""
    last = ""
    for name, text in cells(notebook):
        for line in text.splitlines():
            if line.startswith("#"):
                last = line.lstrip("# ")
            if name == cell and link in line:
                return last
    raise ValueError(f"cell must be one of notebook {notebook}, with {link}; got {cell!r}")


def page() -> str:
    """The text of the page."""
    rows = []
    for term in sorted(TERMS, key=lambda term: term.name.casefold()):
        (file,) = (name for name in NOTEBOOKS if name.startswith(term.notebook))
        where = f"[{term.notebook}]({file}.ipynb), “{heading(term.notebook, term.cell, term.link)}”"
        rows.append(f"- **{term.name}**: {term.meaning} ({where}).")
    return HEAD + "\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (FOLDER / PAGE).write_text(page(), encoding="utf-8")
