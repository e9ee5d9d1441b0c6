"""Pages for print: a handout per notebook, slides per block, and what they share.

A page holds its pictures and its looks; mathematics is typeset by MathJax, which lies beside it.
Nothing is fetched from the network.
"""

import html
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from lossviz.page.questions import LETTERS, Question
from lossviz.page.words import to_html
from lossviz.teach.derivations import Step

from .material import Call, Notebook

PAPERS = {"A4": "A4", "Letter": "letter"}
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Calls whose code a reader need not see: what they show says it.
_SHOWN = ("explore", "ask", "step", "spot", "review", "reflect", "poll")

# What a saved picture says of itself: no use on paper.
_STILL = re.compile(r"<br><small>\(A saved picture[^)]*\)</small>")

MATH = """<script>window.MathJax = {
  tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], processEscapes: true},
  options: {enableMenu: false}, startup: {typeset: true}
};</script>"""

_LOOKS = """
body { font: 11pt/1.4 "DejaVu Serif", Georgia, serif; max-width: 46em; margin: 1em auto;
  padding: 0 1em; color: black; background: white }
h1, h2, h3 { font-family: "DejaVu Sans", Arial, sans-serif; line-height: 1.2; break-after: avoid }
h1 { font-size: 18pt } h2 { font-size: 14pt } h3 { font-size: 12pt }
.anchor-link, .prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none }
a { color: inherit }
pre, code { font: 9pt/1.3 "DejaVu Sans Mono", monospace; white-space: pre-wrap }
.highlight pre, pre.code { background: #f5f5f5; padding: 0.4em; margin: 0.3em 0 }
.lossviz-still { margin: 0.6em 0 !important }
table { border-collapse: collapse; margin: 0.6em 0 }
th, td { border: 1px solid #999; padding: 0.15em 0.5em; text-align: left; vertical-align: top }
tr, figure, pre, li { break-inside: avoid }
img { max-width: 100%; display: block }
mjx-container svg { max-width: 100% }
p { orphans: 2; widows: 2 }
"""


def mathjax() -> Path:
    """MathJax, one file that needs no other.

    PackageNotFoundError (a ModuleNotFoundError) where its package is not installed.
    """
    package = metadata.distribution("django-static-mathjax")
    return Path(package.locate_file("mathjax/static/mathjax/es5/tex-svg-full.js"))


def page(title: str, body: str, looks: str = "", up: str = "..", math: str = "") -> str:
    """A whole page; `up` is the way from it to the folder of the kit, where MathJax lies.

    With `math`, that stands in the head in place of MathJax.
    """
    math = math or f'{MATH}\n<script src="{up}/mathjax.js"></script>'
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        f"</title>\n<style>{_LOOKS}{HtmlFormatter().get_style_defs('.highlight')}\n{looks}</style>"
        f"\n{math}</head>\n<body>{body}</body></html>\n"
    )


def markdown(text: str) -> str:
    """Markdown as HTML, with its TeX left for the page and what is folded away opened."""
    return _open(markdown2html(text))


def _open(text: str) -> str:
    return re.sub(r"<details(?![^>]*\bopen\b)", "<details open", text)


def listed(question: Question) -> str:
    """A question and its options as HTML."""
    options = zip(LETTERS, question.options, strict=False)
    rows = "".join(f"<br>\n&emsp;{letter}. {to_html(o.text)}" for letter, o in options)
    return f'<div class="lossviz-still">{to_html(question.text)}{rows}</div>'


# ---- handouts
def handout(notebook: Notebook) -> str:
    """A notebook for print: its prose, code and numbers, derivations in full, no widgets.

    Each explorer stands as its question, its picture at the start and the one at the answer; all
    questions of a review are there.
    """
    node = nbformat.from_dict(notebook.node)
    node = nbformat.v4.new_notebook(cells=[printed(cell) for cell in node.cells])
    cells = {cell.id: cell for cell in node.cells}
    for call in notebook.calls("explore", "ask", "review"):
        if call.kind == "review":
            rows = [question for own in call.about.values() for question in own]
            cells[call.cell.id].outputs = [html_output("".join(map(listed, rows)))]
        elif isinstance(call.about, Question):  # as committed its lines are cut to a width
            cells[call.cell.id].outputs[0] = html_output(listed(call.about))
    return page(notebook.title, _open(as_html(node)))


def as_html(node: nbformat.NotebookNode) -> str:
    """A notebook as HTML without a page around it; the code of cells tagged `call` is left out."""
    config = Config()
    config.TagRemovePreprocessor.remove_input_tags = {"call"}
    config.TagRemovePreprocessor.enabled = True
    config.HTMLExporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
    exporter = HTMLExporter(config=config, template_name="basic")
    return exporter.from_notebook_node(node)[0]


def printed(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A cell as it is printed: pictures of explorers only, the code of their call left out."""
    if cell.cell_type != "code":
        return nbformat.v4.new_markdown_cell(cell.source, id=cell.id)
    called = re.search(rf"^(?:\w+ = )?({'|'.join(_SHOWN)})\(", cell.source, re.M)
    outputs = []
    for output in cell.outputs:
        data = output.get("data", {})
        if called and called[1] in ("step", "spot") and "image/png" in data:
            continue
        kept = {k: v for k, v in data.items() if k in ("text/html", "image/png", "text/plain")}
        outputs.append(
            html_output(_STILL.sub("", kept["text/html"])) if "text/html" in kept else output
        )
    made = nbformat.v4.new_code_cell(cell.source, id=cell.id, outputs=outputs)
    made.metadata["tags"] = ["call"] if called else []
    return made


def html_output(text: str) -> nbformat.NotebookNode:
    """An output that is this HTML."""
    return nbformat.v4.new_output("display_data", data={"text/html": text})


# ---- slides
_SLIDES = """
@page { size: 13.333in 7.5in; margin: 0 }
html { scroll-snap-type: y mandatory }
body { max-width: none; margin: 0; padding: 0; font: 20pt/1.35 "DejaVu Sans", Arial, sans-serif }
section { height: 100vh; box-sizing: border-box; padding: 1.2em 2.5em; overflow: hidden;
  scroll-snap-align: start; display: flex; flex-direction: column; justify-content: center;
  break-after: page; break-inside: avoid }
h1 { font-size: 34pt } h2 { font-size: 24pt; margin: 0 0 0.4em }
section > img { max-height: 48vh; object-fit: contain; margin: 0 auto }
.small { font-size: 15pt }
.steps td { border: 0; padding: 0.2em 0.6em } .steps td + td + td { width: 34% }
code { font-size: 0.85em } .where { font-size: 12pt; color: #595959 }
@media print { section { height: 7.5in } section > img { max-height: 3.6in } }
"""
# Arrow keys and space turn the slides; without the script the page is scrolled as any other.
_TURN = """<script>addEventListener("keydown", (event) => {
  const way = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1,
    ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  scrollTo(0, (Math.round(scrollY / innerHeight) + way) * innerHeight);
});</script>"""


def blocks(guide: str) -> dict[str, list[str]]:
    """The blocks of the instructor's guide: title → its notebooks' numbers."""
    found = {}
    for title, numbers in re.findall(r"^\| \*\*([A-Z]\d?\. [^*]+)\*\* \(([^)]*)\)", guide, re.M):
        rows = []
        for part in re.split(r",\s*", numbers):
            first, _, last = part.partition("–")
            rows += [f"{n:02}" for n in range(int(first), int(last or first) + 1)]
        found[title] = rows
    return found


def slides(title: str, notebooks: list[Notebook]) -> str:
    """A block as slides: each explorer asked and answered, derivations, questions, recaps."""
    made = [f"<h1>{html.escape(title)}</h1>" + "".join(f"<p>{n.title}</p>" for n in notebooks)]
    for notebook in notebooks:
        question = re.search(r"\*\*The question\.\*\* .*", notebook.node.cells[0].source)
        made.append(f"<h1>{html.escape(notebook.title)}</h1>{markdown(question[0])}")
        for call in notebook.calls("explore", "ask", "step", "spot"):
            where = f'<p class="where">{html.escape(notebook.title)}</p>'
            made += [slide + where for slide in _slides(call)]
        made.append(f'<h2>Recap</h2><div class="small">{markdown(notebook.section("Recap"))}</div>')
    body = "\n".join(f"<section>{slide}</section>" for slide in made)
    return page(title, body + _TURN, _SLIDES)


def _slides(call: Call) -> list[str]:
    if call.kind == "step":
        return [derived(call.about.title, call.about.steps)]
    if call.kind == "spot":
        slip = call.about.slip(call.slip)
        asked = derived(f"Which row is wrong? {call.about.title}", call.about.with_slip(slip))
        return [asked, f"<h2>Row {slip.step}: {to_html(slip.name)}</h2><p>{to_html(slip.why)}</p>"]
    if not isinstance(call.about, Question):  # an explorer that asks nothing
        return [picture(*shown) for shown in call.pictures]
    (right,) = ((x, o) for x, o in zip(LETTERS, call.about.options, strict=False) if o.right)
    answer = f"<strong>{right[0]}. {to_html(right[1].text)}</strong> {to_html(right[1].feedback)}"
    if call.kind == "ask":
        return [listed(call.about), f"{listed(call.about)}<p>{answer}</p>"]
    start, *point = [picture(*shown) for shown in call.pictures]
    asked = f'<div class="small">{listed(call.about)}</div>'
    return [start + asked, f'{"".join(point[-1:])}<p class="small">{answer}</p>']


def derived(title: str, steps: Sequence[Step]) -> str:
    """The rows of a derivation, each with its reason beside it."""
    rows = "".join(
        rf"<tr><td>({k})<td>$\displaystyle {html.escape(step.tex, quote=False)}$"
        f"<td>{to_html(step.reason)}</tr>"
        for k, step in enumerate(steps, 1)
    )
    return f'<h2>{html.escape(title)}</h2><table class="small steps">{rows}</table>'


def picture(png: str, sentence: str) -> str:
    """A picture with its sentence as text alternative and below it."""
    text = html.escape(" ".join(sentence.split()), quote=True)
    png = "".join(png.split())
    return f'<img alt="{text}" src="data:image/png;base64,{png}"><p class="small">{text}</p>'


# ---- PDF
def browser() -> str | None:
    """A Chromium on this machine, if there is one."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def pdf(source: Path, made: Path, paper: str | None = None) -> None:
    """Print a page to PDF by Chromium, on A4 or Letter where `paper` says so.

    RuntimeError if Chromium made none.
    """
    text = source.read_text(encoding="utf-8")
    foot = '@bottom-center { content: counter(page) " / " counter(pages); font: 9pt sans-serif }'
    sheet = f"size: {PAPERS[paper]}; margin: 18mm 16mm 20mm; {foot}" if paper else ""
    looks = f"@page {{ {sheet} }}" if paper else ""
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        beside = source.with_suffix(".print.html")
        beside.write_text(text.replace("</style>", f"{looks}</style>", 1), encoding="utf-8")
        command = [browser(), "--headless", "--no-sandbox", "--disable-gpu"]
        command += [f"--user-data-dir={profile}", "--virtual-time-budget=60000"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={made.resolve()}"]
        try:
            address = beside.resolve().as_uri()
            done = subprocess.run([*command, address], capture_output=True, text=True, timeout=300)
        finally:
            beside.unlink()
    if not made.is_file():
        raise RuntimeError(f"{command[0]} printed no {made}: {done.stderr.strip()[-300:]}")
