"""Every relative link in the README, the other pages and the notebooks leads to a file."""

import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from lossviz.walk.nb13.scenes import MAP

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "data" / "README.md", *NOTEBOOKS]

INLINE = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINED = re.compile(r"^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
IN_HTML = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)=["']([^"']+)["']""")
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.DOTALL | re.MULTILINE)
ELSEWHERE = re.compile(r"^(https?|mailto|data|attachment):")


def text_of(path: Path) -> str:
    """The page's Markdown: of a notebook, its Markdown cells."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def targets(text: str) -> list[str]:
    """Where the links of a Markdown text lead, without those to other hosts and those in code."""
    text = CODE.sub("", text)
    found = [target for pattern in (INLINE, DEFINED, IN_HTML) for target in pattern.findall(text)]
    return [target for target in found if not ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """The names by which a page's headings can be linked to, on a code host and in JupyterLab."""
    titles = re.findall(r"^#{1,6}\s+(.*?)\s*$", CODE.sub("", text), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return slugs | {title.replace(" ", "-") for title in titles}


def broken(path: Path, text: str) -> list[str]:
    """The targets in a page's text that lead nowhere, or out of the repository."""
    found = []
    for target in targets(text):
        name, _, anchor = unquote(target).partition("#")
        there = (path.parent / name).resolve() if name else path
        if name.startswith("/") or not there.is_relative_to(ROOT) or not there.exists():
            found.append(target)
            continue
        has_headings = there.suffix in (".md", ".ipynb")
        if anchor and has_headings:
            page = text if there == path else text_of(there)
            found += [target] * (anchor not in anchors(page))
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path):
    assert broken(path, text_of(path)) == []


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("[a](README.md) ![b](notebooks) <img src='LICENSE'>", []),
        ("[a](no_such_file.md)", ["no_such_file.md"]),
        ("[a]: no_such_file.md", ["no_such_file.md"]),
        ('<a href="no%20file.md">', ["no%20file.md"]),
        ("[a](/README.md) [b](../elsewhere.md)", ["/README.md", "../elsewhere.md"]),
        ("# One two\n[a](#one-two) [b](#three)", ["#three"]),
        ("[a](https://example.org/nothing) `[b](nothing.md)`", []),
    ],
)
def test_a_broken_link_is_found(text, wrong):
    assert broken(ROOT / "README.md", text) == wrong


TITLED = re.compile(r"\[(\d\d)(?: ·)? ([^\]]+)\]\((?:notebooks/)?(\d\d_\w+\.ipynb)\)")


def misnamed(text: str) -> list[str]:
    """The links that bear a notebook's number and another title than the notebook does."""
    found = []
    for number, title, name in TITLED.findall(text):
        heading = text_of(ROOT / "notebooks" / name).partition("\n")[0]
        if heading != f"# {number} · {title}":
            found.append(f"{number} {title}, not {heading[2:]}")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_link_with_a_number_bears_the_notebooks_title(path):
    assert misnamed(text_of(path)) == []


def test_a_link_with_another_title_is_found():
    link = "[{}](notebooks/02_likelihood.ipynb)"
    assert misnamed(link.format("02 Likelihood") + link.format("02 · Likelihood")) == []
    assert misnamed(link.format("02 Likely")) == ["02 Likely, not 02 · Likelihood"]
    assert misnamed(link.format("03 Likelihood")) == ["03 Likelihood, not 02 · Likelihood"]


def test_every_topic_has_a_notebook_and_every_notebook_a_topic():
    readme = text_of(ROOT / "README.md")
    table = readme.partition("<!-- topics -->")[2].partition("\n## For ")[0]
    rows = re.findall(r"^\| (?!topic |-)(.+?) \| (.+) \|$", table, re.MULTILINE)
    linked = [re.findall(r"\]\(notebooks/([\w.]+)\)", cell) for _, cell in rows]
    assert len(rows) >= 30 and all(linked)
    walk = set(re.findall(r"^\| \[\d\d .*\]\(notebooks/([\w.]+)\)", readme, re.MULTILINE))
    assert len(walk) == 17 and {name for names in linked for name in names} == walk


def test_the_walk_is_linked_forwards_and_backwards():
    """The notebook on either side of each one is a link away, and the README lists them all."""
    readme = text_of(ROOT / "README.md")
    for before, after in pairwise(NOTEBOOKS):
        if int(after.name[:2]) == int(before.name[:2]) + 1:
            assert after.name in targets(text_of(before)), f"{before.name} does not lead on"
            assert before.name in targets(text_of(after)), f"{after.name} does not lead back"
    assert {f"notebooks/{path.name}" for path in NOTEBOOKS} <= set(targets(readme))


def test_the_table_of_losses_in_notebook_13_is_the_map_of_its_picture():
    text = text_of(ROOT / "notebooks" / "13_check_yourself.ipynb").replace("\\|", "|")
    for row in MAP:
        cells = (row.domain, row.distribution, row.link, row.loss, row.predicts)
        line = f"| {' | '.join(cells)} | [{row.notebook[:2]}]({row.notebook}.ipynb) |"
        assert line in text, line
