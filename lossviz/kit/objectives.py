"""The objectives: what each part of a notebook's “Afterwards you can” is exercised by.

The notebook says the objectives, parted by semicolons; its lesson's `objectives` holds, in the
same order, what of the lesson exercises each: questions (an explorer's prediction stands for the
explorer), derivations, exercises.
"""

import html
from collections.abc import Sequence

from lossviz.page.questions import Question
from lossviz.teach.derivations import Derivation
from lossviz.teach.exercises import Exercise
from lossviz.teach.reviews import OpenQuestion

from .material import Notebook, name_of
from .pages import markdown, page

KINDS = {
    "questions": Question | OpenQuestion | dict,  # a dict: the review of several notebooks
    "derivations": Derivation,
    "exercises": Exercise,
}


def rows(notebook: Notebook) -> list[tuple[str, dict[str, list[str]]]]:
    """Each objective with the names of what exercises it, by kind.

    An explorer's name is its question's; "explorers" lists those questions too. ValueError where
    the lesson's list and the notebook's sentence do not fit together.
    """
    promises, lists = notebook.promises, notebook.lesson.objectives
    if len(promises) != len(lists):
        raise ValueError(
            f"{notebook.name} promises {len(promises)} things ({'; '.join(promises)}), and its "
            f"lesson's objectives are {len(lists)}"
        )
    explored = {id(call.about) for call in notebook.calls("explore")}
    found = []
    for promise, items in zip(promises, lists, strict=True):
        by_kind = {kind: [] for kind in ("explorers", *KINDS)}
        for item in items:
            name = name_of(item, notebook.lesson)
            kind = next((k for k, of in KINDS.items() if isinstance(item, of)), None)
            if kind is None:
                raise ValueError(f"{notebook.name}: {name} is nothing that a reader does")
            by_kind["explorers" if id(item) in explored else kind].append(name)
        found.append((promise, by_kind))
    return found


def table(notebooks: Sequence[Notebook]) -> str:
    """The table of all objectives as a page."""
    kinds = ("explorers", *KINDS)
    head = "".join(f"<th>{kind}" for kind in ("afterwards you can …", *kinds))
    parts = ["<h1>Objectives</h1>"]
    for notebook in notebooks:
        parts.append(f"<h2>{html.escape(notebook.title)}</h2><table><tr>{head}</tr>")
        for promise, names in rows(notebook):
            cells = "".join(f"<td>{'<br>'.join(names[kind])}" for kind in kinds)
            parts.append(f"<tr><td>{markdown(promise)}{cells}</tr>")
        parts.append("</table>")
    return page("lossviz: objectives", "".join(parts), "td:first-child { min-width: 18em }", up=".")
