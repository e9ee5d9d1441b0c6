"""The reader's map of the walk, from the answers that are kept: done, open, due again.

Here: `progress` and what it counts. Not here: how answers are kept (`page.answers`), and when a
question comes back (`teach.reviews`).
"""

import html
import time

from lossviz import walk
from lossviz.page import stock
from lossviz.page.answers import file, forget_all, kept, trouble
from lossviz.page.block import Block, prose
from lossviz.page.manners import Manners
from lossviz.page.questions import Question
from lossviz.page.words import wrap
from lossviz.teach.derivations import Derivation
from lossviz.teach.exercises import Exercise
from lossviz.teach.reviews import days_until, due

LEFT = "style='text-align: left; padding: 0 12px 0 0; white-space: normal'"
HEADS = ("notebook", "questions", "exercises", "slips found", "review")


def progress():
    """Show what is answered in each notebook of the walk, and what is due again."""
    return Progress()


class Progress(Block):
    """A table with a row for each notebook, and a button that forgets all answers."""

    def __init__(self):
        self._table = stock.HTML(layout={"width": "auto", "max_width": "100%"})
        self._where = stock.HTML()
        self._said = prose("", "lossviz-feedback")
        self._button = stock.Button(description="Forget all answers", layout={"width": "auto"})
        self._sure = False
        self._button.on_click(lambda _: self._pressed())
        below = [self._where, stock.HBox([self._button]), self._said, Manners()]
        super().__init__([self._table, *below])
        self.add_class("lossviz-exercise")
        self._show()

    def _pressed(self):
        """Forget at the second press: the first may have slipped."""
        if self._sure:
            forget_all()
            self._show()
            self._said.value = self._said.value or "Forgotten. Cells forget when they run again."
        else:
            self._said.value = "All answers, in every notebook? Press once more to forget them."
        self._sure = not self._sure

    def _show(self):
        rows = [row(notebook) for notebook in walk.NOTEBOOKS]
        body = "".join(
            f"<tr><th scope='row' {LEFT}>{first}</th>"
            f"{''.join(f'<td {LEFT}>{cell}</td>' for cell in rest)}</tr>"
            for first, *rest in rows
        )
        heads = "".join(f"<th scope='col' {LEFT}>{head}</th>" for head in HEADS)
        body = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
        self._table.value = (
            f"<table class='lossviz-map' style='overflow-wrap: anywhere'>{body}</table>"
        )
        self._where.value = f"Kept in {html.escape(str(file()))}." if file() else "Nothing is kept."
        self._said.value = trouble()

    def __str__(self):
        return wrap(
            "Where you are: for each notebook the questions answered, the exercises solved, the "
            "slips found, and the review questions that are due again. It needs a running kernel."
        )


def items(notebook: str) -> dict[str, list[str]]:
    """What a notebook gives to answer, by the kind that it is kept as."""
    found = {"question": [], "exercise": [], "spot": [], "review": []}
    for name, held in vars(walk.lesson(notebook)).items():
        for each in held if isinstance(held, tuple | list) else (held,):
            if isinstance(each, Question):
                found["review" if name == "review" else "question"].append(each.text)
            elif isinstance(each, Exercise):
                found["exercise"].append(each.task)
            elif isinstance(each, Derivation):
                found["spot"] += [f"{each.title}: {slip.name}" for slip in each.slips]
    return found


def row(notebook: str) -> list[str]:
    """A notebook's name, and for each kind what is done of how much."""
    texts = items(notebook)
    answered = sum(bool(kept("question", text)) for text in texts["question"])
    solved = sum(right("exercise", text) for text in texts["exercise"])
    found = sum(right("spot", text) for text in texts["spot"])
    return [
        notebook.replace("_", " "),
        _of(answered, len(texts["question"])),
        _of(solved, len(texts["exercise"])),
        str(found or ""),
        coming([kept("review", text) for text in texts["review"]]),
    ]


def right(kind: str, text: str) -> bool:
    """Whether an answer that is kept of this was right."""
    return any(record.get("result") == "right" for record in kept(kind, text))


def coming(reviews: list[list[dict]]) -> str:
    """How many of these review questions are due, and when the next one is."""
    asked = [due(records) for records in reviews if records]
    later = [moment for moment in asked if moment > time.time()]
    said = []
    if back := len(asked) - len(later):
        said.append(f"{back} due again")
    if later:
        said.append(f"{len(later)} known, back in {days_until(min(later))}")
    if rest := len(reviews) - len(asked):
        said.append(f"{rest} to come")
    return ", ".join(said)


def _of(done: int, all_of_them: int) -> str:
    tick = " ✓" if done == all_of_them else ""
    return f"{done} of {all_of_them}{tick}" if all_of_them else ""
