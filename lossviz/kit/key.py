"""The key: what is right, for every question, exercise, slip and open question of the walk.

What `check` says to a slip is asked of `check` itself; what a picture shows is its committed
sentence at the values that show its point.
"""

import html
from collections.abc import Mapping, Sequence

from lossviz.page.questions import LETTERS, Question
from lossviz.page.words import to_html
from lossviz.teach.exercises import Exercise
from lossviz.teach.grade import grade
from lossviz.teach.reviews import OpenQuestion

from .banks import earned
from .material import Notebook
from .pages import page


def key(notebooks: Sequence[Notebook], questions: Mapping[str, Question]) -> str:
    """The key of these notebooks as a page; `questions` are those of the whole walk by name."""
    return page("lossviz: key", "".join(_of(n, questions) for n in notebooks), up=".")


def _of(notebook: Notebook, questions: Mapping[str, Question]) -> str:
    rows = [f"<h1>{html.escape(notebook.title)}</h1>", "<h2>Questions</h2>"]
    shown = {c.name: c.pictures[-1][1] for c in notebook.calls("explore") if c.name}
    for name, question in questions.items():
        if name.startswith(f"nb{notebook.number}."):
            rows.append(_answered(name, question, shown.get(name, "")))
    if slips := list(notebook.calls("spot")):
        rows.append("<h2>Spot the slip</h2>")
        rows.append("<table><tr><th>derivation<th>first wrong row<th>why</tr>")
        for call in slips:
            slip = call.about.slip(call.slip)
            where = f"{slip.step}: {to_html(slip.name)}<br>$\\displaystyle {slip.tex}$"
            rows.append(f"<tr><td>{html.escape(call.about.title)}<td>{where}<td>{slip.why}</tr>")
        rows.append("</table>")
    if checks := list(notebook.calls("check")):
        rows.append("<h2>Exercises</h2>")
        rows += [_solved(call.name, call.about) for call in checks]
    if written := getattr(notebook.lesson, "open_questions", ()):
        rows.append("<h2>To answer in words</h2>")
        rows += [_written(question) for question in written]
    return "\n".join(rows)


def _answered(name: str, question: Question, shown: str) -> str:
    options = "".join(
        f"<tr><td>{'✓' if o.right else ''} {letter}. {to_html(o.text)}<td>{to_html(earned(o))}</tr>"
        for letter, o in zip(LETTERS, question.options, strict=False)
    )
    seen = f"<p><em>The picture shows:</em> {to_html(shown)}</p>" if shown else ""
    return f"<h3>{name}</h3><p>{to_html(question.text)}</p><table>{options}</table>{seen}"


def _written(question: OpenQuestion) -> str:
    points = "".join(f"<li>{to_html(point)}</li>" for point in question.points)
    asked, model = to_html(question.text), to_html(question.model)
    return f"<h3>{asked}</h3><p>{model}</p><p>Its points:</p><ul>{points}</ul>"


def _solved(name: str, exercise: Exercise) -> str:
    slips = "".join(
        f"<tr><td>{to_html(slip.name)}<td>{to_html(slip.why)}"
        f"<td><pre>{html.escape(grade(slip.function, exercise).text, quote=False)}</pre></tr>"
        for slip in exercise.slips
    )
    code = html.escape(exercise.source(), quote=False)
    head = "<tr><th>slip<th>why it is one<th>what <code>check</code> says</tr>"
    return f"<h3>{name}</h3><p>{to_html(exercise.task)}</p><pre class='code'>{code}</pre>" + (
        f"<table>{head}{slips}</table>" if slips else ""
    )
