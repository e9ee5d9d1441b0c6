"""Reviewing a whole walk: mixed questions one at a time, open questions, and taking answers away.

Here: `review` (questions of many notebooks, interleaved, their options in another order at each
reading; what was missed comes again at the end),
`reflect` (an open question, one's own answer beside a model answer) and `export` (all answers as a
CSV file, made in the page). Not here: the questions themselves (`lesson`), what asks a single one
(`questions`), and how answers are kept (`answers`).
"""

from __future__ import annotations

import csv
import html
import io
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import ipywidgets as widgets
import traitlets

from lossviz.page import stock
from lossviz.page.answers import Kept, kept
from lossviz.page.block import Block, prose
from lossviz.page.manners import Manners
from lossviz.page.questions import Question, ask
from lossviz.page.words import to_html, wrap

COLUMNS = ("notebook", "question", "time", "answer", "result", "misconception")
FILE = "my-answers.csv"
DAYS = (1, 3, 7, 21)  # after so many days a question comes back, longer each time it is right


def interleave(questions: Mapping[str, Sequence[Question]]) -> list[tuple[str, Question]]:
    """All questions as (notebook, question): round by round, one of each notebook in mixed order.

    The order is the same every time. Two neighbours come from different notebooks wherever the
    notebooks hold equally many.
    """
    shuffle = random.Random(13).shuffle
    order: list[tuple[str, Question]] = []
    for turn in range(max(map(len, questions.values()), default=0)):
        names = [name for name, own in questions.items() if len(own) > turn]
        shuffle(names)
        if len(names) > 1 and order and names[0] == order[-1][0]:
            names.append(names.pop(0))
        order += [(name, questions[name][turn]) for name in names]
    return order


def due(records: Sequence[Mapping]) -> float:
    """When a question of a review comes back, in seconds since 1970; now if it never came.

    A right answer sends it away for the next of `DAYS`, a miss takes it back to the first; a right
    answer before its time changes nothing.
    """
    turn, back = 0, 0
    for record in records:
        if record.get("result") != "right":
            turn, back = 0, record["at"]
        elif record["at"] >= back:
            back, turn = record["at"] + DAYS[turn] * 86400, min(turn + 1, len(DAYS) - 1)
    return back


def days_until(moment: float) -> str:
    """How long until then, in words."""
    days = max(1, math.ceil((moment - time.time()) / 86400))
    return "1 day" if days == 1 else f"{days} days"


def review(questions: Mapping[str, Sequence[Question]]) -> Review:
    """Ask the questions of several notebooks, mixed, one at a time.

    `questions` maps a notebook's name, as its file has it, to its questions. ValueError if there is
    none, or something else among them.
    """
    for name, own in questions.items():
        for question in own:
            if not isinstance(question, Question):
                raise ValueError(f"questions[{name!r}] must hold Questions, got {question!r}")
    order = interleave(questions)
    if not order:
        raise ValueError(f"questions must hold at least one Question, got {questions!r}")
    return Review(order)


class Review(Block):
    """Questions one at a time. Only the first try at each showing counts.

    A question that was missed (answered wrongly, or skipped) waits at the end of the queue, until
    it is answered rightly or skipped there.
    """

    rows = traitlets.List(help="what was answered so far: tuples in the order of COLUMNS")

    def __init__(self, order: list[tuple[str, Question]]):
        self.order = order
        self._row = Kept("review", [question.text for _, question in order], self._start)
        self._asked = None
        self._progress = prose("", "lossviz-title")
        # A place of its own: whatever follows it in the page keeps its focus when questions change
        self._place = stock.VBox()
        self._verdict = prose("", "lossviz-feedback")
        self._again = prose("", "lossviz-hints")
        self._next = stock.Button(description="Next question")
        self._next.on_click(lambda _: self._advance())
        below = [stock.HBox([self._next]), self._verdict, self._again, self._row, Manners()]
        super().__init__([self._progress, self._place, *below])
        self.add_class("lossviz-exercise")
        self._start()

    def _start(self) -> None:
        """Go on where the kept answers end: with what never came, then with what is due."""
        self.rows, new, again, now = [], [], [], time.time()
        for name, question in self.order:
            records = kept("review", question.text)
            for record in records:
                self._add(name, question, *map(record.get, ("answer", "result", "misconception")))
            if not records:
                new.append((name, question))
            elif due(records) <= now:
                again.append((name, question))
        self.queue = [*new, *again]
        self._shown = len(self.order) - len(new)  # questions shown so far
        self._verdict.value, self._next.disabled = "", False
        self._again.value = self._to_read()
        before = self._asked
        if self.queue:
            self._show()
        else:
            self._finish()
        if before is not None:
            before.close()

    # ---- one question after another
    @property
    def repeating(self) -> bool:
        """Whether every question was shown once: what comes now was missed before."""
        return self._shown > len(self.order)

    def _show(self) -> None:
        """Put the first question of the queue on the page."""
        self._shown += 1
        question = self.queue[0][1]
        mixed = random.sample(question.options, len(question.options))
        self._asked = ask(Question(question.text, mixed), keeps=False)
        self._asked.observe(lambda _: self._answered(), "answer")
        if self.repeating:
            self._progress.value = f"<strong>Once more</strong>: {len(self.queue)} to go"
        else:
            where = f"Question {self._shown} of {len(self.order)}"
            self._progress.value = f"<strong>{where}</strong> · {self._score()}"
        self._place.children = [self._asked]

    def _answered(self) -> None:
        """Note a first answer, and say where its question belongs."""
        name, _ = self.queue[0]
        option = self._asked.question.options[self._asked.answer]
        self._note(option.text, option)
        self._verdict.value = f"It belongs to notebook <strong>{name}</strong>." + (
            "" if option.right else " It comes again at the end."
        )

    def _advance(self) -> None:
        """Leave this question, once it is answered or skipped, for the next one."""
        if not self.queue:
            return
        if not self._asked.done:
            self._verdict.value = "Answer first, or skip."
            return
        done = self.queue.pop(0)
        if self._asked.answer is None:
            self._note("", None, done)
        skipped, right = self._asked.answer is None, self.rows[-1][4] == "right"
        if not right and not (skipped and self.repeating):
            self.queue.append(done)
        self._verdict.value = ""
        before = self._asked
        if self.queue:
            self._show()
        else:
            self._finish()
        before.close()

    def _finish(self) -> None:
        self._next.disabled = True
        back = min(due(kept("review", question.text)) for _, question in self.order)
        days = f". The next comes back in {days_until(back)}." if back > time.time() else ""
        self._progress.value = f"<strong>That was all.</strong> {self._score()}{days}"
        self._place.children = []

    # ---- what is kept
    def _note(self, answer: str, option, item=None) -> None:
        name, question = item or self.queue[0]
        result = "skipped" if option is None else "right" if option.right else "wrong"
        named = option.misconception if option else ""
        self._add(name, question, answer, result, named)
        self._row.keep(question.text, answer=answer, result=result, misconception=named)
        self._again.value = self._to_read()

    def _add(self, name: str, question: Question, *facts: str | None) -> None:
        turn = 1 + sum(row[:2] == (name, question.text) for row in self.rows)
        self.rows = [*self.rows, (name, question.text, turn, *(fact or "" for fact in facts))]

    def _first_time(self) -> list[tuple]:
        return [row for row in self.rows if row[2] == 1]

    def _score(self) -> str:
        """How many were right at the first time they came."""
        first = self._first_time()
        if not first:
            return "wrong and skipped ones come again at the end"
        return f"right at once: {sum(row[4] == 'right' for row in first)} of {len(first)}"

    def missed(self) -> dict[str, int]:
        """For each notebook, how many of its questions were missed at the first time."""
        names = sorted(row[0] for row in self._first_time() if row[4] != "right")
        return {name: names.count(name) for name in dict.fromkeys(names)}

    def _to_read(self) -> str:
        missed = self.missed()
        if not missed:
            return ""
        listed = ", ".join(f"<strong>{name}</strong> ({count})" for name, count in missed.items())
        return f"Worth reading again, with what you missed there: {listed}."

    def __str__(self):
        names = {name for name, _ in self.order}
        head = f"{len(self.order)} questions from {len(names)} notebooks, one at a time. The first:"
        return f"{head}\n{self.order[0][1]}"


# --- Open questions --------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenQuestion:
    """A question to answer in words, with a model answer and the points it should make.

    `notebook` is the file's name that it belongs to. ValueError unless all texts are there.
    """

    text: str
    model: str
    points: tuple[str, ...]
    notebook: str

    def __post_init__(self):
        object.__setattr__(self, "points", tuple(self.points))
        for name in ("text", "model", "notebook"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must hold words, got {getattr(self, name)!r}")
        if not self.points or not all(point.strip() for point in self.points):
            raise ValueError(f"points must hold at least one text each, got {self.points!r}")


def reflect(question: OpenQuestion) -> Reflection:
    """Show an open question with a field for one's own answer.

    ValueError if `question` is not an `OpenQuestion`.
    """
    if not isinstance(question, OpenQuestion):
        raise ValueError(f"question must be an OpenQuestion, got {question!r}")
    return Reflection(question)


class Reflection(Block):
    """An open question: write, compare with a model answer, tick what one's own says too."""

    rows = traitlets.List(help="the answer, once there is one: a tuple in the order of COLUMNS")

    def __init__(self, question: OpenQuestion):
        self.question = question
        wide = {"width": "100%", "max_width": "62em", "height": "7em"}
        self._own = stock.Textarea(description="Your answer", layout=wide)
        self._button = stock.Button(description="Compare", button_style="primary")
        self._button.on_click(lambda _: (self._compared(), self._keep()))
        self._own.observe(lambda _: self._changed(), "value")
        self._note = prose("", "lossviz-feedback")
        room = {"flex": "1 1 20em", "margin": "0 1em 0 0", "align_self": "flex-start"}
        self._sides = [prose("", "lossviz-text", layout=room) for _ in ("yours", "the model's")]
        self._ticks = [_tick(point) for point in question.points]
        self._model = widgets.VBox([stock.HBox(self._sides), *self._ticks])
        self._model.layout.display = "none"
        title = prose("", "lossviz-title")
        title.value = to_html(question.text)
        buttons = stock.HBox([self._button])
        self._row = Kept("open", [question.text], self._forgotten)
        parts = [title, self._own, buttons, self._note, self._model, self._row, Manners()]
        super().__init__(parts)
        self.add_class("lossviz-exercise")
        for record in self._row.records()[-1:]:
            for tick, mark in zip(self._ticks, record.get("ticks", ""), strict=False):
                tick.value = mark == "✓"
            self._own.value = record.get("own", "")
            self._compared()
        for tick in self._ticks:
            tick.observe(lambda _: (self._changed(), self._keep()), "value")

    def _compared(self) -> None:
        """Lay one's own answer and the model answer side by side."""
        own = self._own.value.strip()
        if not own:
            self._note.value = "Write a sentence first, even “I do not know”."
            return
        ours = to_html(self.question.model).replace("\n", "<br>")
        # The reader's text stays text: no TeX, no markup
        yours = html.escape(own).replace("$", "&#36;&#8203;").replace("\n", "<br>")
        self._sides[0].value = f"<strong>Yours</strong><br>{yours}"
        self._sides[1].value = f"<strong>A model answer</strong><br>{ours}"
        self._note.value = (
            f"More in notebook <strong>{self.question.notebook}</strong>. Tick what yours says too."
        )
        self._model.layout.display = ""

    def _keep(self) -> None:
        """Keep what was compared, and which points are ticked."""
        if own := self._own.value.strip():
            self._row.keep(own=own, ticks="".join("·✓"[tick.value] for tick in self._ticks))

    def _forgotten(self) -> None:
        self._own.value = self._note.value = ""
        for tick in self._ticks:
            tick.value = False
        self._model.layout.display = "none"

    def _changed(self) -> None:
        """Keep the row of what is written and ticked."""
        own = self._own.value.strip()
        ticked = sum(tick.value for tick in self._ticks)
        result = f"{ticked} of {len(self._ticks)} points"
        row = (self.question.notebook, self.question.text, 1, own, result, "")
        self.rows = [row] if own else []

    def __str__(self):
        return wrap(self.question.text)


# --- Taking the answers away -----------------------------------------------------------------


def export(*sources: Review | Reflection) -> Export:
    """A link that downloads all answers of these reviews and open questions as a CSV file."""
    for source in sources:
        if not isinstance(source, Review | Reflection):
            raise ValueError(f"sources must be made by review or reflect, got {source!r}")
    return Export(sources)


def to_csv(rows: Sequence[tuple]) -> str:
    """Rows of answers as the text of a CSV file, its header first."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return text.getvalue()


class Export(Block):
    """The answers as a download that the page makes itself, and as text to copy."""

    def __init__(self, sources: Sequence[Review | Reflection]):
        self.sources = sources
        self._link = stock.HTML()
        super().__init__([self._link, Manners()])
        self.add_class("lossviz-exercise")
        for source in sources:
            source.observe(self._write, "rows")
        self._write()

    def _write(self, _=None) -> None:
        rows = [row for source in self.sources for row in source.rows]
        if not rows:
            self._link.value = "Nothing answered yet. The download appears with your first answer."
            return
        text = to_csv(rows)
        # The mark at the start tells spreadsheets that the letters are UTF-8
        address = "data:text/csv;charset=utf-8," + quote("\ufeff" + text, safe="")
        count = "1 answer" if len(rows) == 1 else f"{len(rows)} answers"
        self._link.value = (
            f'<a style="text-decoration: underline" download="{FILE}" href="{address}">'
            f"<strong>Download {count}</strong> ({FILE})</a>"
            "<details><summary>The same as text, to copy</summary><pre tabindex='0' "
            f"aria-label='Your answers'>{html.escape(text)}</pre></details>"
        )

    def __str__(self):
        return f"A link to download your answers as {FILE}; it needs a running kernel."

    def close(self) -> None:
        """Close the link, and stop following the answers."""
        for source in self.sources:
            source.unobserve(self._write, "rows")
        self.sources = ()
        super().close()


def _tick(point: str) -> widgets.Checkbox:
    room = {"width": "auto", "max_width": "62em"}
    return stock.Checkbox(description=point, indent=False, layout=room)
