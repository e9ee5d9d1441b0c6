"""The glossary's page is made of its table; no notebook uses a word before the word's own does."""

import re
from dataclasses import replace
from itertools import takewhile

import pytest

from lossviz.walk import NOTEBOOKS
from lossviz.walk.glossary import PAGE, TERMS
from tools import glossary, notebook

TITLE = re.compile(r"\[[^\]]*\]\([^)]*\.ipynb\)")  # of another notebook: may hold its words


def said(name: str) -> dict[str, str]:
    """What a reader sees of a notebook, without the titles of others: cell id → text."""
    texts = {}
    for cell in notebook.read(notebook.NOTEBOOKS / f"{name}.ipynb").cells:
        parts = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            parts.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
        texts[cell.id] = TITLE.sub("", "\n".join(parts))
    return texts


SAID = {name[:2]: said(name) for name in NOTEBOOKS}


def too_early(term) -> list[str]:
    """The cells of notebooks before its own that use the word, where none may."""
    before = takewhile(lambda number: number != term.notebook, SAID)
    return [
        f"{number} {cell}: {term.name}"
        for number in before
        if number not in term.ahead
        for cell, text in SAID[number].items()
        if term.used_in(text)
    ]


def unlinked(term) -> list[str]:
    """The word, if the cell where it first stands does not lead to the page."""
    cell = dict(glossary.cells(term.notebook)).get(term.cell, "")
    return [] if term.link in cell else [f"{term.notebook} {term.cell}: {term.link}"]


def test_the_page_is_what_the_tool_makes_of_the_table():
    page = (glossary.FOLDER / PAGE).read_text(encoding="utf-8")
    assert page == glossary.page(), "run: python tools/glossary.py"


def test_no_notebook_uses_a_word_before_the_words_own():
    assert [use for term in TERMS for use in too_early(term)] == []


def test_each_word_leads_to_the_page_where_it_first_stands():
    assert [word for term in TERMS for word in unlinked(term)] == []


def test_each_word_stands_once_and_its_pattern_finds_it_in_its_own_notebook():
    assert len({term.name for term in TERMS}) == len(TERMS)
    lost = [t.name for t in TERMS if not any(map(t.used_in, SAID[t.notebook].values()))]
    assert lost == []


@pytest.mark.parametrize("name", ["covariance", "i.i.d.", "∂"])
def test_the_rules_see_what_they_are_for(name):
    (term,) = (term for term in TERMS if term.name == name)
    early = replace(term, notebook="16", ahead=())
    assert f"{term.notebook} {term.cell}: {name}" in too_early(early)
    assert unlinked(replace(term, cell="recap")) != []
    with pytest.raises(ValueError, match="cell must be one of notebook"):
        glossary.heading(term.notebook, "no such cell", term.link)
